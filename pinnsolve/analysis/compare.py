"""The true error of a solution beside the estimated one, and beside what SciPy gives for the same accuracy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.boundary_reference import COARSE, boundary_reference, boundary_run
from pinnsolve.analysis.orbit_reference import orbit_reference, orbit_run
from pinnsolve.analysis.reference import BEFORE, Reference, Run, reference_solution, scipy_at
from pinnsolve.errors import RunError
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

POINTS = 501
"""Uniform points at which errors are measured, besides the nodes of the windows."""
DECADES = 4
"""Where the windows reach over so many decades, as many points again are spread evenly over the logarithm of the time."""
MOST_NODES = 20_000
"""More nodes than this are thinned out."""


def compare(solution: Solution, reference: Reference | None = None) -> dict[str, Any]:
    """Measure the true error of a solution, each state against its own largest value.

    All of [start, time_reached] is looked at; where the solution ends before the interval does, as it does at a
    singularity, the last hundredth of it is not: next to a singularity any error grows without bound.

    Parameters
    ----------
    reference
        What `reference_for` returned for this solution; made here if it is not given.

    Returns
    -------
    dict
        ``ok`` is false only where the true error exceeds what was asked for by more than the error of the reference;
        ``status`` and ``message`` are those of the solution: of one that has not converged `ok` is no verdict.
        ``asked``, ``estimated``, ``true`` and ``reference_error`` are relative; ``states`` has true and estimated error
        of each; ``scipy`` is the reference, ``scipy_asked`` what SciPy gives when asked for the same accuracy;
        ``compared_until`` is the last time compared; of a closed orbit ``period`` is compared too.
        What is unknown or not finite is None.

    Raises
    ------
    RunError
        If there is no solution, or SciPy finds none.
    """
    if reference is None:
        reference = reference_for(solution)
    known = np.isfinite(reference.values).all(axis=1)
    times, truth = reference.times[known], reference.values[known]
    if len(times) < 2:
        raise RunError("SciPy could not integrate this system beyond its start, so there is nothing to compare with")
    true = _relative(solution(times), truth, reference.sizes)
    estimated = (solution.error(times) / reference.sizes).max(axis=0)
    asked = solution.problem.accuracy
    quick = _asked(solution, asked, times)
    period = _period(solution, reference)
    worst = max([float(true.max()), *(entry["true"] for entry in period.values())])
    return {
        "ok": not worst > asked + reference.relative_error,
        "status": solution.status,
        "message": solution.message,
        "asked": asked,
        "estimated": _finite(solution.estimated),
        "true": _finite(true.max()),
        "reference_error": _finite(reference.relative_error),
        "states": {
            name: {"true": _finite(a), "estimated": _finite(b)}
            for name, a, b in zip(solution.states, true, estimated, strict=True)
        },
        **period,
        "scipy": _settings(reference),
        "scipy_asked": quick
        and {**_settings(quick), "true": _finite(_relative(quick.values, truth, reference.sizes).max())},
        "compared_until": float(times[-1]),
    }


def reference_for(solution: Solution) -> Reference:
    """A reference solution where `compare` looks, in marching order: uniform points and the nodes of every window.

    Where the windows grow by decades, as they do for a stiff problem, there are logarithmic points as well.

    Raises
    ------
    RunError
        If there is no solution.
    """
    if solution.network is None:
        raise RunError(f"there is no solution to compare: {solution.message}")
    times = _times(solution)
    if solution.problem.kind == "boundary":
        return boundary_reference(solution, times)
    if solution.problem.kind == "periodic":
        return orbit_reference(solution, times)
    return reference_solution(solution.as_initial_value_problem(), times)


def _asked(solution: Solution, rtol: float, times: Array) -> Run | None:
    """What SciPy gives when it is asked for the same accuracy; None where it gives nothing."""
    if solution.problem.kind == "boundary":
        return boundary_run(solution, times, rtol, COARSE)
    if solution.problem.kind == "periodic":
        return orbit_run(solution, times, rtol)
    return scipy_at(solution.as_initial_value_problem(), rtol, times)


def _period(solution: Solution, reference: Reference) -> dict[str, dict[str, float]]:
    """The period beside that of the reference; empty where there is none."""
    if solution.period is None:
        return {}
    error = abs(solution.period - reference.period) / reference.period
    return {"period": {"found": solution.period, "reference": reference.period, "true": error}}


def _times(solution: Solution) -> Array:
    start, end = solution.interval[0], solution.reached
    if end != solution.interval[1]:
        end = start + BEFORE * (end - start)
    nodes = np.concatenate([solution.window_edges, solution.error_times])
    nodes = nodes[:: 1 + len(nodes) // MOST_NODES]
    elapsed = np.abs(solution.window_edges[1:] - start)
    if elapsed[-1] > 10**DECADES * elapsed[0]:
        early = np.geomspace(0.01 * elapsed[0], abs(end - start), POINTS)
        nodes = np.concatenate([nodes, start + math.copysign(1.0, end - start) * early])
    low, high = min(start, end), max(start, end)
    times = np.unique(np.concatenate([np.linspace(low, high, POINTS), nodes[(nodes >= low) & (nodes <= high)]]))
    return times if end >= start else times[::-1].copy()


def _relative(values: Array, truth: Array, sizes: Array) -> Array:
    """(k,) largest error of each state; infinite where there is no value."""
    error = np.abs(values - truth) / sizes
    return np.asarray(np.where(np.isfinite(error), error, np.inf).max(axis=0))


def _settings(run: Run) -> dict[str, Any]:
    return {"method": run.method, "rtol": run.rtol, "seconds": run.seconds}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
