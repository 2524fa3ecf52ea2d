"""All fixed points of a planar system in a window.

For equations the search is complete: interval arithmetic proves which boxes have none, and one each in the others. A Python
function cannot be bounded, so there Newton's method is started from a grid, and what it finds is checked against the
Poincaré index of the window: the turns of the vector field along the edge are the sum of the indices inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from pinnsolve.analysis.planar.boxes import isolate
from pinnsolve.analysis.planar.curves import Function, near_line, stretches, trace
from pinnsolve.analysis.planar.equations import equations_of
from pinnsolve.analysis.planar.field import Field, vanishing
from pinnsolve.analysis.planar.nullclines import scalar
from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import Expression, number
from pinnsolve.expressions.factors import factors

Array = NDArray[np.float64]
Pair = Callable[[Array], tuple[Array, Array]]
"""pair(points (n, 2)) -> values (n, 2), Jacobians (n, 2, 2)"""

SAME = 1e-6
"""Two zeros closer than this share of the window are one."""
ZERO = 1e-11
"""A zero leaves at most this share of the usual size of the equations."""
ON_LINE = 1e-4
"""A point closer to a line of fixed points than this share of the window lies on it."""
BESIDE = 1e-8
"""How far from a zero the functions must still be small, as a share of the window."""
PIXELS = 256
"""Undecided boxes are gathered on a grid of this many cells a side."""
SAMPLED, CONTINUUM = 300, 12
"""Zeros looked for in a heap of undecided boxes, and how many make it a continuum."""
GRID, EDGE_POINTS = 41, 4000
STEPS, DIGITS = 60, (4, 6, 8, 10)


@dataclass(frozen=True)
class Zeros:
    """The zeros of a vector field in a window."""

    points: Array
    """(m, 2) the isolated ones."""
    sharp: NDArray[np.bool_]
    """(m,) which of them are known to rounding; a degenerate one may only be known to half of the digits."""
    lines: tuple[Array, ...]
    """Polylines (r, 2) of zeros that are not isolated."""
    complete: bool
    """Whether there are certainly no others."""
    everywhere: bool = False
    """Whether every point is one."""


def find_zeros(field: Field, window: Window) -> Zeros:
    """The fixed points of a planar system in a window; the edge belongs to it."""
    equations = equations_of(field.system)
    if equations is None:
        return _by_newton(field, window)
    return _by_intervals(field, equations, window)


def _by_intervals(field: Field, equations: Sequence[Expression], window: Window) -> Zeros:
    states = field.system.states
    equations = [number(0) if still else equation for equation, still in zip(equations, vanishing(field, window), strict=True)]
    if all(equation.value == 0 for equation in equations):
        return Zeros(np.empty((0, 2)), np.empty(0, dtype=bool), (), complete=True, everywhere=True)
    # a = 0 and b = 0 for every factor of the first and of the second equation: simpler, so the bounds are tighter, and
    # a factor that both have is a line of fixed points.
    first, second = ((None,) if equation.value == 0 else factors(equation) for equation in equations)
    common: dict[Expression, None] = {}
    found: list[tuple[Array, bool]] = []
    lines: list[Array] = []
    for a, b in product(first, second):
        if a is None or b is None or a == b:
            common.update(dict.fromkeys(e for e in (a, b) if e is not None))
            continue
        points, strip = _of_pair((a, b), states, window)
        found += points
        lines += strip
    curves = [scalar(factor, states) for factor in common]
    lines += [line for curve in curves for line in trace(curve, window)]
    kept = [
        (point, sharp)
        for point, sharp in found
        if _finite(field, point) and not _on_curve(curves, point, window) and not _on_line(lines, point, window)
    ]
    return Zeros(*_distinct(kept, window), tuple(lines), complete=True)


def _of_pair(
    pair: tuple[Expression, Expression], states: Sequence[str], window: Window
) -> tuple[list[tuple[Array, bool]], list[Array]]:
    """The isolated common zeros of two expressions, whether each is known to rounding, and lines of such zeros."""
    boxes = isolate(pair, states, window)
    functions = [scalar(expression, states) for expression in pair]

    def both(points: Array) -> tuple[Array, Array]:
        values, slopes = zip(*(function(points) for function in functions), strict=True)
        return np.stack(values, axis=1), np.stack(slopes, axis=1)

    proven = newton(both, boxes.proven, window) if len(boxes.proven) else boxes.proven
    found = [(point, True) for point in proven if window.inside(point)]
    lines: list[Array] = []
    for heap in _heaps(boxes.undecided, window):
        points = _settled(both, heap, window)
        if len(points) < CONTINUUM:
            found += [(point, False) for point in points]
        elif not lines:
            lines += _shared(functions, window)
    return found, lines


def newton(pair: Pair, points: Array, window: Window, steps: int = 8) -> Array:
    """A few Newton steps from points that are close to regular zeros already: (n, 2) -> (n, 2)."""
    at = points.copy()
    with np.errstate(all="ignore"):
        for _ in range(steps):
            value, jacobian = pair(at)
            move = _solved(jacobian, value)
            usable = np.isfinite(move).all(axis=1) & (window.distance(move, np.zeros(2)) < 0.3)
            at = np.where(usable[:, None], at - move, at)
    return at + 0.0


def _solved(jacobian: Array, value: Array) -> Array:
    """J⁻¹ f for many 2x2 systems; not finite where J is singular."""
    (a, b), (c, d) = jacobian[:, 0].T, jacobian[:, 1].T
    determinant = a * d - b * c
    rows = np.stack([d * value[:, 0] - b * value[:, 1], a * value[:, 1] - c * value[:, 0]], axis=1)
    found: Array = rows / determinant[:, None]
    return found


def _heaps(boxes: Array, window: Window) -> list[Array]:
    """Undecided boxes (r, 2, 2) that touch each other: the middles (s, 2) of each heap."""
    if not len(boxes):
        return []
    corners = np.clip((boxes - window.low) / window.size * PIXELS, 0, PIXELS - 1).astype(int)
    picture = np.zeros((PIXELS, PIXELS), dtype=bool)
    for (left, bottom), (right, top) in corners:
        picture[left : right + 1, bottom : top + 1] = True
    numbers, count = label(picture, structure=np.ones((3, 3)))
    heap = numbers[tuple(corners[:, 0].T)]
    middles = boxes.mean(axis=1)
    return [middles[heap == number + 1] for number in range(count)]


def _settled(pair: Pair, heap: Array, window: Window) -> Array:
    """The different zeros (m, 2) that are found from the middles of a heap of boxes; one if they are one degenerate zero."""
    starts = heap[:: max(1, len(heap) // SAMPLED)]
    at = starts
    for _ in range(STEPS):  # half of every step where the Jacobian is singular in the limit; there this is enough
        value, jacobian = pair(at)
        with np.errstate(all="ignore"):
            move = _least_squares(jacobian * window.size, value) * window.size
        good = np.isfinite(move).all(axis=1) & (window.distance(move, np.zeros(2)) < 0.01)
        at = np.where(good[:, None], at - move, at)
    scale = _usual(pair, window)
    apart = _apart(at, window)[: CONTINUUM + 1]
    points = np.array([_rounded(pair, _sharpened(pair, point, window), window) for point in apart])
    near = window.distance(points[:, None], heap[None]).min(axis=1) < 1e-3
    keep = (np.abs(pair(points)[0]) <= ZERO * scale).all(axis=1) & near & window.inside(points)
    return points[keep & _continuous(pair, points, scale, window)]


def _continuous(pair: Pair, points: Array, scale: Array, window: Window) -> NDArray[np.bool_]:
    """(n,) whether the functions are small all around a zero: next to a pole they can be zero as well, but not for long."""
    around = np.array([[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)]) * BESIDE * window.size
    values = pair((points[:, None] + around).reshape(-1, 2))[0].reshape(len(points), 9, 2)
    return np.all(~(np.abs(values) > 0.1 * scale), axis=(1, 2))


def _least_squares(jacobian: Array, value: Array) -> Array:
    """The shortest step that a singular or regular Jacobian allows: J⁺ f for many points, with what is tiny left alone."""
    good = np.all(np.isfinite(jacobian), axis=(1, 2)) & np.all(np.isfinite(value), axis=1)
    inverse = np.linalg.pinv(np.where(good[:, None, None], jacobian, 0.0), rcond=1e-13)
    found: Array = np.where(good[:, None], np.einsum("nij,nj->ni", inverse, np.where(good[:, None], value, 0.0)), np.nan)
    return found


def _usual(pair: Pair, window: Window) -> Array:
    """(2,) the usual size of both components in the window."""
    sizes = np.abs(pair(window.grid(12, 12))[0])
    return np.array([np.median(column[np.isfinite(column)]) if np.isfinite(column).any() else 0.0 for column in sizes.T])


def _sharpened(pair: Pair, point: Array, window: Window) -> Array:
    """A degenerate zero more exactly: the zero of f and det J together, by Gauss–Newton.

    A double zero of f alone is only determined to half of the digits; the determinant vanishes there simply.
    """

    def extended(points: Array) -> Array:
        value, jacobian = pair(points)
        slopes = jacobian * window.size
        return np.column_stack([value, np.linalg.det(np.nan_to_num(slopes))])

    at = point
    h = 1e-5 * window.size
    offsets = np.array([[h[0], 0.0], [-h[0], 0.0], [0.0, h[1]], [0.0, -h[1]]])
    for _ in range(8):
        around = extended(np.concatenate([at[None], at + offsets]))
        slope = np.column_stack([(around[1] - around[2]) / 2, (around[3] - around[4]) / 2]) / 1e-5
        if not np.isfinite(slope).all():
            break
        move = np.linalg.lstsq(slope, around[0], rcond=1e-10)[0]
        if np.hypot(*move) > 1e-3:
            break
        at = at - move * window.size
    better = np.abs(pair(at[None])[0]).max() <= np.abs(pair(point[None])[0]).max()
    return at if better else point


def _rounded(pair: Pair, point: Array, window: Window) -> Array:
    """The point with few digits, if the equations hold there at least as well."""
    residual = np.abs(pair(point[None])[0]).max()
    for digits in DIGITS:
        unit = 10.0 ** (np.ceil(np.log10(window.size)) - digits)
        short = np.round(point / unit) * unit
        if window.distance(short, point) < 1e-5 and np.abs(pair(short[None])[0]).max() <= residual:
            return short + 0.0
    return point


def _apart(points: Array, window: Window) -> Array:
    """The points without those that are the same as an earlier one."""
    kept: list[Array] = []
    for point in points:
        if not kept or window.distance(np.array(kept), point).min() > 10 * SAME:
            kept.append(point)
        if len(kept) > 2 * CONTINUUM:
            break
    return np.array(kept).reshape(-1, 2)


def _shared(functions: Sequence[Function], window: Window) -> list[Array]:
    """The pieces of the curves of the first function on which the second one is zero as well."""
    lines = []
    for curve in trace(functions[0], window):
        value, slope = functions[1](curve)
        zero = np.abs(value) <= 1e-8 * np.hypot(*(slope * window.size).T)
        lines += [curve[a:b] for a, b in stretches(zero) if b - a >= 2]
    return lines


def _finite(field: Field, point: Array) -> bool:
    return bool(np.isfinite(field(point[None])).all())


def _on_curve(curves: Sequence[Function], point: Array, window: Window) -> bool:
    """Whether a point lies on one of the lines of fixed points."""
    for curve in curves:
        value, slope = curve(point[None])
        if abs(value[0]) <= 1e-9 * np.hypot(*(slope[0] * window.size)):
            return True
    return False


def _on_line(lines: Sequence[Array], point: Array, window: Window) -> bool:
    return any(near_line(line, point, window) < ON_LINE for line in lines)


def _distinct(found: Sequence[tuple[Array, bool]], window: Window) -> tuple[Array, NDArray[np.bool_]]:
    """Every zero once, from left to right; of two that are the same the one that is known better."""
    points: list[Array] = []
    sharp: list[bool] = []
    for point, good in sorted(found, key=lambda entry: not entry[1]):
        if not points or window.distance(np.array(points), point).min() > SAME:
            points.append(point)
            sharp.append(good)
    order = sorted(range(len(points)), key=lambda i: (round(points[i][0], 9), points[i][1]))
    return np.array([points[i] for i in order]).reshape(-1, 2), np.array([sharp[i] for i in order], dtype=bool)


def _by_newton(field: Field, window: Window) -> Zeros:
    """Newton's method from the points of a grid; a finer one where the index says that something is missing."""
    turns = index(field, window)
    scale = _usual(field.jacobian, window)
    zeros = Zeros(np.empty((0, 2)), np.empty(0, dtype=bool), (), complete=False, everywhere=all(vanishing(field, window)))
    for cells in (GRID, 2 * GRID):
        at = newton(field.jacobian, window.grid(cells, cells), window, steps=25)
        good = (np.abs(field(at)) <= 1e-9 * scale).all(axis=1) & window.inside(at)
        points = _apart(at[good], window)
        if len(points) > 2 * CONTINUUM:
            return Zeros(np.empty((0, 2)), zeros.sharp, (points,), complete=False, everywhere=zeros.everywhere)
        points = np.array([_rounded(field.jacobian, point, window) for point in points]).reshape(-1, 2)
        slopes = field.jacobian(points)[1] if len(points) else np.empty((0, 2, 2))
        determinants = np.linalg.det(slopes * window.size / window.size[:, None])
        sharp = np.abs(determinants) > 1e-6 * (slopes**2).sum(axis=(1, 2))
        complete = turns is not None and turns == np.sign(determinants).sum()
        zeros = Zeros(*_distinct(list(zip(points, sharp.tolist(), strict=True)), window), (), bool(complete))
        if complete:
            break
    return zeros


def index(field: Field, window: Window, centre: Array | None = None, radius: float = 0.0) -> int | None:
    """The Poincaré index of the edge of a window, or of a circle around `centre`: how often the vector field turns along it.

    None where the field is zero or not defined on it.

    Parameters
    ----------
    radius
        Of the circle, as a share of the window.
    """
    turn = np.linspace(0.0, 1.0, EDGE_POINTS + 1)
    if centre is None:
        square = np.stack([np.interp(turn, [0, 0.25, 0.5, 0.75, 1], ends) for ends in ([0, 1, 1, 0, 0], [0, 0, 1, 1, 0])], axis=1)
        wide = window.grown(1e-3)
        points = wide.low + square * wide.size
    else:
        points = centre + radius * np.stack([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)], axis=1) * window.size
    u, v = field(points).T
    angle = np.arctan2(v, u)
    steps = np.diff(angle)
    steps = (steps + np.pi) % (2 * np.pi) - np.pi
    if not np.isfinite(angle).all() or (np.hypot(u, v) == 0).any() or np.abs(steps).max() > 2.0:
        return None
    return int(np.rint(steps.sum() / (2 * np.pi)))
