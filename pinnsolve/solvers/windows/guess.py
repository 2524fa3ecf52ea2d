"""First guesses for the Newton iteration of a window: the derivatives g (k, n) at the nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions import Sweep

Array = NDArray[np.float64]

TRUSTED = 1e4
"""A guess whose derivatives grow by more than this within the window comes from an unstable step: stiff, not used."""


def constant(f: Array, n: int) -> Array:
    """The derivative f (k,) at the start of the window everywhere: (k, n)."""
    return np.repeat(f[:, None], n, axis=1)


def rk4(sweep: Sweep, t: float, y: Array, half: float, nodes: Sequence[float]) -> Array | None:
    """Classical Runge–Kutta steps from node to node, in plain floats.

    Returns (k, n) derivatives, or None where the steps are unstable or leave the domain of f.
    """
    try:
        g = np.array(sweep(t, y.tolist(), half, nodes), dtype=float).T
    except (ArithmeticError, ValueError):
        return None
    size = float(np.abs(g).max())
    if not math.isfinite(size) or size > TRUSTED * (1e-300 + float(np.abs(g[:, 0]).max())):
        return None
    return g
