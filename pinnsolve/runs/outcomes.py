"""The two ways in which a run ends without having all its files, each with the result that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinnsolve.errors import Interrupted, RunError

if TYPE_CHECKING:
    from pinnsolve.solvers import Solution


class UnwrittenError(RunError):
    """The problem was solved, but its files could not all be written."""

    def __init__(self, reason: RunError, solution: Solution, result: dict[str, Any]) -> None:
        super().__init__(f"the problem was solved, but its run is not complete: {reason}")
        self.solution = solution
        self.result = result
        """What stands, or would stand, in ``result.json``."""


class RunInterrupted(Interrupted):
    """A signal ended the run, after everything that was there had been saved."""

    def __init__(self, signal_number: int, message: str, solution: Solution, result: dict[str, Any]) -> None:
        super().__init__(signal_number)
        self.args = (message,)
        self.solution = solution
        self.result = result
        """What stands in ``result.json``."""
