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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.fitting.observations import Places
from pinnsolve.solvers.fitting.relaxation import Relaxation, Residuals, Stepped

Array = NDArray[np.float64]

TIGHTER = 0.1
"""Gaps count like defects so many times as large."""


@dataclass(frozen=True)
class Loose(Residuals):
    """A curve that need not satisfy anything."""

    f: Array
    """(m, k, n) right-hand side at the nodes."""
    by_state: Array
    """(m, k, k, n)"""
    by_unknown: Array
    """(m, k, q, n)"""
    observed: Array
    """(N, k + q) derivatives of the observables by the states at their times and by the parameters, in units of the errors."""


class Free(Relaxation[Loose]):
    """The problem in which nothing has to satisfy the equations: `size` is that of the integral of the defect of a window."""

    sizes = (1.0, 0.03, 1e-3)
    iterations = 25
    small = 0.02
    dampings = (1e-4, 1e10)

    def residuals(self, curve: Curve, places: Places) -> Loose | None:
        """What a curve leaves over; None where that is not finite."""
        observations, k = self.observations, self.windows.k
        f, jacobian = self.windows.evaluated(curve)
        rows = observations.evaluate(observations.times, observations.states(curve, places), curve.p)
        seen = rows[observations.observable, :, np.arange(len(observations))] / self.sd[:, None]
        data = seen[:, 0] - observations.value / self.sd
        if not (np.isfinite(f).all() and np.isfinite(jacobian).all() and np.isfinite(seen).all()):
            return None
        return Loose(curve, data, f, jacobian[:, :, :k], jacobian[:, :, k:], seen[:, 1:])

    def cost(self, left: Loose, size: float) -> float:
        """The sum of squares of data, defects and gaps."""
        defects = self.weights(left.curve, size) * (left.f - left.curve.g)
        gaps = self.gaps(left.curve, size)
        return float(np.sum(left.data**2) + np.sum(defects**2) + np.sum(gaps**2))

    def linearised(self, left: Loose, places: Places, size: float) -> Stepped:
        """The steps of the normal equations."""
        return Normal(self, left, places, size).stepped

    def weights(self, curve: Curve, defect: float) -> Array:
        """(m, k, n) what the defects at the nodes are multiplied with."""
        root = np.sqrt(self.windows.table.end)
        return np.asarray(np.abs(curve.half) * root / (defect * self.scale[:, None]))

    def gaps(self, curve: Curve, defect: float) -> Array:
        """(m, k) weighted gaps."""
        ends = curve.y[:-1] + curve.half[:, :, 0] * (curve.g @ self.windows.table.end)
        return (ends - curve.y[1:]) / (TIGHTER * defect * self.scale)


class Normal:
    """The normal equations at a curve: a block for the derivatives of each window, beside the window ends and parameters."""

    def __init__(self, free: Free, left: Loose, places: Places, defect: float) -> None:
        self.free, self.curve = free, left.curve
        own, shared, residual = self._rows(left, places, defect)
        self.inner = own.transpose(0, 2, 1) @ own  # (m, kn, kn)
        self.mixed = own.transpose(0, 2, 1) @ shared  # (m, kn, 2k + q)
        self.outer = shared.transpose(0, 2, 1) @ shared
        self.inner_right = -np.einsum("mra,mr->ma", own, residual)
        self.outer_right = -np.einsum("mra,mr->ma", shared, residual)

    def _rows(self, left: Loose, places: Places, defect: float) -> tuple[Array, Array, Array]:
        """Derivatives of the residuals of each window by its own derivatives (m, R, kn) and by its two ends and the
        parameters (m, R, 2k + q), and the residuals (m, R).
        """
        free, curve, table = self.free, left.curve, self.free.windows.table
        m, k, n = curve.g.shape
        q = len(curve.p)
        weights = free.weights(curve, defect)
        own = (weights * curve.half)[:, :, None, :, None] * left.by_state[..., None] * table.A  # (m, a, b, i, j)
        own = own.transpose(0, 1, 3, 2, 4).reshape(m, k * n, k * n)
        own[:, np.arange(k * n), np.arange(k * n)] -= weights.reshape(m, k * n)
        jacobian = (weights[:, :, None] * left.by_state).transpose(0, 1, 3, 2).reshape(m, k * n, k)
        unknown = (weights[:, :, None] * left.by_unknown).transpose(0, 1, 3, 2).reshape(m, k * n, q)
        shared = np.concatenate([jacobian, np.zeros_like(jacobian), unknown], axis=2)
        defects = (weights * (left.f - curve.g)).reshape(m, k * n)
        tight = 1.0 / (TIGHTER * defect * free.scale)
        eye = np.eye(k)
        gap = (curve.half * tight[:, None] * table.end)[:, :, None, :] * eye[:, :, None]  # (m, a, b, j)
        ends = np.broadcast_to(np.concatenate([eye, -eye, np.zeros((k, q))], axis=1) * tight[:, None], (m, k, 2 * k + q))
        measured, seen, data = self._data(left, places)
        return (
            np.concatenate([own, gap.reshape(m, k, k * n), measured], axis=1),
            np.concatenate([shared, ends, seen], axis=1),
            np.concatenate([defects, free.gaps(curve, defect), data], axis=1),
        )

    def _data(self, left: Loose, places: Places) -> tuple[Array, Array, Array]:
        """The same of the data, with zeros where a window has fewer of them than another: R is the largest number."""
        curve = left.curve
        m, k, n = curve.g.shape
        count = np.bincount(places.window, minlength=m)
        number = np.zeros(len(places.window), dtype=int)
        order = np.argsort(places.window, kind="stable")
        number[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        most, outer = count.max(), 2 * k + len(curve.p)
        own, shared, residual = np.zeros((m, most, k * n)), np.zeros((m, most, outer)), np.zeros((m, most))
        half = curve.half[places.window, :, 0]
        by_node = left.observed[:, :k, None] * half[:, :, None] * places.weights[:, None, :]
        own[places.window, number] = by_node.reshape(len(half), k * n)
        shared[places.window, number, :k] = left.observed[:, :k]
        shared[places.window, number, 2 * k :] = left.observed[:, k:]
        residual[places.window, number] = left.data
        return own, shared, residual

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
        low[start:], high[start:] = (bound - curve.p for bound in free.coordinates.bounds)
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
