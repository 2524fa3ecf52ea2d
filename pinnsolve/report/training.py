"""The history of a training as charts: windows marching through time, or iterations of a method."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinnsolve.plots.residual import FLOOR
from pinnsolve.plots.style import number
from pinnsolve.plots.timeline import Timeline
from pinnsolve.plots.training import LARGEST, MANY, SMALLEST, Rows, counted_on, marched, passes, sizes_mean
from pinnsolve.report.charts import SHOWN, Chart, Drawing, Exhibit, Mark, Series, time_label
from pinnsolve.report.sampling import Table
from pinnsolve.solvers import Solution
from pinnsolve.wording import counted

Array = NDArray[np.float64]

ROWS = 2000
"""Most points of a curve over iterations or windows."""
ASIDE = 4
"""Most other passes that are shown beside the one that was kept."""
PARTS = 30
"""Up to so many beginnings of a window or stage are marked."""


def training_exhibit(solution: Solution, axis: Timeline | None, drawing: Drawing) -> Exhibit | None:
    """How the training went; None where no history was recorded."""
    rows = solution.history
    if not rows:
        return None
    if axis is not None and marched(solution):
        charts = _march(solution, axis, drawing)
        runs = len(passes(rows))
        work = [counted(runs, "pass"), counted(rows[-1]["iteration"], "Newton iteration")]
    elif len({row["window"] for row in rows}) > MANY:
        charts = _windows(solution, drawing)
        work = [counted(int(counted_on(rows)[-1]), "iteration")]
    else:
        charts = _iterations(solution, drawing)
        work = [", then ".join(dict.fromkeys(row["stage"] for row in rows)), counted(int(counted_on(rows)[-1]), "iteration")]
    work.append(f"{number(solution.seconds, 2)} s")
    return Exhibit("training", "Training", charts, "training", " · ".join(work))


def _march(solution: Solution, axis: Timeline, drawing: Drawing) -> tuple[Chart, ...]:
    """Residual and length of every window over time, pass by pass."""
    runs = passes(solution.history)
    kept = next((run for run in reversed(runs) if len(run) == solution.windows), runs[-1])
    x, residual, lengths = _steps(axis, kept)
    drawing.tables["march"] = Table(x, np.column_stack([residual, lengths]), step=True)
    series = [Series(name, "march", i, look=i) for i, name in enumerate(solution.states[:SHOWN])]
    sizes = [Series("window length", "march", residual.shape[1])]
    for place, run in enumerate([run for run in runs if run is not kept][-ASIDE:]):
        x, residual, lengths = _steps(axis, run)
        drawing.tables[f"pass-{place}"] = Table(x, np.column_stack([residual.max(axis=1), lengths]), step=True)
        name = f"another pass ({place + 1})" if len(runs) > 2 else "another pass"
        series.append(Series(name, f"pass-{place}", 0, role="aside"))
        sizes.append(Series(name, f"pass-{place}", 1, role="aside"))
    label = time_label(axis)
    upper = Chart(
        "march",
        "Residual of every window",
        label,
        "largest residual / max |y′|",
        tuple(series),
        y_scale="log",
        link="time",
    )
    return upper, Chart("lengths", "Window lengths", label, "", tuple(sizes), y_scale="log", link="time")


def _steps(axis: Timeline, run: Rows) -> tuple[Array, Array, Array]:
    """The windows of a pass: where each begins and the last ends (n,), residuals (n, k) and lengths (n,) from there on."""
    sign = math.copysign(1.0, axis.end - axis.start)
    lengths = np.array([row["size"] for row in run])
    edges = axis.clipped(axis.start + sign * np.cumsum(np.append(0.0, lengths)))
    residual = np.maximum([row["residual"][:SHOWN] for row in run], FLOOR)
    if len(run) > ROWS:
        position, both = axis.envelope(edges[1:], np.column_stack([residual, lengths]), ROWS)
        return axis.drawn(position), both[:, :-1], both[:, -1]
    x = axis.x(edges)
    # A step holds from its left end to its right end, which in a backward march is where the window begins.
    if x[-1] < x[0]:
        x, residual, lengths = x[::-1], residual[::-1], lengths[::-1]
    return x, np.vstack([residual, residual[-1:]]), np.append(lengths, lengths[-1])


def _iterations(solution: Solution, drawing: Drawing) -> tuple[Chart, ...]:
    """Residual norm and size of the steps over the iterations."""
    rows = solution.history
    keep = np.unique(np.linspace(0, len(rows) - 1, ROWS).round().astype(int))
    iterations = counted_on(rows)
    x = iterations[keep]
    residual = np.maximum([rows[i]["residual"][:SHOWN] for i in keep], FLOOR)
    residual = np.where(residual < LARGEST, residual, np.nan)
    sizes = np.maximum([rows[i]["size"] for i in keep], SMALLEST)
    drawing.tables["iterations"] = Table(x, np.column_stack([residual, sizes]))
    labels = ("residual norm", sizes_mean(solution))
    return _pair(solution, "iterations", "iteration", labels, _beginnings(rows, iterations))


def _windows(solution: Solution, drawing: Drawing) -> tuple[Chart, ...]:
    """Residual at the end of every window and the iterations that it took."""
    rows = solution.history
    last = {row["window"]: row for row in rows}
    counts = Counter(row["window"] for row in rows)
    keep = [list(last)[i] for i in np.unique(np.linspace(0, len(last) - 1, ROWS).round().astype(int))]
    residual = np.maximum([last[window]["residual"][:SHOWN] for window in keep], FLOOR)
    taken = np.array([counts[window] for window in keep], dtype=np.float64)
    drawing.tables["iterations"] = Table(np.array(keep) + 1.0, np.column_stack([residual, taken]))
    return _pair(solution, "iterations", "window", ("residual norm at its end", "iterations"), ())


def _pair(solution: Solution, table: str, x_label: str, y_labels: tuple[str, str], marks: tuple[Mark, ...]) -> tuple[Chart, ...]:
    """The chart of the residual of every state, and below it that of the last column of the table."""
    states = solution.states[:SHOWN]
    series = tuple(Series(name, table, i, look=i) for i, name in enumerate(states))
    other = (Series(y_labels[1], table, len(states)),)
    upper = Chart("history", "Residual", x_label, y_labels[0], series, y_scale="log", link="iterations", marks=marks)
    bare = tuple(Mark(mark.axis, mark.at) for mark in marks)
    title = y_labels[1][0].upper() + y_labels[1][1:]
    return upper, Chart("sizes", title, x_label, "", other, y_scale="log", link="iterations", marks=bare)


def _beginnings(rows: Rows, iterations: Array) -> tuple[Mark, ...]:
    """Where another window or stage begins."""
    marks = []
    for (before, row), at in zip(pairwise(rows), iterations[1:].tolist(), strict=True):
        if before["stage"] != row["stage"]:
            marks.append(Mark("x", at - 0.5, row["stage"]))
        elif before["window"] != row["window"]:
            marks.append(Mark("x", at - 0.5, f"window {row['window'] + 1}"))
    return tuple(marks) if len(marks) <= PARTS else ()
