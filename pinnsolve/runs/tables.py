"""The CSV files of a run: 17 significant digits, so that reading them gives back the same numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers import Solution

Array = NDArray[np.float64]


def solution_grid(solution: Solution) -> Array:
    """(points,) the times of ``solution.csv``, from the start of the interval to its end, or once round a closed orbit."""
    start, end = solution.interval
    return np.linspace(start, end, solution.problem.output.points)


def solution_csv(solution: Solution) -> str:
    """``solution.csv``: the states at equidistant times; NaN where there is no solution."""
    times = solution_grid(solution)
    if solution.network is None:
        return states_csv(solution.states, times, np.full((len(times), len(solution.states)), np.nan))
    return states_csv(solution.states, times, solution(times))


def states_csv(states: Sequence[str], times: Array, values: Array) -> str:
    """A table of times (n,) and values (n, k) under the header ``t,x,y``."""
    rows = np.column_stack([times, values]).tolist()
    return _table(["t", *states], ([_number(value) for value in row] for row in rows))


def metrics_csv(states: Sequence[str], history: Iterable[Mapping[str, Any]]) -> str:
    """``metrics.csv``: a row an iteration."""
    header = ["iteration", "window", "stage", *(f"residual_{state}" for state in states), "size", "seconds"]
    rows = (
        [
            row["iteration"],
            row["window"],
            row["stage"],
            *(_number(value) for value in row["residual"]),
            _number(row["size"]),
            f"{row['seconds']:.6f}",
        ]
        for row in history
    )
    return _table(header, rows)


def _number(value: float) -> str:
    return f"{value:.17g}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
