"""Rounding errors, measured, as probes that the error equation carries along with the error of a solution.

Where terms of size 1e4 cancel, or where errors grow along a solution, the answer is as good as the rounding of the
right-hand side allows and no better. That rounding is seen in the second difference of f over a distance in which f
itself is a straight line. Several samples make several probes, each a rounding error that might have been: how far they go
is how far the real one, which nobody knows, may have gone.

A probe moves all components at once. Components that are computed from the same terms have rounding errors that belong
together; a bound of each alone would not know that they leave conserved sums as they are.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PROBES, SAMPLES = 4, 8
"""Probes, and nodes of a window at which the rounding of f is measured."""
SHARE = 0.5
"""Rounding error of f as a share of a second difference, whose standard deviation is sqrt(6) times as large."""
_HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
MIXED = SHARE * np.hstack([_HADAMARD, _HADAMARD]) / math.sqrt(SAMPLES)
"""(PROBES, SAMPLES) part of every sample in every probe: orthogonal."""
MOVES = 2**17, 2**19
"""Half the units in the last place, at least and at most, by which states and times are moved. That is 6e-11 to 2e-10 of
them: enough to round a small term anew that is added to one 1e5 times as large. Twice a whole number is even, so that the
sum itself is not rounded."""
INSIDE, FEW = 5e-8, 8.0
"""Half the largest move as a share of how much a state or the time changes in the window, lest f bend on the way: the
phase of an oscillation may be 1e7. But it is never less than so many units."""
STATES = 5e-17
"""Relative rounding error of the states that f is evaluated at."""
ENDS = 1.5e-16
"""Relative rounding error of the states at the end of a window."""
LIKELY = 1.5
"""The error that is reckoned with, as a multiple of the root mean square of the probes."""


class Rounding:
    """The probes of a march.

    Parameters
    ----------
    k, n
        States, and nodes a window.
    """

    def __init__(self, k: int, n: int) -> None:
        self.k, self.n = k, n
        self.columns = 2 * n + 2 * SAMPLES
        """Points at which f is evaluated for the error of a window."""
        self._nodes = np.linspace(n - 1, 0, SAMPLES).round().astype(int)
        self._points = np.empty((1 + k, self.columns))
        least, most = MOVES
        self._moves = (least + 76543 * np.arange((1 + k) * SAMPLES) % (most - least)).reshape(1 + k, SAMPLES)
        self._signs = random_signs(max(4099, 8 * PROBES * k + 3))

    def points(self, t: Array, values: Array) -> tuple[Array, Array]:
        """Times (2n,) and states (k, 2n) with the places for a second difference behind them, in buffers that the next
        call fills again.
        """
        n, first, second = self.n, 2 * self.n, 2 * self.n + SAMPLES
        times, states = self._points[0], self._points[1:]
        times[:first], states[:, :first] = t, values
        at = self._points.take(self._nodes, axis=1)
        unit = np.spacing(np.abs(at))
        inside = (INSIDE * np.abs(self._points[:, :n] - self._points[:, n - 1 : n]).max(axis=1))[:, None]
        move = 2.0 * np.floor(np.maximum(np.minimum(inside, self._moves * unit) / unit, FEW)) * unit
        self._points[:, first:second], self._points[:, second:] = at + move, at - move
        return times, states

    def measured(self, f: Array) -> Array:
        """(PROBES, k) rounding errors of f, from its values (k, columns) at `points`. They are taken to be the same along
        a window: on a slow manifold the states hardly move, and terms that cancel round alike at every point.
        """
        first, second = 2 * self.n, 2 * self.n + SAMPLES
        difference = f[:, first:second] + f[:, second:] - 2 * f.take(self._nodes, axis=1)
        if not math.isfinite(float(difference.sum())):  # a state at the edge of the domain of f
            difference = np.nan_to_num(difference, nan=0.0, posinf=0.0, neginf=0.0)
        most = np.sort(np.abs(difference), axis=1)[:, -2:-1]  # one alone that is larger comes from a jump of f
        return MIXED.dot(np.minimum(np.maximum(difference, -most), most).T)

    def signs(self, window: int) -> Array:
        """(PROBES, k) signs of the rounding errors of the states in a window, counted from 0."""
        size = PROBES * self.k
        at = (window * size) % (len(self._signs) - size)
        return self._signs[at : at + size].reshape(PROBES, self.k)


def likely(probes: Array) -> Array:
    """(PROBES, k, n) responses -> (k, n) the rounding error to reckon with."""
    size = np.sqrt(np.einsum("pkn,pkn->kn", probes, probes))
    if not math.isfinite(float(size.sum())):  # squares overflow long before the numbers do
        most = np.abs(probes).max(axis=0)
        size = most * np.sqrt(((probes / np.where(most > 0, most, 1.0)) ** 2).sum(axis=0))
    return np.asarray(LIKELY / math.sqrt(PROBES) * size)


@lru_cache(maxsize=8)
def random_signs(size: int) -> Array:
    """(size,) signs 1 and −1, always the same. Any regular sequence has states that it moves together or apart for ever, and
    an instability may be in the other direction.
    """
    return np.random.default_rng(0).choice([-1.0, 1.0], size)
