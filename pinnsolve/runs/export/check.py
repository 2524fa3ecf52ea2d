"""Whether an exported file gives the values of its solution, measured before it is written."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.errors import RunError
from pinnsolve.runs.export.standalone import covered
from pinnsolve.solvers import Solution
from pinnsolve.wording import short

Array = NDArray[np.float64]

POINTS = 1000
"""Times over the interval, and at most as many edges of windows beside them."""
SHARE = 0.1
"""The largest difference that is let pass, as a share of the accuracy asked for."""
ROUNDING = 1000.0
"""The same in units of the rounding of the networks, where that is more."""


def check(solution: Solution, evaluate: Callable[[Array], Array]) -> float:
    """The largest difference of any state from the solution, over the largest absolute value of that state.

    Parameters
    ----------
    evaluate
        The exported function, (n,) -> (n, k).

    Raises
    ------
    RunError
        If it is more than a tenth of the accuracy asked for, or than rounding explains.
    """
    times = _times(solution)
    expected = solution(times)
    size = np.abs(expected).max(axis=0)
    scale = np.where(size > 0, size, 1.0)
    difference = float((np.abs(evaluate(times) - expected) / scale).max())
    single = float((np.abs(evaluate(times[-1:]) - expected[-1:]) / scale).max())
    epsilon = np.finfo(solution.problem.dtype).eps
    allowed = max(SHARE * solution.problem.accuracy, ROUNDING * float(epsilon))
    worst = max(difference, single)
    if not worst <= allowed:
        raise RunError(
            f"the exported function differs from the solution by {short(worst)} of its largest value, more than "
            f"{short(allowed)}: nothing has been written; this is a bug in pinnsolve, or in what reads the file"
        )
    return worst


def _times(solution: Solution) -> Array:
    """Times of every part of what the solution covers; of a closed orbit two turns and a half."""
    start, last = covered(solution)
    if solution.period is not None:
        last = start + 2.5 * solution.period
    edges = solution.window_edges
    some = edges[np.unique(np.linspace(0, len(edges) - 1, min(POINTS, len(edges))).astype(int))]
    times = np.concatenate([np.linspace(start, last, POINTS), some])
    # Networks in float32 are asked at times that float32 has: the rounding of t is none of the exported function's.
    times = torch.from_numpy(times).to(getattr(torch, solution.problem.dtype)).double().numpy()
    return np.asarray(np.clip(times, min(start, last), max(start, last)))
