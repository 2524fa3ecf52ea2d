"""One turn around a point: the return map of a half-line that starts there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.flow import Flow, Path

Array = NDArray[np.float64]

FULL = 2 * np.pi
CORRECTIONS = 6
LONGEST = 10.0
"""Most length of an orbit that has not been around, in windows."""
TWISTS = 4.0
"""An orbit that turns about itself more often, and not even half around the origin, goes around something else."""
ARRIVED = 3e-3
"""An orbit that comes so much closer to the origin without having been around it goes there straight."""


@dataclass(frozen=True)
class Turn:
    """A trajectory from a point of the ray until it has been all around the ray's origin."""

    start: float
    """Where it starts on the ray, counted from its origin as a share of the window."""
    end: float
    """Where it comes back."""
    time: float
    """Signed."""
    path: Path

    @property
    def drift(self) -> float:
        """How much further out it comes back."""
        return self.end - self.start

    @property
    def noise(self) -> float:
        """What the drift may be wrong by."""
        return 1e-12 + 20 * self.path.error


class Ray:
    """A half-line from `origin` (2,); `direction` is a unit vector in units of the window."""

    def __init__(self, flow: Flow, origin: Array, direction: Array, size: Array) -> None:
        self.flow, self.origin, self.size = flow, origin, size
        self.direction = direction / np.hypot(*direction)
        self.normal = np.array([-self.direction[1], self.direction[0]])

    def finer(self, accuracy: float) -> Ray:
        """The same ray, followed more accurately."""
        flow = Flow(self.flow.vectors, self.flow.region, accuracy, self.flow.rests)
        return Ray(flow, self.origin, self.direction, self.size)

    def point(self, distance: float) -> Array:
        """(2,) the point at a distance from the origin."""
        return self.origin + distance * self.direction * self.size

    def turn(self, distance: float, sign: int, guess: float | None = None) -> Turn | None:
        """The trajectory from a point of the ray, once around; None if it does not come around.

        Parameters
        ----------
        sign
            1 forward in time, -1 backward.
        guess
            About how long a turn takes.
        """
        first = None if not guess else 1.05 * abs(guess)
        path = self.flow.follow(self.point(distance), sign, self._around, first)
        if path.end != "stopped" or abs(_angles(path.points, self.origin, self.size)[-1]) < FULL / 2:
            return None
        at, time = self._crossing(path)
        return Turn(distance, float(at), float(time), path)

    def _around(self, points: Array) -> int | None:
        turned = np.abs(_angles(points, self.origin, self.size))
        full = np.flatnonzero(turned >= FULL * (1 - 1e-14))
        if len(full):
            return int(full[0])
        scaled = (points - self.origin) / self.size
        distance = np.hypot(*scaled.T)
        length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(scaled, axis=0).T))])
        ended = (distance <= ARRIVED * distance[0]) | (length > LONGEST) | ((_twists(scaled) > TWISTS) & (turned < FULL / 2))
        return int(np.argmax(ended)) if ended.any() else None

    def _crossing(self, path: Path) -> tuple[float, float]:
        """Where and when the last step of a path crosses the ray."""
        low, high = path.times[-2], path.times[-1]
        heights = (path.points[-2:] - self.origin) / self.size @ self.normal
        time = low + (high - low) * heights[0] / (heights[0] - heights[1]) if heights[0] != heights[1] else high
        for _ in range(CORRECTIONS):
            point = path.at(np.array([time]))[0]
            speed = self.flow.vectors(point[None])[0] / self.size @ self.normal
            height = (point - self.origin) / self.size @ self.normal
            step = height / speed if speed else 0.0
            time = float(np.clip(time - step, min(low, high), max(low, high)))
            if abs(step) <= 1e-14 * max(abs(time), abs(high)):
                break
        point = path.at(np.array([time]))[0]
        path.times[-1], path.points[-1] = time, point
        return float((point - self.origin) / self.size @ self.direction), time


def _twists(points: Array) -> Array:
    """(n,) how often a polyline has turned about itself, from its start on: it goes around something, wherever that is."""
    steps = np.diff(points, axis=0)
    direction = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    found: Array = np.concatenate([[0.0], np.abs(direction - direction[0]) / FULL])
    return found


def _angles(points: Array, origin: Array, size: Array) -> Array:
    """(n,) how far a polyline has turned around a point, from its start on."""
    x, y = ((points - origin) / size).T
    angle = np.unwrap(np.arctan2(y, x))
    found: Array = angle - angle[0]
    return found
