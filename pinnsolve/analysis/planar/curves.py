"""The curves on which a function of the plane is zero."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray

from pinnsolve.analysis.planar.window import Window

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Function = Callable[[Array], tuple[Array, Array]]
"""function(points (n, 2)) -> values (n,), gradients (n, 2)"""

CELLS = 240
"""Cells of the grid a side: branches closer than the window divided by this may be joined or missed."""
STEPS = 12
"""Newton steps that bring the vertices of the grid's contour onto the curve."""
MOVED = 1.5
"""A vertex that moves further than so many cells is not on a curve: it stands at a pole or at a jump."""
ON_CURVE = 1e-9
"""Last Newton step of a vertex on the curve, as a share of the window."""
STRAIGHT, SPACING = 1e-4, 1 / 60
"""A vertex that lies closer than this to the line through its neighbours is left out, unless they are that far apart."""

SHORTEST = 0.5 / CELLS
"""Of a curve, as a share of the window."""


def trace(function: Function, window: Window) -> list[Array]:
    """The curves of zeros in a window, each as a polyline (m, 2) with m >= 2 whose vertices lie on it.

    A sign change across a pole or a jump is no zero. Zeros without a change of sign are not found.
    """
    step = window.size / CELLS
    x, y = np.linspace(window.low - step, window.high + step, CELLS + 3).T
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    values = function(grid.reshape(-1, 2))[0].reshape(grid.shape[:2])
    curves: list[Array] = []
    for line in contour_generator(x, y, np.ma.masked_invalid(values)).lines(0.0):
        points, good = _polished(function, np.asarray(line), window)
        for piece in _runs(points, good):
            curves += [_thinned(part + 0.0, window) for part in _clipped(function, piece, window)]  # no vertex at -0.0
    return [curve for curve in curves if window.distance(curve[1:], curve[:-1]).sum() > SHORTEST]


def near_line(line: Array, point: Array, window: Window) -> float:
    """How close a polyline (n, 2) comes to a point, as a share of the window."""
    a, b, at = line[:-1] / window.size, line[1:] / window.size, point / window.size
    way = b - a
    along = np.clip(((at - a) * way).sum(axis=1) / np.maximum((way**2).sum(axis=1), 1e-300), 0.0, 1.0)
    return float(np.hypot(*(a + along[:, None] * way - at).T).min())


def _polished(function: Function, points: Array, window: Window) -> tuple[Array, Flags]:
    """The points moved onto the curve, and which of them are on it."""
    size = window.size
    at = points.copy()
    last = np.full(len(points), np.inf)
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            value, gradient = function(at)
            slope = gradient * size
            length = (slope**2).sum(axis=1)
            move = np.where((value == 0)[:, None], 0.0, (value / length)[:, None] * slope)
            usable: Flags = np.all(np.isfinite(move), axis=1)
            at = np.where(usable[:, None], at - move * size, at)
            last = np.where(usable, np.hypot(*move.T), np.inf)
    good = (last <= ON_CURVE) & (window.distance(at, points) <= MOVED / CELLS)
    # Where two branches cross, Newton's method halves the distance only: there the vertex stays, unless it is no zero.
    crossing = ~good & (last <= 0.01 / CELLS) & (window.distance(at, points) <= MOVED / CELLS)
    return at, good | crossing


def _runs(points: Array, good: Flags) -> list[Array]:
    """The pieces of a polyline whose vertices are all good. A closed polyline is opened where it has a bad one."""
    if good.all():
        return [points]
    if np.array_equal(points[0], points[-1]) and len(points) > 1:
        first = int(np.argmin(good))
        points, good = np.roll(points[:-1], -first, axis=0), np.roll(good[:-1], -first)
    return [points[a:b] for a, b in stretches(good) if b - a >= 2]


def stretches(flags: Flags) -> list[tuple[int, int]]:
    """First index and end of each run of flags (n,) that are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _clipped(function: Function, points: Array, window: Window) -> list[Array]:
    """The pieces of a polyline inside the window, each ending on its edge where it leaves."""
    inside = window.inside(points)
    if inside.all():
        return [points]
    pieces: list[Array] = []
    for a, b in stretches(inside):
        before = [_at_edge(function, points[a], points[a - 1], window)] if a > 0 else []
        after = [_at_edge(function, points[b - 1], points[b], window)] if b < len(points) else []
        piece = np.array([*before, *points[a:b], *after])
        if len(piece) >= 2:
            pieces.append(piece)
    return pieces


def _at_edge(function: Function, inner: Array, outer: Array, window: Window) -> Array:
    """Where the curve meets the edge between a vertex inside and the next one outside."""
    way = outer - inner
    with np.errstate(all="ignore"):
        shares = np.concatenate([(window.low - inner) / way, (window.high - inner) / way])
    shares = np.where(np.isfinite(shares) & (shares >= -1e-6), np.maximum(shares, 0.0), np.inf)
    first = int(np.argmin(shares))
    along = 1 - first % 2  # the coordinate that is free on this edge
    at: Array = np.clip(inner + min(shares[first], 1.0) * way, window.low, window.high)
    for _ in range(4):
        value, gradient = function(at[None])
        with np.errstate(all="ignore"):
            step = value[0] / gradient[0, along]
        if not abs(step) < window.size[along] / CELLS:
            break
        at[along] -= step
    return np.clip(at, window.low, window.high)


def _thinned(points: Array, window: Window) -> Array:
    """The polyline without vertices that nobody would miss."""
    scaled = points / window.size
    keep = [0]
    for i in range(1, len(points) - 1):
        start, middle, end = scaled[keep[-1]], scaled[keep[-1] + 1 : i + 1], scaled[i + 1]
        way = end - start
        length = np.hypot(*way)
        away = np.abs(way[0] * (middle[:, 1] - start[1]) - way[1] * (middle[:, 0] - start[0])).max()
        if length > SPACING or away > STRAIGHT * length or length == 0:
            keep.append(i)
    keep.append(len(points) - 1)
    return points[keep]
