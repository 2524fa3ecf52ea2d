"""The right-hand side of a planar system as functions of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.traced import quick
from pinnsolve.analysis.planar.window import Window
from pinnsolve.problem import Problem, System

Array = NDArray[np.float64]


class Field:
    """The vector field of an autonomous system with k states, k = 2 for a planar one.

    Parameters
    ----------
    system
        Its right-hand side.
    time
        A Python function may look at the time although its values do not depend on it: the time it is shown.
    """

    def __init__(self, system: System, time: float = 0.0) -> None:
        self.system, self.time = quick(system), time

    def __call__(self, points: Array) -> Array:
        """(n, k) points -> (n, k) velocities."""
        return self.system.rhs_numpy(np.full(len(points), self.time), points)

    def jacobian(self, points: Array) -> tuple[Array, Array]:
        """(n, k) points -> velocities (n, k) and Jacobians (n, k, k)."""
        k = points.shape[1]
        with np.errstate(all="ignore"):
            out = np.zeros((1 + k, k, len(points)))
            self.system.kernels.fj(np.full(len(points), self.time), np.ascontiguousarray(points.T), out)
        return out[0].T, out[1:].transpose(2, 0, 1)


def vanishing(field: Field, window: Window) -> tuple[bool, ...]:
    """For each component whether it is zero everywhere in a window, but for rounding."""
    sizes = np.abs(field(scattered(window, 25)))
    largest = np.max(sizes, initial=0.0, where=np.isfinite(sizes))
    return tuple(bool((column <= 1e-14 * largest).all()) for column in sizes.T)


def scattered(window: Window, cells: int) -> Array:
    """(cells², 2) points all over a window, none of them on a line that a user would choose."""
    return window.grid(cells, cells, 0.382)


def autonomous(problem: Problem, points: Array) -> bool:
    """Whether the right-hand side does not depend on t: known for equations, tried out at `points` (n, k) for a function."""
    system = problem.system
    if system.autonomous:
        return True
    start, end = problem.time
    first = system.rhs_numpy(np.full(len(points), start), points)
    for share in (0.382, 0.618, 1.0):
        later = system.rhs_numpy(np.full(len(points), start + share * (end - start)), points)
        if not np.allclose(later, first, rtol=1e-9, atol=1e-300, equal_nan=True):
            return False
    return True
