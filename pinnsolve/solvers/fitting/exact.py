"""The fit proper: the least squares problem for one trajectory that satisfies the equations everywhere.

The windows hang together again. Their maps give the derivatives of the whole trajectory by the unknowns without further
work, and Levenberg–Marquardt moves the unknowns within their bounds: one that is at a bound and pulled outward is held
there (Kelley, Iterative Methods for Optimization, 1999, section 5.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Conditions, Side
from pinnsolve.solvers.coupled.linear import Linear, Windows
from pinnsolve.solvers.coupled.newton import newton
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.observations import Model, Observations, Places

Array = NDArray[np.float64]

ITERATIONS = 60
"""Most steps."""
CLOSED = 1e-9
"""Relative size of the last correction of a trajectory."""
STEP, GAIN = 1e-10, 1e-6
"""The search ends where a step changes the unknowns relatively by less, or the sum of squares, in units of the errors of the
data, by less."""
APART = 1e-9
"""Relative singular values below this belong to directions that the data do not see."""
DAMPINGS = (1e-6, 1e10)
"""The first damping and the largest."""


@dataclass(frozen=True)
class Fitted:
    """A trajectory and its distance from the data."""

    curve: Curve
    linear: Linear
    u: Array
    """(q,) unknowns: inner parameters, then initial values."""
    model: Array
    """(N,) observables."""
    jacobian: Array
    """(N, q) their derivatives by u."""


def pinned(start: Array, p: Array) -> Conditions:
    """Side conditions of a trajectory from `start` (k,) with parameters `p` (q,)."""
    k, q = len(start), len(p)
    eye = np.eye(k + q)

    def conditions(curve: Curve) -> Side:
        value = np.concatenate([curve.y[0] - start, curve.p - p])
        return Side(value, eye[:, :k], np.zeros((k + q, k)), eye[:, k:])

    return conditions


def responses(linear: Linear) -> tuple[Array, Array]:
    """Derivatives of the states at the window ends by those at the start, (m + 1, k, k), and by the parameters (m + 1, k, q)."""
    m, k, q = linear.response.shape
    by_start, by_unknown = np.empty((m + 1, k, k)), np.empty((m + 1, k, q))
    by_start[0], by_unknown[0] = np.eye(k), 0.0
    for j in range(m):
        by_start[j + 1] = linear.transfer[j] @ by_start[j]
        by_unknown[j + 1] = linear.transfer[j] @ by_unknown[j] + linear.response[j]
    return by_start, by_unknown


class Shooting:
    """One trajectory from its start.

    Parameters
    ----------
    free
        The states whose initial values are unknown.
    heard
        Called after every step.
    """

    def __init__(
        self, windows: Windows, observations: Observations, coordinates: Coordinates, free: NDArray[np.int_],
        heard: Callable[[Curve, Array], None],
    ) -> None:
        self.windows, self.observations, self.coordinates = windows, observations, coordinates
        self.free, self.heard = free, heard

    def closed(self, curve: Curve) -> Curve | None:
        """The trajectory from the start and the parameters of a curve; None if there is none near it."""
        solved = newton(self.windows, pinned(curve.y[0], curve.p), curve, CLOSED)
        if not solved.converged:
            return None
        y = solved.curve.y.copy()
        y[0] = curve.y[0]  # to the last bit: a zero that is given stays one
        return replace(solved.curve, y=y, p=curve.p)

    def fitted(self, curve: Curve) -> Fitted | None:
        """What a closed curve means; None where an observable is not finite."""
        linear = self.windows.linearise(curve)
        if linear is None:
            return None
        observations = self.observations
        places = observations.places(curve, self.windows.table, observations.times)
        model = observations.model(curve, linear, places, observations.times, observations.observable)
        u = np.concatenate([self.coordinates.inner(curve.p), curve.y[0][self.free]])
        jacobian = self.jacobian(curve, linear, places, model)
        if not (np.isfinite(model.value).all() and np.isfinite(jacobian).all()):
            return None
        return Fitted(curve, linear, u, model.value, jacobian)

    def jacobian(self, curve: Curve, linear: Linear, places: Places, model: Model) -> Array:
        """(l, q) derivatives of observables by the unknowns, all of them through the start of the trajectory."""
        by_start, by_unknown = responses(linear)
        inner = np.einsum("lk,lkc->lc", model.by_state, by_unknown[places.window]) + model.by_unknown
        initial = np.einsum("lk,lkc->lc", model.by_state, by_start[places.window][:, :, self.free])
        return np.concatenate([inner * self.coordinates.slope(self.coordinates.inner(curve.p)), initial], axis=1)

    def minimised(self, begin: Fitted, sd: Array) -> Fitted:
        """The least sum of squares of (model − data) / sd (N,), from a trajectory."""
        damping, top = DAMPINGS
        state, scale = begin, np.zeros(len(begin.u))
        for _ in range(ITERATIONS):
            residual = (state.model - self.observations.value) / sd
            self.heard(state.curve, residual)
            jacobian = state.jacobian / sd[:, None]
            free = ~self.held(state, sd)
            scale = np.maximum(scale, np.linalg.norm(jacobian, axis=0))
            cost, accepted = float(residual @ residual), False
            while damping <= top:
                step = np.zeros(len(state.u))
                step[free] = _damped(jacobian[:, free], residual, damping, scale[free])
                step = self._within(state.u, step)
                gain = float(np.sum((jacobian @ step) ** 2))
                small = np.all(np.abs(step) <= STEP * np.maximum(np.abs(state.u), 1e-300))
                trial = self._moved(state, step)
                if trial is not None:
                    difference = (trial.model - self.observations.value) / sd
                    accepted = float(difference @ difference) < cost
                if accepted or small or gain <= GAIN:
                    break
                damping *= 6
            if accepted and trial is not None:
                state, damping = trial, max(damping / 10, 1e-14)
            if not accepted or small or gain <= GAIN:
                break
        return state

    def held(self, fitted: Fitted, sd: Array) -> NDArray[np.bool_]:
        """(q,) which parameters are at a bound and pulled outward."""
        gradient = fitted.jacobian.T @ ((fitted.model - self.observations.value) / sd**2)
        q = len(self.coordinates.low)
        at_low, at_high = fitted.u[:q] <= self.coordinates.low, fitted.u[:q] >= self.coordinates.high
        held = np.zeros(len(fitted.u), dtype=bool)
        held[:q] = (at_low & (gradient[:q] > 0)) | (at_high & (gradient[:q] < 0))
        return held

    def remaining(self, fitted: Fitted, sd: Array) -> Array:
        """(q,) how far the minimum still is by the linearised problem."""
        free = ~self.held(fitted, sd)
        jacobian = fitted.jacobian[:, free] / sd[:, None]
        length = np.linalg.norm(jacobian, axis=0)
        length = np.where(length > 0, length, 1.0)
        step = np.zeros(len(fitted.u))
        step[free] = np.linalg.lstsq(jacobian / length, (self.observations.value - fitted.model) / sd, rcond=APART)[0] / length
        return step

    def displaced(self, fitted: Fitted, amount: float) -> Fitted | None:
        """The trajectory for unknowns changed by different parts of a relative amount; None if there is none."""
        pattern = amount * np.cos(1.0 + 2.4 * np.arange(len(fitted.u)))  # no two alike, none zero for a while
        q = len(fitted.curve.p)
        u = np.concatenate([self.coordinates.inner(fitted.curve.p * (1 + pattern[:q])), fitted.u[q:] * (1 + pattern[q:])])
        return self._moved(fitted, u - fitted.u)

    def _within(self, u: Array, step: Array) -> Array:
        """The step, cut where it leaves the bounds."""
        q = len(self.coordinates.low)
        inside = step.copy()
        inside[:q] = self.coordinates.clipped(u[:q] + step[:q]) - u[:q]
        return inside

    def _moved(self, state: Fitted, step: Array) -> Fitted | None:
        """The trajectory for other unknowns: predicted by the maps of the windows, then solved."""
        curve, linear = state.curve, state.linear
        q = len(curve.p)
        u = state.u + step
        p = self.coordinates.outer(u[:q])
        start = np.zeros(len(curve.y[0]))
        start[self.free] = step[q:]
        by_start, by_unknown = responses(linear)
        dy = by_start @ start + by_unknown @ (p - curve.p)
        g = curve.g + self.windows.slope_change(linear, dy, p - curve.p, free=False)
        moved = self.closed(replace(curve, y=curve.y + dy, g=g, p=p))
        return None if moved is None else self.fitted(moved)


def _damped(jacobian: Array, residual: Array, damping: float, scale: Array) -> Array:
    """The Levenberg–Marquardt step (Moré, 1978): least squares with √damping · scale below the Jacobian."""
    below = np.diag(np.sqrt(damping) * np.where(scale > 0, scale, 1.0))
    matrix = np.concatenate([jacobian, below])
    right = np.concatenate([-residual, np.zeros(len(scale))])
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])
