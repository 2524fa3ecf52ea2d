"""Damped Newton for all windows at once.

The step is controlled by the natural monotonicity test (Deuflhard, Newton Methods for Nonlinear Problems, 2004, section
3.3): a damped step is accepted when the next Newton correction is shorter. Unlike the size of the residual, the correction
does not depend on how the equations are scaled, and it is computed anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Conditions, Ends
from pinnsolve.solvers.coupled.linear import Linear, Windows

Array = NDArray[np.float64]

LEAST = 1e-3
"""Smallest damping factor."""
ITERATIONS = 60
"""Most Newton iterations on one mesh."""
ROUNDING = 1e-11
"""A correction of this size that does not get smaller is rounding."""
STRETCH = 2.0
"""Most change of a period in one step."""


@dataclass(frozen=True)
class Correction:
    """The Newton correction of a curve."""

    linear: Linear
    dy: Array
    """(m + 1, k) of the states at the window ends."""
    du: Array
    """(q,) of the unknowns."""
    dg: Array
    """(m, k, n) of the derivatives at the nodes."""
    size: float
    """Root mean square of the relative change of the states, or the relative change of an unknown if that is larger."""


@dataclass(frozen=True)
class Solved:
    """How an iteration ended."""

    curve: Curve
    converged: bool
    iterations: int


Heard = Callable[[Curve, Correction, float], None]
"""Called after every iteration with the curve, its correction and the damping; may raise `Interrupted`."""


def scale_of(values: Array) -> Array:
    """(k,) what a change of each state is measured against: its largest absolute value over the windows (m, k, n)."""
    largest = np.abs(values).max(axis=(0, 2))
    overall = float(largest.max())
    return np.maximum(largest, 1e-6 * overall if overall > 0 else 1.0)


def correction(windows: Windows, conditions: Conditions, curve: Curve) -> Correction | None:
    """The Newton correction of a curve, None where there is none."""
    linear = windows.linearise(curve)
    if linear is None:
        return None
    scale = scale_of(windows.values(curve))
    unit = unit_of(curve, windows.timed)
    side = conditions(curve)
    try:
        dy, du = Ends(linear, side, scale, unit).solve(linear.gap, -side.value)
    except np.linalg.LinAlgError:
        return None
    change = windows.moved(curve, linear, dy, du) / scale[:, None]
    size = max(float(np.sqrt(np.mean(change**2))), *(np.abs(du) / unit), 0.0)
    if not np.isfinite(size):
        return None
    return Correction(linear, dy, du, windows.slope_change(linear, dy, du), size)


def newton(windows: Windows, conditions: Conditions, curve: Curve, tolerance: float, heard: Heard | None = None) -> Solved:
    """Iterate until the correction is below `tolerance` (relative) and has been applied."""
    present = correction(windows, conditions, curve)
    damping, count = 1.0, 0
    while present is not None and count < ITERATIONS:
        count += 1
        if heard is not None:
            heard(curve, present, damping)
        if present.size <= tolerance:
            return Solved(stepped(curve, present, 1.0, windows.timed), True, count)
        damping = min(damping, _longest(curve, present, windows.timed))
        following = None
        while damping >= LEAST:
            trial = stepped(curve, present, damping, windows.timed)
            following = correction(windows, conditions, trial)
            if following is not None and following.size <= (1 - damping / 4) * present.size:
                break
            if present.size <= ROUNDING:
                return Solved(curve, True, count)
            following, damping = None, _shorter(present, following, damping)
        if following is None:
            return Solved(curve, False, count)
        damping = min(1.0, _next(present, following, damping))
        curve, present = trial, following
    return Solved(curve, False, count)


def stepped(curve: Curve, change: Correction, damping: float, timed: bool) -> Curve:
    """The curve after a damped correction."""
    du = damping * change.du
    moved = replace(curve, y=curve.y + damping * change.dy, g=curve.g + damping * change.dg)
    if not timed:
        return replace(moved, p=curve.p + du)
    return replace(moved, p=curve.p + du[:-1], clock=curve.clock + float(du[-1]))


def unit_of(curve: Curve, timed: bool) -> Array:
    """(q,) what a change of each unknown is measured against."""
    unknowns = np.append(curve.p, curve.clock) if timed else curve.p
    return np.where(unknowns != 0, np.abs(unknowns), 1.0)


def _shorter(present: Correction, failed: Correction | None, damping: float) -> float:
    """The damping after a rejection, from how much the corrections differ."""
    if failed is None:
        return damping / 4
    away = float(np.linalg.norm(failed.dy - (1 - damping) * present.dy)) / max(float(np.linalg.norm(present.dy)), 1e-300)
    return float(np.clip(0.5 * damping**2 / max(away, 1e-300), damping / 10, damping / 2))


def _next(present: Correction, following: Correction, damping: float) -> float:
    """The damping to try next: Newton's own once the corrections shrink as they should."""
    away = float(np.linalg.norm(following.dy - (1 - damping) * present.dy)) / max(float(np.linalg.norm(present.dy)), 1e-300)
    curvature = 2 * away / damping**2  # of the path, in units of the present correction
    return max(damping, 1.0 / max(curvature * following.size / present.size, 1e-300))


def _longest(curve: Curve, change: Correction, timed: bool) -> float:
    """The damping at which a period changes by its largest factor."""
    if not timed or change.du[-1] == 0:
        return 1.0
    room = curve.clock * (STRETCH - 1 if change.du[-1] > 0 else 1 - 1 / STRETCH)
    return min(1.0, room / abs(float(change.du[-1])))
