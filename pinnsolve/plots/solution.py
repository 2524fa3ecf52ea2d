"""The solution over time, a line a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from pinnsolve.plots.style import (
    COLOURS,
    INK,
    MUTED,
    OVERLAID,
    decades,
    drawing,
    grid_shape,
    label,
    legend,
    marked,
    message_sheet,
    sheet,
    state_style,
)
from pinnsolve.plots.timeline import Timeline
from pinnsolve.solvers.solution import Solution

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference

Array = NDArray[np.float64]

APART = 50.0
"""States whose largest values differ by more than this factor get panels of their own."""
VISIBLE = 0.004
"""The error band is drawn where it is wider than this share of its panel."""
PANELS = 30
"""With more states than this, the figure is an image with a row a state."""
DENSE = 200
"""A state that turns more often than this over the axis fills the space between its lines."""
BLOWN = 1e3
"""A diverged state this far above its usual size is drawn on a logarithmic axis."""
REFERENCE: dict[str, Any] = {"color": INK, "linewidth": 0.7, "linestyle": (0, (5, 3)), "zorder": 3.5}


@dataclass(frozen=True)
class _Curves:
    """A solution as it is drawn: where it was looked at, and what was there."""

    solution: Solution
    axis: Timeline
    t: Array
    """(n,) times."""
    values: Array
    """(n, k) states."""
    errors: Array
    """(n, k) estimated error of them."""
    reference: Reference | None


@drawing
def draw_solution(solution: Solution, reference: Reference | None = None) -> Figure:
    """The states over time, with the estimated error as a band where it is wide enough to be seen.

    Up to six states share a panel as far as their sizes allow; more get a panel each, and more than thirty a row each
    of an image.
    """
    if solution.network is None:
        return message_sheet(solution, "solution")
    axis = Timeline.of(solution)
    t = axis.times(solution)
    curves = _Curves(solution, axis, t, solution(t), solution.error(t), reference)
    k = len(solution.states)
    if k > PANELS:
        return _image(curves)
    return _multiples(curves) if k > OVERLAID else _panels(curves)


def _panels(curves: _Curves) -> Figure:
    """A panel for all states of like size; where they swing so often that a line is a solid band, one for each."""
    axis = curves.axis
    dense = turns(curves.values) > DENSE
    groups = [[i] for i in range(len(curves.solution.states))] if dense else by_size(np.abs(curves.values).max(axis=0))
    height = 4.0 if len(groups) == 1 else max(1.5, 6.0 / len(groups))
    figure = sheet(curves.solution, "solution", [height] * len(groups), notes=axis.notes)
    explained: set[str] = set()
    for axes, group in zip(figure.axes, groups, strict=True):
        handles: list[Artist] = []
        for index in group:
            style = state_style(index) | ({"linewidth": 0.6} if dense else {})
            handles += _draw_state(axes, curves, index, style, marks=not dense)
        extras = _draw_extras(axes, curves, group, [state_style(index)["color"] for index in group])
        axis.prepare(axes, named=group is groups[-1])
        extras = [extra for extra in [*extras, *axis.stop_handle()] if str(extra.get_label()) not in explained]
        explained |= {str(extra.get_label()) for extra in extras}
        legend(axes, handles + extras)
    return figure


def _multiples(curves: _Curves) -> Figure:
    """A small panel for each state, its name above it."""
    axis, states = curves.axis, curves.solution.states
    rows, columns = grid_shape(len(states))
    figure = sheet(curves.solution, "solution", [1.35] * rows, columns, notes=axis.notes)
    shared: dict[str, Artist] = {}
    for index, (axes, name) in enumerate(zip(figure.axes, states, strict=False)):
        _draw_state(axes, curves, index, {"color": COLOURS[0]}, marks=False)
        extras = _draw_extras(axes, curves, [index], [COLOURS[0]])
        shared |= {str(handle.get_label()): handle for handle in [*extras, *axis.stop_handle()]}
        axis.prepare(axes, named=index + columns >= len(states))
        axes.set_title(label(name), loc="left", pad=3)
        if axes.get_yscale() == "linear":
            axes.locator_params(axis="y", nbins=4)
    for axes in figure.axes[len(states) :]:
        axes.remove()
    if shared:
        figure.legend(handles=list(shared.values()), loc="outside lower center", ncols=len(shared))
    return figure


def by_size(sizes: Array) -> list[list[int]]:
    """Groups of states that can share a panel, in the order of their first states; zeros go with the largest.

    `sizes` is (k,), the largest absolute values.
    """
    groups: list[list[int]] = []
    top = 0.0
    for index in np.argsort(-sizes, kind="stable").tolist():
        if not groups or 0 < APART * sizes[index] < top:
            groups.append([])
            top = float(sizes[index])
        groups[-1 if sizes[index] > 0 else 0].append(index)
    return sorted(sorted(group) for group in groups)


def turns(values: Array) -> int:
    """How often the state that turns most often goes from rising to falling or back, small wiggles left out.

    `values` is (n, k).
    """
    most = 0
    for column in values.T:
        extent = np.ptp(column)
        if extent > 1e-9 * np.abs(column).max():
            steps = np.sign(np.diff(np.round(column * (50 / extent))))
            steps = steps[steps != 0]
            most = max(most, int((steps[1:] != steps[:-1]).sum()))
    return most


def _draw_state(axes: Axes, curves: _Curves, index: int, style: dict[str, Any], *, marks: bool) -> list[Artist]:
    """The line of one state; returns its entry of the legend."""
    axis, values = curves.axis, curves.values[:, index]
    keep = axis.thinned(curves.t, values)
    at = marked(axis.position(curves.t[keep]), index) if marks else []
    name = label(curves.solution.states[index])
    return list(axes.plot(axis.x(curves.t[keep]), values[keep], label=name, zorder=3, markevery=at, **style))


def _draw_extras(axes: Axes, curves: _Curves, group: Sequence[int], colours: Sequence[str]) -> list[Artist]:
    """Scale, error bands and reference of some states that share a panel; returns the entries of the legend."""
    axis, reference = curves.axis, curves.reference
    handles: list[Artist] = []
    _scale(axes, curves, group)
    low, high = axes.get_ylim()
    for index, colour in zip(group, colours, strict=True):
        middle, error = curves.values[:, index], curves.errors[:, index]
        wide = np.isfinite(error) & (error > VISIBLE * (high - low))
        if wide.any() and axes.get_yscale() == "linear":
            keep = axis.thinned(curves.t, np.where(wide, error, 0.0))
            x, low_edge, high_edge = axis.x(curves.t[keep]), (middle - error)[keep], (middle + error)[keep]
            axes.fill_between(x, low_edge, high_edge, where=wide[keep], color=colour, alpha=0.22, linewidth=0, zorder=2)
            handles = [Patch(facecolor=MUTED, alpha=0.35, label="± estimated error")]
    if reference is not None:
        for index in group:
            keep = axis.thinned(reference.times, reference.values[:, index])
            axes.plot(*axis.broken(reference.times[keep], reference.values[keep, index]), **REFERENCE)
        handles.append(Line2D([], [], **REFERENCE, label=f"SciPy {reference.method}"))
    axes.set_ylim(low, high)
    return handles


def _scale(axes: Axes, curves: _Curves, group: Sequence[int]) -> None:
    """Logarithmic where a solution runs off to infinity, and some room around one that does not move."""
    values = curves.values[:, list(group)]
    peak = float(np.abs(values).max())
    if curves.solution.status == "diverged":
        usual = float(curves.axis.usual(curves.solution)[list(group)].max())
        if usual > 0 and peak > BLOWN * usual:
            if values.min() > 0:
                axes.set_yscale("log")
            else:
                axes.set_yscale("symlog", linthresh=10.0 ** np.ceil(np.log10(usual)))
            decades(axes.yaxis)
    elif values.max() - values.min() < 1e-9 * peak:
        axes.set_ylim(*((-0.5 * peak, 1.5 * peak) if values.mean() > 0 else (-1.5 * peak, 0.5 * peak)))


def _image(curves: _Curves) -> Figure:
    """A row a state, each over its own largest value where the states differ much in size."""
    axis, values, states = curves.axis, curves.values, curves.solution.states
    k = len(states)
    figure = sheet(curves.solution, "solution", [6.0], notes=axis.notes)
    axes = figure.axes[0]
    position = axis.position(curves.t)
    order = np.argsort(position)
    grid = np.linspace(position.min(), position.max(), 600)
    rows = [np.interp(grid, position[order], column[order]) for column in values.T]
    image, meaning = np.array(rows), "value of the state"
    largest = np.abs(values).max(axis=0)
    if len(by_size(largest)) > 1:
        image, meaning = image / np.where(largest > 0, largest, 1.0)[:, None], "state over its largest absolute value"
    mesh = axes.pcolormesh(axis.drawn(grid), np.arange(k), image, cmap="cividis", shading="nearest", rasterized=True)
    axes.grid(visible=False)
    axes.invert_yaxis()
    some = np.unique(np.linspace(0, k - 1, 16).astype(int))
    axes.set_yticks(some, [label(states[i]) for i in some])
    figure.colorbar(mesh, ax=axes, pad=0.02, label=meaning)
    axis.prepare(axes)
    return figure
