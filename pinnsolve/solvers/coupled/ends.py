"""The coupled equations of the window ends: continuity from window to window, and the side conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dgetrf, dgetrs

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Linear

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """The side conditions at a curve: as many as states and unknowns together."""

    value: Array
    """(c,)"""
    by_start: Array
    """(c, k) derivatives by the state at the start."""
    by_end: Array
    """(c, k) by the state at the end."""
    by_unknown: Array
    """(c, q) by the unknowns."""


Conditions = Callable[[Curve], Side]
"""The side conditions of a problem, linearised about a curve."""


class Ends:
    """The coupled equations of the window ends, factored once for several right-hand sides.

    Raises
    ------
    np.linalg.LinAlgError
        If the equations do not determine the ends.
    """

    DENSE = 160
    """Up to so many unknowns they are solved as one full matrix."""
    POWERS = 4
    """Iterations for the norm of the inverse."""

    def __init__(self, linear: Linear, side: Side, scale: Array, unit: Array) -> None:
        """Unknowns are measured in `scale` (k,) for the states and `unit` (q,) for the rest."""
        m, k, q = linear.response.shape
        self.m, self.k = m, k
        self._size = np.concatenate([np.tile(scale, m + 1), unit])
        rows = [np.tile(np.arange(m * k).reshape(m, k, 1), (1, 1, k + 1 + q))]
        before = np.arange(m)[:, None, None] * k + np.arange(k)[None, None, :]
        own = (np.arange(m * k) + k).reshape(m, k, 1)
        last = np.broadcast_to((m + 1) * k + np.arange(q), (m, k, q))
        columns = [np.concatenate([np.broadcast_to(before, (m, k, k)), own, last], axis=2)]
        entries = [np.concatenate([-linear.transfer, np.ones((m, k, 1)), -linear.response], axis=2)]
        c = len(side.value)
        rows.append(np.tile(m * k + np.arange(c)[:, None], (1, 2 * k + q)))
        columns.append(np.tile(np.concatenate([np.arange(k), m * k + np.arange(k), (m + 1) * k + np.arange(q)]), (c, 1)))
        entries.append(np.concatenate([side.by_start, side.by_end, side.by_unknown], axis=1))
        row, column, entry = (np.concatenate([part.ravel() for part in parts]) for parts in (rows, columns, entries))
        entry = entry * self._size[column]
        weight = np.zeros(m * k + c)
        np.maximum.at(weight, row, np.abs(entry))
        self._weight = 1.0 / np.where(weight > 0, weight, 1.0)
        self._solve = _factored(row, column, entry * self._weight[row], len(self._size))

    def sensitivity(self) -> float:
        """The largest relative change of the ends for a relative change of the equations: the norm of the inverse, by
        power iteration on the inverse times its transpose.
        """
        vector, norm = np.ones(len(self._size)), 0.0
        for _ in range(self.POWERS):
            vector = self._solve(vector / np.linalg.norm(vector), True)
            norm = float(np.linalg.norm(vector))
            if not 0 < norm < np.inf:
                return np.inf
            vector = self._solve(vector / norm, False)
        return norm

    def solve(self, gap: Array, side: Array) -> tuple[Array, Array]:
        """Changes of the states at the ends (m + 1, k) and of the unknowns (q,) for gaps (m, k) and side values (c,)."""
        right = np.concatenate([gap.ravel(), side]) * self._weight
        solved = self._solve(right, False) * self._size
        if not np.isfinite(solved).all():
            raise np.linalg.LinAlgError("the coupled equations are singular")
        return solved[: (self.m + 1) * self.k].reshape(self.m + 1, self.k), solved[(self.m + 1) * self.k :]


def _factored(row: Array, column: Array, entry: Array, size: int) -> Callable[[Array, bool], Array]:
    """A solver of the square system with these entries (doubles are summed), or of the transposed one."""
    if size <= Ends.DENSE:
        matrix = np.bincount(row * size + column, entry, size * size).reshape(size, size)
        lu, pivots, info = dgetrf(matrix)
        if info:
            raise np.linalg.LinAlgError("the coupled equations are singular")
        return lambda right, turned: np.asarray(dgetrs(lu, pivots, right, trans=int(turned))[0], dtype=np.float64)
    # Deferred: importing the sparse solvers takes longer than most initial value problems.
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    try:
        factors = splu(csc_matrix((entry, (row, column)), shape=(size, size)))
    except RuntimeError as error:  # exactly singular
        raise np.linalg.LinAlgError(str(error)) from None
    return lambda right, turned: np.asarray(factors.solve(right, trans="T" if turned else "N"), dtype=np.float64)
