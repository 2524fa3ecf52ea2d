"""Where a right-hand side can be undefined, and in which of its terms."""

from __future__ import annotations

import pytest

from pinnsolve.expressions import domain_conditions, parse, to_text, undefined_constant

NAMES = ["x", "y", "mu"]


@pytest.mark.parametrize(
    ("texts", "conditions"),
    [
        (["x*y + sin(t)"], []),
        (["sqrt(1 - t)*x"], [("1 - t", "sqrt(1 - t)")]),
        (["log(x) + log10(y)", "asin(x) + acos(y)"], [("x", "log(x)"), ("y", "log10(y)"), ("x", "asin(x)"), ("y", "acos(y)")]),
        (["x/(1 + y)"], [("1 + y", "x/(1 + y)")]),
        (["x/2 + 1/mu"], [("mu", "1/mu")]),
        (["x^2 + y^3"], []),
        (["x^1.5 + y^-2 + x^y"], [("x", "x^1.5"), ("y", "y^-2"), ("x", "x^y")]),
        (["sqrt(log(x))"], [("x", "log(x)"), ("log(x)", "sqrt(log(x))")]),
        (["sqrt(x)", "2*sqrt(x)"], [("x", "sqrt(x)")]),
        (["1/x + 2/x"], [("x", "1/x"), ("x", "2/x")]),
    ],
)
def test_every_term_that_can_be_undefined_is_named_once_inner_terms_first(texts, conditions):
    found = domain_conditions([parse(text, NAMES) for text in texts])
    assert [(to_text(argument), text) for argument, text in found] == conditions


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("x/mu", "x/mu"),
        ("1/mu + x", "1/mu"),
        ("x + y/(2*mu)", "y/(2*mu)"),
        ("x*log(mu - 1)", "log(mu - 1)"),
        ("x*(mu - 2)^0.5", "(mu - 2)^0.5"),
        ("where(log(mu) > 0, x, 1)", "log(mu)"),
        ("where(mu > 0, x/mu, 1)", None),
        ("x/(mu + y)", None),
        ("mu/x + sqrt(mu)", None),
        ("x", None),
    ],
)
def test_a_term_that_has_no_value_for_these_parameters_is_found(text, term):
    found = undefined_constant(parse(text, NAMES), {"mu": 0.0})
    assert (None if found is None else to_text(found)) == term
