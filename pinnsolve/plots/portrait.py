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
from pinnsolve.analysis.planar.projection import Projection
from pinnsolve.analysis.planar.window import Window
from pinnsolve.plots.plane import FIELD_ENTRY, along, apart, arrows, draw_arrows
from pinnsolve.plots.style import COLOURS, INK, drawing, label, legend, remarks, title, titled

Array = NDArray[np.float64]

HEIGHT, WIDTH = 5.8, 6.5
"""Most room for the axes, in inches."""
LIKE = (0.55, 1.1)
"""Height over width of the window for which the axes are true to scale."""
SHAPE = 0.8
"""Height over width of other axes."""
FIELD = 21
"""Arrows of the vector field from left to right."""
FLOW, X_NULL, Y_NULL, CYCLE = COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[3]
STEP = 2e-3
"""Least distance of two points of a line, as a share of the axes."""
HEADS, EDGE = 0.013, 0.03
"""Length of an arrow head along its line, and where none is drawn, as shares of the axes."""
BRANCH = 0.16
"""How far from its saddle a separatrix has its arrow head."""
LONG = 8.0
"""A trajectory longer than this, as a share of the axes, is a thin line."""
SPIRAL = 0.022
"""A line ends so close to a focus, as a share of the axes: its last turns would be a blot."""
DASHES = (0, (5, 2.4))
NULLCLINE: dict[str, Any] = {"linewidth": 1.5, "zorder": 2, "solid_capstyle": "butt"}
TRAJECTORY: dict[str, Any] = {"color": FLOW, "linewidth": 0.9, "alpha": 0.75, "zorder": 3}
ASKED: dict[str, Any] = {"color": FLOW, "linewidth": 1.7, "zorder": 3.5}
SEPARATRIX: dict[str, Any] = {"color": INK, "linewidth": 1.3, "zorder": 4}
START: dict[str, Any] = {"marker": "o", "markersize": 5, "color": FLOW, "zorder": 6}
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
    shape = aspect if LIKE[0] < aspect < LIKE[1] else SHAPE
    figure, axes = _sheet(portrait, "phase portrait", min(WIDTH, HEIGHT / shape), shape)
    axes.grid(visible=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    handles = [
        *_draw_nullclines(axes, portrait),
        *_draw_lines(axes, portrait),
        *_draw_fixed(axes, portrait),
        *_draw_field(axes, portrait, shape),
    ]
    legend(axes, handles)
    return figure


@drawing
def draw_projection(projection: Projection) -> Figure:
    """Trajectories in the plane of two states of a larger system."""
    figure, axes = _sheet(projection, " and ".join(projection.states), WIDTH, SHAPE)
    for path in projection.paths:
        points = path[:, projection.columns]
        line = _Line(points, projection.window)
        style = ASKED if line.along[-1] < LONG else {**ASKED, "linewidth": 0.8}
        line.draw(axes, style, [line.after(length) for length in (0.3, 0.9, 1.6)])
        axes.plot(*points[0], **START)
    legend(axes, [Line2D([], [], label="trajectory from its start", **{**ASKED, **START, "linestyle": "-"})])
    return figure


def _sheet(facts: Portrait | Projection, kind: str, width: float, shape: float) -> tuple[Figure, Axes]:
    """A figure with axes on the window of the facts, their height over width being `shape`."""
    figure = titled([*title(facts.problem, kind), *remarks(facts.notes)], [width * shape])
    axes = figure.axes[0]
    axes.set_box_aspect(shape)
    axes.set_anchor("W")
    axes.set_xlim(*facts.window.x)
    axes.set_ylim(*facts.window.y)
    axes.set_xlabel(label(facts.states[0]))
    axes.set_ylabel(label(facts.states[1]))
    return figure, axes


def _draw_field(axes: Axes, portrait: Portrait, shape: float) -> Iterator[Artist]:
    """Arrows of one length in the direction of the flow."""
    points = portrait.window.grid(FIELD, max(4, round(FIELD * shape)))
    rates = Field(portrait.problem.system, portrait.problem.time[0])(points)
    points, directions = arrows(points, rates, portrait.window.size, shape)
    if len(points):
        draw_arrows(axes, points, directions, FIELD * 1.6)
        yield Line2D([], [], **FIELD_ENTRY)


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
    foci = [point.at for point in portrait.fixed_points if point.type.endswith("focus")]
    yield from _draw_trajectories(axes, portrait, foci)
    for branch in portrait.separatrices:
        line = _Line(branch.points, portrait.window, foci)
        head = line.after(BRANCH)
        line.draw(axes, {**SEPARATRIX, "linestyle": DASHES if branch.stable else "-"}, [head], backward=branch.stable)
    for stable, word in ((False, "unstable"), (True, "stable")):
        if any(branch.stable == stable for branch in portrait.separatrices):
            yield Line2D([], [], label=f"{word} manifold", **{**SEPARATRIX, "linestyle": DASHES if stable else "-"})
    for cycle in portrait.cycles:
        line = _Line(cycle.points, portrait.window)
        heads = [line.after(share * line.along[-1]) for share in (0.25, 0.75)]
        if not cycle.stable:
            line.draw(axes, {**LIMIT, "color": "white", "zorder": LIMIT["zorder"] - 0.1}, [])  # between its dashes
        line.draw(axes, {**LIMIT, "linestyle": "-" if cycle.stable else DASHES}, heads)
    for stable, word in ((True, "stable"), (False, "unstable")):
        if any(cycle.stable == stable for cycle in portrait.cycles):
            yield Line2D([], [], label=f"{word} limit cycle", **{**LIMIT, "linestyle": "-" if stable else DASHES})


def _draw_trajectories(axes: Axes, portrait: Portrait, foci: Sequence[Array]) -> Iterator[Artist]:
    asked = [trajectory for trajectory in portrait.trajectories if trajectory.asked]
    for trajectory in portrait.trajectories:
        line = _Line(trajectory.points, portrait.window, foci)
        if not trajectory.asked:
            # A start is in a part of the window where no other line has been.
            line.draw(axes, TRAJECTORY, [trajectory.first - line.first])
            continue
        line.draw(axes, ASKED, [line.after(share) for share in (0.25, 0.8)])
        axes.plot(*trajectory.start, **START)
    if len(asked) < len(portrait.trajectories):
        yield Line2D([], [], label="trajectory", **TRAJECTORY)
    if asked:
        yield Line2D([], [], label="from a start" if len(asked) > 1 else "from the start", **{**ASKED, **START, "linestyle": "-"})


class _Line:
    """A line of the portrait as it is drawn."""

    def __init__(self, points: Array, window: Window, foci: Sequence[Array] = ()) -> None:
        self.first, last = _away_from(foci, points, window)
        """Where it begins among the points that were handed in."""
        points = points[self.first : last]
        shown = (points - window.low) / window.size
        self.points = points
        self.shown = np.clip(shown, -0.5, 1.5)
        self.along = along(self.shown)

    def after(self, length: float) -> int:
        """The number of the point at a length along the line."""
        return min(int(np.searchsorted(self.along, length)), len(self.points) - 1)

    def draw(self, axes: Axes, style: dict[str, Any], heads: Sequence[int], *, backward: bool = False) -> None:
        """Draw the parts of it that are in sight, and arrow heads at some of its points."""
        keep = apart(self.along, STEP)
        near = np.all((self.shown[keep] > -0.4) & (self.shown[keep] < 1.4), axis=1)
        points = np.where(near[:, None], self.points[keep], np.nan)
        axes.plot(*points.T, **style)
        for i in heads:
            if not 0 <= i < len(self.points) or not ((self.shown[i] > EDGE) & (self.shown[i] < 1 - EDGE)).all():
                continue
            other = self.after(self.along[i] + HEADS) if backward else int(np.searchsorted(self.along, self.along[i] - HEADS))
            if other != i:
                _head(axes, self.points[other], self.points[i], style)


def _away_from(foci: Sequence[Array], points: Array, window: Window) -> tuple[int, int]:
    """The part of a line without its first and last turns very close to a focus, as a range of its points."""
    first, end = 0, len(points)
    for focus in foci:
        far = np.flatnonzero(window.distance(points, focus) > SPIRAL)
        if len(far):
            first, end = max(first, int(far[0]) - 1), min(end, int(far[-1]) + 2)
    return first, max(end, first + 1)


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
            text = axes.annotate(
                str(number), (point.at[0], point.at[1]), (6, 5), textcoords="offset points", size=9, color=INK, zorder=9
            )
            text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    for kind, style in MARKERS.items():
        if any(point.type == kind for point in points):
            yield Line2D([], [], label=kind, **style)
