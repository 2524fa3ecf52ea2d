"""The phase plane of two states: the trajectory, its direction, its ends, and the vector field behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from numpy.typing import NDArray

from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import UsageError
from pinnsolve.plots.plane import FIELD_ENTRY, along, apart, arrows, draw_arrows
from pinnsolve.plots.style import COLOURS, INK, drawing, label, legend, message_sheet, number, sheet
from pinnsolve.plots.timeline import Timeline
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

HEIGHT, WIDTH = 5.6, 7.0
"""Most room for the axes, in inches."""
MARGIN = 0.12
"""Around the trajectory, as a share of its extent."""
FIELD = 22
"""Arrows of the vector field from left to right."""
HEADS, EVERY, APART = 12, 0.3, 0.1
"""Most arrow heads on the trajectory, the length of it for each, and their least distance, as a share of the axes."""
STEP, VECTOR = 5e-4, 8000
"""Least distance of two points of the line, as a share of the axes; a line of more points becomes an image in a vector
file, which would be very large otherwise."""
LONG = 20.0
"""A trajectory longer than this, as a share of the axes, is a thin line."""
LIKE, SHAPE = (0.5, 1.6), (0.65, 0.9)
"""Height over width of the trajectory for which the axes are true to scale, and of the axes then."""
CUT = 30.0
"""Of a diverged trajectory, what lies this many times further out than usual is cut off."""
_END: dict[str, Any] = {"linestyle": "none", "color": INK, "zorder": 5, "clip_on": False}
ENDS = {
    "start": {**_END, "marker": "o", "markersize": 9, "markerfacecolor": "white", "markeredgewidth": 1.4},
    "end": {**_END, "marker": "s", "markersize": 5},
}
"""Markers of the two ends."""
HEAD: dict[str, Any] = {
    "arrowstyle": "-|>,head_length=0.5,head_width=0.28",
    "mutation_scale": 13,
    "color": COLOURS[0],
    "linewidth": 0,
    "shrinkA": 0,
    "shrinkB": 0,
    "zorder": 4,
}


@drawing
def draw_phase(solution: Solution) -> Figure:
    """The trajectory in the plane of the two states, with arrow heads in the direction of the solve.

    Raises
    ------
    UsageError
        For a system that does not have two states.
    """
    if len(solution.states) != 2:
        raise UsageError(f"the phase plane needs two states, and this system has {len(solution.states)}")
    if solution.network is None:
        return message_sheet(solution, "phase plane")
    axis = Timeline.of(solution)
    t = axis.times(solution)
    path = solution(t)
    low, high = _window(path, CUT * axis.usual(solution) if solution.status == "diverged" else None)
    low, high, aspect = _shape(low, high)
    field = _field(solution, low, high, aspect)
    notes = [*axis.notes]
    if field is None:
        notes.append("No vector field: the right-hand side depends on t.")
    if (path < low).any() or (path > high).any():
        notes.append("The trajectory leaves the part of the plane that is shown.")
    figure = sheet(solution, "phase plane", [min(HEIGHT, WIDTH * aspect)], notes=notes)
    axes = figure.axes[0]
    axes.set_box_aspect(aspect)
    axes.set_anchor("W")
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_xlabel(label(solution.states[0]))
    axes.set_ylabel(label(solution.states[1]))
    if field is not None:
        axes.grid(visible=False)
        draw_arrows(axes, *field, FIELD * 1.5)
    shown = (path - low) / (high - low)  # (n, 2) in the axes, 0 to 1
    _draw_trajectory(axes, path, np.clip(shown, -0.5, 1.5))  # of what lies far outside only the direction matters
    handles = _draw_ends(axes, solution, shown, path)
    if field is not None and len(field[0]):
        handles.append(Line2D([], [], **FIELD_ENTRY))
    legend(axes, handles)
    return figure


def _window(path: Array, cut: Array | None) -> tuple[Array, Array]:
    """Lower left and upper right corner (2,) of the part of the plane to show; what is larger than `cut` is let go."""
    shown = path
    if cut is not None:
        inside = (np.abs(path) <= np.where(cut > 0, cut, np.inf)).all(axis=1)
        shown = path[inside] if inside.any() else path
    low, high = shown.min(axis=0), shown.max(axis=0)
    size = np.abs(shown).max(axis=0)
    extent = high - low
    # A state that stays where it is gets the room of the other one, or of its own size.
    still = extent < 1e-9 * np.where(size > 0, size, 1.0)
    room = np.where(size > 0, size, 1.0) if still.all() else np.full(2, extent[~still].max() if (~still).any() else 1.0)
    extent = np.where(still, room, extent)
    middle = (low + high) / 2
    return middle - (0.5 + MARGIN) * extent, middle + (0.5 + MARGIN) * extent


def _shape(low: Array, high: Array) -> tuple[Array, Array, float]:
    """Corners and height over width of the axes: true to scale where the states are of like size, with a wider view
    of the plane where that brings the axes into a good shape.
    """
    extent = high - low
    ratio = float(extent[1] / extent[0])
    if not LIKE[0] < ratio < LIKE[1]:
        return low, high, 0.8
    aspect = min(max(ratio, SHAPE[0]), SHAPE[1])
    wider = extent * np.array([max(1.0, ratio / aspect), max(1.0, aspect / ratio)])
    middle = (low + high) / 2
    return middle - wider / 2, middle + wider / 2, aspect


def _field(solution: Solution, low: Array, high: Array, aspect: float) -> tuple[Array, Array] | None:
    """Points (m, 2) and directions (m, 2) of unit length as they look, or None if the field changes with time."""
    points = Window.around(low, high).grid(FIELD, round(FIELD * aspect))
    system = solution.system
    start, end = solution.problem.time[0], solution.reached
    rates = system.rhs_numpy(np.full(len(points), start), points)
    if not system.autonomous:  # a Python function may be without saying so
        for share in (0.382, 1.0):
            later = system.rhs_numpy(np.full(len(points), start + share * (end - start)), points)
            if not np.allclose(later, rates, rtol=1e-9, atol=0.0, equal_nan=True):
                return None
    return arrows(points, rates, high - low, aspect)


def _draw_trajectory(axes: Axes, path: Array, shown: Array) -> None:
    """The line, and arrow heads along it: evenly by length, but never two close together where it passes twice."""
    lengths = along(shown)
    keep = apart(lengths, STEP)
    width = 1.6 if lengths[-1] < LONG else 0.8
    axes.plot(*path[keep].T, color=COLOURS[0], linewidth=width, zorder=3, rasterized=len(keep) > VECTOR)
    if lengths[-1] < 0.02:
        return
    count = int(np.clip(lengths[-1] / EVERY, 2, HEADS))
    chosen: list[Array] = []
    for place in (np.arange(count) + 0.5) / count * lengths[-1]:
        i = int(np.clip(np.searchsorted(lengths, place), 1, len(path) - 1))
        ends = np.hypot(*(shown[[0, -1]] - shown[i]).T).min()
        nearest = min((np.hypot(*(shown[i] - other)) for other in chosen), default=1.0)
        if nearest < APART or ends < 0.05 or shown[i].min() < 0.02 or shown[i].max() > 0.98:
            continue
        chosen.append(shown[i])
        before = int(np.searchsorted(lengths, lengths[i] - 0.01))
        axes.add_patch(FancyArrowPatch(path[min(before, i - 1)], path[i], **HEAD))


def _draw_ends(axes: Axes, solution: Solution, shown: Array, path: Array) -> list[Artist]:
    """Mark start and end; returns the entries of the legend."""
    handles: list[Artist] = []
    times = {"start": solution.problem.time[0], "end": solution.reached}
    for (name, t), place, at in zip(times.items(), path[[0, -1]], shown[[0, -1]], strict=True):
        inside = (at >= 0).all() and (at <= 1).all()
        where = "" if inside else " (outside)"
        handles += axes.plot(*(place if inside else ([], [])), label=f"{name}, t = {number(t, 6)}{where}", **ENDS[name])
    return handles
