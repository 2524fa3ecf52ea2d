"""The solution as numbers at given times: CSV and NumPy's NPZ."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.runs.tables import states_csv
from pinnsolve.solvers import Solution

Array = NDArray[np.float64]


def csv_table(solution: Solution, times: Array, extrapolate: bool) -> bytes:
    """The table that `predict` prints, in UTF-8."""
    return states_csv(solution.states, times, solution(times, extrapolate=extrapolate)).encode()


def npz_arrays(solution: Solution, times: Array, extrapolate: bool, facts: Mapping[str, Any]) -> bytes:
    """``t`` (n,), ``y`` (n, k), ``error`` (n, k), ``states`` (k,), ``window_edges`` (m + 1,), ``facts`` (): JSON.

    The error is NaN where none is estimated: outside the interval, or where the solve gave no estimate.
    """
    arrays: dict[str, Any] = {
        "t": times,
        "y": solution(times, extrapolate=extrapolate),
        "error": _error(solution, times),
        "states": np.array(solution.states),
        "window_edges": solution.window_edges,
        "facts": np.array(json.dumps(facts)),
    }
    data = io.BytesIO()
    np.savez(data, **arrays)
    return data.getvalue()


def _error(solution: Solution, times: Array) -> Array:
    error = np.full((len(times), len(solution.states)), np.nan)
    low, high = sorted(solution.problem.time)
    inside = (times >= low) & (times <= high) if solution.period is None else np.full(len(times), True)
    if inside.any() and len(solution.error_times):
        error[inside] = solution.error(times[inside])
    return error
