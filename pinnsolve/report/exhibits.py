"""Everything that the page draws of a solution, in its order, and the still figures for print and for readers without scripts."""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING

import numpy as np

from pinnsolve.errors import RunError
from pinnsolve.plots import drawings, render
from pinnsolve.plots.timeline import Timeline
from pinnsolve.report.charts import Drawing, Exhibit, draw_time, error_chart, residual_chart, state_charts
from pinnsolve.report.fits import fit_exhibit
from pinnsolve.report.plane import plane_chart
from pinnsolve.report.sampling import pack
from pinnsolve.report.training import training_exhibit
from pinnsolve.solvers import Solution

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference

_HEAVY = 400_000
"""A figure of more bytes than this stands in the page as an image of points."""
_NOWHERE = {
    "logarithmic": False,
    "start": 0.0,
    "sign": 1,
    "limits": [0.0, 1.0],
    "stop": None,
    "backward": False,
    "edges": pack(np.empty(0), exact=True),
}
"""The time axis of what has none."""


def draw(solution: Solution, reference: Reference | None) -> Drawing:
    """The charts of a solution; of one without networks only its training, where that was recorded."""
    axis = None if solution.network is None else Timeline.of(solution)
    drawing = Drawing(_NOWHERE if axis is None else draw_time(solution, axis))
    if axis is not None:
        fit = fit_exhibit(solution, axis, drawing)
        if fit is not None:
            drawing.exhibits.append(fit)
        drawing.exhibits.append(Exhibit("solution", "Solution", tuple(state_charts(solution, axis, drawing)), "solution"))
        if len(solution.states) > 1:
            drawing.exhibits.append(Exhibit("plane", "Phase plane", (plane_chart(solution, axis, drawing),), "phase"))
        charts = [error_chart(solution, axis, drawing, reference)]
        with contextlib.suppress(RunError):  # a Python function that the checkpoint could not hold
            charts.append(residual_chart(solution, axis, drawing))
        drawing.exhibits.append(Exhibit("accuracy", "Accuracy", tuple(charts), "residual"))
    training = training_exhibit(solution, axis, drawing)
    if training is not None:
        drawing.exhibits.append(training)
    return drawing


def still_figures(solution: Solution, reference: Reference | None, drawing: Drawing) -> dict[str, str]:
    """The figures that stand for the exhibits, by their names, as addresses that hold the whole image."""
    wanted = {exhibit.figure for exhibit in drawing.exhibits}
    if solution.network is None:
        return {}
    known = drawings(solution, reference)
    try:
        figures = {key: known[key]() for key in wanted & known.keys()}
    except RunError:  # as above
        return {}
    addresses = {}
    for key, figure in figures.items():
        kind, data = "svg+xml", render(figure, "svg", heading=False)
        if len(data) > _HEAVY:
            kind, data = "png", render(figure, "png", heading=False)
        addresses[key] = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return addresses
