"""Trajectories of any system in a plane of two of its states.

Trajectories may cross there, and nullclines and fixed points of the plane have no meaning: a projection has none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.framing import own_path, path_of, problem_of, rounded
from pinnsolve.analysis.planar.window import Window
from pinnsolve.problem import Problem
from pinnsolve.solvers import Solution, solve

Array = NDArray[np.float64]

MARGIN = 0.06
NOTE = "A projection: trajectories may cross, and the plane has no nullclines, fixed points or limit cycles of its own."


@dataclass(frozen=True)
class Projection:
    """Trajectories seen along all but two states."""

    problem: Problem
    states: tuple[str, str]
    window: Window
    paths: tuple[Array, ...]
    """(n, k) each, in the direction of time."""
    notes: tuple[str, ...] = (NOTE,)

    @property
    def columns(self) -> list[int]:
        """Where the two states stand among all."""
        return [self.problem.system.states.index(state) for state in self.states]

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain data: there are none but where the trajectories start and end."""
        names = self.problem.system.states

        def place(point: Array) -> dict[str, float | None]:
            return {name: value if np.isfinite(value) else None for name, value in zip(names, point.tolist(), strict=True)}

        return {
            "projection": list(self.states),
            "window": {self.states[0]: list(self.window.x), self.states[1]: list(self.window.y)},
            "fixed_points": [],
            "limit_cycles": [],
            "nullclines": {},
            "trajectories": [{"start": place(path[0]), "end": place(path[-1])} for path in self.paths],
            "notes": list(self.notes),
        }


def project(
    problem: Problem,
    states: tuple[str, str],
    *,
    window: Window | None = None,
    starts: Sequence[Sequence[float]] = (),
    solution: Solution | None = None,
) -> Projection:
    """The trajectories of a problem in the plane of two states.

    Parameters
    ----------
    states
        For the horizontal and for the vertical axis.
    window
        What is shown; by default all.
    starts
        Points (k,) at which trajectories start, instead of the problem's own; they take the time that it takes.
    solution
        Of the problem, where it has been solved already.
    """
    if solution is None and problem.kind != "initial":
        solution = solve(problem)
    if solution is not None:
        problem = problem_of(solution)
    if starts:
        paths = [own_path(problem.with_settings(initial=tuple(start))) for start in starts]
    else:
        paths = [own_path(problem) if solution is None else path_of(solution)]
    columns = [problem.system.states.index(state) for state in states]
    points = np.concatenate(paths)[:, columns]
    return Projection(problem, states, window or _frame(points), tuple(paths))


def _frame(points: Array) -> Window:
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    return rounded(Window.around(low - MARGIN * size, high + MARGIN * size))
