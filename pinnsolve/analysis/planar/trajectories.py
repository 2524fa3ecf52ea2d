"""Trajectories for a portrait: from the starts that were asked for, or as many as cover the window evenly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.arrivals import Arrivals
from pinnsolve.analysis.planar.flow import Flow
from pinnsolve.analysis.planar.window import Window

Array = NDArray[np.float64]

CELLS = 9
"""A portrait without given starts has a trajectory through each of so many times so many cells, or one that passes it."""
RINGS = (4, 1, 3, 2, 0)
"""The order in which the cells are looked at, by their distance from the one in the middle."""
PLACE = np.array([0.56, 0.47])
"""Where in its cell a trajectory starts: not in the middle, which may be a fixed point."""
MOST = 40
LONGEST, ASKED = 3.0, 12.0
"""Most length of a trajectory, in windows: one of the covering ones in each direction of time, and one asked for."""
ARRIVED = 4e-3
"""How close to a fixed point a trajectory ends."""


@dataclass(frozen=True)
class Trajectory:
    """A trajectory through a point."""

    start: Array
    """(2,)"""
    points: Array
    """(n, 2) in the direction of time."""
    first: int
    """Which of the points is the start; those before it were solved backward in time."""
    asked: bool
    """Whether the user has named its start."""


def from_starts(flow: Flow, starts: Sequence[Array], arrivals: Arrivals) -> list[Trajectory]:
    """The trajectories forward in time from starts (2,)."""
    found = []
    for start in starts:
        line = _line(flow, np.asarray(start, dtype=np.float64), 1, arrivals, ASKED)
        found.append(Trajectory(line[0], line, 0, asked=True))
    return found


def covering(flow: Flow, arrivals: Arrivals, window: Window, drawn: Sequence[Array] = ()) -> list[Trajectory]:
    """Trajectories that pass through every part of the window, as far as possible.

    Parameters
    ----------
    drawn
        Lines (n, 2) that cover something already.
    """
    visited = np.zeros((CELLS, CELLS), dtype=bool)
    for line in drawn:
        _visit(visited, line, window)
    found: list[Trajectory] = []
    cells = sorted(np.ndindex(CELLS, CELLS), key=lambda cell: RINGS.index(max(abs(i - CELLS // 2) for i in cell)))
    for cell in cells:
        if visited[cell] or len(found) >= MOST:
            continue
        start = window.low + (np.array(cell) + PLACE) / CELLS * window.size
        if not np.isfinite(flow.vectors(start[None])).all():
            continue
        past, future = (_line(flow, start, sign, arrivals, LONGEST) for sign in (-1, 1))
        line = np.concatenate([past[:0:-1], future])
        visited[cell] = True
        _visit(visited, line, window)
        if len(line) > 1:
            found.append(Trajectory(start, line, len(past) - 1, asked=False))
    return found


def _line(flow: Flow, start: Array, sign: int, arrivals: Arrivals, longest: float) -> Array:
    radius = arrivals.radius(ARRIVED, ARRIVED / 20)

    def until(path: Array) -> int | None:
        return arrivals.stop(path, radius, longest)

    return flow.follow(start, sign, until).points


def _visit(visited: NDArray[np.bool_], line: Array, window: Window) -> None:
    """Mark the cells that a line passes."""
    inside = line[window.inside(line, 0.0)]
    cells = np.clip(((inside - window.low) / window.size * CELLS).astype(int), 0, CELLS - 1)
    visited[tuple(cells.T)] = True
