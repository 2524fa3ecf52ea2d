"""Where windows must end because f does something there that a long window could step over.

An adaptive march sees f only at its own points. A forcing term that is silent almost everywhere, such as a pulse of width
0.01 in [0, 100], lies between them. So a right-hand side that depends on t is sampled once, before the march, on a fine
uniform grid at the initial state, and every place where it changes within a few samples becomes the end of a window.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Kernels

Array = NDArray[np.float64]

SAMPLES = 16384
"""Points of the grid. Features narrower than the interval divided by this are not found."""
MOST = 4_000_000
"""Most values of f at once (32 MB): systems of hundreds of states are sampled more coarsely."""
ABRUPT = 0.02
"""A change from one sample to the next by more than this share of the whole range is abrupt: a wider feature spans enough
of the interval for the nodes of any window to see it."""
LOCAL = 0.2
"""If more than this share of the grid is abrupt, f changes everywhere and the march sees it anyway."""
GAP = 8
"""Abrupt samples at most so far apart belong to one feature."""


def features(kernels: Kernels, y: Array, start: float, end: float) -> Array:
    """Times, counted from `start` in marching direction and ascending, at which windows must end: (m,).

    Parameters
    ----------
    y
        (k,) a typical state; zeros are replaced by ones, lest they hide a factor that multiplies them.
    """
    samples = max(256, min(SAMPLES, MOST // len(y)))
    step = (end - start) / samples
    t: Array = start + step * (np.arange(samples, dtype=np.float64) + 0.5)
    state = np.where(y != 0, y, 1.0)[:, None]
    values = kernels.f(t, np.broadcast_to(state, (len(y), samples)), np.zeros((len(y), samples)))
    if not np.isfinite(values.sum()):
        values[~np.isfinite(values)] = 0.0
    span = values.max(axis=1) - values.min(axis=1)
    rows = np.flatnonzero(span > 0)
    if not len(rows):
        return np.empty(0)
    change = np.abs(values[rows, 1:] - values[rows, :-1])
    abrupt = np.flatnonzero((change > ABRUPT * span[rows, None]).any(axis=0))
    if not len(abrupt) or len(abrupt) > LOCAL * samples:
        return np.empty(0)
    breaks = np.flatnonzero(np.diff(abrupt) > GAP)
    first = abrupt[np.concatenate([[0], breaks + 1])] - 2.0
    last = abrupt[np.concatenate([breaks, [len(abrupt) - 1]])] + 4.0
    times = abs(step) * np.sort(np.concatenate([first, (first + last) / 2, last]))
    return times[(times > 0) & (times < abs(end - start))]
