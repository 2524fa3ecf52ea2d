"""What a finished or stopped march means, in one sentence that says what to change."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.solvers.windows.march import March

Array = NDArray[np.float64]

STEEP = 1e6
"""A solution whose relative rate times the interval exceeds this where the windows shrink to nothing has a singularity."""


def verdict(problem: Problem, march: March, estimated: float, reached: float) -> tuple[str, str]:
    """Status and message of a march."""
    if march.stop is not None:
        return _stopped(problem, march, reached)
    asked = problem.accuracy
    if estimated <= asked:
        return "converged", f"the estimated error {estimated:.1e} meets the accuracy {asked:.0e} asked for"
    if not math.isfinite(estimated):
        return "not_converged", (
            "the error grows beyond what double precision can hold, so nothing is known about this answer; "
            "shorten the interval"
        )
    return "not_converged", (
        f"the estimated error {estimated:.1e} exceeds the accuracy {asked:.0e} asked for: along this solution rounding "
        f"errors of double precision grow to that size; ask for accuracy: {_round_up(estimated):.0e} or shorten the interval"
    )


def _round_up(value: float) -> float:
    """The next number with one digit that leaves some room: 2.3e-7 -> 5e-7."""
    unit = 10.0 ** math.floor(math.log10(1.5 * value))
    return next(step * unit for step in (1, 2, 5, 10) if step * unit >= 1.5 * value)


def _stopped(problem: Problem, march: March, reached: float) -> tuple[str, str]:
    assert march.stop is not None
    kind, system = march.stop.kind, problem.system
    if kind == "start":
        term = system.undefined_term(reached, march.y)
        where = f": {term}" if term else ""
        return "not_converged", (
            f"the right-hand side is not finite at the start, t = {reached:.15g}{where}; change the initial values or the start"
        )
    if kind == "limit":
        return "not_converged", (
            f"stopped at t = {reached:.15g} after {len(march.windows)} windows; shorten the interval or ask for less accuracy"
        )
    t, y = _ahead(problem, march, reached)
    term = system.undefined_term(t, y)
    if term:
        return "not_converged", (
            f"at t = {reached:.15g} the solution leaves the domain of the right-hand side: {term}; end the interval before that time"
        )
    return _singular(problem, march, reached)


def _ahead(problem: Problem, march: March, reached: float) -> tuple[float, Array]:
    """A point a little further along the tangent."""
    step = 1e-9 * problem.span
    return reached + step, march.y + step * march.f


def _singular(problem: Problem, march: March, reached: float) -> tuple[str, str]:
    """A singularity of the solution, or windows that shrink for another reason."""
    size = np.where(march.y != 0, np.abs(march.y), 1.0)
    rate = np.abs(march.f) / size * abs(problem.span)
    worst = int(np.argmax(np.nan_to_num(rate, nan=math.inf)))
    name = problem.system.states[worst]
    if not rate[worst] < STEEP:
        growing = march.y[worst] * march.f[worst] * math.copysign(1.0, problem.span) > 0
        what = f"{name} grows without bound" if growing else f"the derivative of {name} becomes infinite"
        return "diverged", f"{what} at t = {reached:.15g}: the solution has a singularity there; end the interval before that time"
    return "not_converged", (
        f"no window after t = {reached:.15g} is short enough: the right-hand side is not smooth or not finite there; "
        "end the interval before that time, or check the equations there"
    )
