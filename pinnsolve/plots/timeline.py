"""The time axis that the figures share: where a solution is looked at, how time is drawn, windows, where it stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from pinnsolve.plots.style import FAINT, MUTED, decades, number
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

POINTS, INSIDE, MOST = 4000, 32, 100_000
"""Points a line that are looked at, at least so many a window, but never more than the last number."""
COLUMNS = 1000
"""A line is drawn by at most four points for each of so many columns of the figure."""
SHADED, TICKED = 40, 150
"""Up to so many windows are shaded alternately; of more, at most so many are marked by a tick."""
DECADES, EARLY, MOVED = 4, 0.02, 0.5
"""Time is logarithmic if the windows reach over so many decades, and half of the states make more than the last share of
their movement in the first 2 %."""
GAP = 0.03
"""A line is broken where its points leave out more than this share of the axis."""
TICK: dict[str, Any] = {"linestyle": "none", "marker": "|", "color": MUTED, "markersize": 7, "markeredgewidth": 0.5}


@dataclass(frozen=True)
class Timeline:
    """Time as the figures of one solution draw it."""

    start: float
    reached: float
    end: float
    logarithmic: bool
    first: float
    """Smallest time since the start that a logarithmic axis shows."""

    @classmethod
    def of(cls, solution: Solution) -> Timeline:
        """The axis for a solution: logarithmic where windows and values say that everything happens at the beginning."""
        start, end = solution.interval
        elapsed = np.abs(solution.window_edges[1:] - start)
        logarithmic = bool(elapsed[-1] > 10**DECADES * elapsed[0]) and moves_early(solution)
        return cls(start, solution.reached, end, logarithmic, 0.01 * float(elapsed[0]))

    @property
    def complete(self) -> bool:
        """Whether the solution covers the whole interval."""
        return self.reached == self.end

    def x(self, t: Array) -> Array:
        """Where times are drawn: (n,) -> (n,)."""
        return np.maximum(np.abs(t - self.start), self.first) if self.logarithmic else np.asarray(t)

    def position(self, t: Array) -> Array:
        """Distance along the axis as it looks, in any unit: (n,) -> (n,)."""
        return np.log10(self.x(t)) if self.logarithmic else np.asarray(t)

    def drawn(self, position: Array) -> Array:
        """`x` of a position: (n,) -> (n,)."""
        return np.asarray(10.0**position) if self.logarithmic else position

    def time(self, position: Array) -> Array:
        """The time of a position: (n,) -> (n,)."""
        sign = math.copysign(1.0, self.end - self.start)
        return self.start + sign * self.drawn(position) if self.logarithmic else position

    def broken(self, t: Array, values: Array) -> tuple[Array, Array]:
        """Line through points (n,), (n, ...), where they are sparse with a NaN between them instead of a guess."""
        position = self.position(t)
        wide = abs(self.position(np.array([self.start, self.reached])) @ [-1.0, 1.0])
        gaps = np.flatnonzero(np.abs(np.diff(position)) > GAP * wide) + 1
        return np.insert(self.x(t), gaps, np.nan), np.insert(values, gaps, np.nan, axis=0)

    @property
    def label(self) -> str:
        """What the axis says below it."""
        backward = self.end < self.start
        if not self.logarithmic:
            return "$t$"
        if self.start == 0:
            return "$-t$" if backward else "$t$"
        start = number(abs(self.start), 6)
        if backward:
            return f"{start} $-\\ t$" if self.start > 0 else f"$-t\\ -$ {start}"
        return f"$t\\ -$ {start}" if self.start > 0 else f"$t\\ +$ {start}"

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis. Of a long rest that was not reached only a piece is shown."""
        covered, rest = abs(self.reached - self.start), abs(self.end - self.reached)
        if self.logarithmic:
            return self.first, min(covered + rest, 4 * covered) * 1.1
        shown = covered + min(rest, 0.15 * covered)
        far = self.start + math.copysign(shown, self.end - self.start)
        margin = 0.015 * shown
        return min(self.start, far) - margin, max(self.start, far) + margin

    @property
    def notes(self) -> list[str]:
        """What the heading says about the time covered."""
        if self.complete:
            return []
        interval = f"[{number(self.start, 6)}, {number(self.end, 6)}]"
        return [f"Covers t from {number(self.start, 6)} to {number(self.reached, 6)} of {interval}."]

    def prepare(self, axes: Axes, *, named: bool = True) -> None:
        """Give axes this time axis, and hatch what the solution does not cover."""
        if self.logarithmic:
            axes.set_xscale("log")
            decades(axes.xaxis)
        axes.set_xlim(*self.limits)
        if named:
            axes.set_xlabel(self.label)
            axes.tick_params(labelbottom=True)  # also above an empty place of the grid
        if not self.complete:
            stop = float(self.x(np.array([self.reached]))[0])
            low, high = self.limits
            backward = not self.logarithmic and self.end < self.start
            span = (low, stop) if backward else (stop, high)
            axes.axvspan(*span, facecolor="none", edgecolor=FAINT, hatch="////", linewidth=0, zorder=0.5)
            axes.axvline(stop, color=MUTED, linewidth=1.0, linestyle=(0, (6, 2)), zorder=2.5)

    def stop_handle(self) -> list[Artist]:
        """Legend entry for what `prepare` hatches: one, or none."""
        if self.complete:
            return []
        patch = Patch(facecolor="none", edgecolor=FAINT, hatch="////", label=f"stopped at t = {number(self.reached, 5)}")
        return [patch]

    def times(self, solution: Solution) -> Array:
        """(n,) times at which a line is looked at: enough in every window, however short it is."""
        edges = solution.window_edges
        count = len(edges) - 1
        inside = max(2, min(max(POINTS // count, INSIDE), MOST // count))
        times = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(inside) / inside)
        if self.logarithmic:
            sign = math.copysign(1.0, self.end - self.start)
            times[0] = self.start + sign * np.geomspace(self.first, abs(edges[1] - self.start), inside + 1)[:-1]
        return self.clipped(np.append(times.ravel(), edges[-1]))

    def usual(self, solution: Solution) -> Array:
        """(k,) median absolute value of the states along the axis, whatever they do at a singularity at its end."""
        first, last = self.position(np.array([self.start, self.reached])).tolist()
        times = self.clipped(self.time(np.linspace(first, last, 500)[1:-1]))
        return np.asarray(np.median(np.abs(solution(times)), axis=0))

    def clipped(self, times: Array) -> Array:
        """Times brought back into what the solution covers, where rounding left it."""
        return np.clip(times, min(self.start, self.reached), max(self.start, self.reached))

    def thinned(self, t: Array, values: Array, columns: int = COLUMNS) -> NDArray[np.intp]:
        """Indices of points that draw the same line: first, last, smallest and largest of every column of the figure.

        Jugel, Jerzak, Hackenbroich and Markl (2014), "M4: a visualization-oriented time series data aggregation".
        """
        if len(t) <= 2 * columns:
            return np.arange(len(t))
        column = self._columns(t, columns)
        order = np.lexsort((values, column))  # columns in turn, each from its smallest value to its largest
        ends = np.flatnonzero(np.diff(column[order], prepend=-1, append=columns + 1))
        outer = np.flatnonzero(np.diff(column, prepend=-1, append=columns + 1))
        extremes = np.concatenate([order[ends[:-1]], order[ends[1:] - 1]])
        return np.unique(np.concatenate([extremes, outer[:-1], outer[1:] - 1]))

    def envelope(self, t: Array, values: Array, columns: int) -> tuple[Array, Array]:
        """Position and largest value of every column of the figure with a point: (n,), (n, k) -> (c,), (c, k).

        Values that are not finite are left out.
        """
        order = np.argsort(self.position(t), kind="stable")
        column = self._columns(t, columns)[order]
        begin = np.flatnonzero(np.diff(column, prepend=-1))
        middle = np.add.reduceat(self.position(t)[order], begin) / np.diff(np.append(begin, len(t)))
        finite = np.where(np.isfinite(values), values, np.nan)
        return middle, np.fmax.reduceat(finite[order], begin, axis=0)

    def _columns(self, t: Array, columns: int) -> NDArray[np.intp]:
        position = self.position(t)
        low, high = float(position.min()), float(position.max())
        return np.minimum((position - low) / (high - low or 1.0) * columns, columns - 1).astype(np.intp)

    def mark_windows(self, axes: Axes, edges: Array) -> list[Artist]:
        """Show where the windows lie, few by shading, many by ticks along the bottom; returns their legend entry."""
        count = len(edges) - 1
        x = self.x(edges)
        if count < 2:
            return []
        if count <= SHADED:
            spans = [(min(a, b), abs(b - a)) for a, b in zip(x[:-1:2], x[1::2], strict=False)]
            axes.broken_barh(spans, (0, 1), transform=axes.get_xaxis_transform(), facecolor="#f0f0f0", zorder=0.3)
            return [Patch(facecolor="#f0f0f0", edgecolor=FAINT, linewidth=0.5, label="every other window")]
        stride = next(n for n in _strides() if count / n <= TICKED)
        across = axes.get_xaxis_transform()
        axes.plot(x[::stride], np.zeros(len(x[::stride])), transform=across, clip_on=False, zorder=1, **TICK)
        meaning = "window" if stride == 1 else f"{stride} windows"
        return [Line2D([], [], **TICK, label=meaning)]


def moves_early(solution: Solution) -> bool:
    """Whether most states make most of their movement at the very beginning of the interval."""
    edges = solution.window_edges
    inside = int(np.clip(POINTS // (len(edges) - 1), 2, 16))
    times = (edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(inside) / inside)).ravel()
    steps = np.abs(np.diff(solution(times), axis=0))
    early = np.abs(times[1:] - edges[0]) <= EARLY * abs(edges[-1] - edges[0])
    moved = steps[early].sum(axis=0) > MOVED * steps.sum(axis=0)
    return bool(2 * moved.sum() >= len(moved))


def _strides() -> Iterator[int]:
    """The numbers 1, 2, 5, 10, 20, 50 and so on."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def in_pieces(function: Callable[[Array], Array], times: Array, size: int = 20_000) -> Array:
    """Evaluate at many times without holding the derivatives of all of them at once: (n,) -> (n, k)."""
    return np.concatenate([function(times[i : i + size]) for i in range(0, len(times), size)])
