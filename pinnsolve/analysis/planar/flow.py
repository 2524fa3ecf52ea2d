"""Trajectories of a planar system, solved piece by piece until something happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.field import Field, scattered
from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem, TrainingSettings
from pinnsolve.progress import Snapshot, Step
from pinnsolve.solvers import Solution, solve

Array = NDArray[np.float64]
Until = Callable[[Array], int | None]
"""until(points (n, 2) from the start on) -> index of the point at which to stop, if it has come"""

ROOM = 0.5
"""Trajectories are followed to this share of the window beyond its edge: some of them come back."""
SAMPLES = 48
"""Points a network at which a trajectory is looked at."""
ACCURACY = 1e-7
FIRST, GROWTH, PIECES = 1.0, 2.0, 20
"""Length of the first piece in units of the typical time, of each further one in units of the last, and most pieces."""
REST, STILL = 2e-5, 1e-8
"""A trajectory that moves less than this share of the region in a whole piece, and less than that in the typical time by its
speed at the end, has come to rest; so has one that comes so close to a fixed point."""
FAR = 3e-4
"""It comes to a fixed point only if it was not as close as this share of the region before."""
SLOW = 0.25
"""Most of the region moves faster than this share of its points: at its edge velocities can be very large."""
SECONDS = 3.0
"""Most time for a piece."""


@dataclass
class Path:
    """A trajectory from its start on."""

    times: Array
    """(n,) ascending forward in time, descending backward; from 0."""
    points: Array
    """(n, 2)"""
    end: str
    """``stopped`` as asked for, ``left`` the region, at ``rest``, ``long`` (nothing of it happened), ``failed`` (the solver
    could not go on)."""
    error: float
    """Estimated absolute error of the points, as a share of the window."""
    pieces: list[tuple[float, Solution]] = field(default_factory=list, repr=False)
    """Start time and solution of each piece."""

    def at(self, times: Array) -> Array:
        """(n, 2) the points at times (n,) that the path covers."""
        found = np.repeat(self.points[:1], len(times), axis=0)
        for start, solution in self.pieces:
            later = np.abs(times) > abs(start)
            found[later] = solution(times[later] - start, extrapolate=True)
        return found


class Flow:
    """Solves trajectories of a planar system.

    Parameters
    ----------
    vectors
        The vector field.
    region
        Trajectories are followed as long as they stay in here.
    accuracy
        Relative error of every piece.
    rests
        (m, 2) the fixed points of the region, as far as they are known: a trajectory that comes to one of them has come to
        its end, and is not solved down to the last digit.
    """

    def __init__(self, vectors: Field, region: Window, accuracy: float = ACCURACY, rests: Array | None = None) -> None:
        self.vectors, self.region, self.accuracy = vectors, region, accuracy
        self.rests = np.empty((0, 2)) if rests is None else rests
        self.time = typical_time(vectors, region)

    def follow(
        self, start: Array, sign: int, until: Until | None = None, first: float | None = None, pieces: int = PIECES
    ) -> Path:
        """The trajectory of a point, forward (sign 1) or backward in time (-1).

        Parameters
        ----------
        until
            Looked at after every piece.
        first
            Length of the first piece; by default the typical time.
        pieces
            Most pieces, each `GROWTH` times as long as the last.
        """
        path = Path(np.zeros(1), np.array([start], dtype=np.float64), "long", 0.0)
        length = FIRST * self.time if first is None else first
        for _ in range(pieces):
            solution = self._piece(path.points[-1], sign * length)
            if solution is None:
                path.end = "failed"
                return path
            before = path.points[-1]
            self._add(path, solution)
            out = np.flatnonzero(~self.region.inside(path.points))
            stop = None if until is None else until(path.points)
            if stop is not None and (not len(out) or stop <= out[0]):
                return _cut(path, stop, "stopped")
            if len(out):
                return _cut(path, int(out[0]), "left")
            if self._rests(path):
                path.end = "rest"
                return path
            if abs(solution.reached) < length:
                path.end = "failed"
                return path
            if self._still(before, path.points[-SAMPLES * solution.windows :]):
                path.end = "rest"
                return path
            length *= GROWTH
        return path

    def _still(self, before: Array, points: Array) -> bool:
        """Whether a piece has gone nowhere and is not even on its way, as on a slow manifold."""
        if self.region.distance(points, before).max() > REST:
            return False
        return float(self.region.distance(self.vectors(points[-1:])[0], np.zeros(2))) * self.time < STILL

    def _rests(self, path: Path) -> bool:
        """Whether a trajectory has come to a fixed point that it did not start at."""
        start, end = (self.region.distance(self.rests, point) for point in (path.points[0], path.points[-1]))
        return bool(((end < REST) & (start > FAR)).any())

    def _piece(self, start: Array, length: float) -> Solution | None:
        problem = Problem(
            system=self.vectors.system,
            initial=start.tolist(),
            time=(0.0, length),
            accuracy=self.accuracy,
            training=TrainingSettings(time_limit=SECONDS),
        )
        far = self.region.distance(self.rests, start) > FAR
        solution = solve(problem, progress=_Ending(self.region, self.rests[far]))
        return None if solution.network is None else solution

    def _add(self, path: Path, solution: Solution) -> None:
        times = times_along(solution, SAMPLES)
        points = solution(times, extrapolate=True)
        path.pieces.append((float(path.times[-1]), solution))
        path.times = np.concatenate([path.times, path.times[-1] + times])
        path.points = np.concatenate([path.points, points])
        error = solution.error_values[-1] if len(solution.error_values) else np.full(2, np.inf)
        path.error += float(np.hypot(*(error / self.region.size)))


class _Ending:
    """Ends a solve whose trajectory has left a region or has come to a fixed point."""

    def __init__(self, region: Window, rests: Array) -> None:
        self.region, self.rests = region, rests

    def update(self, step: Step, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Look at where the last window has ended."""
        at = snapshot()["march"]["y"]
        if not self.region.inside(at) or (self.region.distance(self.rests, at) < REST).any():
            raise Interrupted


def times_along(solution: Solution, count: int) -> Array:
    """(windows · count,) times after the start, by networks: jumps of a stiff problem take no time, but have networks."""
    edges = solution.window_edges
    inner = (np.arange(count) + 1.0) / count
    found: Array = (edges[:-1, None] + np.diff(edges)[:, None] * inner).ravel()
    return found


def typical_time(vectors: Field, region: Window) -> float:
    """The time in which a point that is slower than most crosses a region."""
    speed = np.hypot(*(vectors(scattered(region, 15)) / region.size).T)
    speed = speed[np.isfinite(speed) & (speed > 0)]
    return float(1.0 / np.quantile(speed, SLOW)) if len(speed) else 1.0


def _cut(path: Path, stop: int, end: str) -> Path:
    path.times, path.points, path.end = path.times[: stop + 1], path.points[: stop + 1], end
    return path
