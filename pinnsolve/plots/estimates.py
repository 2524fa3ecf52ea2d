"""What a fit leaves over and how its estimates hang together: residuals against time, and the correlation map."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from pinnsolve.expressions import compile_numpy, substitute
from pinnsolve.plots.style import (
    COLOURS,
    INK,
    MUTED,
    drawing,
    grid_shape,
    label,
    legend,
    message_sheet,
    sheet,
    state_style,
)
from pinnsolve.plots.timeline import Timeline
from pinnsolve.problem.fitting import Fit
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

BAND = 2.0
"""Half of the width of the band of the noise, in standard deviations."""
NUMBERED = 12
"""Up to so many unknowns, their correlations are written into the map."""
CELL = 0.62
"""Height of a row of the map, in inches."""
DIVERGING = LinearSegmentedColormap.from_list("correlation", [COLOURS[1], "#f7f7f7", COLOURS[0]])
"""From −1 over nothing to 1; the numbers tell the sign where colours do not."""


@drawing
def draw_fit_residuals(solution: Solution) -> Figure:
    """Data less fitted curve against time, a panel a column, with a band of two standard deviations of the noise.

    Noise leaves points on both sides in no order; a wave or a trend is something that the model leaves out.
    """
    fit = solution.problem.fit
    left = None if fit is None else residuals(solution)
    if fit is None or left is None:
        return message_sheet(solution, "data less fitted curve")
    axis = Timeline.of(solution)
    rows, columns = grid_shape(len(left))
    height = 3.0 if rows == 1 else max(1.5, min(2.2, 9.0 / rows))
    figure = sheet(solution, "data less fitted curve", [height] * rows, columns, notes=axis.notes)
    noise = (solution.fit or {}).get("noise", {})
    for number, (axes, (name, values)) in enumerate(zip(figure.axes, left.items(), strict=False)):
        handles = _panel(axes, axis, fit.data.times, values, noise.get(name), number)
        axes.set_ylabel(name.replace("$", r"\$"))
        axis.prepare(axes, named=number >= len(left) - columns)
        if number == columns - 1:
            legend(axes, handles)
    for axes in figure.axes[len(left) :]:
        axes.remove()
    return figure


@drawing
def draw_fit_correlation(solution: Solution) -> Figure:
    """The correlations of the estimates as a map: near 1 or −1, the data determine a combination better than each of both."""
    known = solution.fit or {}
    correlation = known.get("correlation", {"names": [], "matrix": []})
    names = [label(name) for name in correlation["names"]]
    matrix = np.array([[np.nan if c is None else c for c in line] for line in correlation["matrix"]], dtype=float)
    some = np.isfinite(matrix).any(axis=1) if len(names) else np.zeros(0, dtype=bool)
    if some.sum() < 1:
        return message_sheet(solution, "correlation of the estimates", "No estimate has a standard error.")
    count = len(names)
    figure = sheet(solution, "correlation of the estimates", [max(2.2, min(8.0, CELL * count + 0.6))])
    axes = figure.axes[0]
    image = axes.pcolormesh(matrix, cmap=DIVERGING, vmin=-1, vmax=1, edgecolors="white", linewidth=1.5)
    _unknown(axes, matrix)
    if count <= NUMBERED:
        for (row, column), value in np.ndenumerate(matrix):
            if np.isfinite(value):
                text = f"{value:.2f}".replace("-", "−")
                colour = "white" if abs(value) > 0.6 else INK
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, size=9)
    axes.set_xticks(np.arange(count) + 0.5, names)
    axes.set_yticks(np.arange(count) + 0.5, names)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.set_anchor("W")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    figure.colorbar(image, cax=axes.inset_axes((1.04, 0.0, 0.04, 1.0)), label="correlation", ticks=[-1, -0.5, 0, 0.5, 1])
    return figure


def residuals(solution: Solution) -> dict[str, Array] | None:
    """Column: data less fitted curve, (n,) with nan in gaps; None where there is no curve over all data."""
    fit = solution.problem.fit
    if not isinstance(fit, Fit) or solution.network is None or solution.fit is None:
        return None
    system = solution.system
    low, high = sorted(solution.problem.time)
    states = solution(np.clip(fit.data.times, low, high)).T
    left: dict[str, Array] = {}
    for observable in fit.observe:
        function = compile_numpy([substitute(observable.expression, system.parameters)], system.states, [(0,)])
        curve = function(fit.data.times, states, np.zeros((1, len(fit.data.times))))[0]
        left |= {name: fit.data.columns[name] - curve for name in observable.columns}
    return left


def _panel(axes: Axes, axis: Timeline, times: Array, values: Array, sd: float | None, number: int) -> list[Artist]:
    handles: list[Artist] = []
    axes.axhline(0.0, color=INK, linewidth=0.8, zorder=2.5)
    if sd is not None:
        axes.axhspan(-BAND * sd, BAND * sd, color=MUTED, alpha=0.16, linewidth=0, zorder=1.5)
        handles.append(Patch(facecolor=MUTED, alpha=0.25, label="noise, ± 2 standard deviations"))
    style = {**state_style(number), "linestyle": "none", "zorder": 3.5}
    handles += axes.plot(axis.x(times), values, label="data less curve", **style)
    x = np.repeat(axis.x(times), 3)
    stems = np.stack([np.zeros_like(values), values, np.full_like(values, np.nan)], axis=1).ravel()
    axes.plot(x, stems, color=style["color"], linewidth=0.7, alpha=0.5, zorder=3)
    low, high = axes.get_ylim()
    reach = max(abs(low), abs(high))
    axes.set_ylim(-reach, reach)
    return handles[::-1]


def _unknown(axes: Axes, matrix: Array) -> None:
    """Cells without a value: hatched."""
    for row, column in np.argwhere(~np.isfinite(matrix)).tolist():
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor="#eeeeee", edgecolor="#bbbbbb", hatch="///", linewidth=0))
