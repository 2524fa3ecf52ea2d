"""Boundary value problems: the side conditions, the guesses to start from, and continuation where none of them will do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Boundary, Problem
from pinnsolve.solvers.coupled.continuation import follow, roads
from pinnsolve.solvers.coupled.curve import Curve, sampled
from pinnsolve.solvers.coupled.ends import Side
from pinnsolve.solvers.coupled.forward import forward
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.newton import correction
from pinnsolve.solvers.coupled.search import Answer, Search
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

START = 8
"""Windows of a first guess."""
UNDETERMINED = 1e11
"""Sensitivity of the solution to its conditions above which they do not determine it."""
RUNAWAY = 1e4
"""A march from the guess that becomes so many times larger than everything given is no guess."""


class BoundaryTask:
    """One boundary value problem."""

    def __init__(self, problem: Problem, table: Table) -> None:
        assert isinstance(problem.boundary, Boundary)
        self.problem, self.boundary, self.table = problem, problem.boundary, table
        self.windows = Windows(problem.system.kernels, problem.system.k, table, problem.time[0])

    def conditions(self, curve: Curve) -> Side:
        """The conditions at the two ends of the interval."""
        value, start, end = self.boundary.evaluate(curve.y[0], curve.y[-1])
        return Side(value, start, end, np.zeros((len(value), 0)))

    def solved(self, search: Search) -> Curve | None:
        """A first solution: from the guess whose Newton correction is shortest, or by continuation."""
        guesses: list[tuple[int, float, int, Curve]] = []
        for tier, group in enumerate(self._guesses()):
            for guess in group:
                first = correction(self.windows, self.conditions, guess)
                if first is not None:
                    guesses.append((tier, first.size, len(guesses), guess))
        for *_, guess in sorted(guesses):
            solved = search.first(guess)
            if solved is not None:
                return solved
        return self._continued(search)

    def found(self, answer: Answer) -> dict[str, Any]:  # noqa: ARG002
        """What the solution has beside its networks: nothing."""
        return {}

    def remark(self, answer: Answer) -> str:  # noqa: ARG002
        """What the message has to say beside the verdict: nothing."""
        return ""

    def doubt(self, answer: Answer) -> str | None:
        """Why the answer is none although its equations are satisfied."""
        if answer.errors.sensitivity < UNDETERMINED:
            return None
        return (
            "the conditions do not determine the solution: others nearby satisfy the equations and the conditions as well, "
            "so this is one of many; change or add what tells them apart"
        )

    def failure(self) -> str:
        """Why nothing was found, and what to change."""
        return (
            "no solution of the boundary value problem was found: Newton's iteration did not converge from any guess, nor by "
            "continuation; there may be none, or give values at the start that are closer to it under initial"
        )

    def state(self) -> dict[str, Any]:
        """Nothing but the curve changes."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing to restore."""

    def _continued(self, search: Search) -> Curve | None:
        """A solution at the end of the first road that leads there."""
        line = self._line(self._given())
        found = None
        for road in roads(self.problem, self.windows, line, self._use):
            found = found or follow(search, road, line)
        return found

    def _use(self, boundary: Boundary) -> None:
        self.boundary = boundary

    def _given(self) -> Array:
        """(2k,) the values at both ends where the search for a straight line starts."""
        given = self.problem.initial
        return np.zeros(2 * self.windows.k) if given is None else np.array([*given, *given])

    def _guesses(self) -> list[list[Curve]]:
        """Curves to start from: what the user's guess at the start says, as the solution from there or as a constant, and
        then a straight line between values that satisfy the conditions.
        """
        line = [self._line(self._given())]
        if self.problem.initial is None:
            return [line]
        point = np.array(self.problem.initial)
        march = self._march(point)
        return [[self._constant(point), *([] if march is None else [march])], line]

    def _march(self, point: Array) -> Curve | None:
        """The solution of the initial value problem from the guess, if it stays within reach."""
        solution = forward(self.problem, point, self.problem.span)
        if solution is None:
            return None
        size = max(float(np.abs(point).max()), float(np.abs(self._line(self._given()).y).max()), 1e-300)
        edges = solution.edges if len(solution.edges) > START else np.linspace(0, self.problem.span, START + 1)
        curve = sampled(edges, 1.0, self.table, solution.values, self._slopes, np.zeros(0))
        return curve if float(np.abs(curve.y).max()) <= RUNAWAY * size else None

    def _constant(self, point: Array) -> Curve:
        k, edges = self.windows.k, np.linspace(0, self.problem.span, START + 1)
        return Curve(edges, np.tile(point, (START + 1, 1)), np.zeros((START, k, self.table.n)), np.zeros(0))

    def _line(self, ends: Array) -> Curve:
        """The straight line between the values at the ends (2k,) nearest to these that satisfy the conditions."""
        k, edges = self.windows.k, np.linspace(0, self.problem.span, START + 1)
        for _ in range(20):
            value, start, end = self.boundary.evaluate(ends[:k], ends[k:])
            jacobian = np.concatenate([start, end], axis=1)
            if not np.isfinite(value).all() or not np.isfinite(jacobian).all():
                break
            step = np.linalg.lstsq(jacobian, -value, rcond=None)[0]
            ends = ends + step
            if float(np.abs(step).max()) <= 1e-12 * float(np.abs(ends).max()):
                break
        ends = np.nan_to_num(ends, nan=0.0, posinf=0.0, neginf=0.0)
        a, b = ends[:k], ends[k:]
        slope = (b - a) / self.problem.span
        g = np.tile(slope[:, None], (START, 1, self.table.n))
        return Curve(edges, a + (edges / self.problem.span)[:, None] * (b - a), g, np.zeros(0))

    def _slopes(self, times: Array, values: Array) -> Array:
        return self.problem.system.rhs_numpy(self.problem.time[0] + times, values)
