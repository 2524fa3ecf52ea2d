"""How long windows are: the next one after a window that was accepted, and a shorter one after a window that was not.

The local error of a window of n nodes falls with a high power of its length. The length at which it would have been a
safe share of the tolerance is the window's *ideal* length. Where that changes from one window to the next, it is taken to
go on changing (predictive control: Gustafsson, ACM Transactions on Mathematical Software 20, 1994): along a solution that
slows down for ever, every window is several times as long as the last, and before a jump every one is shorter.
"""

from __future__ import annotations

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
