"""A reference for closed orbits: shooting with SciPy's integrators.

The unknowns are the period T and the place where the orbit crosses the plane through the start of the solution across the
flow there. Newton's method makes the end meet the start, with the monodromy matrix of the variational equation; where
neighbours leave the orbit, the integration runs backward in time, in which they approach it (Seydel, Practical Bifurcation
and Stability Analysis, 2010, section 7.3). In a family of closed orbits the start is kept and T alone is sought.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from pinnsolve.analysis.reference import SCOUT, TIGHT, Reference, Run, paired, scipy_at
from pinnsolve.errors import RunError
from pinnsolve.problem import Problem
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

ITERATIONS = 8
"""Most Newton iterations."""
LOOSE = 1e-7
"""Relative tolerance of the variational equation, which only steers Newton's method."""
DONE = 1e-13
"""Relative size of a correction that is not worth making."""


def orbit_reference(solution: Solution, times: Array) -> Reference:
    """The tighter of two runs, with their difference.

    Parameters
    ----------
    times
        (n,) from 0 to the period of the solution, ascending.

    Raises
    ------
    RunError
        If shooting does not find the orbit.
    """
    scout = scipy_at(solution.as_initial_value_problem(), SCOUT, times)
    looser, tighter = (orbit_run(solution, times, rtol) for rtol in TIGHT[scout.method][:2])
    return paired(looser, tighter)


def orbit_run(solution: Solution, times: Array, rtol: float) -> Run:
    """One shooting from the start and the period of the solution."""
    assert solution.orbit is not None and solution.period is not None
    problem = solution.as_initial_value_problem()
    direction = _direction(solution)
    start, period = solution(0.0), solution.period
    size = np.abs(solution(times)).max(axis=0)
    unit = np.where(size > 0, size, 1.0)
    flow = problem.system.rhs_numpy(np.zeros(1), start[None])[0]
    free = solution.orbit["stable"] is not None  # of a family the start is kept
    matrix = _monodromy(problem, start, direction * period)
    anchor, seconds = start, 0.0
    for _ in range(ITERATIONS):
        run = _integrated(problem, start, direction * period, np.array([direction * period]), rtol)
        seconds += run.seconds
        end = run.values[-1]
        change, longer = _correction(matrix, start, end, anchor, flow, direction, free)
        if not np.isfinite(change).all() or abs(longer) > 0.1 * period:
            break
        start, period = start + change, period + longer
        if max(float((np.abs(change) / unit).max()), abs(longer) / period) <= DONE:
            break
    else:
        if not np.allclose(end / unit, start / unit, atol=1e-9):
            raise RunError("shooting with SciPy did not find this closed orbit, so there is nothing to compare with")
    places = times if direction > 0 else times - period
    order = np.argsort(direction * places, kind="stable")
    inside = np.clip(direction * places[order], 0, None) * direction
    run = _integrated(problem, start, direction * max(period, times[-1]), inside, rtol)
    values = np.empty_like(run.values)
    values[order] = run.values
    seconds += run.seconds
    return Run(times, values, float(times[-1]), run.method, rtol, seconds, unit, period)


def _direction(solution: Solution) -> float:
    """The direction of time in which neighbours of the orbit leave it less."""
    assert solution.orbit is not None
    sizes = [math.hypot(*pair) for pair in solution.orbit["multipliers"]]
    return 1.0 if max(sizes) <= 1 / max(min(sizes), 1e-300) else -1.0


def _integrated(problem: Problem, start: Array, span: float, times: Array, rtol: float) -> Run:
    return scipy_at(problem.with_settings(initial=start.tolist(), time=(0.0, span)), rtol, times)


def _correction(
    matrix: Array, start: Array, end: Array, anchor: Array, flow: Array, direction: float, free: bool
) -> tuple[Array, float]:
    """Changes of the start (k,) and of the period that make the end meet the start."""
    k = len(start)
    if not free:
        return np.zeros(k), float(-direction * flow @ (end - anchor) / (flow @ flow))
    left = np.zeros((k + 1, k + 1))
    left[:k, :k], left[:k, k], left[k, :k] = matrix - np.eye(k), direction * flow, flow
    right = np.append(start - end, -flow @ (start - anchor))
    solved = np.asarray(np.linalg.lstsq(left, right, rcond=None)[0], dtype=np.float64)
    return solved[:k], float(solved[k])


def _monodromy(problem: Problem, start: Array, span: float) -> Array:
    """(k, k) how the end depends on the start."""
    kernels, k = problem.system.kernels, problem.system.k

    def f(t: float, z: Array) -> Array:
        out = kernels.fj(np.array([t]), z[:k, None], np.zeros((1 + k, k, 1)))[..., 0]
        return np.concatenate([out[0], (out[1:] @ z[k:].reshape(k, k)).ravel()])

    whole = np.concatenate([start, np.eye(k).ravel()])
    with np.errstate(all="ignore"):
        end = solve_ivp(f, (0, span), whole, "LSODA", rtol=LOOSE, atol=1e-9 * np.abs(start).max()).y[k:, -1]
    return np.asarray(end.reshape(k, k))
