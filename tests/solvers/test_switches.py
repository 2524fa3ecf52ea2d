"""A right-hand side is frozen at the zeros of its switching functions, and at nothing else."""

from __future__ import annotations

import pytest

from pinnsolve.expressions import parse, to_text
from pinnsolve.problem.switching import freeze

NAMES = ["x", "y", "mu"]


@pytest.mark.parametrize(
    ("texts", "switches"),
    [
        (["where(x < 1, x, y)"], ["x - 1"]),
        (["where(x < y and not (t >= 2), x, y)"], ["x - y", "t - 2"]),
        (["step(t - 5)*x", "abs(y) + sign(x + y)"], ["t - 5", "y", "x + y"]),
        (["min(x, y)"], ["x - y"]),
        (["floor(2*t)"], ["2*t"]),
        (["abs(x)", "2*abs(x)", "sign(x)"], ["x"]),
        (["where(floor(x) == 2 or sign(y) >= 1, 1, 0)"], ["x", "y"]),
        (["where(x > 0, where(y > 0, 1, 2), 3)"], ["-x", "-y"]),  # x > 0 is false where x rests at 0
    ],
)
def test_the_switching_functions_are_those_whose_zeros_are_jumps_or_kinks(texts, switches):
    pieces = freeze([parse(text, NAMES) for text in texts])
    assert pieces is not None
    assert [to_text(switch.function) for switch in pieces.switches] == switches


@pytest.mark.parametrize("text", ["sin(x)*y", "abs(-3)*x", "sqrt(x)/y"])
def test_a_smooth_right_hand_side_has_none(text):
    assert freeze([parse(text, NAMES)]) is None
