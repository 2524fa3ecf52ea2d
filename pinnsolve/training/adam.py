"""Adam on all weights: the first-order method that published PINNs begin with.

Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, as `torch.optim.Adam` has it, on the full set of
points at every step.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from pinnsolve.network.residual import Objective
from pinnsolve.training.protocol import Iterate, Method, Settings, copied, rms

LAST = 1e-3
"""Cosine: the last learning rate in units of the first."""
WAIT, FACTOR = 500, 0.5
"""Plateau: after so many iterations without a loss 1 % better, the learning rate falls by the factor."""


class Adam(Method):
    """Adam with a cosine, plateau or constant learning rate."""

    name = "adam"

    def __init__(self, objective: Objective, weights: Tensor, settings: Settings) -> None:
        super().__init__(objective, weights, settings)
        self._optimiser = torch.optim.Adam([self.weights], lr=settings.learning_rate, foreach=False)
        self._iteration = 0
        self._rate = settings.learning_rate
        self._best, self._waited = math.inf, 0

    def start(self) -> Iterate:
        """Evaluate the first weights."""
        loss, _, squares = self.objective.gradient(self.weights)
        return Iterate(self.weights.clone(), float(loss), rms(squares), self._rate)

    def step(self) -> Iterate:
        """Evaluate, then move; the loss is that of the weights before."""
        loss, gradient, squares = self.objective.gradient(self.weights)
        before = Iterate(self.weights.clone(), float(loss), rms(squares), self._rate)
        if not math.isfinite(before.loss):
            return before
        self._rate = self._schedule(before.loss)
        self._optimiser.param_groups[0]["lr"] = self._rate
        self.weights.grad = gradient
        self._optimiser.step()
        self._iteration += 1
        return before

    def state_dict(self) -> dict[str, Any]:
        """Weights, moments, and where the schedule stands."""
        return {
            "weights": self.weights.clone(),
            "optimiser": copied(self._optimiser.state[self.weights]),
            "iteration": self._iteration,
            "rate": self._rate,
            "best": self._best,
            "waited": self._waited,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Carry on from what `state_dict` returned."""
        self.weights.copy_(state["weights"])
        self._optimiser.state[self.weights] = state["optimiser"]
        self._iteration, self._rate = state["iteration"], state["rate"]
        self._best, self._waited = state["best"], state["waited"]

    def _schedule(self, loss: float) -> float:
        """The learning rate of the step to come."""
        first = self.settings.learning_rate
        if self.settings.schedule == "cosine":
            done = min(1.0, self._iteration / self.settings.iterations)
            return first * (LAST + (1 - LAST) * (1 + math.cos(math.pi * done)) / 2)
        if self.settings.schedule == "constant":
            return first
        if loss < 0.99 * self._best:
            self._best, self._waited = loss, 0
            return self._rate
        self._waited += 1
        if self._waited <= WAIT:
            return self._rate
        self._waited = 0
        return max(LAST * first, FACTOR * self._rate)
