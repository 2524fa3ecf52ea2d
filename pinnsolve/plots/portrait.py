"""The phase portrait: vector field, nullclines, trajectories, separatrices, limit cycles and fixed points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from pinnsolve.analysis.planar.classify import FixedPoint
from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.portrait import Portrait
from pinnsolve.analysis.planar.window import Window
from pinnsolve.plots.style import COLOURS, FAINT, INK, drawing, label, legend, remarks, title, titled

Array = NDArray[np.float64]

HEIGHT, WIDTH = 5.8, 6.5
"""Most room for the axes, in inches."""
LIKE = (0.5, 1.7)
"""Height over width of the window for which the axes are true to scale."""
SHAPE = (0.6, 0.9)
FIELD = 21
"""Arrows of the vector field from left to right."""
FLOW, X_NULL, Y_NULL, CYCLE = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[3]
STEP = 2e-3
"""Least distance of two points of a line, as a share of the axes."""
HEADS = {"trajectory": (0.42,), "separatrix": (0.5,), "limit cycle": (0.2, 0.7)}
"""Where on a line its arrow heads are, as shares of the part of it that is seen."""
DASHES = (0, (5, 2.4))
NULLCLINE: dict[str, Any] = {"linewidth": 1.5, "zorder": 2, "solid_capstyle": "butt"}
TRAJECTORY: dict[str, Any] = {"color": FLOW, "linewidth": 0.9, "alpha": 0.75, "zorder": 3}
ASKED: dict[str, Any] = {"color": FLOW, "linewidth": 1.7, "zorder": 3.5}
SEPARATRIX: dict[str, Any] = {"color": INK, "linewidth": 1.3, "zorder": 4}
LIMIT: dict[str, Any] = {"color": CYCLE, "linewidth": 2.6, "zorder": 5}
RESTING: dict[str, Any] = {"color": INK, "linewidth": 3.2, "linestyle": (0, (0.1, 1.6)), "dash_capstyle": "round", "zorder": 5}
_POINT: dict[str, Any] = {"linestyle": "none", "color": INK, "markeredgewidth": 1.3, "zorder": 7, "clip_on": False}
_FILLED: dict[str, Any] = {"markerfacecolor": INK}
_OPEN: dict[str, Any] = {"markerfacecolor": "white"}
_HALF: dict[str, Any] = {"fillstyle": "left", "markerfacecolor": INK, "markerfacecoloralt": "white"}
MARKERS: dict[str, dict[str, Any]] = {
    "stable node": {**_POINT, **_FILLED, "marker": "s", "markersize": 7},
    "unstable node": {**_POINT, **_OPEN, "marker": "s", "markersize": 7},
    "stable focus": {**_POINT, **_FILLED, "marker": "o", "markersize": 8},
    "unstable focus": {**_POINT, **_OPEN, "marker": "o", "markersize": 8},
    "saddle": {**_POINT, **_HALF, "marker": "D", "markersize": 7},
    "centre": {**_POINT, **_OPEN, "marker": "o", "markersize": 9},
    "degenerate": {**_POINT, **_OPEN, "marker": "X", "markersize": 9},
}
"""Of the types of fixed points: filled where stable, open where unstable, half and half for saddles; a centre has a dot."""
DOT: dict[str, Any] = {**_POINT, **_FILLED, "marker": "o", "markersize": 2.6, "zorder": 8}


@drawing
def draw_portrait(portrait: Portrait) -> Figure:
    """The portrait of a planar system."""
    window = portrait.window
    aspect = float(window.size[1] / window.size[0])
    shape = aspect if LIKE[0] < aspect < LIKE[1] else 0.82
    width = min(WIDTH, HEIGHT / shape)
    lines = [*title(portrait.problem, "phase portrait"), *remarks(portrait.notes)]
    figure = titled(lines, [width * shape])
    axes = figure.axes[0]
    axes.set_box_aspect(shape)
    axes.set_anchor("W")
    axes.set_xlim(*window.x)
    axes.set_ylim(*window.y)
    axes.grid(visible=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    axes.set_xlabel(label(portrait.states[0]))
    axes.set_ylabel(label(portrait.states[1]))
    handles = [
        *_draw_nullclines(axes, portrait),
        *_draw_lines(axes, portrait),
        *_draw_fixed(axes, portrait),
        *_draw_field(axes, portrait, shape),
    ]
    legend(axes, handles)
    return figure


def _draw_field(axes: Axes, portrait: Portrait, shape: float) -> Iterator[Artist]:
    """Arrows of one length in the direction of the flow."""
    window = portrait.window
    middles = [(np.arange(n) + 0.5) / n for n in (FIELD, max(4, round(FIELD * shape)))]
    points = window.low + np.stack(np.meshgrid(*middles), axis=-1).reshape(-1, 2) * window.size
    shown = Field(portrait.problem.system, portrait.problem.time[0])(points) / window.size * np.array([1.0, shape])
    length = np.hypot(*shown.T)
    good = np.isfinite(length) & (length > 0)
    if not good.any():
        return
    directions = shown[good] / length[good, None]
    axes.quiver(
        *points[good].T,
        *directions.T,
        angles="uv",
        pivot="mid",
        color=FAINT,
        scale=FIELD * 1.6,
        scale_units="width",
        width=0.0022,
        headwidth=4,
        headlength=4.5,
        headaxislength=4,
        zorder=1,
    )
    yield Line2D([], [], linestyle="none", marker=r"$\rightarrow$", markersize=11, color=FAINT, label="vector field")


def _draw_nullclines(axes: Axes, portrait: Portrait) -> Iterator[Artist]:
    for nullcline, colour in zip(portrait.nullclines, (X_NULL, Y_NULL), strict=True):
        for curve in nullcline.curves:
            axes.plot(*curve.T, color=colour, **NULLCLINE)
        if nullcline.curves:
            yield Line2D([], [], color=colour, label=f"nullcline {_rate(nullcline.state)} = 0", **NULLCLINE)
    for line in portrait.fixed_lines:
        axes.plot(*line.T, **RESTING)
    if portrait.fixed_lines:
        yield Line2D([], [], label="line of fixed points", **RESTING)


def _rate(state: str) -> str:
    """The derivative of a state, for the legend."""
    return label(f"{state}'")


def _draw_lines(axes: Axes, portrait: Portrait) -> Iterator[Artist]:
    """Trajectories, separatrices and limit cycles with their directions; gives the entries of the legend."""
    window = portrait.window
    for trajectory in portrait.trajectories:
        style = ASKED if trajectory.asked else TRAJECTORY
        _draw_line(axes, trajectory.points, window, style, "trajectory")
        if trajectory.asked and window.inside(trajectory.start):
            axes.plot(*trajectory.start, marker="o", markersize=4.5, color=FLOW, zorder=6)
    if portrait.trajectories:
        style = ASKED if any(t.asked for t in portrait.trajectories) else TRAJECTORY
        yield Line2D([], [], label="trajectory", **style)
    for branch in portrait.separatrices:
        points = branch.points[::-1] if branch.stable else branch.points
        _draw_line(axes, points, window, {**SEPARATRIX, "linestyle": DASHES if branch.stable else "-"}, "separatrix")
    for stable, word in ((True, "stable"), (False, "unstable")):
        if any(branch.stable == stable for branch in portrait.separatrices):
            yield Line2D([], [], label=f"{word} manifold", **{**SEPARATRIX, "linestyle": DASHES if stable else "-"})
    for cycle in portrait.cycles:
        _draw_line(axes, cycle.points, window, {**LIMIT, "linestyle": "-" if cycle.stable else DASHES}, "limit cycle")
    for stable, word in ((True, "stable"), (False, "unstable")):
        if any(cycle.stable == stable for cycle in portrait.cycles):
            yield Line2D([], [], label=f"{word} limit cycle", **{**LIMIT, "linestyle": "-" if stable else DASHES})


def _draw_line(axes: Axes, points: Array, window: Window, style: dict[str, Any], kind: str) -> None:
    """A line, and arrow heads on the part of it that is seen."""
    shown = (points - window.low) / window.size
    near = ((shown > -0.2) & (shown < 1.2)).all(axis=1)
    shown, points = np.clip(shown[near], -0.2, 1.2), points[near]
    if len(points) < 2:
        return
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shown, axis=0).T))])
    keep = np.unique(np.append(np.flatnonzero(np.diff(np.floor(along / STEP), prepend=-1.0)), len(points) - 1))
    axes.plot(*points[keep].T, **style)
    seen = np.flatnonzero(((shown > 0.02) & (shown < 0.98)).all(axis=1))
    if len(seen) < 2 or along[seen[-1]] - along[seen[0]] < 0.06:
        return
    for share in HEADS[kind]:
        place = along[seen[0]] + share * (along[seen[-1]] - along[seen[0]])
        i = int(seen[np.abs(along[seen] - place).argmin()])
        before = int(np.searchsorted(along, along[i] - 0.012))
        if before < i:
            _head(axes, points[before], points[i], style)


def _head(axes: Axes, tail: Array, tip: Array, style: dict[str, Any]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            tuple(tail),
            tuple(tip),
            arrowstyle="-|>,head_length=0.5,head_width=0.26",
            mutation_scale=8 + 2.2 * style["linewidth"],
            color=style["color"],
            linewidth=0,
            shrinkA=0,
            shrinkB=0,
            zorder=style["zorder"],
        )
    )


def _draw_fixed(axes: Axes, portrait: Portrait) -> Iterator[Artist]:
    """The fixed points, numbered where there are several; gives an entry for each type."""
    points: Sequence[FixedPoint] = portrait.fixed_points
    for number, point in enumerate(points, 1):
        axes.plot(*point.at, **MARKERS[point.type])
        if point.type == "centre":
            axes.plot(*point.at, **DOT)
        if len(points) > 1:
            text = axes.annotate(str(number), point.at, (6, 5), textcoords="offset points", size=9, color=INK, zorder=9)
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    for kind, style in MARKERS.items():
        if any(point.type == kind for point in points):
            yield Line2D([], [], label=kind, **style)
