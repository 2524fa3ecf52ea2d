"""How long windows are: the next one after a window that was accepted, and a shorter one after a window that was not.

The local error of a window of n nodes falls with a high power of its length. The length at which it would have been a
safe share of the tolerance is the window's *ideal* length. Where that changes from one window to the next, it is taken to
go on changing (predictive control: Gustafsson, ACM Transactions on Mathematical Software 20, 1994): along a solution that
slows down for ever, every window is several times as long as the last, and before a jump every one is shorter.
"""

from __future__ import annotations

import math

SAFETY = 0.85
"""Share of the length that would just meet the tolerance."""
ORDER = 0.7
"""Exponent of the error in the length of the next window, as a share of the number of nodes."""
ORDER_SAME = 0.85
"""The same for a shorter window from the same start."""
GROWTH, SHRINK = 8.0, 0.3
"""Most change of the length after an accepted window."""
TREND = 4.0
"""Most change of the ideal length that is taken to go on."""
RISING = 0.7
"""Exponent that damps the trend of an ideal length that grows."""
CUT = 0.1, 0.9
"""Least and most share of its length that a rejected window keeps."""
TOO_LONG, UNFORESEEN = 50.0, 5e-9
"""A window is not even tried where its guess foresees so many times the local tolerance; errors below the second number are not
foreseen, since the guess itself is no more accurate."""
GAINED = 0.1
"""A guess is believed as long as a shorter window makes less than this share of what it foresaw."""
ROUNDED = 1e-12
"""An error below this that does not fall with the length of the window is one of rounding."""
STUCK, BEGINNING = 2, 1e-3
"""After so many shorter windows that were no more accurate, a larger one is as well where states grow from zero: they are
measured against what they are so far, which is little beside what they come from."""
HOPELESS = 1e6
"""An error this many times the tolerance says little about how much too long a window was."""


def ideal_length(length: float, error: float, tolerance: float, nodes: int) -> float:
    """The length at which the error of a window, relative as the tolerance is, would have been a safe share of it."""
    if error <= 0:
        return GROWTH * length
    return length * min(GROWTH, SAFETY * (tolerance / error) ** (1 / (ORDER * nodes)))


def next_length(length: float, ideal: float, before: float, retried: bool) -> float:
    """The length to try after an accepted window.

    Parameters
    ----------
    length, ideal
        Its length and its ideal length.
    before
        The ideal length of the window before it; 0 where there is none to compare with.
    retried
        Whether a longer window from the same start was rejected: what made it too long is still ahead.
    """
    trend = ideal / before if before > 0 else 1.0
    trend = min(TREND, trend**RISING) if trend > 1 else max(1 / TREND, trend)
    factor = trend * ideal / length
    return length * min(1.0 if retried else GROWTH, max(SHRINK, factor))


def shorter_length(length: float, error: float, tolerance: float, nodes: int) -> float:
    """The length to try instead of one whose error is too large."""
    factor = SAFETY * (tolerance / error) ** (1 / (ORDER_SAME * nodes))
    low, high = CUT
    return length * max(low, min(high, factor if error < HOPELESS * tolerance else 0.6 * factor))


def least_foreseen(tolerance: float) -> float:
    """The least error foreseen by a guess for which a window is not even tried."""
    return max(TOO_LONG * tolerance, UNFORESEEN)


class Attempts:
    """What the windows that were tried from one start have shown so far."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin at a new start, or after an attempt that says nothing about errors."""
        self.seen: float | None = None
        """Error of the last window that was rejected for it."""
        self.stuck = 0
        """Shorter windows in succession that were no more accurate."""
        self.foreseen = math.inf
        """Error that the guess of a longer window foresaw."""

    def foresee(self, error: float, tolerance: float) -> bool:
        """Whether the error that a guess foresees is to be believed and too large to try the window."""
        believed = least_foreseen(tolerance) < error < GAINED * self.foreseen
        if believed:
            self.foreseen = error
        return believed

    def in_vain(self, error: float, beginning: bool) -> bool:
        """Whether a window shorter than one with too large an error would be no more accurate: at the rounding floor, which is
        high for states that are only `beginning` to grow.
        """
        no_better = self.seen is not None and error > 0.5 * self.seen
        self.stuck = self.stuck + 1 if no_better else 0
        growing = beginning and self.stuck >= STUCK
        return self.stuck >= 1 and error < (BEGINNING if growing else ROUNDED)
