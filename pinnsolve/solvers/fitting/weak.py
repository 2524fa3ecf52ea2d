"""A start that may be far off: the states follow the data while the equations pull.

Every window has a state of its own at its start, and may end where the next one does not start. The sum of squares of the
data and of these gaps is made small by Levenberg–Marquardt for states and parameters together, at first with a small weight
of the gaps, then with larger ones. A single trajectory from a bad start leaves the data after a short time and ends in a
wrong minimum; here every piece stays near its data, and the parameters are those that make the pieces fit together (multiple
shooting with relaxed continuity: Bock, 1983; Ramsay et al., J. R. Statist. Soc. B 69, 2007).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Linear, Windows
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.observations import Observations, Places

Array = NDArray[np.float64]

GAPS = (0.3, 0.03, 3e-3, 3e-4)
"""Size of the gaps that counts like a residual of one, relative to the states, stage by stage."""
ITERATIONS = 20
"""Most steps a stage."""
SMALL = 0.01
"""A relative decrease below this ends a stage."""
DAMPINGS = (1e-3, 1e8)
"""The first damping and the largest."""
SETTLE, SETTLED = 12, 1e-9
"""Most Newton iterations inside the windows, and the relative change below which they have settled."""


@dataclass(frozen=True)
class Settled:
    """A curve whose windows solve the equations from their own starts."""

    curve: Curve
    linear: Linear
    residual: Array
    """(N,) model less data, in units of their assumed errors."""
    gaps: Array
    """(m, k) in units of the states."""


class Relaxed:
    """The relaxed problem.

    Parameters
    ----------
    fixed
        (k,) which states have a given value at the start.
    scale
        (k,) the size of each state.
    sd
        (N,) assumed errors of the data.
    heard
        Called after every step.
    """

    def __init__(
        self, windows: Windows, observations: Observations, coordinates: Coordinates, fixed: NDArray[np.bool_], scale: Array,
        sd: Array, heard: Callable[[Curve, Array], None],
    ) -> None:
        self.windows, self.observations, self.coordinates = windows, observations, coordinates
        self.fixed, self.scale, self.sd, self.heard = fixed, scale, sd, heard

    def solve(self, curve: Curve) -> Curve | None:
        """The parameters and pieces that fit the data and each other; None where not even the start can be evaluated."""
        places = self.observations.places(curve, self.windows.table, self.observations.times)
        state = self.settled(curve, places)
        if state is None:
            return None
        for gap in GAPS:
            state = self._minimised(state, places, gap)
        return state.curve

    def _minimised(self, state: Settled, places: Places, gap: float) -> Settled:
        """Levenberg–Marquardt with gaps of size `gap` counting like errors of the data."""
        damping, top = DAMPINGS
        cost = self._cost(state, gap)
        for _ in range(ITERATIONS):
            matrix, gradient = self._normal(state, places, gap)
            before = cost
            while damping <= top:
                step = self._step(matrix, gradient, damping)
                trial = None if step is None else self._moved(state, places, step)
                trial_cost = np.inf if trial is None else self._cost(trial, gap)
                if trial is not None and trial_cost < cost:
                    state, cost, damping = trial, trial_cost, max(damping / 5, 1e-12)
                    break
                damping *= 4
            self.heard(state.curve, state.residual)
            if damping > top or before - cost <= SMALL * before:
                break
        return state

    def settled(self, curve: Curve, places: Places) -> Settled | None:
        """Newton inside every window, from given starts and parameters."""
        last = np.inf
        for count in range(SETTLE):
            linear = self.windows.linearise(curve)
            if linear is None:
                return None
            change = float(np.max(np.abs(curve.half * linear.free) / self.scale[:, None]))
            curve = replace(curve, g=curve.g + linear.free)
            if change <= SETTLED:
                model = self.observations.model(curve, linear, places, self.observations.times, self.observations.observable)
                residual = (model.value - self.observations.value) / self.sd
                if not np.isfinite(residual).all():
                    return None
                return Settled(curve, linear, residual, linear.gap / self.scale)
            if not change < 1e6 or (count > 5 and change > last):
                return None
            last = change
        return None

    def _cost(self, state: Settled, gap: float) -> float:
        return float(np.sum(state.residual**2) + np.sum((state.gaps / gap) ** 2))

    def _normal(self, state: Settled, places: Places, gap: float) -> tuple[Array, Array]:
        """JᵀJ and Jᵀr for the scaled states at the window ends and the inner parameters."""
        curve, linear = state.curve, state.linear
        m, k, q = linear.response.shape
        slope = self.coordinates.slope(self.coordinates.inner(curve.p))
        size = (m + 1) * k + q
        matrix, gradient = np.zeros((size, size)), np.zeros(size)
        model = self.observations.model(curve, linear, places, self.observations.times, self.observations.observable)
        rows = np.concatenate([model.by_state * self.scale, model.by_unknown * slope], axis=1) / self.sd[:, None]
        unknowns = np.arange((m + 1) * k, size)
        transfer = linear.transfer * self.scale / self.scale[:, None] / gap
        response = linear.response * slope / self.scale[:, None] / gap
        for j in range(m):
            own = places.window == j
            index = np.concatenate([np.arange(j * k, (j + 1) * k), unknowns])
            part = rows[own]
            matrix[np.ix_(index, index)] += part.T @ part
            gradient[index] += part.T @ state.residual[own]
            index = np.concatenate([np.arange(j * k, (j + 2) * k), unknowns])
            part = np.concatenate([transfer[j], -np.eye(k) / gap, response[j]], axis=1)
            matrix[np.ix_(index, index)] += part.T @ part
            gradient[index] += part.T @ (state.gaps[j] / gap)
        held = np.flatnonzero(self.fixed)
        matrix[held], matrix[:, held], gradient[held] = 0.0, 0.0, 0.0
        matrix[held, held] = 1.0
        return matrix, gradient

    def _step(self, matrix: Array, gradient: Array, damping: float) -> Array | None:
        diagonal = np.diag(matrix)
        damped = matrix + np.diag(damping * np.maximum(diagonal, 1e-12 * diagonal.max()))
        try:
            step = -cho_solve(cho_factor(damped), gradient)
        except (np.linalg.LinAlgError, ValueError):
            return None
        return step if np.isfinite(step).all() else None

    def _moved(self, state: Settled, places: Places, step: Array) -> Settled | None:
        """The curve after a step, settled again."""
        curve, coordinates = state.curve, self.coordinates
        count = curve.y.size
        dy = step[:count].reshape(curve.y.shape) * self.scale
        u = coordinates.inner(curve.p)
        p = coordinates.outer(coordinates.clipped(u + step[count:]))
        g = curve.g + self.windows.slope_change(state.linear, dy, p - curve.p, free=False)
        return self.settled(replace(curve, y=curve.y + dy, g=g, p=p), places)
