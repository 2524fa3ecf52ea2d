"""The unknown parameters as the search sees them: on a logarithmic scale where their bounds span decades."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem.fitting import FitParameter

Array = NDArray[np.float64]

DECADES = 100.0
"""Bounds whose ratio is at least this are searched on a logarithmic scale."""


class Coordinates:
    """u = log p where the bounds of p are positive and span decades, u = p elsewhere."""

    def __init__(self, parameters: Sequence[FitParameter]) -> None:
        low, high = (np.array([entry.bounds[i] for entry in parameters], dtype=float) for i in (0, 1))
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        self.logarithmic = np.array([a > 0 and math.isfinite(b) and b / a >= DECADES for a, b in pairs], dtype=bool)
        self.low, self.high = self.inner(low), self.inner(high)

    @property
    def bounds(self) -> tuple[Array, Array]:
        """(q,), (q,) of the parameters themselves."""
        return self.outer(self.low), self.outer(self.high)

    def inner(self, p: Array) -> Array:
        """(q,) p -> u."""
        return np.where(self.logarithmic, np.log(np.where(self.logarithmic, p, 1.0)), p)

    def outer(self, u: Array) -> Array:
        """(q,) u -> p."""
        return np.where(self.logarithmic, np.exp(np.where(self.logarithmic, u, 0.0)), u)

    def slope(self, u: Array) -> Array:
        """(q,) dp/du."""
        return np.where(self.logarithmic, self.outer(u), 1.0)

    def clipped(self, u: Array) -> Array:
        """(q,) the nearest point within the bounds."""
        return np.clip(u, self.low, self.high)
