"""The plane of two states: the trajectory, and where the vector field points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import RunError
from pinnsolve.plots.timeline import Timeline
from pinnsolve.report.charts import SHOWN, Chart, Drawing, plane_pair, plane_series, time_label
from pinnsolve.report.sampling import pack
from pinnsolve.solvers import Solution

Array = NDArray[np.float64]

ACROSS, DOWN = 17, 17
"""Arrows of the field over the trajectory's own extent."""
AROUND = 1.0
"""The field goes on around the trajectory, by this share of its extent."""
LIKE = (0.4, 2.5)
"""Height over width of a trajectory that is shown true to scale."""


def plane_chart(solution: Solution, axis: Timeline, drawing: Drawing) -> Chart:
    """Two states against each other; of more than two the reader chooses which. Needs the table of the states."""
    states = solution.states[:SHOWN]
    first, second = plane_pair(states)
    path = drawing.tables["states"].values[:, [first, second]]
    extent = np.ptp(path, axis=0)
    equal = bool(extent[0] > 0 and LIKE[0] < extent[1] / extent[0] < LIKE[1])
    return Chart(
        key="plane",
        title="Phase plane",
        x_label=states[first],
        y_label=states[second],
        series=plane_series(solution, axis, drawing),
        plane=True,
        pair=(first, second),
        equal=equal,
        arrows=_field(solution, path) if len(solution.states) == 2 else None,
        note=f"Along the curve, {time_label(axis)} goes from the ring to the square.",
    )


def _field(solution: Solution, path: Array) -> dict[str, Any] | None:
    """Points and rates of the field on and around the trajectory, None where it changes with time or is not known."""
    system = solution.system
    if not system.autonomous or solution.status == "diverged":
        return None
    low, high = path.min(axis=0), path.max(axis=0)
    extent = np.where(high > low, high - low, np.abs(high) + 1.0)
    columns, rows = (round(count * (1 + 2 * AROUND)) for count in (ACROSS, DOWN))
    points = Window.around(low, low + extent).grown(AROUND).grid(columns, rows)
    try:
        rates = system.rhs_numpy(np.full(len(points), solution.problem.time[0]), points)
    except RunError:  # a Python function that the checkpoint could not hold
        return None
    rates = np.where(np.isfinite(rates).all(axis=1, keepdims=True), rates, 0.0)  # no arrow there
    packed = {key: pack(column) for key, column in zip(("x", "y", "u", "v"), (*points.T, *rates.T), strict=True)}
    return {"columns": columns, **packed}
