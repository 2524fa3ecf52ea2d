"""Symbolic derivatives agree with central differences at 40 digits, and stay finite where the derivative is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from reference import SETTINGS, Unclear, texts

from pinnsolve.expressions import (
    FUNCTIONS,
    ExpressionError,
    compile_numpy,
    differentiate,
    gradient,
    number,
    parse,
    symbol,
    to_text,
)

ARGUMENTS = {1: "(0.3*x + 0.2)", 2: "(x - y, 0.4*x*y)", 3: "(x < y, x^2*y, y/x)"}


def value(expression, x, y, t=0.8):
    with np.errstate(all="ignore"):
        out = compile_numpy([expression], ["x", "y"], [(0,)])(np.array([t]), np.array([[x], [y]]), np.zeros((1, 1)))
    return float(out[0, 0])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("x", "y"), [(0.37, 1.21), (1.9, -0.7), (-0.45, 0.6)])
def test_every_function_has_the_derivative_of_a_central_difference(name, x, y):
    row = FUNCTIONS[name]
    text = name + ARGUMENTS[row.least]
    for variable in ("x", "y"):
        try:
            expected = float(reference.slope(text, {"x": x, "y": y}, variable))
        except Unclear:
            assert row.name in ("sqrt", "log", "log10", "asin", "acos")
            continue
        found = value(differentiate(parse(text, ["x", "y"]), variable), x, y)
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(SETTINGS, max_examples=200)
@given(texts())
def test_any_expression_has_the_derivative_of_a_central_difference(text):
    try:
        expression = parse(text, ["x", "y"])
        expected = float(reference.slope(text, {"x": 0.37, "y": 1.21, "t": 0.8}, "x"))
    except (Unclear, ExpressionError):
        return
    if abs(expected) < 1e4:
        assert value(differentiate(expression, "x"), 0.37, 1.21) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("x", "1"),
        ("y", "0"),
        ("3*x + y", "3"),
        ("x^2", "2*x"),
        ("x^3", "3*x^2"),
        ("y/x", "-(y/x)/x"),
        ("sin(x)", "cos(x)"),
        ("e^x", "exp(x)"),
        ("sqrt(x)", "1/(2*sqrt(x))"),
        ("abs(x)", "sign(x)"),
        ("sign(x) + floor(x) + step(x)", "0"),
        ("where(x < y, x^2, y)", "where(x < y, 2*x, 0)"),
        ("where(x < 1, y, t)", "0"),
        ("min(x, y)", "where(x < y, 1, 0)"),
        ("max(2*x, 3*x)", "where(2*x > 3*x, 2, 3)"),
    ],
)
def test_derivatives_come_out_short(text, derivative):
    assert to_text(differentiate(parse(text, ["x", "y"]), "x")) == to_text(parse(derivative, ["x", "y"]))


@pytest.mark.parametrize(
    ("text", "y", "expected"),
    [
        ("x^2", 1.0, 0.0),
        ("x^3", 1.0, 0.0),
        ("x^1.5", 1.0, 0.0),
        ("x^y", 2.0, 0.0),
        ("x^y", 1.0, 1.0),
        ("x^y", 0.0, 0.0),
        ("(x + 1)^x", 1.0, 0.0),
        ("sqrt(max(x, 0))", 1.0, 0.0),
        ("sqrt(max(0, -1 - x))", 1.0, 0.0),
        ("where(x > 0, sqrt(x), 0)", 1.0, 0.0),
        ("x*abs(x)", 1.0, 0.0),
        ("tanh(x)", 1.0, 1.0),
    ],
)
def test_the_derivative_at_zero_is_finite_where_it_exists(text, y, expected):
    assert value(differentiate(parse(text, ["x", "y"]), "x"), 0.0, y) == expected


def test_the_derivative_with_respect_to_an_exponent_is_finite_at_base_zero():
    assert value(differentiate(parse("x^y", ["x", "y"]), "y"), 0.0, 2.0) == 0.0
    assert value(differentiate(parse("2^y", ["x", "y"]), "y"), 0.0, 3.0) == pytest.approx(8 * math.log(2))


def test_an_integer_power_of_a_negative_number_has_no_logarithm_in_its_derivative():
    derivative = differentiate(parse("x^7", ["x"]), "x")
    assert "log" not in to_text(derivative)
    assert value(derivative, -1.1, 0.0) == pytest.approx(7 * 1.1**6)


def test_the_extremum_of_several_has_the_derivative_of_the_one_that_is_it():
    expression = parse("min(x, 2*y, 3*x*y) + max(-x, x^2, y, 1)", ["x", "y"])
    assert value(differentiate(expression, "x"), 0.5, 0.1) == pytest.approx(3 * 0.1)
    assert value(differentiate(expression, "x"), 3.0, 4.0) == pytest.approx(1 + 6)
    assert value(differentiate(expression, "y"), 0.5, 2.0) == pytest.approx(0 + 1)


def test_the_gradient_is_every_derivative_that_does_not_vanish_in_the_order_of_the_names():
    names = ["z", "y", "x", "w"]
    expression = parse("x*y + sin(y)*t - (x*y) + where(x < 0, y^2, z/3)", names)
    found = gradient(expression, names)
    assert list(found) == [name for name in names if name in found]
    assert "w" not in found
    for name in names:
        assert found.get(name, number(0)) == differentiate(expression, name)


def test_derivatives_may_be_taken_again_and_by_time():
    second = differentiate(differentiate(parse("exp(x*t)", ["x", "y"]), "t"), "t")
    assert value(second, 0.7, 0.0, t=0.3) == pytest.approx(0.49 * math.exp(0.21))


def test_the_derivative_of_a_symbol_that_is_absent_is_zero():
    assert differentiate(symbol("x"), "y") == number(0)
    assert gradient(number(3), ["x"]) == {}
