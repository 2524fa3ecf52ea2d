"""All windows linearised at once: how the end of each depends on its start and on the unknowns.

On a window with start y_a and half length h the unknowns are the derivatives g at the nodes, with Y = y_a + h A g and
g = f(Y). Linearised about the present curve, with J = df/dy and F = df/dp at the nodes,

    (I − h J A) δg = f − g + J δy_a + F δp ,        y_b = y_a + h w·g ,

so that each window is an affine map from (δy_a, δp) to δg and to its end: δy_b = gap + Φ δy_a + Ψ δp. Eliminating δg
leaves one sparse system in the states at the window ends and the unknown parameters (condensation; Ascher, Mattheij and
Russell, 1995, section 7.2). The same maps carry the error equation e' = J e − ρ of the defect ρ, so the error bar
costs one more right-hand side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem.system import Kernels
from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

PIECE = 4_000_000
"""Most matrix entries of windows at once."""


@dataclass(frozen=True)
class Linear:
    """The affine maps of all windows."""

    free: Array
    """(m, k, n) δg where neither the start nor the parameters change."""
    by_state: Array
    """(m, k, n, k) δg by the state at the start."""
    by_unknown: Array
    """(m, k, n, q) δg by the unknowns."""
    gap: Array
    """(m, k) how far the corrected window ends from the start of the next."""
    transfer: Array
    """(m, k, k) Φ, the end by the start."""
    response: Array
    """(m, k, q) Ψ, the end by the unknowns."""
    defect: Defect | None

    @property
    def monodromy(self) -> Array:
        """(k, k) the end of the last window by the start of the first."""
        product = np.eye(self.transfer.shape[1])
        for transfer in self.transfer:
            product = transfer @ product
        return product


@dataclass(frozen=True)
class Defect:
    """What the residual between the nodes does to a window that starts without error."""

    integral: Array
    """(m, k, n + 1) minus the integral of the residual, at the nodes and at the end."""
    error: Array
    """(m, k, n + 1) the error at the nodes and at the end."""
    top: Array
    """(k,) largest |y|."""
    steepest: Array
    """(k,) largest |dy/dt|."""
    residual: Array
    """(k,) largest residual."""


class Windows:
    """Linearises the windows of one system.

    Parameters
    ----------
    kernels
        NumPy functions of the system with the unknown parameters as its last q states (`System.with_free`).
    k
        Number of states proper.
    table
        The maps of Gauss windows.
    origin
        The time from which curves count.
    timed
        Whether the last unknown is the clock of the curve, its period; the system is autonomous then.
    """

    def __init__(self, kernels: Kernels, k: int, table: Table, origin: float, timed: bool = False) -> None:
        self.kernels, self.k, self.table, self.origin, self.timed = kernels, k, table, origin, timed
        self.speed = 1.0
        """Factor of the right-hand side, below 1 while a continuation is under way."""
        self.forcing: Callable[[Array], Array] | None = None
        """Times (l,) -> (l, k), added to the right-hand side while a continuation is under way."""
        self.doubt = 1.0
        """Factor of the defects, above 1 where f has kinks or jumps that lie between the points at which it is seen."""

    def linearise(self, curve: Curve, defects: bool = False) -> Linear | None:
        """The affine maps about a curve; None where f is not finite or a window's matrix is singular."""
        step = max(1, PIECE // (self.k * self.table.n) ** 2)
        parts = [self._piece(curve, slice(i, i + step), defects) for i in range(0, curve.windows, step)]
        if any(part is None for part in parts):
            return None
        return _joined([part for part in parts if part is not None])

    def values(self, curve: Curve) -> Array:
        """(m, k, n) states at the nodes."""
        return curve.y[:-1, :, None] + curve.half * (curve.g @ self.table.AT)

    def evaluated(self, curve: Curve) -> tuple[Array, Array]:
        """The right-hand side (m, k, n) at the nodes and its derivatives by states and parameters (m, k, K, n)."""
        t = self.origin + curve.times(self.table.shifted[: self.table.n])
        return self._evaluate(t, self.values(curve), curve.p)

    def jacobian(self, curve: Curve) -> Array:
        """(m, k, k, n) df/dy at the nodes."""
        return self.evaluated(curve)[1][:, :, : self.k]

    def moved(self, curve: Curve, linear: Linear, dy: Array, du: Array) -> Array:
        """(m, k, n) change of the states at the nodes for changes dy (m + 1, k) and du (q,)."""
        change = curve.half * (self.slope_change(linear, dy, du) @ self.table.AT) + dy[:-1, :, None]
        if self.timed:
            change = change + du[-1] / curve.clock * curve.half * (curve.g @ self.table.AT)
        return change

    def slope_change(self, linear: Linear, dy: Array, du: Array, free: bool = True) -> Array:
        """(m, k, n) δg for changes dy (m + 1, k) and du (q,), with the correction of the windows themselves or without."""
        change = np.einsum("mknc,mc->mkn", linear.by_state, dy[:-1]) + linear.by_unknown @ du
        return np.asarray(change + linear.free if free else change)

    def _piece(self, curve: Curve, part: slice, defects: bool) -> Linear | None:
        k, table = self.k, self.table
        n = table.n
        half, g = curve.half[part], curve.g[part]
        m = len(g)
        rise = g @ table.AT  # (Y − y_a) / half
        Y = curve.y[:-1][part][:, :, None] + half * rise
        t = self.origin + curve.times(table.shifted[:n])[part]
        f, jacobian = self._evaluate(t, Y, curve.p)
        J, F = jacobian[:, :, :k], jacobian[:, :, k:]  # (m, k, k, n), (m, k, q', n)
        matrix = -half[:, :, :, None, None] * J.transpose(0, 1, 3, 2)[..., None] * table.A[:, None, :]
        matrix = matrix.reshape(m, k * n, k * n)
        matrix[:, np.arange(k * n), np.arange(k * n)] += 1.0
        columns = [(f - g)[:, :, None], J, F]
        if self.timed:
            columns.append(np.einsum("mabn,mbn->man", J, half / curve.clock * rise)[:, :, None])
        defect = self._defect(curve, part) if defects else None
        if defect is not None:
            integral = defect[0]
            columns.append(np.einsum("mabn,mbn->man", J, integral[..., :n])[:, :, None])
        right = np.concatenate(columns, axis=2).transpose(0, 1, 3, 2).reshape(m, k * n, -1)
        if not np.isfinite(right).all() or not np.isfinite(matrix).all():
            return None
        try:
            solved = np.asarray(np.linalg.solve(matrix, right), dtype=np.float64).reshape(m, k, n, -1)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(solved).all():
            return None
        q = F.shape[2] + self.timed
        ends = half[..., None] * np.einsum("n,mknc->mkc", table.end, solved)[:, :, None]  # (m, k, 1, c)
        ends = ends[:, :, 0]
        start, reached = curve.y[:-1][part], half[:, :, 0] * (g @ table.end)
        response = ends[..., 1 + k : 1 + k + q].copy()
        if self.timed:
            response[..., -1] += reached / curve.clock
        return Linear(
            free=solved[..., 0],
            by_state=solved[..., 1 : 1 + k],
            by_unknown=solved[..., 1 + k : 1 + k + q],
            gap=start + reached + ends[..., 0] - curve.y[1:][part],
            transfer=np.eye(k) + ends[..., 1 : 1 + k],
            response=response,
            defect=None if defect is None else _carried(defect, solved[..., -1], half, table),
        )

    def _evaluate(self, t: Array, Y: Array, p: Array) -> tuple[Array, Array]:
        """The right-hand side (m, k, n) and its derivatives by states and parameters (m, k, K, n)."""
        m, k, n = Y.shape
        K = k + len(p)
        points = np.concatenate([Y.transpose(1, 0, 2).reshape(k, -1), np.broadcast_to(p[:, None], (len(p), m * n))])
        out = self.kernels.fj(t.ravel(), points, np.zeros((1 + K, K, m * n)))
        f = out[0, :k].reshape(k, m, n).transpose(1, 0, 2)
        jacobian = out[1 : 1 + k].reshape(k, K, m, n).transpose(2, 0, 1, 3)
        return self.speed * f + self._forced(t), self.speed * jacobian

    def _forced(self, t: Array) -> Array | float:
        """(m, k, n) the forcing at times (m, n)."""
        if self.forcing is None:
            return 0.0
        return self.forcing(t.ravel()).reshape(*t.shape, self.k).transpose(0, 2, 1)

    def _defect(self, curve: Curve, part: slice) -> tuple[Array, Array, Array, Array]:
        """Minus the integrated residual (m, k, n + 1), and for the report the largest |y|, |dy/dt| and residual (k,)."""
        table, half, g = self.table, curve.half[part], curve.g[part]
        values = curve.y[:-1][part][:, :, None] + half * (g @ table.AET)
        m, k, count = values.shape
        t = self.origin + curve.times(table.shifted)[part]
        points = np.concatenate(
            [values.transpose(1, 0, 2).reshape(k, -1), np.broadcast_to(curve.p[:, None], (len(curve.p), m * count))]
        )
        f = self.kernels.f(t.ravel(), points, np.zeros((len(points), m * count)))[:k].reshape(k, m, count).transpose(1, 0, 2)
        slopes = g @ table.GT
        residual = slopes - self.speed * f - self._forced(t)
        largest = [np.abs(array).max(axis=(0, 2)) for array in (values, slopes, residual)]
        return -self.doubt * half * (residual @ table.QT), *largest


def _carried(defect: tuple[Array, Array, Array, Array], slope: Array, half: Array, table: Table) -> Defect:
    """The error equation of each window on its own: slope (m, k, n) solves it."""
    integral, *largest = defect
    own = half * np.concatenate([slope @ table.AT, (slope @ table.end)[..., None]], axis=2)
    return Defect(integral, integral + own, *largest)


def _joined(parts: list[Linear]) -> Linear:
    if len(parts) == 1:
        return parts[0]
    names = ("free", "by_state", "by_unknown", "gap", "transfer", "response")
    arrays: dict[str, Array] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    defects = [part.defect for part in parts if part.defect is not None]
    if not defects:
        return Linear(**arrays, defect=None)
    rows = {name: np.concatenate([getattr(defect, name) for defect in defects]) for name in ("integral", "error")}
    tops = {name: np.max([getattr(defect, name) for defect in defects], axis=0) for name in ("top", "steepest", "residual")}
    return Linear(**arrays, defect=Defect(**rows, **tops))
