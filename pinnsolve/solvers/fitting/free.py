"""A start from anywhere: the states follow the data even where the equations, with the present parameters, could not.

The unknowns are the states at the window ends, the derivatives at the nodes and the parameters; none of them has to satisfy
the equations. The sum of squares of the data, of the defects f(Y) − g at the nodes and of the gaps between windows is made
small by Levenberg–Marquardt, with a weight of the equations that grows from stage to stage. With a small weight the measured
states stay at their data and the parameters are those whose slopes agree best, so that a wrong parameter cannot make a
solution run away or blow up; with a large one the curve is a solution (collocation with the equations as a penalty:
Poyton et al., Comput. Chem. Eng. 30, 2006; Ramsay et al., J. R. Statist. Soc. B 69, 2007). The derivatives of a window are
eliminated from the normal equations, which leaves the window ends and the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.observations import Observations, Places

Array = NDArray[np.float64]

DEFECTS = (1.0, 0.03, 1e-3)
"""Integral of the defect of a window that counts like a residual of one, relative to the states, stage by stage."""
TIGHTER = 0.1
"""Gaps count like defects so many times as large."""
ITERATIONS = 25
"""Most steps a stage."""
SMALL = 0.02
"""A relative decrease below this ends a stage."""
DAMPINGS = (1e-4, 1e10)
"""The first damping and the largest."""


@dataclass(frozen=True)
class Residuals:
    """The residuals of a curve; data are padded to L rows a window."""

    curve: Curve
    f: Array
    """(m, k, n) right-hand side at the nodes."""
    by_state: Array
    """(m, k, k, n)"""
    by_unknown: Array
    """(m, k, q, n)"""
    data: Array
    """(N,) model less data, in units of their assumed errors."""
    observed: Array
    """(N, k + q) derivatives of the observables by the states at their times and by the parameters, in the same units."""


class Free:
    """The problem in which nothing has to satisfy the equations.

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
        self.windows, self.observations = windows, observations
        self.fixed, self.scale, self.sd, self.heard = fixed, scale, sd, heard
        self.low, self.high = coordinates.outer(coordinates.low), coordinates.outer(coordinates.high)

    def solve(self, curve: Curve) -> Curve | None:
        """The curve and the parameters that fit the data and the equations; None where the start cannot be evaluated."""
        places = self.observations.places(curve, self.windows.table, self.observations.times)
        state = self._residuals(curve, places)
        if state is None:
            return None
        for defect in DEFECTS:
            state = self._minimised(state, places, defect)
        return state.curve

    def _minimised(self, state: Residuals, places: Places, defect: float) -> Residuals:
        damping, top = DAMPINGS
        cost = self._cost(state, defect)
        for _ in range(ITERATIONS):
            normal, before = Normal(self, state, places, defect), cost
            while damping <= top:
                moved = normal.stepped(damping)
                trial = None if moved is None else self._residuals(moved, places)
                trial_cost = np.inf if trial is None else self._cost(trial, defect)
                if trial is not None and trial_cost < cost:
                    state, cost, damping = trial, trial_cost, max(damping / 5, 1e-12)
                    break
                damping *= 4
            self.heard(state.curve, state.data)
            if damping > top or before - cost <= SMALL * before:
                break
        return state

    def _residuals(self, curve: Curve, places: Places) -> Residuals | None:
        """The residuals of a curve; None where they are not finite."""
        windows, observations = self.windows, self.observations
        m, k, n = curve.g.shape
        q = len(curve.p)
        times = windows.origin + curve.times(windows.table.shifted[:n])
        states = windows.values(curve).transpose(1, 0, 2).reshape(k, -1)
        points = np.concatenate([states, np.broadcast_to(curve.p[:, None], (q, m * n))])
        out = windows.kernels.fj(times.ravel(), points, np.zeros((1 + k + q, k + q, m * n)))
        f = out[0, :k].reshape(k, m, n).transpose(1, 0, 2)
        jacobian = out[1 : 1 + k].reshape(k, k + q, m, n).transpose(2, 0, 1, 3)
        half = curve.half[places.window, :, 0]
        values = curve.y[places.window] + half * np.einsum("ln,lkn->lk", places.weights, curve.g[places.window])
        rows = observations.evaluate(observations.times, values, curve.p)
        seen = rows[observations.observable, :, np.arange(len(observations))] / self.sd[:, None]
        data = seen[:, 0] - observations.value / self.sd
        if not (np.isfinite(f).all() and np.isfinite(jacobian).all() and np.isfinite(seen).all()):
            return None
        return Residuals(curve, f, jacobian[:, :, :k], jacobian[:, :, k:], data, seen[:, 1:])

    def weights(self, curve: Curve, defect: float) -> Array:
        """(m, k, n) what the defects at the nodes are multiplied with."""
        root = np.sqrt(self.windows.table.end)
        return np.asarray(np.abs(curve.half) * root / (defect * self.scale[:, None]))

    def gaps(self, curve: Curve, defect: float) -> Array:
        """(m, k) weighted gaps."""
        ends = curve.y[:-1] + curve.half[:, :, 0] * (curve.g @ self.windows.table.end)
        return (ends - curve.y[1:]) / (TIGHTER * defect * self.scale)

    def _cost(self, state: Residuals, defect: float) -> float:
        defects = self.weights(state.curve, defect) * (state.f - state.curve.g)
        gaps = self.gaps(state.curve, defect)
        return float(np.sum(state.data**2) + np.sum(defects**2) + np.sum(gaps**2))


class Normal:
    """The normal equations at a curve: a block for the derivatives of each window, beside the window ends and parameters."""

    def __init__(self, free: Free, state: Residuals, places: Places, defect: float) -> None:
        self.free, self.curve = free, state.curve
        own, shared, residual = self._rows(state, places, defect)
        self.inner = own.transpose(0, 2, 1) @ own  # (m, kn, kn)
        self.mixed = own.transpose(0, 2, 1) @ shared  # (m, kn, 2k + q)
        self.outer = shared.transpose(0, 2, 1) @ shared
        self.inner_right = -np.einsum("mra,mr->ma", own, residual)
        self.outer_right = -np.einsum("mra,mr->ma", shared, residual)

    def _rows(self, state: Residuals, places: Places, defect: float) -> tuple[Array, Array, Array]:
        """Derivatives of the residuals of each window by its own derivatives (m, R, kn) and by its two ends and the
        parameters (m, R, 2k + q), and the residuals (m, R).
        """
        free, curve, table = self.free, state.curve, self.free.windows.table
        m, k, n = curve.g.shape
        q = len(curve.p)
        weights = free.weights(curve, defect)
        own = (weights * curve.half)[:, :, None, :, None] * state.by_state[..., None] * table.A  # (m, a, b, i, j)
        own = own.transpose(0, 1, 3, 2, 4).reshape(m, k * n, k * n)
        own[:, np.arange(k * n), np.arange(k * n)] -= weights.reshape(m, k * n)
        jacobian = (weights[:, :, None] * state.by_state).transpose(0, 1, 3, 2).reshape(m, k * n, k)
        unknown = (weights[:, :, None] * state.by_unknown).transpose(0, 1, 3, 2).reshape(m, k * n, q)
        shared = np.concatenate([jacobian, np.zeros_like(jacobian), unknown], axis=2)
        defects = (weights * (state.f - curve.g)).reshape(m, k * n)
        tight = 1.0 / (TIGHTER * defect * free.scale)
        eye = np.eye(k)
        gap = (curve.half * tight[:, None] * table.end)[:, :, None, :] * eye[:, :, None]  # (m, a, b, j)
        ends = np.broadcast_to(np.concatenate([eye, -eye, np.zeros((k, q))], axis=1) * tight[:, None], (m, k, 2 * k + q))
        count = np.bincount(places.window, minlength=m)
        number = np.zeros(len(places.window), dtype=int)
        order = np.argsort(places.window, kind="stable")
        number[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        data = np.zeros((m, count.max(), k * n)), np.zeros((m, count.max(), 2 * k + q)), np.zeros((m, count.max()))
        half = curve.half[places.window, :, 0]
        by_node = state.observed[:, :k, None] * half[:, :, None] * places.weights[:, None, :]
        data[0][places.window, number] = by_node.reshape(len(half), k * n)
        data[1][places.window, number, :k] = state.observed[:, :k]
        data[1][places.window, number, 2 * k :] = state.observed[:, k:]
        data[2][places.window, number] = state.data
        return (
            np.concatenate([own, gap.reshape(m, k, k * n), data[0]], axis=1),
            np.concatenate([shared, ends, data[1]], axis=1),
            np.concatenate([defects, free.gaps(curve, defect), data[2]], axis=1),
        )

    def stepped(self, damping: float) -> Curve | None:
        """The curve after a damped step within the bounds; None if there is none."""
        curve, free = self.curve, self.free
        m, k, n = curve.g.shape
        inner = self.inner.copy()
        place = np.arange(k * n)
        inner[:, place, place] += damping * np.maximum(inner[:, place, place], 1e-300)
        try:
            solved = np.linalg.solve(inner, np.concatenate([self.mixed, self.inner_right[..., None]], axis=2))
        except np.linalg.LinAlgError:
            return None
        left = self.outer - self.mixed.transpose(0, 2, 1) @ solved[..., :-1]
        right = self.outer_right - np.einsum("mac,ma->mc", self.mixed, solved[..., -1])
        matrix, gradient, diagonal = self._assembled(left, right)
        matrix[np.diag_indices(len(matrix))] += damping * np.where(diagonal > 0, diagonal, 1.0)
        start, q = (m + 1) * k, len(curve.p)
        low, high = np.full(len(matrix), -np.inf), np.full(len(matrix), np.inf)
        low[start:], high[start:] = free.low - curve.p, free.high - curve.p
        low[:k][free.fixed], high[:k][free.fixed] = 0.0, 0.0
        step = bounded_step(matrix, gradient, low, high)
        if step is None:
            return None
        dy = step[:start].reshape(m + 1, k)
        shared = np.concatenate([dy[:-1], dy[1:], np.broadcast_to(step[start:], (m, q))], axis=1)
        dg = solved[..., -1] - np.einsum("mac,mc->ma", solved[..., :-1], shared)
        return replace(curve, y=curve.y + dy, g=curve.g + dg.reshape(m, k, n), p=curve.p + step[start:])

    def _assembled(self, left: Array, right: Array) -> tuple[Array, Array, Array]:
        """The coupled matrix, its right-hand side, and the diagonal before the derivatives were eliminated."""
        m, k = self.curve.windows, self.free.windows.k
        q = len(self.curve.p)
        size = (m + 1) * k + q
        matrix, vector, diagonal = np.zeros((size, size)), np.zeros(size), np.zeros(size)
        for j in range(m):
            index = np.concatenate([np.arange(j * k, (j + 2) * k), np.arange(size - q, size)])
            matrix[np.ix_(index, index)] += left[j]
            vector[index] += right[j]
            diagonal[index] += np.diag(self.outer[j])
        return matrix, vector, diagonal


def bounded_step(matrix: Array, right: Array, low: Array, high: Array) -> Array | None:
    """The solution of matrix · x = right with x held at a limit where it would leave [low, high]; None if there is none."""
    step, moving = np.zeros(len(right)), low < high
    step[~moving] = low[~moving]
    while moving.any():
        try:
            factor = cho_factor(matrix[np.ix_(moving, moving)])
        except (np.linalg.LinAlgError, ValueError):
            return None
        step[moving] = cho_solve(factor, right[moving] - matrix[np.ix_(moving, ~moving)] @ step[~moving])
        if not np.isfinite(step).all():
            return None
        outside = moving & ((step < low) | (step > high))
        if not outside.any():
            break
        step[outside] = np.clip(step[outside], low[outside], high[outside])
        moving &= ~outside
    return step
