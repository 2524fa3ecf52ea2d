"""Rough solutions of initial value problems, as guesses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.solvers.windows.march import Marcher
from pinnsolve.solvers.windows.solver import finish
from pinnsolve.solvers.windows.table import table

Array = NDArray[np.float64]

ROUGH = 1e-5
"""Local accuracy: enough for a guess."""
WINDOWS = 2000
"""Most windows of a guess."""


@dataclass(frozen=True)
class Forward:
    """A rough solution."""

    values: Callable[[Array], Array]
    """Times since the start (l,) -> states (l, k)."""
    edges: Array
    """(m + 1,) ends of its windows, since the start, in marching order."""


def forward(problem: Problem, start: Array, span: float, partly: bool = False) -> Forward | None:
    """The solution of the system from the state `start` (k,) over `span`, negative backward; None if it does not get there.

    With `partly` a solution that is still under way after so many windows will do: its last edge says how far it is.
    """
    import torch

    origin = problem.time[0]
    maps = table(12)
    marcher = Marcher(problem.system, maps, start, origin, origin + span, ROUGH, None, np.empty(0), "cpu")
    march = marcher.begin()
    marcher.run(march, WINDOWS, None, np.inf)
    done = finish(origin, march, first=True)
    under_way = partly and march.stop is not None and march.stop.kind == "limit"
    if (march.stop is not None and not under_way) or done.networks is None or not np.isfinite(march.top).all():
        return None
    chain = done.networks.chain()

    def values(times: Array) -> Array:
        with torch.no_grad():
            return chain(torch.from_numpy(np.asarray(origin + times, dtype=np.float64))[:, None]).numpy()

    return Forward(values, chain.edges.numpy() - origin)
