"""When a Newton iteration has converged, and when it will not: judged by the sizes of its steps."""

from __future__ import annotations

import math

STOP = 1e-2
"""The iteration ends when the error left over is below this share of the local tolerance; the error equation sees it."""
QUADRATIC = 10.0
"""A first step of size d, relative to the states themselves, is followed by one of about this times d²."""
LINEAR = 0.1
"""What is expected of the second step otherwise."""
NEAR = 0.1
"""A first step larger than this, from a guess by integration, says that the window is too long for its nodes."""
FAR = 1e8
"""A step larger than this from any guess leads nowhere."""


class Contraction:
    """The steps of one iteration.

    Parameters
    ----------
    tolerance
        Local error allowed, in the measure of the steps.
    near
        Whether the guess comes from an integration of the same window, so that a large first step is a bad sign.
    spread
        By how much the smallest state in the window is smaller than what its steps are measured against; inf where the
        Jacobian is not that of the nodes, so that the iteration converges linearly.
    """

    def __init__(self, tolerance: float, near: bool, spread: float) -> None:
        self.stop, self.near, self.quadratic = STOP * tolerance, near, QUADRATIC * spread
        self.count = 0
        self.last, self.rate = math.inf, 1.0
        self.converged = self.failed = False

    def add(self, change: float) -> None:
        """Judge a step by its size."""
        self.count += 1
        if self.count == 1:
            self.rate = 1.0 if change > 1e-2 else min(LINEAR, self.quadratic * change)
        else:
            self.rate = change / self.last
        late = self.count >= 3
        small = change < 1e-15 or change * min(self.rate, 1.0) < self.stop
        self.converged = small or (late and self.rate > 0.5 and change < 1e-12)  # the second: rounding, no further down
        limit = NEAR if self.near and self.count == 1 else FAR
        self.failed = not change < limit or (late and change > 2 * self.last)
        self.last = change
