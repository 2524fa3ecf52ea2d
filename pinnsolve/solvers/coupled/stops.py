"""Times at which windows must end: pulses that they could step over, and switches that depend on time alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.problem.system import PieceKernels
from pinnsolve.solvers.windows.schedule import SAMPLES, features

Array = NDArray[np.float64]

SIDE = 8
"""A window ends so many roundings before a switch, so that it sees one side of it only."""
HALVINGS = 60
"""Of the time between two samples, to find a switch to its last digit."""


def stops(problem: Problem) -> Array:
    """(s,) signed times since the start at which windows end."""
    system, (start, end) = problem.system, problem.time
    if system.autonomous:
        return np.empty(0)
    typical = np.ones(system.k) if problem.initial is None else np.array(problem.initial, dtype=np.float64)
    sign = 1.0 if end > start else -1.0
    places = [sign * features(system, typical, start, end)]
    if system.pieces is not None:
        switched = _switches(system.pieces, typical, start, end)
        places.append(switched - start - sign * SIDE * np.spacing(max(abs(start), abs(end))))
    return np.concatenate(places)


def _switches(pieces: PieceKernels, typical: Array, start: float, end: float) -> Array:
    """The times at which a switching function that does not depend on the state changes its sign, or its integer part."""
    t = np.linspace(start, end, SAMPLES + 1)
    levels = _levels(pieces, t, typical)
    timed = (levels == _levels(pieces, t, -1.7 * typical + 0.3)).all(axis=1)
    found = []
    for row in np.flatnonzero(timed):
        before = np.flatnonzero(np.diff(levels[row]))
        low, high, level = t[before], t[before + 1], levels[row][before]
        for _ in range(HALVINGS if len(before) else 0):
            middle = 0.5 * (low + high)
            same = _levels(pieces, middle, typical)[row] == level
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        found.append(high)
    return np.unique(np.concatenate([*found, np.empty(0)]))


def _levels(pieces: PieceKernels, t: Array, state: Array) -> Array:
    """(q, n) sign or integer part of the switching functions at times t (n,) and one state (k,)."""
    q = len(pieces.kinds)
    rows = [np.full(len(t), value) for value in (*state, *np.ones(q))]
    values = pieces.values(t, rows, np.zeros((q, len(t))))
    floors = np.array(pieces.kinds) == "floor"
    return np.where(floors[:, None], np.floor(values), np.where(values >= 0, 1.0, -1.0))
