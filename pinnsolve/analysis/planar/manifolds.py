"""Separatrices: the stable and unstable manifolds of the saddles, followed from their eigenvectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.arrivals import Arrivals
from pinnsolve.analysis.planar.classify import FixedPoint
from pinnsolve.analysis.planar.cycles import Cycle, passes
from pinnsolve.analysis.planar.flow import Flow
from pinnsolve.analysis.planar.window import Window

Array = NDArray[np.float64]

OFFSET = 1e-5
"""Where a manifold is started, as a share of the window: so close that it is straight."""
ARRIVED, RETURNED = 1e-3, 1e-4
"""How close to a node or focus, and to a saddle, a manifold ends there."""
LONGEST = 12.0
"""Most length of a manifold, in windows."""
ON_CYCLE = 5e-3


@dataclass(frozen=True)
class Separatrix:
    """One branch of a manifold of a saddle."""

    saddle: int
    """Number of the saddle among the fixed points, from 0."""
    stable: bool
    """Whether it leads to the saddle; else it comes from there."""
    points: Array
    """(n, 2) from the saddle on, whatever the direction of time."""
    end: str
    """``fixed point``, ``limit cycle``, ``leaves`` the window, or empty where it was not followed further."""
    number: int | None = None
    """Of the fixed point or limit cycle, from 0; None for a fixed point outside the window."""


def separatrices(
    flow: Flow, arrivals: Arrivals, points: Sequence[FixedPoint], cycles: Sequence[Cycle], window: Window
) -> list[Separatrix]:
    """Both branches of both manifolds of every saddle.

    Parameters
    ----------
    arrivals
        Where they can end.
    points, cycles
        Those of the window, which the branches are numbered by.
    """
    found = []
    for i, point in enumerate(points):
        if point.type != "saddle":
            continue
        for value, vector in point.directions:
            along = vector / np.hypot(*(vector / window.size))
            for side in (1.0, -1.0):
                line, end, target = _branch(flow, arrivals, point.at, side * OFFSET * along, value)
                number = None
                if target is not None:
                    number = next((j for j, other in enumerate(points) if window.distance(other.at, target) < OFFSET), None)
                elif not end:
                    number = next((j for j, cycle in enumerate(cycles) if passes(cycle, line[-1], window, ON_CYCLE)), None)
                    end = "" if number is None else "limit cycle"
                found.append(Separatrix(i, value < 0, line, end, number))
    return found


def _branch(flow: Flow, arrivals: Arrivals, saddle: Array, offset: Array, value: float) -> tuple[Array, str, Array | None]:
    """The points of a branch, how it ends as far as is known, and the fixed point where it does."""
    radius = arrivals.radius(ARRIVED, RETURNED)

    def until(path: Array) -> int | None:
        return arrivals.stop(path, radius, LONGEST)

    path = flow.follow(saddle + offset, 1 if value > 0 else -1, until, first=max(flow.time, 8.0 / abs(value)))
    line = np.concatenate([saddle[None], path.points])
    if path.end == "left":
        return line, "leaves", None
    target = arrivals.nearest(line[-1], radius) if path.end in ("stopped", "rest") else None
    if target is None:
        return line, "", None
    return np.concatenate([line, target[None]]), "fixed point", target
