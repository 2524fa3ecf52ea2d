"""The error of a curve, from its own residual: the linearised error equation on all windows with the side conditions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Conditions, Ends
from pinnsolve.solvers.coupled.linear import Defect, Linear, Windows
from pinnsolve.solvers.coupled.newton import scale_of, unit_of

Array = NDArray[np.float64]

ROUNDING = 1.5e-16
"""Relative rounding error that the probe puts on the states at every window end."""


@dataclass(frozen=True)
class Errors:
    """What is known about the error of a curve."""

    local: Array
    """(m,) share of each window, in units of the states' sizes."""
    values: Array
    """(m, n + 1, k) estimated absolute error at the start and the nodes of every window."""
    unknowns: Array
    """(q,) estimated error of the unknowns."""
    top: Array
    """(k,) largest |y|."""
    relative: float
    """Largest relative error: of the states against their largest value, or of the period."""
    residual: Array
    """(k,) largest residual over the largest |dy/dt|."""
    sensitivity: float
    """Largest relative change of the window ends for a relative change of their continuity and of the conditions."""
    linear: Linear


def estimate(windows: Windows, conditions: Conditions, curve: Curve) -> Errors | None:
    """Solve the error equation; None where it has no solution."""
    linear = windows.linearise(curve, defects=True)
    if linear is None or linear.defect is None:
        return None
    defect = linear.defect
    side = conditions(curve)
    scale = scale_of(windows.values(curve))
    try:
        ends = Ends(linear, side, scale, unit_of(curve, windows.timed))
        dy, du = ends.solve(defect.error[..., -1], np.zeros(len(side.value)))
        signs = np.where(np.arange(curve.windows * windows.k).reshape(-1, windows.k) * 7919 % 13 > 6, -1.0, 1.0)
        probe, shift = ends.solve(ROUNDING * signs * np.abs(curve.y[1:]), np.zeros(len(side.value)))
        sensitivity = ends.sensitivity()
    except np.linalg.LinAlgError:
        return None
    whole = _inside(windows, curve, linear, dy, du, defect.error[..., :-1])
    rounding = _inside(windows, curve, linear, probe, shift, np.zeros_like(whole))
    starts = np.concatenate([dy[:-1, :, None], whole], axis=2), np.concatenate([probe[:-1, :, None], rounding], axis=2)
    total = np.abs(starts[0]) + np.abs(starts[1])  # (m, k, n + 1)
    unknowns = np.abs(du) + np.abs(shift)
    top = np.where(defect.top > 0, defect.top, 1.0)
    relative = float(np.nan_to_num((total / top[:, None]).max(), nan=np.inf))
    if windows.timed:
        relative = max(relative, float(unknowns[-1] / curve.clock))
    steepest = np.where(defect.steepest > 0, defect.steepest, 1.0)
    return Errors(
        local=_local(defect, top),
        values=total.transpose(0, 2, 1),
        unknowns=unknowns,
        top=defect.top,
        relative=relative,
        residual=defect.residual / steepest,
        sensitivity=sensitivity,
        linear=linear,
    )


def _inside(windows: Windows, curve: Curve, linear: Linear, dy: Array, du: Array, own: Array) -> Array:
    """(m, k, n) error at the nodes: that of the window itself, and what comes in from its ends and the unknowns.

    With an unknown period, the error at a fixed time is that at a fixed place on the orbit less the drift along it.
    """
    change = windows.slope_change(linear, dy, du, free=False)
    error = own + dy[:-1, :, None] + curve.half * (change @ windows.table.AT)
    if windows.timed:
        stretch = du[-1] / curve.clock
        error = error + stretch * curve.half * (curve.g @ windows.table.AT)
        error = error - stretch * curve.times(windows.table.shifted[: windows.table.n])[:, None, :] * curve.g
    return np.asarray(error)


def _local(defect: Defect, top: Array) -> Array:
    """(m,) what a window adds by itself. Its own error equation overstates it where components grow, the integral of its
    residual where they decay: the smaller counts.
    """
    sizes = [(np.abs(array) / top[:, None]).max(axis=(1, 2)) for array in (defect.error, defect.integral)]
    return np.asarray(np.minimum(*sizes))
