"""The history of a training: how the residual fell, or how the windows marched through time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from pinnsolve.plots.residual import FLOOR, STRETCHES, draw_states, keep_decades
from pinnsolve.plots.style import INK, MUTED, drawing, legend, message_sheet, number, sheet
from pinnsolve.plots.timeline import Timeline
from pinnsolve.solvers.solution import Solution
from pinnsolve.wording import counted

Array = NDArray[np.float64]
Rows = Sequence[Mapping[str, Any]]

OTHER: dict[str, Any] = {"color": "#bdbdbd", "linewidth": 0.9}
"""The passes that are not the solution."""
SIZES = {
    "levenberg-marquardt": "damping",
    "adam": "learning rate",
    "lbfgs": "step length",
    "gauss-newton": "window length",
}
"""What the size of a step means, by method."""
LINE, DOTTED = 1200, 60
"""Most points of a line over iterations; below the second number each is a dot."""
SMALLEST = 1e-300
"""A size of zero is drawn here."""
LARGEST = 1e30
"""A residual of more is that of a guess that means nothing, and is left out."""
MANY = 40
"""Of more windows than this, the figure shows how each of them ended."""
LETTERS = 85
"""How many letters fit along the top."""
WINDOW: dict[str, Any] = {"color": MUTED, "linewidth": 0.9, "zorder": 1}
STAGE: dict[str, Any] = {"color": "#a8a8a8", "linewidth": 0.9, "linestyle": (0, (4, 2)), "zorder": 1}
"""How the beginning of a window, and of a stage within one, is marked."""


@drawing
def draw_training(solution: Solution) -> Figure:
    """For adaptive windows, the residual and the length of every window over time, pass by pass; for every other method
    the residual norm and the size of the steps over the iterations, with stages and windows marked, or how each window
    ended where they are many.
    """
    rows = solution.history
    if not rows:
        return message_sheet(
            solution,
            "training",
            "No history was recorded of this training: solve with record=True, or with pinnsolve train.",
        )
    if marched(solution):
        return _march(solution, rows)
    if len({row["window"] for row in rows}) > MANY:
        return _windows(solution, rows)
    return _iterations(solution, rows)


def marched(solution: Solution) -> bool:
    """Whether the windows were trained one after the other, in adaptive steps, and there is a result of that."""
    return solution.problem.kind == "initial" and solution.network is not None and is_march(solution.history)


def sizes_mean(solution: Solution) -> str:
    """What the sizes of the steps are, in words."""
    together = solution.problem.kind in ("boundary", "periodic")  # all windows in one step
    meanings = {**SIZES, "gauss-newton": "step length"} if together else SIZES
    return " or ".join(dict.fromkeys(meanings.get(row["stage"], "size") for row in solution.history))


def is_march(rows: Rows) -> bool:
    """Whether a history is that of adaptive windows: every row a Gauss–Newton window of its own."""
    windows = [row["window"] for row in rows]
    return all(row["stage"] == "gauss-newton" for row in rows) and all(b == a + 1 or b == 0 for a, b in pairwise(windows))


def passes(rows: Rows) -> list[Rows]:
    """The history of a march cut where it began again from the first window."""
    cuts = [i for i, row in enumerate(rows) if row["window"] == 0] + [len(rows)]
    return [rows[a:b] for a, b in pairwise(cuts)]


def counted_on(rows: Rows) -> Array:
    """(n,) numbers of the iterations of a history, counted on where a part of it begins again from 1."""
    numbers = np.array([row["iteration"] for row in rows], dtype=np.float64)
    restarts = np.append(False, numbers[1:] <= numbers[:-1])
    return numbers + np.cumsum(np.where(restarts, np.append(0.0, numbers[:-1]), 0.0))


def _march(solution: Solution, rows: Rows) -> Figure:
    axis = Timeline.of(solution)
    runs = passes(rows)
    kept = next((run for run in reversed(runs) if len(run) == solution.windows), runs[-1])
    last = rows[-1]
    work = [
        counted(len(runs), "pass"),
        counted(last["iteration"], "Newton iteration"),
        f"{number(last['seconds'], 2)} s",
    ]
    figure = sheet(solution, "training", [3.0, 2.2], notes=[*axis.notes, " · ".join(work)])
    upper, lower = figure.axes
    for run in runs:
        x, position, residual, lengths = _steps(axis, run)
        if run is kept:
            handles = draw_states(upper, x, position, residual, solution.states)
            lower.plot(x, lengths, color=INK, linewidth=1.2, zorder=3)
        else:
            upper.plot(x, residual.max(axis=1), zorder=2, **OTHER)
            lower.plot(x, lengths, zorder=2, **OTHER)
    if len(runs) > 1:
        handles.append(Line2D([], [], **OTHER, label="another pass" if len(runs) == 2 else "other passes"))
    for axes in figure.axes:
        axes.set_yscale("log")
        axis.prepare(axes, named=axes is lower)
        keep_decades(axes)
    upper.set_ylabel("largest residual\n/ $\\max |y'|$ so far")
    lower.set_ylabel("window length")
    legend(upper, [*handles, *axis.stop_handle()])
    return figure


def _steps(axis: Timeline, run: Rows) -> tuple[Array, Array, Array, Array]:
    """Line over the windows of a pass, a step a window: x (n,), position (n,), residual (n, k), window length (n,).

    Of very many windows, the largest residual and length in each of a few hundred stretches.
    """
    sign = math.copysign(1.0, axis.end - axis.start)
    lengths = np.array([row["size"] for row in run])
    edges = axis.clipped(axis.start + sign * np.cumsum(np.append(0.0, lengths)))
    residual = np.maximum([row["residual"] for row in run], FLOOR)
    if len(run) > STRETCHES:
        both = np.column_stack([residual, lengths])
        position, both = axis.envelope(edges[1:], both, STRETCHES)
        return axis.drawn(position), position, both[:, :-1], both[:, -1]
    corners = edges.repeat(2)[1:-1]
    return axis.x(corners), axis.position(corners), residual.repeat(2, axis=0), lengths.repeat(2)


def _iterations(solution: Solution, rows: Rows) -> Figure:
    """Residual and size of the steps over the iterations."""
    figure = sheet(solution, "training", [3.6, 1.8], notes=[_work(solution, rows)])
    upper, lower = figure.axes
    keep = np.unique(np.linspace(0, len(rows) - 1, LINE).round().astype(int))
    iterations = counted_on(rows)
    iteration = iterations[keep]
    residual = np.maximum([rows[i]["residual"] for i in keep], FLOOR)
    residual = np.where(residual < LARGEST, residual, np.nan)
    sizes = np.maximum([rows[i]["size"] for i in keep], SMALLEST)
    handles = draw_states(upper, iteration, iteration, residual, solution.states)
    lower.plot(iteration, sizes, color=INK, linewidth=1.2, marker="." if len(keep) < DOTTED else "")
    _over_counts(figure, iteration, "iteration")
    lower.set_yscale("log")
    keep_decades(lower)
    _mark_parts(figure, rows, iterations.tolist())
    upper.set_ylabel("residual norm")
    lower.set_ylabel(sizes_mean(solution).replace(" or ", " or\n"))
    legend(upper, handles)
    return figure


def _windows(solution: Solution, rows: Rows) -> Figure:
    """Residual at the end of every window and the iterations that it took: for more windows than there is room for."""
    figure = sheet(solution, "training", [3.6, 1.8], notes=[_work(solution, rows)])
    upper, lower = figure.axes
    last = {row["window"]: row for row in rows}
    window = np.array(list(last)) + 1.0
    residual = np.maximum([row["residual"] for row in last.values()], FLOOR)
    counts = Counter(row["window"] for row in rows)
    handles = draw_states(upper, window, window, residual, solution.states)
    lower.plot(window, [counts[number] for number in last], color=INK, linewidth=1.2)
    _over_counts(figure, window, "window")
    upper.set_ylabel("residual norm at its end")
    lower.set_ylabel("iterations")
    lower.set_ylim(bottom=0)
    legend(upper, handles)
    return figure


def _over_counts(figure: Figure, counts: Array, name: str) -> None:
    """A logarithmic upper panel over whole numbers."""
    upper, lower = figure.axes
    upper.set_yscale("log")
    keep_decades(upper)
    margin = max(0.5, 0.01 * (counts[-1] - counts[0]))
    lower.set_xlim(counts[0] - margin, counts[-1] + margin)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    lower.set_xlabel(name)


def _work(solution: Solution, rows: Rows) -> str:
    windows = len({row["window"] for row in rows})
    stages = ", then ".join(dict.fromkeys(row["stage"] for row in rows))
    shared = "one network" if windows == 1 else f"{windows} windows one after the other"
    if solution.problem.kind != "initial":
        shared = f"{counted(solution.windows, 'window')} together"
    seconds = f"{number(rows[-1]['seconds'], 2)} s"
    return " · ".join([stages, shared, counted(int(counted_on(rows)[-1]), "iteration"), seconds])


def _mark_parts(figure: Figure, rows: Rows, iterations: Sequence[float]) -> None:
    """A line where a window or a stage begins; above, the name of every window, or of every stage of a single one,
    where there is room.
    """
    upper: Axes = figure.axes[0]
    parts = [(row["window"], row["stage"]) for row in rows]
    begins = [i for i in range(1, len(rows)) if parts[i] != parts[i - 1]]
    for axes in figure.axes:
        for i in begins:
            style = WINDOW if parts[i][0] != parts[i - 1][0] else STAGE
            axes.axvline(iterations[i] - 0.5, **style)
    several = parts[0][0] != parts[-1][0]
    cuts = [0] + [i for i in begins if not several or parts[i][0] != parts[i - 1][0]]
    bounds = [iterations[i] - 0.5 for i in cuts] + [iterations[-1] + 0.5]
    for i, (low, high) in zip(cuts, pairwise(bounds), strict=True):
        room = LETTERS * (high - low) / (bounds[-1] - bounds[0])
        window, stage = parts[i]
        choices = [f"window {window + 1}", str(window + 1)] if several else [stage]
        text = next((choice for choice in choices if len(choice) < room), "")
        place: dict[str, Any] = {"transform": upper.get_xaxis_transform(), "ha": "center", "va": "bottom"}
        upper.text((low + high) / 2, 1.01, text, size=8.5, color=MUTED, **place)
