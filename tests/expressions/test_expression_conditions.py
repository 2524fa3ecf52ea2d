"""Where a right-hand side has jumps and kinks, and which of its terms can be undefined."""

from __future__ import annotations

import math

import pytest

from pinnsolve.expressions import compile_scalar, domain_conditions, parse, switching_functions, to_text

NAMES = ["x", "y", "mu"]


@pytest.mark.parametrize(
    ("texts", "switches"),
    [
        (["sin(x)*y"], []),
        (["where(x < 1, x, y)"], ["x - 1"]),
        (["where(x < y and not (t >= 2) or y == 0, x, y)"], ["x - y", "t - 2", "y"]),
        (["step(t - 5)*x", "abs(y) + sign(x + y)"], ["t - 5", "y", "x + y"]),
        (["min(x, y)"], ["x - y"]),
        (["max(x, y, 3)"], ["x - y", "max(x, y) - 3"]),
        (["floor(2*t)"], ["sin(pi*(2*t))"]),
        (["abs(x)", "2*abs(x)", "sign(x)"], ["x"]),
        (["where(x > 0, where(y > 0, 1, 2), 3)"], ["x", "y"]),
        (["abs(-3)*x"], []),
    ],
)
def test_switching_functions_vanish_where_the_expressions_are_not_smooth(texts, switches):
    found = switching_functions([parse(text, NAMES) for text in texts])
    assert [to_text(switch) for switch in found] == switches


def test_the_switching_function_of_floor_changes_sign_at_every_integer():
    (switch,) = switching_functions([parse("floor(x)", NAMES)])
    f = compile_scalar([switch], NAMES)
    for i in range(-3, 4):
        before, after = f(0.0, [i - 0.1, 0, 0])[0], f(0.0, [i + 0.1, 0, 0])[0]
        assert before * after < 0
        assert abs(before) == pytest.approx(math.sin(0.1 * math.pi))


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
