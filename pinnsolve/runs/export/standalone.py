"""A solution as one module of its own: everything that `Solution` does with a time before and after its networks.

Always float64 on the CPU. Networks that were trained in float32 are widened: the same functions, rounded less.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from pinnsolve.errors import RunError
from pinnsolve.network.chain import Chain
from pinnsolve.runs.result import without_nan
from pinnsolve.solvers import Solution
from pinnsolve.version import VERSION

SLACK = 1e-12
"""How far outside a time may lie, relative to the interval: the rounding of a division into steps."""


class Standalone(nn.Module):
    """Times (n,) -> states (n, k), NaN outside `low` to `high`.

    Parameters
    ----------
    low, high
        The times that are answered for, infinite for all.
    start, period
        A closed orbit is wrapped into [start, start + period); a period of None leaves the times alone.
    """

    def __init__(self, chain: Chain, low: float, high: float, start: float = 0.0, period: float | None = None) -> None:
        super().__init__()
        state = chain.state()
        # Copies: what is written must not drag along the larger tensors that some are views of.
        own = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in state["tensors"].items()}
        self.chain = Chain.from_state({**state, "tensors": own}).double()
        self.low, self.high, self.start, self.period = low, high, start, period

    @property
    def bounded(self) -> bool:
        """Whether there are times without an answer."""
        return math.isfinite(self.low) or math.isfinite(self.high)

    def forward(self, t: Tensor) -> Tensor:
        """Evaluate the states."""
        if self.period is not None:
            t = self.start + torch.remainder(t - self.start, self.period)
        value = self.chain.evaluate(t)
        if self.bounded:
            inside = (t >= self.low) & (t <= self.high)
            value = torch.where(inside[:, None], value, math.nan)
        return value


def standalone(solution: Solution, *, extrapolate: bool = False) -> Standalone:
    """The solution as a module that answers NaN where `Solution` refuses, unless `extrapolate`: then the nearest window
    goes on.

    Raises
    ------
    RunError
        If nothing could be solved.
    """
    if solution.network is None:
        raise RunError(f"there is no solution to export: {solution.message}")
    start, end = solution.interval
    period = solution.period
    if period is not None:
        return Standalone(solution.network, -math.inf, math.inf, start, period)
    if extrapolate:
        return Standalone(solution.network, -math.inf, math.inf)
    slack = math.copysign(SLACK * max(abs(end - start), abs(start), abs(end)), end - start)
    # Past a singularity there is no solution, however near; past the end of the interval only rounding is let pass.
    last = end + slack if solution.reached == end else solution.reached
    low, high = sorted((start - slack, last))
    return Standalone(solution.network, low, high)


def covered(solution: Solution) -> tuple[float, float]:
    """The first and the last time of the solution: the interval, one turn of a closed orbit, or up to a singularity."""
    start, end = solution.interval
    return start, min(end, solution.reached) if start <= end else max(end, solution.reached)


def facts(solution: Solution) -> dict[str, Any]:
    """What goes with the numbers into every file that has room for it, as plain data."""
    own = {
        "pinnsolve": VERSION,
        "name": solution.problem.name,
        "states": list(solution.states),
        "interval": list(covered(solution)),
        "period": solution.period,
        "status": solution.status,
        "accuracy": solution.accuracy,
        "parameters": dict(solution.system.parameters),
    }
    return without_nan(own)
