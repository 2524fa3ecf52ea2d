"""The kinds of problems beside initial value problems, and what each of them asks of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pinnsolve.errors import Fault
from pinnsolve.problem.estimation import fit_faults

if TYPE_CHECKING:
    from pinnsolve.problem.problem import Problem

KINDS = {
    "initial": "an initial value problem",
    "boundary": "a boundary value problem",
    "periodic": "a closed orbit",
    "fit": "a fit",
}
"""Kind: what it is, for messages."""


def kind_faults(problem: Problem) -> Iterator[Fault]:
    """Yield what is wrong with the conditions, the orbit or the fit, and what does not go together with them."""
    given = [name for name in ("boundary", "periodic", "fit") if getattr(problem, name) is not None]
    for name in given[1:]:
        yield Fault(f"a problem cannot have '{given[0]}' and '{name}': one of them must go", path=name)
    if given:
        yield from _setting_faults(problem, KINDS[given[0]])
    if problem.boundary is not None:
        yield from problem.boundary.faults()
    if problem.periodic is not None:
        yield from problem.periodic.faults(problem.system)
    if problem.fit is not None:
        yield from fit_faults(problem.fit, problem.system, problem.time)


def _setting_faults(problem: Problem, what: str) -> Iterator[Fault]:
    if problem.method not in (("auto",), ("gauss-newton",)):
        yield Fault(f"{what} is solved by method auto only: leave 'method' out", path="method")
    if problem.network.windows != "auto":
        yield Fault(f"{what} is solved with automatic windows only: leave 'network' out", path="network.windows")
