"""The part of the plane that is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EDGE = 1e-9
"""What lies outside by less than this share of the window is on its edge."""


@dataclass(frozen=True)
class Window:
    """A rectangle of the plane."""

    x: tuple[float, float]
    y: tuple[float, float]

    @property
    def low(self) -> Array:
        """(2,) the lower left corner."""
        return np.array([self.x[0], self.y[0]])

    @property
    def high(self) -> Array:
        """(2,) the upper right corner."""
        return np.array([self.x[1], self.y[1]])

    @property
    def size(self) -> Array:
        """(2,) width and height: the measure of every distance, so that units do not matter."""
        return self.high - self.low

    @classmethod
    def around(cls, low: Array, high: Array) -> Window:
        """The window between two corners (2,)."""
        return cls((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))

    def grown(self, share: float) -> Window:
        """The window with a border of `share` of its size on every side."""
        return Window.around(self.low - share * self.size, self.high + share * self.size)

    def inside(self, points: Array, slack: float = EDGE) -> NDArray[np.bool_]:
        """Which of the points (n, 2) lie in the window; its edge belongs to it."""
        beyond = slack * self.size
        return np.all((points >= self.low - beyond) & (points <= self.high + beyond), axis=-1)

    def grid(self, columns: int, rows: int, offset: float = 0.5) -> Array:
        """(columns · rows, 2) a point in each of so many cells, row by row; `offset` is where in its cell it lies."""
        shares = [(np.arange(count) + offset) / count for count in (columns, rows)]
        found: Array = self.low + np.stack(np.meshgrid(*shares), axis=-1).reshape(-1, 2) * self.size
        return found

    def distance(self, a: Array, b: Array) -> Array:
        """Distances of points (..., 2) as shares of the window."""
        found: Array = np.hypot(*np.moveaxis((a - b) / self.size, -1, 0))
        return found
