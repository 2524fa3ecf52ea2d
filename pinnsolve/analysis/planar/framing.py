"""Which part of the plane a portrait shows, where the user does not say.

The problem's own trajectory comes first. Fixed points close to it are taken in, the nearest first, as long as the window
does not grow to more than `WIDEST` times its size and until there are `ENOUGH`. Then comes a margin, and round numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.fixed_points import find_zeros
from pinnsolve.analysis.planar.flow import times_along
from pinnsolve.analysis.planar.window import Window
from pinnsolve.problem import Problem, TrainingSettings
from pinnsolve.solvers import Solution, solve

Array = NDArray[np.float64]

ENOUGH, WIDEST = 6, 4.0
LIKE = 0.1
MARGIN = 0.15
FLAT = 0.05
"""An extent below this share of the other one, in units of the typical size, is no extent."""
TINY = 1e-300
FURTHER = 20.0
"""A trajectory runs away if it comes so many times further from its start than that is from zero."""
FAR = 4.0
"""Of a trajectory that runs away, what lies further out than so many times its usual distance from the start is let go."""
ACCURACY, SECONDS, SAMPLES = 1e-5, 10.0, 96


def own_path(problem: Problem) -> Array:
    """(n, k) the trajectory of an initial value problem, solved as accurately as a picture needs."""
    settings = TrainingSettings(time_limit=SECONDS)
    return path_of(solve(Problem(problem.system, problem.initial, problem.time, accuracy=ACCURACY, training=settings)))


def problem_of(solution: Solution) -> Problem:
    """The initial value problem that a solution solves, with the parameters that a fit has found."""
    return solution.problem if solution.network is None else solution.as_initial_value_problem()


def path_of(solution: Solution) -> Array:
    """(n, k) points along a solution; of one that runs away only the beginning."""
    if solution.network is None:
        return np.array([solution.problem.initial or (0.0,) * len(solution.states)])
    times = np.concatenate([solution.window_edges[:1], times_along(solution, SAMPLES)])
    points = solution(times, extrapolate=True)  # the last edge may be off by a rounding
    good = np.isfinite(points).all(axis=1)
    points, times = points[good], times[good]
    while _runs_away(points, times) or solution.status == "diverged":
        away = np.abs(points - points[0]).max(axis=1)
        far = np.flatnonzero(away > FAR * np.median(away))
        if not len(far):
            break
        points, times = points[: int(far[0])], times[: int(far[0])]
    return points


def _runs_away(points: Array, times: Array) -> bool:
    """Whether a trajectory is furthest from its start at its end, very far, and fastest there too."""
    away = np.abs(points - points[0]).max(axis=1)
    speed = np.abs(np.diff(points, axis=0)).max(axis=1) / np.maximum(np.abs(np.diff(times)), TINY)
    far = away[-1] > FURTHER * (np.abs(points[0]).max() or 1.0)
    return len(points) > 2 and bool(far and away[-1] >= away.max() and speed[-1] >= 0.99 * speed.max())


def frame(field: Field, path: Array) -> Window:
    """A window for the portrait of a planar system whose own trajectory is `path` (n, 2)."""
    low, high = path.min(axis=0), path.max(axis=0)
    low, high = _opened(low, high)
    size = high - low
    if size.min() > LIKE * size.max():  # states of like size are measured by the same rule
        size = np.maximum(size, size.max() / 2)
    search = Window.around(low - WIDEST * size, high + WIDEST * size)
    points = find_zeros(field, search).points
    beyond = np.maximum(np.maximum(low - points, points - high), 0.0) / size
    for point in points[np.argsort(np.hypot(*beyond.T), kind="stable")][:ENOUGH]:
        wider = np.minimum(low, point), np.maximum(high, point)
        if ((wider[1] - wider[0]) <= WIDEST * size).all():
            low, high = wider
    return rounded(_with_margin(low, high, MARGIN))


def widened(window: Window, points: Array) -> Window:
    """A window that shows the points (n, 2) as well, with a margin; the same one if it does already."""
    if window.inside(points).all():
        return window
    low, high = np.minimum(window.low, points.min(axis=0)), np.maximum(window.high, points.max(axis=0))
    return rounded(_with_margin(low, high, MARGIN / 2))


def _with_margin(low: Array, high: Array, share: float) -> Window:
    """The window around two corners; below zero a state that is never negative gets a third of the margin."""
    wide = Window.around(low, high).grown(share)
    zero = (low >= -1e-6 * (high - low)) & (wide.low < 0)
    return Window.around(np.where(zero, np.maximum(wide.low, -share / 3 * (high - low)), wide.low), wide.high)


def _opened(low: Array, high: Array) -> tuple[Array, Array]:
    """Corners with some room between them: what does not move gets the room of the other state, or of its own size."""
    size = high - low
    typical = np.where(np.maximum(np.abs(low), np.abs(high)) > 0, np.maximum(np.abs(low), np.abs(high)), 1.0)
    still = size < FLAT * typical
    room = typical if still.all() else np.where(still, np.maximum(size.max(), FLAT * typical), size)
    middle = (low + high) / 2
    return middle - room / 2, middle + room / 2


def rounded(window: Window) -> Window:
    """The window with edges at round numbers, none of them further in."""
    unit = 10.0 ** np.floor(np.log10(window.size)) / 10
    places = np.round(-np.log10(unit)).astype(int)
    low, high = np.floor(window.low / unit + 1e-9) * unit, np.ceil(window.high / unit - 1e-9) * unit
    # Rounding once more makes 3*0.1 the number that is written 0.3.
    corners = [
        [round(value, n) + 0.0 for value, n in zip(edge, places.tolist(), strict=True)] for edge in (low.tolist(), high.tolist())
    ]
    return Window.around(np.array(corners[0]), np.array(corners[1]))
