"""First guesses for the Newton iteration of a window: the derivatives g (k, n) at the nodes."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Kernels
from pinnsolve.solvers.windows.table import table

Array = NDArray[np.float64]

TRUSTED = 1e4
"""A guess whose derivatives grow by more than this within the window comes from an unstable step: stiff, not used."""


def constant(f: Array, n: int) -> Array:
    """The derivative f (k,) at the start of the window everywhere: (k, n)."""
    return np.repeat(f[:, None], n, axis=1)


def explicit(kernels: Kernels, t: float, y: Array, half: float, nodes: list[float]) -> Array | None:
    """Classical Runge–Kutta steps from node to node, in plain floats.

    Returns (k, n) derivatives, or None where the steps are unstable or leave the domain of f.
    """
    if kernels.rk4 is None:
        return None
    try:
        g = np.array(kernels.rk4(t, y.tolist(), half, nodes), dtype=float).T
    except (ArithmeticError, ValueError):
        return None
    size = float(np.abs(g).max())
    if not math.isfinite(size) or size > TRUSTED * (1e-300 + float(np.abs(g[:, 0]).max())):
        return None
    return g


def implicit(kernels: Kernels, t: float, y: Array, half: float, nodes: list[float]) -> Array | None:
    """Linearly implicit steps from node to node, for stiff systems.

    Returns (k, n) derivatives of the network through the values that the steps give, or None where there are no such
    steps or they fail.
    """
    sweep = kernels.implicit()
    if sweep is None:
        return None
    try:
        values = np.array(sweep(t, y.tolist(), half, nodes), dtype=float).T
    except (ArithmeticError, ValueError):
        return None
    if not math.isfinite(float(np.abs(values).max())):
        return None
    return np.asarray((values - y[:, None]) @ _slopes(len(nodes))) / half


@lru_cache
def _slopes(n: int) -> Array:
    """(n, n) map from values at the nodes, less that at the start, to derivatives there; transposed, for τ in [−1, 1]."""
    return np.asarray(np.linalg.inv(table(n).AT), dtype=np.float64)
