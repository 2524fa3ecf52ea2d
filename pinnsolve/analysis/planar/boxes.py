"""All zeros of two equations in two unknowns in a rectangle, by bisection and the Krawczyk operator.

A box in which interval arithmetic shows that one of the equations has no zero is dropped; one which the Krawczyk operator
maps into its inside has exactly one zero, with a regular Jacobian, and is kept (R. Krawczyk, Computing 4, 1969; A. Neumaier,
Interval Methods for Systems of Equations, 1990, section 5.1). Everything else is halved. So nothing is missed, and what
remains at the smallest size is where the zeros are degenerate or not isolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import Expression, gradient, number
from pinnsolve.expressions.intervals import Interval, enclose

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST = 7
"""Boxes a side to begin with: an odd number, so that the middle of the window is not a corner of them."""
SPLIT = 0.481
"""Where a box is divided: not at its middle, where zeros like to be."""
INFLATION = 0.1
"""A zero on the edge of a box is found in the box grown by this share."""
SMALLEST = 2e-7
"""Boxes of this share of the window are not divided any more."""
MOST = 20_000
"""More undecided boxes than this mean that the zeros are not isolated, or that the equations are too hard."""


@dataclass(frozen=True)
class Boxes:
    """What is known about the zeros."""

    proven: Array
    """(m, 2) a point close to each zero that is known to be the only one in its box, where the Jacobian is regular. A zero
    can be there twice."""
    undecided: Array
    """(r, 2, 2) lower and upper corners of small boxes that may have zeros; no others are left."""


def isolate(equations: Sequence[Expression], states: Sequence[str], window: Window) -> Boxes:
    """The zeros of two expressions of two `states` in a window and its immediate neighbourhood."""
    finder = _Finder(equations, states, window.size)
    low, high = _grid(window.grown(1e-6))
    proven = [np.empty((0, 2))]
    while len(low) and len(low) <= MOST and ((high - low) / window.size).max() > SMALLEST:
        low, high = finder.exclude(low, high)
        low, high, found = finder.contract(low, high)
        proven.append(found)
        low, high = _halves(low, high, window.size)
    if len(low):
        low, high = finder.exclude(low, high)
    return Boxes(np.concatenate(proven), np.stack([low, high], axis=1))


def _grid(window: Window) -> tuple[Array, Array]:
    edges = [np.linspace(*ends, FIRST + 1) for ends in (window.x, window.y)]
    low = np.stack(np.meshgrid(*[edge[:-1] for edge in edges]), axis=-1).reshape(-1, 2)
    high = np.stack(np.meshgrid(*[edge[1:] for edge in edges]), axis=-1).reshape(-1, 2)
    return low, high


def _halves(low: Array, high: Array, size: Array) -> tuple[Array, Array]:
    """Every box divided across its longer side."""
    if not len(low):
        return low, high
    side = np.argmax((high - low) / size, axis=1)
    rows = np.arange(len(low))
    middle = low + SPLIT * (high - low)
    left, right = high.copy(), low.copy()
    left[rows, side] = right[rows, side] = middle[rows, side]
    return np.concatenate([low, right]), np.concatenate([left, high])


class _Finder:
    def __init__(self, equations: Sequence[Expression], states: Sequence[str], size: Array) -> None:
        self.equations, self.states, self.size = list(equations), list(states), size
        slopes = [gradient(equation, states) for equation in equations]
        self.slopes = [row.get(name, number(0)) for row in slopes for name in states]

    def _bounds(self, expressions: Sequence[Expression], low: Array, high: Array) -> list[Interval]:
        return enclose(expressions, self.states, low, high)

    def exclude(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The boxes in which both equations may be zero."""
        values = self._bounds(self.equations, low, high)
        keep = np.logical_and.reduce([(v.low <= 0) & (v.high >= 0) for v in values])
        return low[keep], high[keep]

    def contract(self, low: Array, high: Array) -> tuple[Array, Array, Array]:
        """The boxes that remain undecided, made smaller where possible, and a point in each that has been proven."""
        if not len(low):
            return low, high, np.empty((0, 2))
        spread = INFLATION * (high - low) + 0.01 * SMALLEST * self.size  # a box may be of one rounding error only
        wide_low, wide_high = low - spread, high + spread
        middle = 0.5 * (low + high)
        rough = np.logical_or.reduce([v.rough for v in self._bounds(self.equations, wide_low, wide_high)])
        at = self._bounds(self.equations, middle, middle)
        slopes = self._bounds(self.slopes, wide_low, wide_high)
        with np.errstate(all="ignore"):
            image_low, image_high = _krawczyk(at, slopes, middle, wide_high - middle)
        # nan in an image: nothing is known, and every comparison below is false
        usable = ~rough
        proven = usable & ((image_low > wide_low) & (image_high < wide_high)).all(axis=1)
        apart = usable & ((image_low > high) | (image_high < low)).any(axis=1)
        rest = ~proven & ~apart
        narrow = (usable & ~proven)[:, None]
        low = np.where(narrow & (image_low > low), image_low, low)
        high = np.where(narrow & (image_high < high), image_high, high)
        return low[rest], high[rest], (0.5 * (image_low + image_high))[proven]


def _krawczyk(at: list[Interval], slopes: list[Interval], middle: Array, radius: Array) -> tuple[Array, Array]:
    """K = m - C f(m) + (1 - C J) (X - m) of every box, with C the inverse of the middle of its Jacobian."""
    j_low = np.stack([s.low for s in slopes], axis=1).reshape(-1, 2, 2)
    j_high = np.stack([s.high for s in slopes], axis=1).reshape(-1, 2, 2)
    a, b, c, d = np.moveaxis((0.5 * (j_low + j_high)).reshape(-1, 4), 1, 0)
    determinant = a * d - b * c
    inverse = np.stack([d, -b, -c, a], axis=1).reshape(-1, 2, 2) / determinant[:, None, None]
    # C f(m): f(m) is an interval of a few roundings
    f_middle = np.stack([0.5 * (v.low + v.high) for v in at], axis=1)
    f_radius = np.stack([0.5 * (v.high - v.low) for v in at], axis=1)
    centre = middle - np.einsum("nij,nj->ni", inverse, f_middle)
    # |1 - C J| <= |1 - C mid(J)| + |C| rad(J), entry by entry
    j_middle, j_radius = 0.5 * (j_low + j_high), 0.5 * (j_high - j_low)
    defect = np.abs(np.eye(2) - np.einsum("nij,njk->nik", inverse, j_middle))
    defect = defect + np.einsum("nij,njk->nik", np.abs(inverse), j_radius)
    reach = np.einsum("nij,nj->ni", defect, radius) + np.einsum("nij,nj->ni", np.abs(inverse), f_radius)
    reach = reach * (1 + 1e-12) + 4e-16 * np.abs(centre)  # the rounding of these few operations
    return centre - reach, centre + reach
