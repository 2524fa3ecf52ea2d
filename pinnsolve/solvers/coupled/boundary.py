"""Boundary value problems: the side conditions, the guesses to start from, and continuation where none of them will do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Boundary, Problem
from pinnsolve.solvers.coupled.continuation import follow, roads
from pinnsolve.solvers.coupled.curve import Curve, sampled
from pinnsolve.solvers.coupled.ends import Ends, Side
from pinnsolve.solvers.coupled.forward import forward
from pinnsolve.solvers.coupled.linear import Linear, Windows
from pinnsolve.solvers.coupled.mesh import with_stops
from pinnsolve.solvers.coupled.newton import correction
from pinnsolve.solvers.coupled.search import Answer, Attempt, Search
from pinnsolve.solvers.coupled.stops import stops
from pinnsolve.solvers.coupled.task import Task
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

START = 8
"""Windows of a first guess."""
UNDETERMINED = 1e13
"""Sensitivity of the solution to its equations and conditions above which they do not determine it: a rounding error in them
would move it by a thousandth.
"""
RUNAWAY = 1e4
"""A march from the guess that becomes so many times larger than everything given is no guess."""


class BoundaryTask(Task):
    """One boundary value problem."""

    def __init__(self, problem: Problem, table: Table) -> None:
        assert isinstance(problem.boundary, Boundary)
        self.problem, self.boundary, self.table = problem, problem.boundary, table
        self.windows = Windows(problem.system.kernels, problem.system.k, table, problem.time[0])
        self.stops = stops(problem)

    def conditions(self, curve: Curve) -> Side:
        """The conditions at the two ends of the interval."""
        value, start, end = self.boundary.evaluate(curve.y[0], curve.y[-1])
        return Side(value, start, end, np.zeros((len(value), 0)))

    def attempts(self, search: Search) -> Sequence[Attempt]:
        """Ways to a first solution, in the order in which they are tried: what the user's guess at the start says; a
        straight line between values that satisfy the conditions; that line bent, as where it is zero nothing may tell
        Newton's iteration in which direction to go; and continuation.
        """
        line = self._line(self._given())
        guesses = [*self._from_given(), line, self._bent(line)]
        paths = roads(self.problem, self.windows, line, self._use)
        return [partial(search.first, guess) for guess in guesses] + [partial(follow, search, road, line) for road in paths]

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
        line = self._line(self._given())
        side = self.conditions(line)
        undefined = ~np.isfinite(np.column_stack([side.value, side.by_start, side.by_end])).all(axis=1)
        if undefined.any():
            text = self.boundary.texts[int(np.argmax(undefined))]
            return f"the condition {text} is not defined where the search starts; give values at the start under initial"
        linear = self.windows.linearise(line)
        if linear is None:
            return (
                "the right-hand side is not finite where the search starts; give values at the start under initial for which "
                "it is, or keep the interval away from its singularity"
            )
        if self._undetermined(linear, side):
            if self._same_everywhere(line, linear, side):
                return (
                    "the problem is linear and its conditions do not determine a solution: there is none, or there are "
                    "infinitely many; change the conditions"
                )
            return (
                "no solution of the boundary value problem was found: where the search starts the conditions do not determine "
                "it; give values at the start that are closer to it under initial, or change the conditions"
            )
        return (
            "no solution of the boundary value problem was found: Newton's iteration did not converge from any guess, nor by "
            "continuation; there may be none, or give values at the start that are closer to it under initial"
        )

    def _undetermined(self, linear: Linear, side: Side) -> bool:
        """Whether the linearised equations are singular, up to rounding."""
        try:
            return Ends(linear, side, np.ones(self.windows.k), np.ones(0)).sensitivity() > UNDETERMINED
        except np.linalg.LinAlgError:
            return True

    def _same_everywhere(self, line: Curve, linear: Linear, side: Side) -> bool:
        """Whether equations and conditions have the same derivatives somewhere else: they are linear."""
        other = self._bent(line)
        there, apart = self.windows.linearise(other), self.conditions(other)
        if there is None:
            return False
        pairs = ((linear.transfer, there.transfer), (side.by_start, apart.by_start), (side.by_end, apart.by_end))
        return all(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in pairs)

    def _use(self, boundary: Boundary) -> None:
        self.boundary = boundary

    def _given(self) -> Array:
        """(2k,) the values at both ends where the search for a straight line starts."""
        given = self.problem.initial
        return np.zeros(2 * self.windows.k) if given is None else np.array([*given, *given])

    def _from_given(self) -> list[Curve]:
        """The given values as a constant, and the solution that starts with them; that with the shorter Newton correction
        comes first.
        """
        if self.problem.initial is None:
            return []
        point = np.array(self.problem.initial)
        guesses = [guess for guess in (self._constant(point), self._march(point)) if guess is not None]
        changes = [correction(self.windows, self.conditions, guess) for guess in guesses]
        sizes = [np.inf if change is None else change.size for change in changes]
        return [guesses[place] for place in np.argsort(sizes, kind="stable")]

    def _march(self, point: Array) -> Curve | None:
        """The solution of the initial value problem from the guess, if it stays within reach."""
        solution = forward(self.problem, point, self.problem.span)
        if solution is None:
            return None
        size = max(float(np.abs(point).max()), float(np.abs(self._line(self._given()).y).max()), 1e-300)
        edges = with_stops(solution.edges, self.stops) if len(solution.edges) > START else self._edges()
        curve = sampled(edges, 1.0, self.table, solution.values, self._slopes, np.zeros(0))
        return curve if float(np.abs(curve.y).max()) <= RUNAWAY * size else None

    def _constant(self, point: Array) -> Curve:
        edges = self._edges()
        m, k = len(edges) - 1, self.windows.k
        return Curve(edges, np.tile(point, (m + 1, 1)), np.zeros((m, k, self.table.n)), np.zeros(0))

    def _edges(self) -> Array:
        return with_stops(np.linspace(0, self.problem.span, START + 1), self.stops)

    def _line(self, ends: Array) -> Curve:
        """The straight line between the values at the ends (2k,) nearest to these that satisfy the conditions."""
        k, edges = self.windows.k, self._edges()
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
        g = np.tile(slope[:, None], (len(edges) - 1, 1, self.table.n))
        return Curve(edges, a + (edges / self.problem.span)[:, None] * (b - a), g, np.zeros(0))

    def _bent(self, line: Curve) -> Curve:
        """The line and half a sine wave of its size."""
        height = np.maximum(np.abs(line.y).max(axis=0), 1.0)
        span = self.problem.span
        return sampled(
            line.edges, 1.0, self.table,
            lambda t: line.y[0] + (t / span)[:, None] * (line.y[-1] - line.y[0]) + np.sin(np.pi * t / span)[:, None] * height,
            lambda t, _: (line.y[-1] - line.y[0] + np.pi * np.cos(np.pi * t / span)[:, None] * height) / span,
            np.zeros(0),
        )

    def _slopes(self, times: Array, values: Array) -> Array:
        return self.problem.system.rhs_numpy(self.problem.time[0] + times, values)
