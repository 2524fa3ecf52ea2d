"""What every training method is to the loop that runs it, and how a stage can end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import torch
from torch import Tensor

from pinnsolve.network.residual import Objective


@dataclass(frozen=True)
class Settings:
    """How one stage is trained, with every default filled in."""

    method: str
    points: int
    sampling: str
    iterations: int
    """Most iterations of the stage."""
    tolerance: float
    """The stage ends when the root of the loss, the root mean square of the scaled residual, is at most this."""
    condition_weight: float = 1.0
    """Weight of a soft condition."""
    learning_rate: float = 1e-2
    """Adam's first step size."""
    schedule: str = "cosine"
    """Adam's learning rate over the iterations: ``cosine``, ``plateau`` or ``constant``."""
    time_limit: float | None = None
    """Seconds."""


class Reason(Enum):
    """Why a stage ended."""

    TOLERANCE = "tolerance"
    ITERATIONS = "iterations"
    TIME = "time"
    STALLED = "stalled"
    NOT_FINITE = "not finite"


@dataclass(frozen=True)
class Stop:
    """How a stage ended, as a value."""

    reason: Reason
    sentence: str
    """What happened and, where the tolerance was not reached, what to change."""


@dataclass(frozen=True)
class Iterate:
    """Weights with their residual, after one step."""

    weights: Tensor
    """(P,)"""
    loss: float
    residual: tuple[float, ...]
    """Root mean square of the scaled residual of each state."""
    size: float
    """Damping, learning rate or step length."""
    stalled: str = ""
    """Why the method can go no further; empty while it can."""


class Method(ABC):
    """One way to make the loss small. A new method is one file with a subclass and a line in `stages.METHODS`.

    1. ``__init__`` takes the objective, the first weights and the settings, and computes nothing.
    2. ``start`` evaluates the weights without moving them.
    3. ``step`` does one iteration. The weights that it returns belong to the loss that it returns. It may return a loss
       that is not finite, which ends the stage; it never goes on from one.
    4. ``move`` hands it other points; the weights stay.
    5. ``state_dict`` has everything that ``step`` depends on but the objective, as tensors, numbers, lists and dicts:
       after ``load_state_dict`` the same steps follow, bit for bit.
    """

    name: ClassVar[str]
    least: ClassVar[int] = 0
    """Iterations that are done even where the tolerance is met from the start."""
    patience: ClassVar[tuple[int, float] | None] = None
    """(iterations, factor): the stage has stalled when its best loss has not fallen by the factor in so many."""

    def __init__(self, objective: Objective, weights: Tensor, settings: Settings) -> None:
        self.objective, self.settings = objective, settings
        self.weights = weights.detach().clone()
        """(P,) the weights from which the next step starts."""

    @abstractmethod
    def start(self) -> Iterate:
        """Evaluate the first weights."""

    @abstractmethod
    def step(self) -> Iterate:
        """Do one iteration."""

    def move(self, objective: Objective) -> None:
        """Go on with another objective: the same window on other points."""
        self.objective = objective

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Everything needed to carry on."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Carry on from what `state_dict` returned; it belongs to the method from then on."""


def rms(squares: Tensor) -> tuple[float, ...]:
    """Mean squares (k,) -> root mean squares as numbers."""
    return tuple(squares.sqrt().tolist())


def not_finite(objective: Objective, weights: Tensor) -> str:
    """Which component is not finite and when: the first in time, as a clause. Empty where all are."""
    window, states = objective.window, objective.model.states
    tau = objective.tau.sort().values
    t, y = window.times(tau), objective.states(weights, tau)
    rates = objective.model.field.rhs_batch(t, y)
    for values, what in ((y, "the network's value of {}"), (rates, "the right-hand side of {}'")):
        bad = (~torch.isfinite(values)).nonzero()
        if len(bad):
            row, column = bad[0].tolist()
            at = ", ".join(f"{name} = {value:.4g}" for name, value in zip(states, y[row].tolist(), strict=True))
            return f"{what.format(states[column])} is {float(values[row, column])} at t = {float(t[row]):.6g}, where {at}"
    return ""


def copied(value: Any, device: torch.device | None = None) -> Any:
    """A deep copy of a state: dicts and lists of tensors and numbers. Tensors go to the device, where one is given;
    single numbers stay, as torch's optimisers want them.
    """
    if isinstance(value, dict):
        return {key: copied(item, device) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item, device) for item in value]
    if not isinstance(value, Tensor):
        return value
    return value.detach().clone() if device is None or value.dim() == 0 else value.detach().to(device, copy=True)
