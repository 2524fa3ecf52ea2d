"""How well the networks satisfy the equations, and how accurate they are estimated to be, over time."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from pinnsolve.plots.style import (
    INK,
    MUTED,
    OVERLAID,
    decades,
    drawing,
    label,
    legend,
    marked,
    message_sheet,
    number,
    sheet,
    state_style,
)
from pinnsolve.plots.timeline import Timeline, in_pieces
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

LOOKED_AT = 12_000
"""Points at which the residual is evaluated, if that is at least two a window."""
STRETCHES = 300
"""The line shows the largest value in each of so many stretches of the axis: the residual changes sign all the time."""
FLOOR = 1e-17
"""What is smaller is drawn here: zero has no place on a logarithmic axis, and less than rounding is nothing."""
ASKED: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": (0, (6, 3))}


@drawing
def draw_residual(solution: Solution) -> Figure:
    """Residual y' − f(t, y) over the largest |y'| of its state, and below it the estimated error over the largest |y|
    of its state with the accuracy asked for; both over time, on logarithmic axes.
    """
    if solution.network is None:
        return message_sheet(solution, "residual")
    axis = Timeline.of(solution)
    figure = sheet(solution, "residual", [3.0, 2.4], notes=axis.notes)
    upper, lower = figure.axes
    t = points_between(solution, axis)
    rates = largest(solution, in_pieces(solution.derivative, t))
    residual = np.abs(in_pieces(solution.residual, t)) / rates
    lines = draw_lines(upper, axis, t, residual, solution.states)
    upper.set_ylabel("$|y' - f(t, y)|$ " + per(solution, "y'"))
    windows = axis.mark_windows(upper, solution.window_edges)
    times = solution.error_times
    sizes = largest(solution, solution(axis.clipped(times)))
    draw_lines(lower, axis, times, solution.error_values / sizes, solution.states)
    lower.set_ylabel("estimated error " + per(solution, "y"))
    axis.mark_windows(lower, solution.window_edges)
    asked = draw_asked(lower, solution)
    for axes in (upper, lower):
        axis.prepare(axes, named=axes is lower)
        keep_decades(axes)
    legend(upper, [*lines, *windows, *axis.stop_handle()])
    legend(lower, [asked])
    return figure


def largest(solution: Solution, values: Array) -> Array:
    """What errors are measured against: the largest size in each column, 1 where that is zero: (n, k) -> (1, k).

    On the way to a singularity the largest has no meaning: there it is the largest so far, (n, k).
    """
    so_far = np.maximum.accumulate(np.nan_to_num(np.abs(values)))
    if solution.status != "diverged":
        so_far = so_far[-1:]
    return np.where(so_far > 0, so_far, 1.0)


def per(solution: Solution, symbol: str) -> str:
    """What `largest` is, for the label of an axis."""
    return f"/ $\\max |{symbol}|$" + (" so far" if solution.status == "diverged" else "")


def draw_asked(axes: Axes, solution: Solution) -> Line2D:
    """The accuracy asked for as a line across."""
    asked = solution.problem.accuracy
    return axes.axhline(asked, label=f"asked for: {number(asked)}", zorder=2.6, **ASKED)


def draw_lines(axes: Axes, axis: Timeline, t: Array, values: Array, states: tuple[str, ...]) -> list[Artist]:
    """A line a state on a logarithmic axis; of many states thin lines and the largest of all. Returns the legend.

    `values` is (n, k), non-negative.
    """
    axes.set_yscale("log")
    position, top = axis.envelope(t, np.maximum(values, FLOOR), STRETCHES)
    return draw_states(axes, axis.drawn(position), position, top, states)


def draw_states(axes: Axes, x: Array, position: Array, values: Array, states: tuple[str, ...]) -> list[Artist]:
    """Lines of the values (n, k) at x; `position` is (n,) along the axis as it looks. Returns the legend's entries."""
    if len(states) > OVERLAID:
        thin = axes.plot(x, values, color=MUTED, alpha=0.35, linewidth=0.7, zorder=3)
        (top,) = axes.plot(x, values.max(axis=1), color=INK, linewidth=1.4, zorder=3.2, label="largest of them")
        thin[0].set_label(f"each of {len(states)} states")
        return [thin[0], top]
    handles: list[Artist] = []
    for index, (name, column) in enumerate(zip(states, values.T, strict=True)):
        zero = " (zero to rounding)" if (column <= FLOOR).all() else ""
        style = {**state_style(index), "linewidth": 1.2, "markevery": marked(position, index)}
        handles += axes.plot(x, column, label=label(name) + zero, zorder=3, **style)
    return handles


def keep_decades(axes: Axes) -> None:
    """At least two decades on a logarithmic axis: a narrower one has no labels and makes much of nothing."""
    axes.yaxis.set_minor_locator(NullLocator())
    decades(axes.yaxis)
    low, high = axes.get_ylim()
    if high < 100 * low:
        middle = np.sqrt(low * high)
        axes.set_ylim(middle / 10, middle * 10)


def points_between(solution: Solution, axis: Timeline) -> Array:
    """(n,) times between the points trained on, in every window."""
    edges = solution.window_edges
    inner = solution.check_points
    count = int(np.clip(LOOKED_AT // (len(edges) - 1), 2, len(inner)))
    some = inner[np.linspace(0, len(inner) - 1, count).round().astype(int)]
    times = edges[:-1, None] + np.diff(edges)[:, None] * (some + 1) / 2
    return axis.clipped(times.ravel())
