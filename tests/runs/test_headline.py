"""The first line of a run says what is known and what is sought."""

from __future__ import annotations

import pytest

from pinnsolve.runs.lines import headline
from pinnsolve.spec import load_problem

EQUATIONS = "name: p\nsystem: {equations: {x': y, y': -k*x}, parameters: {k: 1}}\n"
INITIAL = "initial: {x: 2, y: 0}\n"


@pytest.mark.parametrize(
    ("rest", "task"),
    [
        (INITIAL + "time: [0, 5]\n", "t from 0 to 5"),
        (INITIAL + "periodic: {period: 6.6}\n", "a closed orbit, period sought from 6.6"),
        ("boundary: [x(0) = 1, x(2) = 0]\ntime: [0, 2]\n", "t from 0 to 2, boundary values"),
    ],
)
def test_each_kind_of_problem_is_announced_by_what_it_asks_for(rest, task):
    line = headline(load_problem("-", stdin_text=EQUATIONS + rest))
    assert line == f"p: 2 states (x, y), {task}, accuracy 1e-6, method auto"


def test_a_fit_is_announced_with_its_unknowns_and_its_values():
    fit = {
        "parameters": {"k": {"start": 2}},
        "initial": ["x"],
        "data": {"s": [0, 1, 2], "seen": [2.0, None, -1.0]},
        "time": "s",
        "observe": {"x": "seen"},
    }
    source = {"system": {"equations": {"x'": "y", "y'": "-k*x"}}, "initial": {"x": 2, "y": 0}, "time": [0, 5], "fit": fit}
    assert "t from 0 to 5, 2 unknowns from 2 values, accuracy" in headline(load_problem(source))
