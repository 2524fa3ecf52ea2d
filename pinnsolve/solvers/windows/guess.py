"""First guesses for the Newton iteration of a window: the derivatives g (k, n) at the nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem.system import ScalarFunction

Array = NDArray[np.float64]

TRUSTED = 1e4
"""A guess whose derivatives grow by more than this within the window comes from an unstable step: stiff, not used."""


def constant(f: Array, n: int) -> Array:
    """The derivative f (k,) at the start of the window everywhere: (k, n)."""
    return np.repeat(f[:, None], n, axis=1)


def rk4(f: ScalarFunction, t: float, y: Array, half: float, nodes: Sequence[float]) -> Array | None:
    """Classical Runge–Kutta steps from node to node in plain floats, which for a few states is faster than NumPy.

    Returns (k, n) derivatives, or None where the steps are unstable or leave the domain of f.
    """
    values, u, last = [], y.tolist(), -1.0
    try:
        k1 = f(t, u)
        for node in nodes:
            step = half * (node - last)
            middle = t + half * (last + 1.0) + 0.5 * step
            k2 = f(middle, [a + 0.5 * step * b for a, b in zip(u, k1, strict=True)])
            k3 = f(middle, [a + 0.5 * step * b for a, b in zip(u, k2, strict=True)])
            k4 = f(middle + 0.5 * step, [a + step * b for a, b in zip(u, k3, strict=True)])
            sixth = step / 6.0
            u = [a + sixth * (p + 2.0 * (q + r) + s) for a, p, q, r, s in zip(u, k1, k2, k3, k4, strict=True)]
            k1 = f(middle + 0.5 * step, u)
            values.append(k1)
            last = node
    except (ArithmeticError, ValueError):
        return None
    g = np.array(values, dtype=float).T
    size = float(np.abs(g).max())
    if not math.isfinite(size) or size > TRUSTED * (1e-300 + float(np.abs(g[:, 0]).max())):
        return None
    return g
