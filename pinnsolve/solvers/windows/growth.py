"""Windows that step over a growth of errors.

Collocation that damps what is stiff damps what grows too fast as well, as implicit Euler steps with a long step do, and with
the solution its error equation. Where a solution that has decayed to nothing is to grow again, nothing is seen of it: the
residual is small, the estimate is small, and the answer is wrong. So the Jacobian is asked how fast errors may grow along a
window. A window of n nodes resolves exp(z) for |z| up to about n, as Padé approximants do.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import System
from pinnsolve.solvers.windows.state import Window
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

GROWING = 1e-3
"""Least real part of an eigenvalue that counts as growth, as a share of its size."""
SAMPLED = ((3, 6), (12, 3))
"""Up to so many states, eigenvalues are looked at in so many nodes of a window; for more states in one."""
CHUNK = 2_000_000
"""Most entries of Jacobians at once (16 MB)."""


@lru_cache
def sampled(k: int, n: int) -> NDArray[np.intp]:
    """Places of the nodes at which eigenvalues are looked at, of k states and n nodes."""
    count = next((count for most, count in SAMPLED if k <= most), 1)
    return np.linspace(0, n - 1, count + 2)[1:-1].round().astype(int)


def growing(jacobian: Array, lengths: Array, least: float) -> Array:
    """(m,) largest |λ| times the length among the eigenvalues λ along which errors grow.

    Parameters
    ----------
    jacobian
        (k, k, m)
    lengths
        (m,) signed lengths of the windows.
    least
        What is below it may be given as 0.
    """
    sizes = np.abs(jacobian)
    bound = np.minimum(sizes.sum(axis=0).max(axis=0), sizes.sum(axis=1).max(axis=0)) * np.abs(lengths)
    found, fast = np.zeros(len(lengths)), np.flatnonzero(bound > least)
    if len(fast):
        matrices = jacobian[:, :, fast].transpose(2, 0, 1)
        values = (matrices[:, 0] if len(jacobian) == 1 else np.linalg.eigvals(matrices)) * lengths[fast, None]
        moduli = np.abs(values)
        found[fast] = np.where(values.real > GROWING * moduli, moduli, 0.0).max(axis=1)
    return found


def steps_over(system: System, origin: float, windows: list[Window], table: Table) -> bool:
    """Whether errors may grow faster in one of the windows of a smooth system than the window resolves."""
    k, n = system.k, table.n
    places = sampled(k, n)
    most = max(1, CHUNK // (len(places) * k * (k + 1)))
    for first in range(0, len(windows), most):
        part = windows[first : first + most]
        y, g = np.array([w.y for w in part]), np.array([w.g for w in part])
        starts, lengths = (np.array([getattr(w, name) for w in part]) for name in ("start", "length"))
        values = y[:, :, None] + 0.5 * lengths[:, None, None] * (g @ table.AT[:, places])  # (m, k, p)
        t = origin + (starts[:, None] + 0.5 * lengths[:, None] * table.shifted[places])
        state = np.ascontiguousarray(values.transpose(1, 0, 2).reshape(k, -1))
        with np.errstate(all="ignore"):
            jacobian = system.kernels.fj(t.ravel(), state, np.zeros((1 + k, k, t.size)))[1:]
        if not math.isfinite(float(jacobian.sum())):
            jacobian = np.nan_to_num(jacobian, nan=0.0, posinf=0.0, neginf=0.0)
        speeds = growing(jacobian, np.repeat(lengths, len(places)), float(n)).reshape(len(part), -1)
        moved = g.any(axis=(1, 2)) | (y != windows[0].y).any(axis=1)  # at rest since the start no error has been made
        if (speeds.mean(axis=1)[moved] > n).any():
            return True
    return False
