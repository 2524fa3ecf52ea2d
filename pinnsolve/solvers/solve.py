"""One entry for every kind of problem and method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pinnsolve.problem import Problem
from pinnsolve.progress import Progress
from pinnsolve.solvers.device import resolve_device
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.solver import WindowSolver


def solve(
    problem: Problem, *, progress: Progress | None = None, state: Mapping[str, Any] | None = None, record: bool = False
) -> Solution:
    """Solve a problem.

    Parameters
    ----------
    progress
        Hears of every iteration and may raise `Interrupted`, which ends the solve with status ``interrupted`` and
        ``solution.resume`` set.
    state
        ``solution.resume`` of an interrupted solve of the same problem: carries on to the same result.
    record
        Whether ``solution.history`` gets a row an iteration.

    Returns
    -------
    Solution
        Always: a problem that is too hard is a status with its sentence, not an exception.

    Raises
    ------
    DeviceError
        If the device asked for is not there.
    """
    device = resolve_device(problem)
    with np.errstate(all="ignore"):
        if problem.kind in ("boundary", "periodic"):
            # Deferred: most problems have initial values.
            from pinnsolve.solvers.coupled.solver import CoupledSolver

            solution = CoupledSolver(problem, progress, record).run(state)
        elif problem.kind == "fit":
            from pinnsolve.solvers.fitting.solver import FitSolver

            solution = FitSolver(problem, progress, record, device).run(state)
        elif problem.automatic_windows:
            solution = WindowSolver(problem, progress, record, device).run(state)
        else:
            # Deferred: training needs torch's function transforms, whose import costs more than a windowed solve.
            from pinnsolve.solvers.rounds import Rounds

            solution = Rounds(problem, device, progress, record).run(state)
    if solution.device != "cpu" and solution.network is not None:
        solution.network.to(solution.device)
    return solution
