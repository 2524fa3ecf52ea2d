"""What relaxed problems have in common: Levenberg–Marquardt by stages, in which the equations count for more and more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.observations import Observations, Places

Array = NDArray[np.float64]

FASTER, SLOWER, LEAST = 5, 4, 1e-12
"""By how much the damping is divided after a step that is accepted and multiplied after one that is not, and the least."""


@dataclass(frozen=True)
class Residuals:
    """A curve and what it leaves over."""

    curve: Curve
    data: Array
    """(N,) model less data, in units of their assumed errors."""


Left = TypeVar("Left", bound=Residuals)
Stepped = Callable[[float], Curve | None]
"""Damping -> the curve after a step; None if there is none."""


class Relaxation(ABC, Generic[Left]):
    """A least squares problem for curves that do not satisfy the equations yet.

    What a curve leaves over and where a step leads is said by a subclass. `size` is what a violation of the equations must
    be, relative to the states, to count like a residual of one; it gets smaller from stage to stage.

    Parameters
    ----------
    fixed
        (k,) which states have a given value at the start.
    scale
        (k,) the size of each state.
    sd
        (N,) assumed errors of the data.
    heard
        Called after every step.
    """

    sizes: ClassVar[tuple[float, ...]]
    """Stage by stage."""
    iterations: ClassVar[int]
    """Most steps a stage."""
    small: ClassVar[float]
    """A relative decrease below this ends a stage."""
    dampings: ClassVar[tuple[float, float]]
    """The first damping and the largest."""

    def __init__(
        self, windows: Windows, observations: Observations, coordinates: Coordinates, fixed: NDArray[np.bool_], scale: Array,
        sd: Array, heard: Callable[[Curve, Array], None],
    ) -> None:
        self.windows, self.observations, self.coordinates = windows, observations, coordinates
        self.fixed, self.scale, self.sd, self.heard = fixed, scale, sd, heard

    def solve(self, curve: Curve) -> Curve | None:
        """The curve and the parameters that fit the data and the equations; None where the start cannot be evaluated."""
        places = self.observations.places(curve, self.windows.table, self.observations.times)
        left = self.residuals(curve, places)
        if left is None:
            return None
        for size in self.sizes:
            left = self._minimised(left, places, size)
        return left.curve

    @abstractmethod
    def residuals(self, curve: Curve, places: Places) -> Left | None:
        """What a curve leaves over; None where that is not finite."""

    @abstractmethod
    def cost(self, left: Left, size: float) -> float:
        """The sum of squares."""

    @abstractmethod
    def linearised(self, left: Left, places: Places, size: float) -> Stepped:
        """The steps from a curve."""

    def _minimised(self, left: Left, places: Places, size: float) -> Left:
        damping, top = self.dampings
        cost = self.cost(left, size)
        for _ in range(self.iterations):
            stepped, before = self.linearised(left, places, size), cost
            while damping <= top:
                curve = stepped(damping)
                trial = None if curve is None else self.residuals(curve, places)
                trial_cost = np.inf if trial is None else self.cost(trial, size)
                if trial is not None and trial_cost < cost:
                    left, cost, damping = trial, trial_cost, max(damping / FASTER, LEAST)
                    break
                damping *= SLOWER
            self.heard(left.curve, left.data)
            if damping > top or before - cost <= self.small * before:
                break
        return left
