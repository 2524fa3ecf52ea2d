"""One window: the network's unknowns by Newton's method, and its error by one more solve.

With the maps of `table`, half = h/2 and y_a the state at the start, the derivatives g (k, n) at the nodes satisfy

    g = f(t, y_a + half · g Aᵀ)                                       collocation: the residual vanishes at the nodes
    (I − half · J_i A_ij) dg = f − g                                  Newton, J = df/dy at the nodes

and the error e of the window obeys the linearised error equation e' = J e − ρ with the defect ρ = y' − f, seen at the
nodes and at the check points between them and integrated. In the same unknowns

    e = r + half · q Aᵀ,    (I − half · J_i A_ij) q = J r,    r = e_a − ∫ρ

which costs right-hand sides in the factors that Newton has already (defect-based estimation as in Shampine,
"Solving ODEs and DDEs with residual control", 2005, carried over a global error equation as in Zadunaisky, 1976).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgetrf, dgetrs

from pinnsolve.problem import Kernels
from pinnsolve.solvers.windows.contraction import Contraction
from pinnsolve.solvers.windows.growth import growing, sampled
from pinnsolve.solvers.windows.rounding import PROBES, STATES, Rounding
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

DENSE = 160
"""Up to k·n unknowns the full Newton matrix is factored; above, n/2 complex k×k matrices of a transformed one."""
REFACTOR = 0.1
"""New Jacobian and factors while an iteration contracts by less than this."""
FRESH = 1e-3
"""Newton factors that contracted by less than this are made anew for the error equation: an error that grows by orders
within a window, as before a jump of a relaxation oscillation, is otherwise carried wrongly."""
REFINED = 0.03
"""An error solve in the transformed factors is refined until a step changes no error by more than this share of it."""
REFINEMENTS = 6
"""Most refinement steps of an error solve in the transformed factors, whose Jacobian is a mean over the window."""


class Factors(Protocol):
    """A factored Newton matrix of one window."""

    def solve(self, right: Array) -> Array:
        """Right-hand sides (..., k, n) -> solutions of the same shape. May overwrite what it is given."""


@dataclass
class Dense:
    """LU of the full matrix, (k n, k n)."""

    lu: Array
    pivots: NDArray[np.int32]

    def solve(self, right: Array) -> Array:
        """Back substitution."""
        columns = right.reshape(-1, len(self.pivots)).T
        solution: Array = dgetrs(self.lu, self.pivots, columns, trans=1, overwrite_b=1)[0]
        return solution.T.reshape(right.shape)


@dataclass(frozen=True)
class Transformed:
    """With one Jacobian for the whole window, eigenvectors of A split the matrix into one complex k×k block for each
    pair of eigenvalues (Butcher, "On the implementation of implicit Runge–Kutta methods", BIT 16, 1976).
    """

    blocks: Complex
    """(p, k, k) inverses."""
    right: Complex
    """(n, p) eigenvectors of Aᵀ."""
    left: Complex
    """(p, n) rows of their inverse, doubled for pairs."""

    def solve(self, right: Array) -> Array:
        """Transform, solve block by block, transform back."""
        columns = right.reshape(-1, *right.shape[-2:])
        blocks = (self.blocks @ (columns @ self.right).transpose(2, 1, 0)).transpose(2, 1, 0)
        return np.ascontiguousarray((blocks @ self.left).real).reshape(right.shape)


@dataclass
class Errors:
    """What the error equation says of a solved window."""

    local: Array
    """(k,) largest local error, of a window that starts exact."""
    rounding: Array
    """(k,) largest response to rounding errors within the window: a shorter one has as much of it in the same time."""
    noise: Array
    """(PROBES, k) rounding errors of f in it."""
    carried: Array
    """(k, n) global error at the nodes, the error at the start carried on."""
    probes: Array
    """(PROBES, k, n) response to rounding errors so far."""
    largest: Array
    """(k,) largest |y| at nodes and check points."""


class Collocation:
    """Solves windows of one system, in buffers of its own.

    Parameters
    ----------
    kernels
        NumPy functions of the system.
    k
        Number of states.
    table
        The maps for the number of nodes.
    origin
        The time from which window starts are counted.
    """

    def __init__(self, kernels: Kernels, k: int, table: Table, origin: float) -> None:
        self.kernels, self.k, self.table, self.origin = kernels, k, table, origin
        n = table.n
        self.dense = k * n <= DENSE
        self.iterations = 0
        """Newton iterations of the last window."""
        self.derivatives = np.zeros((k, 2 * n))
        """(k, 2n) dy/dt of the network at nodes and check points of the last window."""
        self.residual = np.zeros((k, 2 * n))
        """(k, 2n) y' − f there."""
        self.factors: Factors | None = None
        self.rate = 0.0
        """By how much the last iteration contracted with these factors."""
        self._minus_A = -table.A[None, :, None, :]
        self._f = np.zeros((k, n))
        self.rounding = Rounding(k, n)
        self._f_points, self._f_moved = np.zeros((k, 2 * n)), np.zeros((k, self.rounding.columns))
        self._fj = np.zeros((1 + k, k, n))
        self._matrix = np.empty((k * n, k * n)) if self.dense else None
        self._right = np.empty((3 + PROBES, k, n))  # local, rounding in this window, global, the probes
        self._eigen: tuple[Complex, Complex, Complex] | None = None

    def derivative(self, s: float, y: Array) -> Array:
        """The right-hand side at one time s after the origin: (k,) -> (k,)."""
        return self.kernels.f(np.array([self.origin + s]), y[:, None], np.zeros((self.k, 1)))[:, 0]

    def newton(
        self, s: float, y: Array, half: float, g: Array, scale: Array, tolerance: float, near: bool = False
    ) -> Array | None:
        """Solve the window that starts at s with state y (k,) from the guess g (k, n).

        `scale` (k, 1) is what each state's error is measured against; the iteration stops well below `tolerance`. `near`
        says that the guess comes from an integration. Returns g, or None where Newton does not converge (make the window
        shorter).
        """
        self.iterations = 0
        t = self.origin + (s + half * self.table.shifted[: self.table.n])
        Y = y[:, None] + half * g.dot(self.table.AT)  # dot: half the overhead of @
        own = np.maximum.reduce(np.abs(Y), axis=1, keepdims=True)  # reduce: half the overhead of max
        size = np.maximum(scale, own)
        spread, unit = float((size / own).max()), 1.0 / size
        steps = Contraction(tolerance, near, spread if self.dense else math.inf)
        kernels, AT, dense = self.kernels, self.table.AT, self.dense
        self.factors = None
        while steps.count < (12 if dense else 25):
            if self.factors is None or (dense and steps.rate > REFACTOR):
                f = kernels.fj(t, Y, self._fj)[0]
                if not self._factor(half):
                    return None
            else:
                f = kernels.f(t, Y, self._f)
            assert self.factors is not None
            dg = self.factors.solve(f - g)
            g = g + dg
            self.iterations += 1
            dY = half * dg.dot(AT)
            Y = Y + dY
            if steps.count == 0 and not steps.near:  # a guess of zeros says nothing about sizes
                unit = 1.0 / np.maximum(1.0 / unit, np.maximum.reduce(np.abs(Y), axis=1, keepdims=True))
            steps.add(float(np.maximum.reduce(np.abs(dY * unit), axis=None)))
            if steps.converged:
                self.rate = steps.rate
                return g
            if steps.failed or (not dense and steps.count >= 3 and steps.rate > 0.7):
                return None
        return None

    def errors(
        self, s: float, y: Array, half: float, g: Array, error: Array, probes: Array, signs: Array, noise: Array | None
    ) -> Errors | None:
        """The error equation on the window just solved, from the error (k,) and the probes (PROBES, k) at its start.

        `signs` (PROBES, k) are those of the rounding errors of the states, `noise` (PROBES, k) are those of f, measured here
        where it is None. None where f is not finite between the nodes.
        """
        table = self.table
        n = table.n
        values = y[:, None] + half * g.dot(table.AET)
        t = self.origin + (s + half * table.shifted)
        if self.factors is None:
            raise AssertionError("solve the window first")
        if not self.dense:
            self.kernels.fj(t[:n], values[:, :n], self._fj)
            self._finite_jacobian()
        elif self.rate > FRESH:
            self.kernels.fj(t[:n], values[:, :n], self._fj)
            if not self._factor(half):
                return None
        self.derivatives = g.dot(table.GT)
        if noise is None:
            f = self.kernels.f(*self.rounding.points(t, values), self._f_moved)
            noise = self.rounding.measured(f)
        else:
            f = self.kernels.f(t, values, self._f_points)
        self.residual = self.derivatives - f[:, : 2 * n]
        right, made = self._right, (half * noise)[:, :, None] * table.shifted[:n]
        np.multiply(self.residual.dot(table.QT), -half, out=right[0])
        right[1] = made[0]
        np.add(right[0], error[:, None], out=right[2])
        np.add(probes[:, :, None], made, out=right[3:])
        moved = (STATES * signs)[:, :, None] * values[:, :n]
        seen = right.copy()
        seen[1] += moved[0]
        seen[3:] += moved
        largest = np.maximum.reduce(np.abs(values), axis=1)
        e = right + self._error_solve(seen, half, largest)
        local, rounding = np.maximum.reduce(np.abs(e[:2]), axis=2)
        if not math.isfinite(float(local.sum())):
            return None
        return Errors(local, rounding, noise, e[2], e[3:], largest)

    def too_fast(self, half: float) -> float:
        """By how much the window just solved is too long for the growth that the Jacobian allows in it (see `growth`); at most
        1 where it is not.
        """
        n = self.table.n
        jacobian = self._fj[1:, :, sampled(self.k, n)]
        return float(growing(jacobian, np.full(jacobian.shape[2], 2 * half), n).mean()) / n

    def _error_solve(self, seen: Array, half: float, size: Array) -> Array:
        """The part half · q Aᵀ of the errors; the mean Jacobian of the transformed factors is corrected by refinement.

        `seen` (s, k, n) is what J is applied to: r with the rounding of the states. `size` (k,) is that of the states: every
        error must be right, also one that is small beside another, such as the local error beside the global one.
        """
        assert self.factors is not None
        jacobian, maps = self._fj[1:], half * self.table.AT
        q = self.factors.solve(_apply(jacobian, seen))
        if not self.dense:
            unit = 1.0 / np.maximum(size, 1e-10 * size.max() + 1e-300)[:, None]
            for _ in range(REFINEMENTS):
                correction = self.factors.solve(_apply(jacobian, seen + _along(q, maps)) - q)
                q = q + correction
                change, most = np.abs(correction * unit).max(axis=(1, 2)), np.abs(q * unit).max(axis=(1, 2))
                if (change <= REFINED * most).all():
                    break
        return _along(q, maps)

    def _factor(self, half: float) -> bool:
        """Factor the Newton matrix of the Jacobian in the buffer; False where it is singular."""
        self._finite_jacobian()
        self.factors = self._factor_dense(half) if self.dense else self._factor_transformed(half)
        return self.factors is not None

    def _factor_dense(self, half: float) -> Dense | None:
        assert self._matrix is not None
        k, n, matrix = self.k, self.table.n, self._matrix
        blocks = self._fj[1:].transpose(0, 2, 1)[:, :, :, None]  # (k, n, k, 1)
        np.multiply(blocks, half * self._minus_A, out=matrix.reshape(k, n, k, n))
        matrix.ravel()[:: k * n + 1] += 1.0
        lu, pivots, info = dgetrf(matrix.T, overwrite_a=1)
        return None if info else Dense(lu, pivots)

    def _factor_transformed(self, half: float) -> Transformed | None:
        if self._eigen is None:
            values, vectors = np.linalg.eig(self.table.A.T)
            keep = values.imag >= -1e-14  # of each pair one
            double = np.where(np.abs(values[keep].imag) < 1e-13, 1.0, 2.0)[:, None]
            self._eigen = values[keep], vectors[:, keep], np.linalg.inv(vectors)[keep] * double
        values, right, left = self._eigen
        mean = self._fj[1:].mean(axis=2)
        try:
            blocks = np.linalg.inv(np.eye(self.k) - (half * values)[:, None, None] * mean)
        except np.linalg.LinAlgError:
            return None
        return Transformed(blocks, right, left)

    def _finite_jacobian(self) -> None:
        """A derivative such as that of sqrt at 0 is infinite where f itself is fine: Newton goes on without it."""
        if not math.isfinite(float(self._fj[1:].sum())):
            np.nan_to_num(self._fj[1:], copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _apply(jacobian: Array, right: Array) -> Array:
    """J_i r_i at every node: (k, k, n), (s, k, n) -> (s, k, n)."""
    return np.asarray(np.einsum("abn,sbn->san", jacobian, right))


def _along(q: Array, maps: Array) -> Array:
    """(s, k, n) times maps (n, n), in one product instead of s."""
    return np.asarray(q.reshape(-1, q.shape[-1]).dot(maps)).reshape(q.shape)
