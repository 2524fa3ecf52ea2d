"""Expressions as MathML: well-formed for every expression, and with the parts that the eye expects."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from reference import SETTINGS, texts

from pinnsolve.expressions import FUNCTIONS, ExpressionError, parse
from pinnsolve.expressions.mathml import name_to_mathml, number_to_mathml, sum_to_mathml, to_mathml

NAMES = ["x", "y", "x'", "x''", "mu", "beta1", "outside"]
INVISIBLE = {"\u2062": "", "\u2061": "", "\u00a0": " "}


def read(text: str) -> ET.Element:
    return ET.fromstring(f"<math>{text}</math>")


def seen(text: str) -> str:
    """The letters and signs of some MathML, from left to right."""
    return "".join(read(text).itertext()).translate(str.maketrans(INVISIBLE))


@settings(SETTINGS, max_examples=150)
@given(texts())
def test_any_expression_is_well_formed_whole_and_term_by_term(text):
    try:
        expression = parse(text, ["x", "y"])
    except ExpressionError:
        return
    whole = seen(to_mathml(expression))
    assert "".join(map(seen, sum_to_mathml(expression))) == whole


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_well_formed(name):
    row = FUNCTIONS[name]
    condition = ["x < 1 and not (y >= 2 or x != y)"] if name == "where" else []
    arguments = condition + ["x/(y + 1)", "-x'^2", "3*beta1"][: row.least - len(condition)]
    assert "β1" in seen(to_mathml(parse(f"2*{name}({', '.join(arguments)})^2 - beta1", NAMES)))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("mu*(1 - x^2)*y - x", "μ(1−x2)y−x"),
        ("x*2", "x⋅2"),
        ("x'^2", "(x′)2"),
        ("x''", "x″"),
        ("log(x) + log10(y)", "ln(x)+log10(y)"),
        ("abs(x)", "|x|"),
        ("x - (y - mu)", "x−(y−μ)"),
        ("3.5e-7*x", "3.5⋅10−7x"),
        ("-pi*x", "−πx"),
        ("where(x <= 1, x, y)", "{xif x≤1yotherwise"),
        ("where(x <= 1, x, y) + 1", "({xif x≤1yotherwise)+1"),
        ("x < 1 and y > 2", None),
    ],
)
def test_mathml_reads_like_mathematics(text, letters):
    if letters is None:
        assert seen(to_mathml(parse(f"where({text}, 1, 0)", NAMES))) == "{1if x<1∧y>20otherwise"
    else:
        assert seen(to_mathml(parse(text, NAMES))) == letters


def test_a_quotient_is_a_fraction_and_a_power_is_raised():
    tree = read(to_mathml(parse("x^2/(1 + y)", NAMES)))
    fraction = tree.find(".//mfrac")
    assert fraction is not None
    above, below = fraction
    assert above.find(".//msup") is not None
    assert "".join(below.itertext()) == "1+y"


def test_a_sum_comes_apart_at_its_signs():
    terms = sum_to_mathml(parse("-1.71*x + 0.43*y - (mu - beta1)", NAMES))
    assert [seen(term) for term in terms] == ["−1.71x", "+0.43y", "−(μ−β1)"]


@pytest.mark.parametrize(
    ("name", "letters", "element"),
    [
        ("x", "x", "mi"),
        ("x''", "x″", "msup"),
        ("y12", "y12", "msub"),
        ("I_Na_1", "INa,1", "msub"),
        ("beta1'", "β1′", "msubsup"),
        ("lambda", "λ", "mi"),
        ("Omega", "Ω", "mi"),
        ("prey", "prey", "mi"),
    ],
)
def test_names_are_set_as_symbols_with_subscripts_and_primes(name, letters, element):
    tree = read(name_to_mathml(name))
    assert tree[0].tag == element
    assert "".join(tree.itertext()) == letters


@pytest.mark.parametrize(
    ("value", "letters"),
    [
        (1.0, "1"),
        (-2.5, "−2.5"),
        (1e-6, "10−6"),
        (-1e20, "−1020"),
        (2.5e7, "25⋅106"),
        (1234567.0, "1234567"),
        (1.5e-3, "0.0015"),
        (2 * 3.141592653589793, "2π"),
    ],
)
def test_numbers_are_set_in_full(value, letters):
    assert seen(number_to_mathml(value)) == letters
