"""Expressions print as text that reads back as the same tree, and as mathematics that Matplotlib can set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from matplotlib.mathtext import MathTextParser
from reference import SETTINGS, texts

from pinnsolve.expressions import (
    FUNCTIONS,
    ExpressionError,
    differentiate,
    name_to_latex,
    nearest_name,
    number,
    parse,
    to_latex,
    to_text,
)

NAMES = ["x", "y", "z", "x'", "mu", "beta1"]


@settings(SETTINGS, max_examples=400)
@given(texts())
def test_text_reads_back_as_the_same_tree(text):
    try:
        expression = parse(text, ["x", "y"])
    except ExpressionError:
        return
    assert parse(to_text(expression), ["x", "y"]) == expression
    slope = differentiate(expression, "x")
    try:
        again = parse(to_text(slope), ["x", "y"])
    except ExpressionError:
        return
    assert again == slope


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("mu*(1 - x^2)*y - x", "mu*(1 - x^2)*y - x"),
        ("x**2", "x^2"),
        ("(x*y)*z", "x*y*z"),
        ("x*(y*z)", "x*(y*z)"),
        ("x-(y-z)", "x - (y - z)"),
        ("(x-y)-z", "x - y - z"),
        ("x/(y/z)", "x/(y/z)"),
        ("-(x^2)", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("(x^y)^z", "(x^y)^z"),
        ("x^(y^z)", "x^y^z"),
        ("x^-y", "x^-y"),
        ("x + (-3)", "x - 3"),
        ("-x*y", "-x*y"),
        ("-(x*y)", "-x*y"),
        ("-(x + y)", "-(x + y)"),
        ("2*pi", "6.283185307179586"),
        ("pi", "pi"),
        ("1e22*x", "1e+22*x"),
        ("1e-3*x'", "0.001*x'"),
        ("where(not (x<1 or y>=2) and z!=3, 1, -1)", "where(not (x < 1 or y >= 2) and z != 3, 1, -1)"),
        ("atan2(y,x)+min(x,y,1)", "atan2(y, x) + min(x, y, 1)"),
    ],
)
def test_text_has_the_parentheses_it_needs_and_no_others(text, printed):
    assert to_text(parse(text, NAMES)) == printed


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("mu*(1 - x^2)*y - x", r"\mu \, \left(1 - x^{2}\right) \, y - x"),
        ("x/(1 + y)", r"\frac{x}{1 + y}"),
        ("(x/y)^2", r"\left(\frac{x}{y}\right)^{2}"),
        ("x'^2", r"\left(x'\right)^{2}"),
        ("sin(x)^2", r"\sin\left(x\right)^{2}"),
        ("sqrt(x)^3", r"\left(\sqrt{x}\right)^{3}"),
        ("exp(-x)*beta1", r"e^{-x} \, \beta_1"),
        ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
        ("log(x) + log10(y)", r"\ln\left(x\right) + \log_{10}\left(y\right)"),
        ("2*3.5e-7*x", r"7 \cdot 10^{-7} \, x"),
        ("x*2", r"x \cdot 2"),
        ("sin(2*pi*t)", r"\sin\left(2 \pi \, t\right)"),
        ("x - -2*y*z", r"x - \left(-2 \, y \, z\right)"),
        ("where(x <= 1, x, y)", r"\left(x \ \mathrm{if} \ x \leq 1 \ \mathrm{else} \ y\right)"),
        ("min(x, y)", r"\min\left(x, y\right)"),
        ("-x/y", r"-\frac{x}{y}"),
        ("abs(x)", r"\left|x\right|"),
    ],
)
def test_latex_reads_like_mathematics(text, latex):
    assert to_latex(parse(text, NAMES)) == latex


@pytest.mark.parametrize("name", FUNCTIONS)
def test_matplotlib_can_set_every_function(name):
    row = FUNCTIONS[name]
    condition = ["x < 1 and not (y >= 2 or x != y)"] if name == "where" else []
    arguments = condition + ["x/(y + 1)", "-x'^2", "3*beta1"][: row.least - len(condition)]
    latex = to_latex(parse(f"2*{name}({', '.join(arguments)})^2 - x", NAMES))
    assert MathTextParser("path").parse(f"${latex}$").width > 0


@settings(SETTINGS, max_examples=60)
@given(texts(depth=3))
def test_matplotlib_can_set_any_expression(text):
    try:
        latex = to_latex(parse(text, ["x", "y"]))
    except ExpressionError:
        return
    assert MathTextParser("path").parse(f"${latex}$").width > 0


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x'", "x'"),
        ("beta1'", r"\beta_1'"),
        ("x1", "x_1"),
        ("x12", "x_{12}"),
        ("x_max", r"x_{\mathrm{max}}"),
        ("alpha_mu", r"\alpha_{\mu}"),
        ("prey", r"\mathrm{prey}"),
        ("Omega", r"\Omega"),
        ("μ", r"\mu"),
        ("λ2", r"\lambda_2"),
        ("lambda", r"\lambda"),
        ("I_Na_1", r"I_{\mathrm{Na}, 1}"),
        ("_x", r"\mathrm{\_x}"),
        ("omicron", r"\mathrm{omicron}"),
    ],
)
def test_names_are_set_as_symbols_with_subscripts(name, latex):
    assert name_to_latex(name) == latex
    assert MathTextParser("path").parse(f"${latex}$").width > 0


@pytest.mark.parametrize(
    ("word", "candidates", "nearest"),
    [
        ("mue", ["x", "y", "mu"], "mu"),
        ("X", ["x", "y"], "x"),
        ("betta", ["alpha", "beta"], "beta"),
        ("sine", ["x", "sin", "sinh"], "sin"),
        ("q", ["x", "y", "mu"], None),
        ("foo", ["floor"], None),
        ("max_iterations", ["iterations", "points"], "iterations"),
        ("iterations_", ["iterations", "points"], "iterations"),
        ("anything", [], None),
    ],
)
def test_the_nearest_name_is_the_one_that_was_meant(word, candidates, nearest):
    assert nearest_name(word, candidates) == nearest


def test_numbers_print_so_that_nothing_is_lost():
    for value in (0.1, 1 / 3, 1e300, 5e-324, -2.5, 123456789012345678.0):
        assert parse(to_text(number(value)), []) == number(value)
