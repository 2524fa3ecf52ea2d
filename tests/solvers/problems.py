"""Problems with closed forms, for every method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinnsolve.problem import Problem
from pinnsolve.spec import load_problem


@dataclass(frozen=True)
class Exact:
    """A problem file as a mapping, and its solution (n,) -> (n, k)."""

    source: Mapping[str, Any]
    solution: Callable[[np.ndarray], np.ndarray]

    def problem(self, **settings: Any) -> Problem:
        return load_problem({**self.source, **settings})

    def error(self, solution: Any, n: int = 501) -> float:
        """True error in the measure of `accuracy`."""
        t = np.linspace(*solution.problem.time, n)
        exact = self.solution(t)
        size = np.abs(exact).max(axis=0)
        return float((np.abs(solution(t) - exact).max(axis=0) / np.where(size > 0, size, 1)).max())


def file(equations, initial, time, **parameters):
    return {"system": {"equations": equations, "parameters": parameters}, "initial": initial, "time": time}


def columns(*values):
    return np.stack(np.broadcast_arrays(*values), axis=1).astype(float)


EXACT = {
    "decay": Exact(file({"x": "-x"}, {"x": 1}, [0, 5]), lambda t: columns(np.exp(-t))),
    "harmonic": Exact(
        file({"x'": "y", "y'": "-x"}, {"x": 1, "y": 0}, [0, 10]), lambda t: columns(np.cos(t), -np.sin(t))
    ),
    "logistic": Exact(
        file({"u": "r*u*(1 - u)"}, {"u": 0.01}, [0, 10], r=1), lambda t: columns(1 / (1 + 99 * np.exp(-t)))
    ),
    "explicit time": Exact(
        file({"x": "-20*(x - cos(t)) - sin(t)"}, {"x": 1}, [0, 6]), lambda t: columns(np.cos(t))
    ),
    "backward": Exact(file({"x": "-x"}, {"x": 1}, [2, -2]), lambda t: columns(np.exp(2 - t))),
    "far from zero": Exact(
        file({"x''": "-x"}, {"x": 1, "x'": 0}, [1e6, 1e6 + 10]),
        lambda t: columns(np.cos(t - 1e6), -np.sin(t - 1e6)),
    ),
    "a nanosecond": Exact(file({"x": "-3e8*x"}, {"x": 1}, [0, 1e-9]), lambda t: columns(np.exp(-3e8 * t))),
    "sizes apart": Exact(
        file({"x": "-x", "y": "-2*y"}, {"x": 1e12, "y": 1e-12}, [0, 5]),
        lambda t: columns(1e12 * np.exp(-t), 1e-12 * np.exp(-2 * t)),
    ),
    "zero": Exact(file({"x'": "y", "y'": "-x"}, {"x": 0, "y": 0}, [0, 10]), lambda t: columns(0 * t, 0 * t)),
    "constant": Exact(file({"x": "0"}, {"x": 3}, [0, 10]), lambda t: columns(3 + 0 * t)),
    "equilibrium": Exact(file({"x": "x*(1 - x)"}, {"x": 1}, [0, 10]), lambda t: columns(1 + 0 * t)),
    "twenty states": Exact(
        file({f"x{i}'": f"-{i + 1}*x{i}/10" for i in range(20)}, {f"x{i}": i + 1 for i in range(20)}, [0, 10]),
        lambda t: np.stack([(i + 1) * np.exp(-(i + 1) * t / 10) for i in range(20)], axis=1),
    ),
    "stiff": Exact(
        file({"x": "-1e6*(x - cos(t)) - sin(t)"}, {"x": 1}, [0, 6]), lambda t: columns(np.cos(t))
    ),
}
"""Smooth problems."""

SWITCHED = {
    "jump in time": Exact(
        file({"x": "where(t < 1.2345678, -x, x)"}, {"x": 1}, [0, 3]),
        lambda t: columns(np.where(t < 1.2345678, np.exp(-t), np.exp(t - 2 * 1.2345678))),
    ),
    "jump at a round time": Exact(
        file({"x": "where(t < 1, 1, 2)"}, {"x": 0}, [0, 2]), lambda t: columns(np.where(t < 1, t, 2 * t - 1))
    ),
    "jump in a state": Exact(
        file({"x": "where(x < 1, 1, 2*x)"}, {"x": 0}, [0, 3]), lambda t: columns(np.where(t < 1, t, np.exp(2 * (t - 1))))
    ),
    "step": Exact(file({"x": "step(t - 2)"}, {"x": 0}, [0, 5]), lambda t: columns(np.maximum(t - 2, 0))),
    "staircase": Exact(
        file({"x": "floor(t)"}, {"x": 0}, [0, 10]),
        lambda t: columns(np.floor(t) * (np.floor(t) - 1) / 2 + np.floor(t) * (t - np.floor(t))),
    ),
    "dry friction": Exact(
        file({"x''": "-x - 0.1*sign(x')"}, {"x": 1, "x'": 0}, [0, 3]),
        lambda t: columns(0.1 + 0.9 * np.cos(t), -0.9 * np.sin(t)),
    ),
    "kink": Exact(
        file({"x'": "y", "y'": "-abs(x)*sign(x)"}, {"x": 1, "y": 0}, [0, 10]), lambda t: columns(np.cos(t), -np.sin(t))
    ),
    "smaller of two": Exact(
        file({"x": "min(t, 2 - t)"}, {"x": 0}, [0, 2]),
        lambda t: columns(np.where(t < 1, t**2 / 2, 2 * t - t**2 / 2 - 1)),
    ),
    "coming to rest": Exact(
        file({"x": "-sqrt(max(x, 0))"}, {"x": 1}, [0, 5]), lambda t: columns(np.where(t < 2, (1 - t / 2) ** 2, 0))
    ),
    "another switch undefined at the start": Exact(
        file({"x": "where(sqrt(y) > 0.5, 1, 2)", "y": "2*t"}, {"x": 0, "y": 0}, [0, 2]),
        lambda t: columns(np.where(t < 0.5, 2 * t, 0.5 + t), t**2),
    ),
    "window of nested conditions": Exact(
        file({"x": "where(abs(t - 50) < 0.005, 1, 0)"}, {"x": 1}, [0, 100]), lambda t: columns(1 + np.clip(t - 49.995, 0, 0.01))
    ),
}
"""Right-hand sides with jumps and kinks."""
