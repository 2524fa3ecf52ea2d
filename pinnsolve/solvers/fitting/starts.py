"""Where a fit starts: the windows, the parameters of each attempt, and a first curve through what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.solvers.coupled.curve import Curve, sampled
from pinnsolve.solvers.coupled.forward import Forward, forward
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.observations import Observations
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

PIECES = (8, 48)
"""Fewest and about the most windows at first."""
ROWS = 2
"""Times of the data for each of them."""
REACH = 1e3
"""A solution from the start that becomes so many times larger than the data is no guess."""
LEAST = 1e-6
"""Smallest size of a state, relative to the largest of them."""


@dataclass(frozen=True)
class Start:
    """A first curve."""

    curve: Curve
    scale: Array
    """(k,) sizes of the states."""


class Starts:
    """Makes the starts of one fit.

    Parameters
    ----------
    free
        The states whose initial values are unknown.
    """

    def __init__(
        self, problem: Problem, observations: Observations, coordinates: Coordinates, table: Table, free: NDArray[np.int_]
    ) -> None:
        assert isinstance(problem.fit, Fit) and problem.initial is not None
        self.problem, self.observations, self.coordinates, self.table = problem, observations, coordinates, table
        self.names = list(problem.fit.parameters)
        self.given = np.array([entry.start for entry in problem.fit.parameters.values()], dtype=float)
        self.initial = np.array(problem.initial)
        self.fixed = np.ones(len(self.initial), dtype=bool)
        self.fixed[free] = False
        self.edges = self._edges()

    def parameters(self, attempt: int) -> Array:
        """(q,) the parameters of an attempt: as given, then drawn within the bounds or around what was given."""
        if attempt == 0:
            return self.given
        generator = np.random.default_rng([abs(self.problem.seed), attempt])
        u, low, high = self.coordinates.inner(self.given), self.coordinates.low, self.coordinates.high
        bounded = np.isfinite(low) & np.isfinite(high)
        inside = generator.uniform(np.where(bounded, low, 0.0), np.where(bounded, high, 1.0))
        drawn = generator.normal(size=len(u))
        around = np.where(self.coordinates.logarithmic, u + drawn, u * np.exp(drawn))
        return self.coordinates.outer(self.coordinates.clipped(np.where(bounded, inside, around)))

    def start(self, p: Array) -> Start:
        """Measured states as they were measured; the others from the solution with the parameters p, where it stays near the
        data, or else constant.
        """
        problem, observations, initial = self.problem, self.observations, self.initial
        origin, step = problem.time[0], 1e-7 * float(self.edges[-1])
        system = problem.system.with_parameters(dict(zip(self.names, p.tolist(), strict=True)))
        measured = [observations.along(state, np.array([origin])) is not None for state in range(len(initial))]
        march = None
        if not all(measured):
            march = self._near(forward(problem.with_settings(fit=None, system=system), initial, float(self.edges[-1])))

        def values(times: Array) -> Array:
            states = np.tile(initial, (len(times), 1)) if march is None else march.values(times)
            for state in np.flatnonzero(measured).tolist():
                states[:, state] = observations.along(state, origin + times)
            return states

        def slopes(times: Array, states: Array) -> Array:
            rates: Array = (values(times + step) - values(times - step)) / (2 * step)
            if march is not None:
                rates = np.where(measured, rates, np.nan_to_num(system.rhs_numpy(origin + times, states)))
            return rates

        curve = sampled(self.edges, 1.0, self.table, values, slopes, p)
        curve.y[0] = np.where(self.fixed, initial, curve.y[0])
        known: NDArray[np.bool_] = np.array(measured, dtype=bool) | (march is not None)
        return Start(curve, self._scale(curve, known))

    def _near(self, march: Forward | None) -> Forward | None:
        """A solution that does not run away from the data."""
        size = max(float(np.abs(self.initial).max()), float(self.observations.spread.max()))
        if march is None or not np.abs(march.values(self.edges)).max() <= REACH * size:
            return None
        return march

    def _scale(self, curve: Curve, known: NDArray[np.bool_]) -> Array:
        """(k,) sizes of the states; what is not known is taken to be as large as the largest."""
        scale = np.abs(curve.y).max(axis=0)
        largest = float(scale.max()) or 1.0
        return np.maximum(np.where(known, scale, largest), LEAST * largest)

    def _edges(self) -> Array:
        """(m + 1,) the window ends since the start: some times of the data in each, and none much longer than the others."""
        origin = self.problem.time[0]
        since = np.unique(np.abs(self.observations.times - origin))
        last = float(since[-1]) if since[-1] > 0 else abs(self.problem.span)
        fewest, most = PIECES
        pieces = int(np.clip(len(since) // ROWS, 1, most))
        places = np.linspace(0, len(since) - 1, pieces + 1).round().astype(int)[1:-1]
        knots = np.unique(np.concatenate([[0.0], since[places], [last]]))
        knots = knots[np.append(True, np.diff(knots) > 1e-9 * last)]
        knots[-1] = last
        counts = np.ceil(np.diff(knots) / last * fewest * (1 - 1e-9)).astype(int)
        inner = [np.linspace(a, b, count + 1)[:-1] for a, b, count in zip(knots[:-1], knots[1:], counts, strict=True)]
        return np.append(np.concatenate(inner), last) * (1.0 if self.problem.span > 0 else -1.0)
