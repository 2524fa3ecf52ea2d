"""A fit: the data, the fitted curves, and how far the data leave them open."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from pinnsolve.errors import UsageError
from pinnsolve.plots.style import COLOURS, INK, MUTED, drawing, label, legend, message_sheet, sheet, state_style
from pinnsolve.plots.timeline import Timeline
from pinnsolve.problem.fitting import Fit, Observable
from pinnsolve.solvers.solution import Solution

SIDE = 1.96
"""Half of the width of a band that covers 95 %, in standard deviations."""


@drawing
def draw_fit(solution: Solution) -> Figure:
    """A panel for every observable: its data, a marker a column, the fitted curve, and the band that covers the curve
    with 95 %, as far as the estimates are uncertain.

    Raises
    ------
    UsageError
        For a solution that is not a fit.
    """
    fit = solution.problem.fit
    if fit is None:
        raise UsageError("there is no fit to draw: this problem has no data")
    if solution.network is None:
        return message_sheet(solution, "fit")
    axis = Timeline.of(solution)
    count = len(fit.observe)
    figure = sheet(solution, "fit", [4.0 if count == 1 else max(1.6, 6.0 / count)] * count, notes=axis.notes)
    for axes, observable in zip(figure.axes, fit.observe, strict=True):
        _draw_observable(axes, axis, solution, fit, observable)
        axis.prepare(axes, named=axes is figure.axes[-1])
    return figure


def _draw_observable(axes: Axes, axis: Timeline, solution: Solution, fit: Fit, observable: Observable) -> None:
    handles: list[Artist] = []
    band = solution.bands.get(observable.text)
    if band is not None:
        x = axis.x(band.times)
        wide = SIDE * np.where(np.isfinite(band.sd), band.sd, 0.0)
        axes.fill_between(x, band.value - wide, band.value + wide, color=COLOURS[0], alpha=0.22, linewidth=0, zorder=2)
        handles += axes.plot(x, band.value, color=COLOURS[0], zorder=3, label="fitted")
        handles.append(Patch(facecolor=COLOURS[0], alpha=0.3, label="95 % of the curve"))
    for look, column in enumerate(observable.columns, start=1):
        style = {**state_style(look), "linestyle": "none", "zorder": 3.5}
        points = Line2D(axis.x(fit.data.times), fit.data.columns[column], label=column.replace("$", r"\$"), **style)
        handles.append(axes.add_line(points))
    axes.autoscale_view()
    plain = observable.text in solution.states
    axes.set_ylabel(label(observable.text) if plain else observable.text.replace("$", r"\$"), color=INK if plain else MUTED)
    legend(axes, handles)
