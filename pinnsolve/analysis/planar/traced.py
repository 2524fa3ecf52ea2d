"""A Python right-hand side made fast enough for the thousands of calls that a portrait needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.network.tracing import Traced
from pinnsolve.problem import ExpressionSystem, Kernels, System

Array = NDArray[np.float64]

OFTEN = 6
"""A trace costs as much as about a hundred plain calls, so only sizes that come again are traced."""


def quick(system: System) -> System:
    """The same system: as it is where its kernels are generated from equations, with traced kernels where they are not."""
    return system if isinstance(system, (ExpressionSystem, TracedSystem)) else TracedSystem(system)


class TracedSystem(System):
    """A system whose NumPy kernels run flat graphs of its function."""

    def __init__(self, system: System) -> None:
        super().__init__(system.f, system.states, system.parameters)
        self._inner = system

    def rhs(self, t: Tensor, y: Tensor) -> Tensor:
        """The right-hand side at one point, as the system itself has it."""
        return self._inner.rhs(t, y)

    @cached_property
    def kernels(self) -> Kernels:
        """NumPy functions through torch: traced for sizes that come often."""
        values = _Often(self.rhs_batch)
        both = _Often(self.jacobian_batch)

        def f(t: Array, y: Array, out: Array) -> Array:
            out[:] = values(t, y).numpy().T
            return out

        def fj(t: Array, y: Array, out: Array) -> Array:
            value, jacobian = both(t, y)
            out[0] = value.numpy().T
            out[1:] = jacobian.numpy().transpose(1, 2, 0)
            return out

        return Kernels(f, fj, None)


class _Often:
    """A function of times (n,) and states (k, n), traced for every n that has come `OFTEN` times."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.traced = function, Traced(function)
        self.calls: Counter[int] = Counter()

    def __call__(self, t: Array, y: Array) -> Any:
        times, states = torch.from_numpy(np.array(t, dtype=np.float64)), torch.from_numpy(np.array(y.T, dtype=np.float64))
        self.calls[len(t)] += 1
        with torch.no_grad():
            return (self.traced if self.calls[len(t)] > OFTEN else self.function)(times, states)
