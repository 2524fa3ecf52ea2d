"""Interval bounds hold wherever the expression is defined, are tight where they can be, and say where they are rough."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.expressions import FUNCTIONS, compile_numpy, parse, to_text
from pinnsolve.expressions.factors import factors
from pinnsolve.expressions.intervals import enclose

TEXTS = [
    "x*y - x^2",
    "x/(y - 0.3)",
    "sin(3*x)*cos(y)",
    "sin(20*x) + tan(y)",
    "atan2(y, x)",
    "where(x > y, x, y^3)",
    "min(x, y, 0.3) - max(x, 2*y)",
    "sqrt(x) + log(y)",
    "x^2.5 + x^y + x^-1.5",
    "abs(x) - cosh(y) + sinh(x)",
    "floor(3*x) + sign(y)*step(x)",
    "acos(x) + asin(y) + atan(x)",
    "x^-3 + y^3 + x^4",
    "exp(x)*cbrt(y)/tanh(x)",
    "log10(x + 2)",
    "where(x > 0 and not y < 0 or x == y, 1, where(x != 0.5, 2, 3))",
    "(x - y)*(x - y)",
    "1/(x*x)",
    "pi*x - 3",
]


@pytest.mark.parametrize("text", TEXTS)
def test_bounds_contain_every_value_and_smooth_boxes_have_one_everywhere(text):
    expression = parse(text, ["x", "y"])
    kernel = compile_numpy([expression], ["x", "y"], [(0,)])
    rng = np.random.default_rng(7)
    low = rng.uniform(-2, 2, (2000, 2))
    high = low + rng.uniform(0, 1, (2000, 2)) ** 4
    (bounds,) = enclose([expression], ["x", "y"], low, high)
    for share in rng.uniform(0, 1, (40, 2)).round(1):
        points = low + share * (high - low)
        with np.errstate(all="ignore"):
            value = kernel(np.zeros(len(low)), points.T.copy(), np.zeros((1, len(low))))[0]
        defined = np.isfinite(value)
        assert ((value >= bounds.low) & (value <= bounds.high))[defined].all()
        assert defined[~bounds.rough].all()


def test_every_function_of_the_grammar_has_bounds():
    for name, row in FUNCTIONS.items():
        arguments = {"where": "x > 0, x, 1"}.get(name) or ", ".join(["0.5*x"] * row.least)
        (bounds,) = enclose([parse(f"{name}({arguments})", ["x"])], ["x"], np.array([[0.5]]), np.array([[0.6]]))
        assert bounds.low[0] <= bounds.high[0]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x^2", 0, 4),
        ("x^3", -1, 8),
        ("x*x", 0, 4),
        ("abs(x)", 0, 2),
        ("sin(pi*x)", -1, 1),
        ("cosh(x)", 1, np.cosh(2)),
        ("exp(-x)", np.exp(-2), np.e),
        ("1/(x + 2)", 0.25, 1),
        ("max(x, 0)", 0, 2),
        ("sqrt(x)", 0, 2**0.5),
        ("where(x > 5, 1, 2)", 2, 2),
    ],
)
def test_bounds_of_one_operation_are_the_range_itself(text, low, high):
    (bounds,) = enclose([parse(text, ["x"])], ["x"], np.array([[-1.0]]), np.array([[2.0]]))
    assert (bounds.low[0], bounds.high[0]) == pytest.approx((low, high), abs=1e-14)


@pytest.mark.parametrize("text", ["log(-1 - x^2)", "sqrt(-x^2 - 1)", "asin(3 + x^2)", "(-1 - x^2)^0.5"])
def test_what_is_defined_nowhere_has_no_bounds(text):
    (bounds,) = enclose([parse(text, ["x"])], ["x"], np.array([[-1.0]]), np.array([[2.0]]))
    assert np.isnan(bounds.low[0])
    assert np.isnan(bounds.high[0])


@pytest.mark.parametrize(
    "text", ["1/x", "sqrt(x)", "log(x)", "step(x)", "floor(x)", "where(x > 0, 1, 2)", "tan(2*x)", "x^0.5", "x^-1"]
)
def test_boxes_with_a_pole_a_jump_or_an_end_of_the_domain_are_rough(text):
    (bounds,) = enclose([parse(text, ["x"])], ["x"], np.array([[-1.0], [1.1]]), np.array([[2.0], [1.2]]))
    assert bounds.rough.tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5*x - x*y", ["x", "1.5 - y"]),
        ("x*(3 - x - 2*y)", ["x", "3 - x - 2*y"]),
        ("-x*y/(1 + x^2)", ["x", "y"]),
        ("x^2*y - 3*x", ["x", "x*y - 3"]),
        ("x*(1 - x/5) - 2*x*y/(1 + x)", ["x", "1 - x/5 - 2*y*(1/(1 + x))"]),
        ("exp(x)*(y - 1)^2", ["y - 1"]),
        ("sqrt(x*y)", ["x", "y"]),
        ("y^3 - y", ["y", "y^2 - 1"]),
        ("x + y", ["x + y"]),
        ("2", []),
        ("1/x", []),
        ("x - x", ["0"]),
    ],
)
def test_factors_have_the_zeros_of_the_expression(text, expected):
    assert [to_text(factor) for factor in factors(parse(text, ["x", "y"]))] == expected


def test_a_deep_expression_is_not_taken_apart():
    deep = parse("x*sin(1 + " * 90 + "x" + ")" * 90, ["x"])
    assert factors(deep) == (deep,)
