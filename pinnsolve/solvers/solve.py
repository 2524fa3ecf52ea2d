"""One entry for every kind of problem and method."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pinnsolve.problem import NetworkSettings, Problem, TrainingSettings
from pinnsolve.progress import Progress
from pinnsolve.solvers.device import resolve_device
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.solver import WindowSolver
from pinnsolve.wording import short

GUIDE = 0.01
"""The windowed solution that guides and judges trained networks is this much more accurate than they are asked to be."""
GUIDE_FINEST = 1e-12
"""As far as double precision goes."""


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
        if problem.network.windows == "auto" and problem.method in (("auto",), ("gauss-newton",)):
            solution = WindowSolver(problem, progress, record, device).run(state)
        else:
            solution = _train(problem, device, progress, state, record)
    if solution.network is not None and solution.device != "cpu":
        solution.network.to(solution.device)
    return solution


def _train(
    problem: Problem, device: str, progress: Progress | None, state: Mapping[str, Any] | None, record: bool
) -> Solution:
    """Networks trained on the residual, laid out and judged by a windowed solution."""
    # Deferred: training needs torch's function transforms, whose import costs more than a windowed solve.
    from pinnsolve.solvers.plan import Start
    from pinnsolve.solvers.trained import train_windows
    from pinnsolve.solvers.verdict import estimate

    begun = time.perf_counter() - (state["seconds"] if state else 0.0)
    guide = _guide(problem)
    if guide.reached != problem.time[1] or guide.network is None:
        message = f"{guide.message} (nothing was trained: this is the solution by adaptive windows up to there)"
        return replace(guide, problem=problem, message=message, seconds=time.perf_counter() - begun)
    start = Start(guide, guide.window_edges)
    trained = train_windows(problem, start, device=device, progress=progress, state=state, record=record)
    estimated, times, errors = np.inf, np.empty(0), np.empty((0, problem.system.k))
    if trained.chain is not None:
        estimated, times, errors = estimate(trained.chain, guide, trained.reached)
    if trained.resume is not None:
        status, message = "interrupted", f"interrupted after {trained.iterations} iterations; resume to carry on"
    else:
        status, message = _verdict(problem, estimated, trained.failure, trained.stops)
    return Solution(
        problem=problem,
        network=trained.chain,
        status=status,
        message=message,
        estimated=float(estimated),
        error_times=times,
        error_values=errors,
        reached=trained.reached,
        method=trained.method,
        iterations=trained.iterations,
        trained_weights=trained.trained_weights,
        seconds=time.perf_counter() - begun,
        device=device,
        check_points=trained.check_points,
        history=trained.history,
        resume=trained.resume,
    )


def _guide(problem: Problem) -> Solution:
    """The windowed solution of the same problem, more accurate than what is asked of the networks."""
    accuracy = max(GUIDE * problem.accuracy, GUIDE_FINEST)
    windows = problem.with_settings(
        accuracy=accuracy, method="auto", network=NetworkSettings(), dtype="float64", device="cpu", training=TrainingSettings()
    )
    return WindowSolver(windows, None, False).run()


def _verdict(problem: Problem, estimated: float, failure: str, stops: list[str]) -> tuple[str, str]:
    asked = problem.accuracy
    if failure:
        return "not_converged", failure
    if estimated <= asked:
        return "converged", f"the estimated error {short(estimated)} meets the accuracy {short(asked)} asked for"
    advice = "use method: auto" if problem.network.windows == "auto" else "use network.windows: auto with method: auto"
    if "auto" in problem.method:
        advice = "use network.windows: auto"
    return "not_converged", (
        f"the estimated error {short(estimated)} exceeds the accuracy {short(asked)} asked for ({stops[-1]}); "
        f"{advice}, or give this method more windows, iterations or wider layers"
    )
