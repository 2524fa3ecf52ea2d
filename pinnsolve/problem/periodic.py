"""Closed orbits: a solution that comes back to its start after a period that is not known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import free_symbols, nearest_name, substitute
from pinnsolve.problem.system import ExpressionSystem, System

TIME_BESIDE_PERIOD = "the period of a closed orbit is unknown and its times start at 0: leave 'time' out"


@dataclass(frozen=True)
class Periodic:
    """A closed orbit is asked for."""

    period: float
    """Where the search for the period starts: positive."""

    def faults(self, system: System) -> Iterator[Fault]:
        """Yield what is wrong with the guess, and with the system if it has no closed orbits of unknown period."""
        if not (math.isfinite(self.period) and self.period > 0):
            yield Fault("must be a positive number: where the search for the period starts", path="periodic.period")
        timed = [f"{state}'" for state in equations_with_time(system)]
        if timed:
            which = f"equation for {timed[0]} contains" if len(timed) == 1 else f"equations for {' and '.join(timed)} contain"
            yield Fault(
                f"the period is unknown, so the system must not depend on the time, but the {which} t; "
                "if the forcing has a period T, state it as boundary: [x(0) = x(T), ...] for all states instead",
                path="periodic",
            )
        elif system.k == 1:
            yield Fault(
                "a single equation without t has no closed orbits, because its solutions cannot turn back: "
                "add the equation that is missing, or leave 'periodic' out",
                path="system",
            )


def equations_with_time(system: System) -> list[str]:
    """The states whose equations contain t. A Python function is not looked into."""
    if not isinstance(system, ExpressionSystem):
        return []
    equations = system.equations.items()
    return [state for state, right in equations if "t" in free_symbols(substitute(right, dict(system.parameters)))]


def periodic_of(value: Any) -> Periodic | None:
    """What a user gave as ``periodic``: the period or ``{"period": 6.6}``.

    Raises
    ------
    ProblemError
        If it is something else.
    """
    if value is None or isinstance(value, Periodic):
        return value
    if isinstance(value, Mapping):
        unknown = [key for key in value if key != "period"]
        if unknown:
            near = nearest_name(str(unknown[0]), ["period"])
            raise ProblemError([Fault(f"unknown key '{unknown[0]}'", path="periodic", suggestion=near)])
        if "period" not in value:
            raise ProblemError([Fault("needs a period to start from, such as {period: 6.6}", path="periodic")])
        value = value["period"]
    try:
        return Periodic(float(value))
    except (TypeError, ValueError, OverflowError):
        raise ProblemError([Fault(f"must be a number, not {value!r}", path="periodic.period")]) from None
