"""What a finished or stopped march means, in one sentence that says what to change."""

from __future__ import annotations

import math

import numpy as np

from pinnsolve.problem import Problem
from pinnsolve.solvers.windows.state import March
from pinnsolve.wording import short

STEEP = 1e6
"""A derivative this many times larger than the solution over the interval, where windows shrink to nothing, is a singularity."""
UNKNOWN = 0.1
"""No accuracy that anybody would ask for."""
ROUNDED = "along this solution rounding errors of double precision grow to that size"


def verdict(problem: Problem, march: March, estimated: float, reached: float, cause: str) -> tuple[str, str]:
    """Status and message of a march; `cause` is that of an error that is too large."""
    if march.stop is not None:
        return _stopped(problem, march, reached)
    if estimated > UNKNOWN and (singular := _singular(problem, march, reached)) is not None:
        return singular
    return judged(problem, estimated, cause)


def judged(problem: Problem, estimated: float, cause: str = ROUNDED) -> tuple[str, str]:
    """Status and message of a solution that covers its whole interval."""
    asked = problem.accuracy
    if estimated <= asked:
        return "converged", f"the estimated error {short(estimated)} meets the accuracy {short(asked)} asked for"
    if not math.isfinite(estimated):
        return "not_converged", (
            "the error grows beyond what double precision can hold, so nothing is known about this answer; shorten the interval"
        )
    if estimated > UNKNOWN:
        return "not_converged", (
            f"the estimated error {short(estimated)} is as large as the solution, so little is known about this answer: {cause}; "
            "shorten the interval, or end it before a singularity"
        )
    cure = f"ask for accuracy: {short(_round_up(estimated))}" + (" or shorten the interval" if problem.kind != "periodic" else "")
    return "not_converged", (
        f"the estimated error {short(estimated)} exceeds the accuracy {short(asked)} asked for: {cause}; {cure}"
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
        where = f": {term}" if term and "not finite" not in term else ""
        return "not_converged", (
            f"the right-hand side is not finite at the start, t = {reached:.15g}{where}; change the initial values or the start"
        )
    if kind == "limit":
        return "not_converged", (
            f"stopped at t = {reached:.15g} after {len(march.windows)} windows; shorten the interval or ask for less accuracy"
        )
    if kind == "time":
        limit = problem.stage_settings[0].time_limit
        return "not_converged", (
            f"stopped at t = {reached:.15g}: the time limit of {limit:g} s is over; raise training.time_limit, shorten the "
            "interval or ask for less accuracy"
        )
    if kind == "sliding":
        return "not_converged", (
            f"at t = {reached:.15g} the solution slides along a discontinuity of the right-hand side: on both sides of "
            f"{march.stop.switch} = 0 it is pushed back; smooth the switch (for example with tanh), or end the interval "
            "before that time"
        )
    if kind == "stagnation":
        if system.pieces is None and (singular := _singular(problem, march, reached)) is not None:
            return singular
        return "not_converged", (
            f"no progress after t = {reached:.15g}: {len(march.windows)} windows, the last thousand within a millionth of the "
            "interval; the right-hand side switches there without end, or has a singularity: end the interval before that time"
        )
    return (
        _singular(problem, march, reached)
        or _undefined(problem, march, reached)
        or (
            "not_converged",
            f"no window after t = {reached:.15g} is short enough: the right-hand side "
            + ("switches ever faster there, or " if system.pieces is not None else "")
            + "is not smooth or not finite there; end the interval before that time, or check the equations there",
        )
    )


def _singular(problem: Problem, march: March, reached: float) -> tuple[str, str] | None:
    """A solution whose derivative grows without bound, by itself or with the solution."""
    top = np.where(march.top > 0, march.top, 1.0)
    steepness = np.nan_to_num(np.abs(march.f) / top * abs(problem.span), nan=math.inf)
    worst = int(np.argmax(steepness))
    if steepness[worst] < STEEP:
        return None
    name = problem.system.states[worst]
    growing = march.y[worst] * march.f[worst] * math.copysign(1.0, problem.span) > 0
    what = f"{name} grows without bound" if growing else f"the derivative of {name} becomes infinite"
    return "diverged", f"{what} at t = {reached:.15g}: the solution has a singularity there; end the interval before that time"


def _undefined(problem: Problem, march: March, reached: float) -> tuple[str, str] | None:
    """A term that is not defined a little further along the tangent."""
    step = 1e-9 * problem.span
    term = problem.system.undefined_term(reached + step, march.y + step * march.f)
    if term is None:
        return None
    return "not_converged", (
        f"at t = {reached:.15g} the solution leaves the domain of the right-hand side: {term}; end the interval before that time"
    )
