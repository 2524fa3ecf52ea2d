"""What a text means: every compiled target agrees with Python's own reading of it, evaluated by mpmath."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import numpy as np
import pytest
import reference
import torch
from hypothesis import given, settings
from reference import SETTINGS, Unclear, texts

from pinnsolve.expressions import (
    Expression,
    ExpressionError,
    compile_numpy,
    compile_scalar,
    compile_torch,
    evaluate_constant,
    parse,
    substitute,
)

POINTS = [(0.37, 1.21, 0.8), (-0.62, 2.3, 0.1), (1.7, -0.45, 3.3), (-1.1, -1.9, 2.2)]
"""Values of x, y, t."""


def numpy_values(expression: Expression, points: list[tuple[float, float, float]]) -> list[float]:
    x, y, t = np.array(points).T
    with np.errstate(all="ignore"):
        out = compile_numpy([expression], ["x", "y"], [(0,)])(t, np.array([x, y]), np.zeros((1, len(points))))
    return [float(value) for value in out[0]]


def scalar_value(expression: Expression, point: tuple[float, float, float]) -> float:
    (value,) = compile_scalar([expression], ["x", "y"])(point[2], list(point[:2]))
    return value


def torch_values(expression: Expression, points: list[tuple[float, float, float]]) -> list[float]:
    x, y, t = torch.tensor(points, dtype=torch.float64).T
    (value,) = compile_torch([expression], ["x", "y"])(t, [x, y])
    return [float(v) for v in value]


@settings(SETTINGS, max_examples=300)
@given(texts())
def test_every_target_gives_the_value_that_python_and_mpmath_give(text):
    exact = {}
    for i, (x, y, t) in enumerate(POINTS):
        try:
            exact[i] = float(reference.evaluate(text, {"x": x, "y": y, "t": t}))
        except Unclear:
            continue
    try:
        expression = parse(text, ["x", "y"])
    except ExpressionError as error:
        # A constant without a value is refused when it is read, even in a branch that is never taken.
        assert "divides by zero" in str(error) or "not a real number" in str(error) or "too large" in str(error)
        return
    if not exact:
        return
    through_numpy = numpy_values(expression, POINTS)
    through_torch = torch_values(expression, POINTS)
    for i, value in exact.items():
        close = pytest.approx(value, rel=1e-8, abs=1e-8)
        assert through_numpy[i] == close
        assert scalar_value(expression, POINTS[i]) == close
        assert through_torch[i] == close


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("2^3^2", 512),
        ("2**3**2", 512),
        ("-2^-2", -0.25),
        ("8/4/2", 1),
        ("8-4-2", 2),
        ("2*3+4*5", 26),
        ("--3", 3),
        ("+-+3", -3),
        ("2*-3", -6),
        (".5 + 1. + 1e-1 + 2E+1", 21.6),
        ("sign(-3) + sign(0) + step(0) + step(-1e-300)", 0),
        ("floor(-1.5)", -2),
        ("cbrt(-27)", -3),
        ("log10(1000)", 3),
        ("log(e)", 1),
        ("min(3, 1, 2) + max(1, 5, 2, 4)", 6),
        ("atan2(1, -1)", 3 * math.pi / 4),
        ("where(1 < 2 and not 2 < 1 or 1 == 2, 10, 20)", 10),
        ("where(not 1 >= 1 or 1 != 1, 10, 20)", 20),
        ("0^0", 1),
        ("2*pi", 2 * math.pi),
    ],
)
def test_a_constant_has_the_value_of_arithmetic(text, value):
    assert evaluate_constant(text) == pytest.approx(value, rel=1e-15)


def test_a_constant_may_use_earlier_parameters_and_declared_names_win_over_e():
    assert evaluate_constant("2*a + e", {"a": 3.0, "e": 5.0}) == 11
    assert evaluate_constant("e") == math.e
    assert evaluate_constant(3) == 3.0


@pytest.mark.parametrize("name", ["x'", "x''", "lambda", "in", "S", "I", "N", "E", "Q", "beta", "μ", "größe", "x_1", "is"])
def test_any_word_of_any_script_can_be_a_state(name):
    expression = parse(f"2*{name} - {name}", [name])
    assert compile_scalar([expression], [name])(0.0, [4.0]) == (4.0,)


def test_names_are_compared_in_their_normal_form():
    assert parse("x₁ + ﬁ + µ", ["x1", "fi", "μ"]) == parse("x1 + fi + μ", ["x1", "fi", "μ"])
    assert parse("e\u0301", ["é"]) == parse("é", ["é"])


def test_time_is_a_name_unless_it_is_ruled_out():
    assert parse("t", []).name == "t"
    with pytest.raises(ExpressionError, match="the time t has no place here: this must be a constant"):
        parse("t", [], time=False)


@settings(SETTINGS, max_examples=100)
@given(texts(), st.sampled_from([-1.3, -0.4, 0.37, 1.0, 2.0]))
def test_substituting_a_number_gives_the_value_at_that_number(text, value):
    point = (value, 1.21, 0.8)
    try:
        expected = float(reference.evaluate(text, dict(zip("xyt", point, strict=True))))
        expression = substitute(parse(text, ["x", "y"]), {"x": value})
    except (Unclear, ExpressionError):
        return
    assert "x" not in expression.symbols
    assert numpy_values(expression, [point]) == [pytest.approx(expected, rel=1e-8, abs=1e-8)]


@pytest.mark.parametrize("n", [-9, -8, -3, -2, -1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21])
def test_integer_powers_of_negative_numbers_are_exact_to_rounding(n):
    expression = parse(f"x^{n}", ["x", "y"])
    x = -1.37
    expected = float(reference.evaluate(f"x^{n}", {"x": x}))
    values = numpy_values(expression, [(x, 0, 0)]) + torch_values(expression, [(x, 0, 0)])
    for value in [*values, scalar_value(expression, (x, 0, 0))]:
        assert value == pytest.approx(expected, rel=1e-15 * abs(n))


def test_a_fractional_power_of_a_negative_number_is_not_a_number():
    expression = parse("x^1.5", ["x", "y"])
    assert math.isnan(numpy_values(expression, [(-1, 0, 0)])[0])
    with pytest.raises(ValueError, match="math domain error"):
        scalar_value(expression, (-1, 0, 0))


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("cbrt(x)", -8.0, -2.0),
        ("cbrt(x)", 0.0, 0.0),
        ("sign(x)", 0.0, 0.0),
        ("step(x)", 0.0, 1.0),
        ("step(x)", -1e-300, 0.0),
        ("floor(x)", -0.5, -1.0),
        ("log10(x)", 1e15, 15.0),
        ("x^0.5", 2.0, math.sqrt(2)),
        ("sqrt(x)", 0.0, 0.0),
        ("x^0", 0.0, 1.0),
        ("min(x, 1)", 1.0, 1.0),
    ],
)
def test_functions_are_exact_at_their_special_points_in_every_target(text, x, value):
    expression = parse(text, ["x", "y"])
    assert numpy_values(expression, [(x, 0, 0)]) == [value]
    assert scalar_value(expression, (x, 0, 0)) == value
    assert torch_values(expression, [(x, 0, 0)]) == [pytest.approx(value, rel=4e-16)]
