"""Gauss–Newton on the output layer: the hidden layers stay, and the least squares over what they offer is solved.

Linear in the unknowns but for f, so a handful of iterations is enough. The step is shortened by halves where f is so
nonlinear that the full one does not lower the loss.
"""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor

from pinnsolve.network.residual import Objective
from pinnsolve.training.least_squares import output_step
from pinnsolve.training.protocol import Iterate, Method, Settings, rms

HALVINGS = 10
"""Most halvings of one step."""
SOLVED = 1e-3
"""The least squares is solved when a step lowers the loss by no more than this part."""


class GaussNewton(Method):
    """Nonlinear least squares over the output layer."""

    name = "gauss-newton"
    least = 1

    def __init__(self, objective: Objective, weights: Tensor, settings: Settings) -> None:
        super().__init__(objective, weights, settings)
        self._loss = math.nan

    def start(self) -> Iterate:
        """Evaluate the first weights."""
        return self._accept(self.weights, self.objective.vector(self.weights), 0.0)

    def step(self) -> Iterate:
        """One Gauss–Newton step, as long as it may be."""
        residual, jacobian = self.objective.jacobian(self.weights, hidden=False)
        step, before = output_step(jacobian, residual), self._loss
        for halving in range(HALVINGS + 1):
            size = 0.5**halving
            weights = self.weights.clone()
            weights[-len(step) :] += size * step
            vector = self.objective.vector(weights)
            if self.objective.loss(vector) < before:
                stalled = self.objective.loss(vector) > (1 - SOLVED) * before
                return self._accept(weights, vector, size, _SOLVED if stalled else "")
        return self._accept(self.weights, residual, 0.0, _SOLVED)

    def state_dict(self) -> dict[str, Any]:
        """Weights and their loss."""
        return {"weights": self.weights.clone(), "loss": self._loss}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Carry on from what `state_dict` returned."""
        self.weights, self._loss = state["weights"], state["loss"]

    def _accept(self, weights: Tensor, vector: Tensor, size: float, stalled: str = "") -> Iterate:
        self.weights, self._loss = weights, self.objective.loss(vector)
        return Iterate(weights, self._loss, rms(self.objective.squares(vector)), size, stalled)


_SOLVED = "the least squares over the output layer is solved, and its hidden layers offer no more"
