"""Where windows must end because f does something there that a long window could step over.

An adaptive march sees f only at its own points. A forcing term that is silent almost everywhere, such as a pulse of width
0.01 in [0, 100], lies between them. So every term of a right-hand side that depends on t is sampled once, before the march, on
a fine uniform grid, and every place where it changes within a few samples becomes the end of a window. Each term is looked at
alone: beside a larger one, or times a factor that vanishes at the initial state, it would not be seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import System

Array = NDArray[np.float64]

SAMPLES = 16384
"""Points of the grid. Features narrower than the interval divided by this are not found."""
MOST = 4_000_000
"""Most values of f at once (32 MB): systems of hundreds of states are sampled more coarsely."""
ABRUPT = 0.02
"""A change from one sample to the next by more than this share of the whole range is abrupt: a wider feature spans enough
of the interval for the nodes of any window to see it."""
LOCAL = 0.2
"""If more than this share of the grid is abrupt, the term changes everywhere and the march sees it anyway."""
OUTSTANDING = 1e4
"""A second difference so many times the median one stands out."""
MOVED = 0.3
"""Most relative change of a typical state."""
PUSHES, NEGLIGIBLE = 4096, 1e-9
"""Times at which f is asked how hard it pushes states from zero, and the share of its largest push that is negligible."""
GAP = 8
"""Abrupt samples at most so far apart belong to one feature."""


def features(system: System, y: Array, start: float, end: float) -> Array:
    """Times, counted from `start` in marching direction and ascending, at which windows must end: (m,).

    Parameters
    ----------
    y
        (k,) a typical state, for terms in which states stand as well. It is moved a little and its zeros are replaced, lest
        they hide something.
    """
    if system.forcings == 0:
        return np.empty(0)
    samples = max(256, min(SAMPLES, MOST // system.forcings))
    step = (end - start) / samples
    t: Array = start + step * (np.arange(samples, dtype=np.float64) + 0.5)
    state = np.where(y != 0, y, 1.0) * (1.0 + MOVED * np.sin(1.0 + np.arange(len(y))))
    values = system.forcing(t, np.broadcast_to(state[:, None], (len(y), samples)))
    if not np.isfinite(values.sum()):
        values[~np.isfinite(values)] = 0.0
    span = values.max(axis=1) - values.min(axis=1)
    changes = np.abs(values[:, 1:] - values[:, :-1]) > ABRUPT * span[:, None]
    if system.kernels.scalar is None:  # a Python function cannot be taken apart: look for bends that stand out
        bends = np.abs(values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2])
        common = np.maximum(np.median(bends, axis=1), 1e-15 * np.abs(values).max(axis=1))
        changes[:, 1:] |= bends > OUTSTANDING * common[:, None]
    local = changes[(changes.sum(axis=1) <= LOCAL * samples) & (span > 0)]
    abrupt = np.flatnonzero(local.any(axis=0))
    if not len(abrupt):
        return np.empty(0)
    breaks = np.flatnonzero(np.diff(abrupt) > GAP)
    first = abrupt[np.concatenate([[0], breaks + 1])] - 2.0
    last = abrupt[np.concatenate([breaks, [len(abrupt) - 1]])] + 4.0
    times = abs(step) * np.sort(np.concatenate([first, (first + last) / 2, last]))
    return times[(times > 0) & (times < abs(end - start))]


def pushed(system: System, y: Array, start: float, end: float) -> Array:
    """(k,) a size below which states that start at zero need not be resolved, from how hard f pushes them from there: 0 where
    it does not, and of states that start elsewhere. What they become may be known to be larger only after a first pass.

    Without it, a state that waits at zero for a pulse is followed through all powers of ten of the pulse's tail.
    """
    zero = y == 0
    if not zero.any():
        return np.zeros(len(y))
    t = np.linspace(start, end, PUSHES)
    with np.errstate(all="ignore"):
        f = system.kernels.f(t, np.broadcast_to(y[:, None], (len(y), PUSHES)), np.zeros((len(y), PUSHES)))
    most = np.abs(np.nan_to_num(f, nan=0.0, posinf=0.0, neginf=0.0)).max(axis=1)
    return np.where(zero, NEGLIGIBLE * abs(end - start) * most, 0.0)
