"""Where trajectories end: at fixed points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.fixed_points import find_zeros
from pinnsolve.analysis.planar.window import Window

Array = NDArray[np.float64]

AWAY = 20.0
"""A trajectory arrives at a fixed point only if it has been so many times further away from it before."""


class Arrivals:
    """The fixed points at which a trajectory can end, those of a region around the window included.

    Parameters
    ----------
    region
        Where trajectories are followed.
    window
        The measure of distances.
    """

    def __init__(self, field: Field, region: Window, window: Window) -> None:
        self.window = window
        self.points = find_zeros(field, region).points
        slopes = field.jacobian(self.points)[1] if len(self.points) else np.empty((0, 2, 2))
        self.saddle = np.linalg.det(np.nan_to_num(slopes)) < 0

    def radius(self, close: float, saddle: float) -> Array:
        """(m,) how close to each of them is there, as shares of the window."""
        return np.where(self.saddle, saddle, close)

    def stop(self, path: Array, radius: Array, longest: float) -> int | None:
        """At which point of a path (n, 2) it arrives, or becomes longer than so many windows; None if it does neither."""
        length = np.concatenate([[0.0], np.cumsum(self.window.distance(path[1:], path[:-1]))])
        found = [int(np.argmax(length > longest))] if length[-1] > longest else []
        for target, close in zip(self.points, radius, strict=True):
            distance = self.window.distance(path, target)
            away = np.maximum.accumulate(distance) > AWAY * close
            there = np.flatnonzero(away & (distance <= close))
            if len(there):
                found.append(int(there[0]))
        return min(found, default=None)

    def nearest(self, point: Array, radius: Array) -> Array | None:
        """(2,) the one at which a path has ended that came so far; None if it has not."""
        if not len(self.points):
            return None
        distances = self.window.distance(self.points, point) / radius
        best = int(np.argmin(distances))
        return self.points[best] if distances[best] <= 3 else None
