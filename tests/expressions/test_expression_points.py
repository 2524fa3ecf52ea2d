"""Expressions in the values of states at given times."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinnsolve.expressions import Expression, ExpressionError, parse_at, state_at, substitute, symbol, to_text

ENDS = {"start": 0.0, "end": 2.0}


def read(text, states=("x", "x'", "y"), times=ENDS, **parameters):
    return parse_at(text, states, parameters, times)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x(0)", "x(start)"),
        ("x'(2)", "x'(end)"),
        ("2*x(0) + y(2)^2", "2*x(start) + y(end)^2"),
        ("sin(x(1 + 1))", "sin(x(end))"),
        ("where(x(0) > y(2), 1, a)", "where(x(start) > y(end), 1, a)"),
        ("x ( 0 )", "x(start)"),
        ("y(a/2)*a", "y(end)*a"),
        ("3", "3"),
    ],
)
def test_a_state_is_called_with_its_time(text, expected):
    assert to_text(read(text, a=4.0)) == expected


def test_the_symbols_are_named_by_state_and_label():
    expression = read("x(0) - y(2)")
    assert expression.symbols == {state_at("x", "start"), state_at("y", "end")}
    values = substitute(expression, {state_at("x", "start"): 5.0, state_at("y", "end"): symbol("z")})
    assert to_text(values) == "5 - z"


def test_without_known_times_any_constant_is_one():
    assert read("x(17) + y(a)", times={}, a=1.0).symbols == {"x(start)", "y(start)"}
    with pytest.raises(ExpressionError, match="the time of x must be a constant"):
        read("x(y(3))", times={})


def test_a_declared_name_wins_over_e():
    assert to_text(read("e(0)", states=("e",))) == "e(start)"
    with pytest.raises(ExpressionError, match="e is not a function"):
        read("e(0)")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("x", "x must be taken at one of the end times: write x(0) or x(2)", "x"),
        ("1 + t", "the time t has no place in a condition: write the end time itself, x(0) or x(2)", "t"),
        ("x(1)", "the time 1 is neither the start (0) nor the end (2) of the interval", "1"),
        ("x(2 + 1e-11)", "the time 2.00000000001 is neither the start (0) nor the end (2) of the interval", "2 + 1e-11"),
        ("x(y(0))", "the time of x must be a constant", "y(0)"),
        ("x(y)", "y must be taken at one of the end times: write y(0) or y(2)", "y"),
        ("z(0)", "'z' is not a state (these are x, x', y)", "z"),
        ("sin(0, x(0))", "sin takes 1 argument, not 2", "sin(0, x(0))"),
    ],
)
def test_what_is_no_value_at_an_end_has_its_sentence_and_place(text, message, place):
    with pytest.raises(ExpressionError) as caught:
        read(text)
    (error,) = caught.value.all
    assert (error.message, text[error.start : error.end]) == (message, place)


def test_every_unknown_is_reported():
    with pytest.raises(ExpressionError) as caught:
        read("x + z(0) + q")
    assert [error.message for error in caught.value.all] == [
        "x must be taken at one of the end times: write x(0) or x(2)",
        "'z' is not a state (these are x, x', y)",
        "unknown name 'q'",
    ]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="xy't(),+-*/^ 012e.=", max_size=25))
def test_any_text_is_an_expression_or_an_expression_error(text):
    try:
        result = read(text)
    except ExpressionError as error:
        assert all(0 <= one.start <= one.end <= len(text) and one.message for one in error.all)
    else:
        assert isinstance(result, Expression)
