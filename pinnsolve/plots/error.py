"""The estimated error over time, beside the true one where a reference is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from pinnsolve.plots.residual import ASKED, FLOOR, STRETCHES, keep_decades, largest, per
from pinnsolve.plots.solution import PANELS
from pinnsolve.plots.style import COLOURS, FAINT, INK, drawing, grid_shape, label, message_sheet, number, sheet
from pinnsolve.plots.timeline import Timeline
from pinnsolve.solvers.solution import Solution

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference

Array = NDArray[np.float64]

ESTIMATED: dict[str, Any] = {"color": COLOURS[0], "linewidth": 2.2, "alpha": 0.85}
TRUE: dict[str, Any] = {"color": COLOURS[1], "linewidth": 1.1, "linestyle": (0, (4, 1.5))}
UNKNOWN: dict[str, Any] = {"color": FAINT, "linewidth": 1.1, "linestyle": (0, (1, 1.5))}


@drawing
def draw_error(solution: Solution, reference: Reference | None = None) -> Figure:
    """Estimated and true error of every state over its largest absolute value, on a logarithmic axis.

    Of more than thirty states the largest error is drawn.
    """
    if solution.network is None:
        return message_sheet(solution, "error")
    axis = Timeline.of(solution)
    sizes = largest(solution, solution(axis.clipped(solution.error_times)))
    estimated = solution.error_values / sizes
    true = unsure = None
    if reference is not None:
        values = solution(reference.times)
        if len(sizes) > 1:  # the largest so far, at other times
            sizes = largest(solution, values)
        true = np.abs(values - reference.values) / sizes
        unsure = reference.error / sizes
    names = [label(name) for name in solution.states]
    if len(names) > PANELS:
        names = [f"largest of {len(names)} states"]
        estimated = estimated.max(axis=1, keepdims=True)
        true, unsure = (None if v is None else v.max(axis=1, keepdims=True) for v in (true, unsure))
    rows, columns = grid_shape(len(names))
    figure = sheet(solution, "error", [4.0 if rows == 1 else max(1.4, 5.0 / rows)] * rows, columns, notes=axis.notes, sharey=True)
    for index, (axes, name) in enumerate(zip(figure.axes, names, strict=False)):
        _curve(axes, axis, solution.error_times, estimated[:, index], ESTIMATED, joined=True)
        if reference is not None and true is not None and unsure is not None:
            _curve(axes, axis, reference.times, unsure[:, index], UNKNOWN, joined=False)
            _curve(axes, axis, reference.times, true[:, index], TRUE, joined=False)
        axes.axhline(solution.problem.accuracy, **ASKED)
        axes.set_title(name, loc="left", pad=3)
        axis.prepare(axes, named=index + columns >= len(names))
        keep_decades(axes)
    for axes in figure.axes[len(names) :]:
        axes.remove()
    handles = [Line2D([], [], **ESTIMATED, label="estimated")]
    if reference is not None:
        handles.append(Line2D([], [], **TRUE, label=f"true, against {reference.method}"))
        handles.append(Line2D([], [], **UNKNOWN, label="uncertainty of the reference"))
    handles.append(Line2D([], [], **ASKED, label=f"asked for: {number(solution.problem.accuracy)}"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    figure.supylabel("error " + per(solution, "y"), size=11, color=INK)
    return figure


def _curve(axes: Axes, axis: Timeline, t: Array, values: Array, style: dict[str, Any], *, joined: bool) -> None:
    """One line (n,) on a logarithmic axis; unless `joined`, it is broken where its points are far apart."""
    axes.set_yscale("log")
    position, top = axis.envelope(t, np.maximum(values[:, None], FLOOR), STRETCHES)
    x, y = (axis.drawn(position), top) if joined else axis.broken(axis.time(position), top)
    axes.plot(x, y, **style)
