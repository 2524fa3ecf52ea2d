"""How a solver tells what it is doing, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Snapshot = Callable[[], Mapping[str, Any]]
"""Returns everything needed to carry on from this iteration: tensors, numbers, strings, lists and dicts only."""


@dataclass(frozen=True)
class Step:
    """One finished iteration."""

    window: int
    """Index of the window being trained, from 0."""
    windows: int | None
    """How many there will be, None where the method decides as it goes."""
    stage: str
    """The method at work: gauss-newton, levenberg-marquardt, lbfgs, adam."""
    iteration: int
    """Counted from 1 over the whole solve."""
    residual: tuple[float, ...]
    """Norm of the residual of each state: largest over the training points, relative to the largest |y'| of the state
    for Gauss–Newton windows, root mean square of the scaled residual for the other methods."""
    size: float
    """Damping (Levenberg–Marquardt), learning rate (Adam), step (L-BFGS) or window length (Gauss–Newton)."""
    fraction: float
    """How much of the whole is done, 0 to 1, as far as the method can tell."""
    message: str = ""
    together: bool = False
    """Whether all windows are trained at once; `window` is 0 then."""


class Progress(Protocol):
    """Listens to a solver."""

    def update(self, step: Step, snapshot: Snapshot) -> None:
        """Called after every iteration. May raise `Interrupted`, which ends the solve with its best result so far."""


@runtime_checkable
class Preparation(Protocol):
    """A listener that also wants to hear of what comes before the first iteration of a training."""

    def prepare(self, what: str, snapshot: Snapshot) -> None:
        """Called every moment of the preparation, `what` being a phrase on it. May raise `Interrupted`."""


Pause = Callable[[], None]
"""What a long computation calls every moment, so that it can be stopped: it may raise `Interrupted`."""


def no_pause() -> None:
    """Do nothing: the `Pause` of a computation that nobody stops."""


def tell_preparation(progress: Progress | None, what: str, snapshot: Snapshot) -> None:
    """Tell the listener of a moment of the preparation, if it wants to know."""
    if isinstance(progress, Preparation):
        progress.prepare(what, snapshot)


class Silent:
    """Listens and says nothing."""

    def update(self, step: Step, snapshot: Snapshot) -> None:
        """Do nothing."""
