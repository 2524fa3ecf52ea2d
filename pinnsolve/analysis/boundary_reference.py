"""A reference for boundary value problems: SciPy's `solve_bvp`, started from the solution that is looked at.

`solve_bvp` (J. Kierzenka, L. F. Shampine, ACM TOMS 27, 2001) adapts a mesh of a fourth-order collocation until its residual
is small. It is run at tighter and tighter tolerances until two runs agree well enough, or it runs out of nodes. The guess
chooses between solutions where there are several; it does not spare it the work of satisfying the equations by itself.
"""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_bvp

from pinnsolve.analysis.reference import ENOUGH, Reference, Run, paired
from pinnsolve.errors import RunError
from pinnsolve.problem import Boundary
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

TOLERANCES = (1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
"""Residual tolerances of the runs, until two agree well enough."""
NODES = 40_000
"""Most nodes of a run."""
GUESS = 100
"""About so many places of the solution are the guess of the first run; each further run begins with twice as many, as two
runs on the same mesh would agree whatever their error."""
COARSE = 0
"""A guess at eleven uniform places, such as a user of `solve_bvp` would give."""


def boundary_reference(solution: Solution, times: Array) -> Reference:
    """The tightest of several runs with its difference from the run before.

    Raises
    ------
    RunError
        If `solve_bvp` does not even solve the problem twice.
    """
    before: Run | None = None
    reference: Reference | None = None
    for number, tolerance in enumerate(TOLERANCES):
        run = boundary_run(solution, times, tolerance, GUESS * 2**number)
        if run is None:
            break
        reference = None if before is None else paired(before, run)
        if reference is not None and reference.relative_error <= ENOUGH * solution.problem.accuracy:
            break
        before = run
    if reference is None:
        raise RunError(
            f"SciPy's solve_bvp did not solve this problem with {NODES} nodes, so there is nothing to compare with; "
            "its own residual and estimate are all that is known of the solution"
        )
    return reference


def boundary_run(solution: Solution, times: Array, tolerance: float, guess: int) -> Run | None:
    """One run of `solve_bvp` from about so many places of the solution as its guess; None where it fails."""
    problem = solution.problem
    assert isinstance(problem.boundary, Boundary)
    boundary, kernels, k = problem.boundary, problem.system.kernels, problem.system.k
    low, high = sorted(problem.time)
    forward = problem.span > 0

    def f(t: Array, y: Array) -> Array:
        return kernels.f(t, y, np.zeros((k, len(t))))

    def jacobian(t: Array, y: Array) -> Array:
        return kernels.fj(t, y, np.zeros((1 + k, k, len(t))))[1:]

    def conditions(a: Array, b: Array) -> Array:
        return boundary.evaluate(*((a, b) if forward else (b, a)))[0]

    def derivatives(a: Array, b: Array) -> tuple[Array, Array]:
        start, end = boundary.evaluate(*((a, b) if forward else (b, a)))[1:]
        return (start, end) if forward else (end, start)

    mesh = _mesh(solution, low, high, guess) if guess else np.linspace(low, high, 11)
    begun = time.perf_counter()
    with np.errstate(all="ignore"):
        found = solve_bvp(
            f, conditions, mesh, solution(mesh).T, fun_jac=jacobian, bc_jac=derivatives, tol=tolerance, max_nodes=NODES
        )
    seconds = time.perf_counter() - begun
    if not found.success:
        return None
    values = found.sol(times).T  # (k, n) -> (n, k)
    top = np.abs(found.y).max(axis=1)
    return Run(times, values, problem.time[1], "solve_bvp", tolerance, seconds, np.where(top > 0, top, 1.0))


def _mesh(solution: Solution, low: float, high: float, guess: int) -> Array:
    """Places of a first guess: as many in every window, each window being as long as the solution is simple there."""
    edges = np.sort(solution.window_edges)
    inside = np.linspace(0, 1, max(2, math.ceil(guess / solution.windows)), endpoint=False)
    places = (edges[:-1, None] + np.diff(edges)[:, None] * inside).ravel()
    return np.unique(np.concatenate([[low], places[(places > low) & (places < high)], [high]]))
