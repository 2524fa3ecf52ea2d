"""Levenberg–Marquardt on all weights, with variable projection of the output layer.

Each step minimises the linear model of the residual with damping μ on the weights, scaled by the largest norms that the
columns of the Jacobian have had (Moré, "The Levenberg–Marquardt algorithm: implementation and theory", 1978),

    |r + J D⁻¹ d|² + μ |F d|²,   D = running maximum of the column norms,   F = 1, and `FREE` for the output layer

by QR. The output layer is nearly linear in effect and hardly damped; at the trial weights it is solved once more, so
that a step of the hidden layers is judged with the outputs that suit them (variable projection: Golub and Pereyra, SIAM
J. Numer. Anal. 10, 1973). Without it the method crawls: the residual ends 40 to 400 times higher at equal time.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from pinnsolve.network.residual import Objective
from pinnsolve.training.least_squares import damped, output_step, ridge, triangle
from pinnsolve.training.protocol import Iterate, Method, Settings, rms

FIRST = 1e-6
"""μ of the first step."""
FREE = 1e-4
"""Damping of the output layer in units of the others'."""
ACCEPT = 1e-4
"""A step counts when the loss falls by at least this part of what the linear model promised."""
REFUSALS = 12
"""Most refused steps of one iteration."""


class LevenbergMarquardt(Method):
    """Damped Gauss–Newton over all weights."""

    name = "levenberg-marquardt"
    least = 3
    patience = (20, 1.2)

    def __init__(self, objective: Objective, weights: Tensor, settings: Settings) -> None:
        super().__init__(objective, weights, settings)
        self._damping, self._loss = FIRST, math.nan
        self._scale: Tensor | None = None
        eps = torch.finfo(weights.dtype).eps
        self._least_damping = 4.5 * eps
        self._least_scale = 0.1 * ridge(weights.dtype)  # of the largest: columns without effect are not blown up
        self._factors = torch.ones_like(weights)
        self._factors[-objective.outputs :] = FREE

    def start(self) -> Iterate:
        """Evaluate the first weights."""
        return self._accept(self.weights, self.objective.vector(self.weights))

    def step(self) -> Iterate:
        """One accepted step, after as many refused ones as it takes."""
        residual, jacobian = self.objective.jacobian(self.weights)
        scale = self._scaled(jacobian)
        jacobian = jacobian / scale
        factor = triangle(jacobian, residual[:, None])
        for refused in range(REFUSALS + 1):
            step = damped(factor, math.sqrt(self._damping) * self._factors)[:, 0]
            weights, vector = self._project(self.weights + step / scale)
            promised = self._loss - self.objective.loss(residual + jacobian @ step)
            gain = (self._loss - self.objective.loss(vector)) / promised if promised > 0 else -math.inf
            if gain > ACCEPT:  # and so finite
                used = self._damping
                factor_of_gain = 0.1 if gain > 0.75 else 0.5 if gain > 0.25 else 2.0
                self._damping = max(self._least_damping, factor_of_gain * used)
                return self._accept(weights, vector, used)
            self._damping *= 4 if refused < 2 else 10
        return self._accept(self.weights, residual, self._damping, "no damped step lowers the loss")

    def state_dict(self) -> dict[str, Any]:
        """Weights, their loss, damping and column scales."""
        scale = None if self._scale is None else self._scale.clone()
        return {"weights": self.weights.clone(), "loss": self._loss, "damping": self._damping, "scale": scale}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Carry on from what `state_dict` returned."""
        self.weights, self._loss, self._damping = state["weights"], state["loss"], state["damping"]
        self._scale = state["scale"]

    def _scaled(self, jacobian: Tensor) -> Tensor:
        """D (P,): the largest norm that each column has had, with a floor."""
        norms = jacobian.norm(dim=0)
        self._scale = norms if self._scale is None else torch.maximum(self._scale, norms)
        return self._scale.clamp(min=max(self._least_scale * float(self._scale.max()), torch.finfo(norms.dtype).tiny))

    def _project(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The weights with the output layer solved for them, where that lowers the loss, and their residual vector."""
        residual, jacobian = self.objective.jacobian(weights, hidden=False)
        if not torch.isfinite(residual).all():
            return weights, residual
        step = output_step(jacobian, residual)
        projected = weights.clone()
        projected[-len(step) :] += step
        vector = self.objective.vector(projected)
        if self.objective.loss(vector) < self.objective.loss(residual):
            return projected, vector
        return weights, residual

    def _accept(self, weights: Tensor, vector: Tensor, size: float = FIRST, stalled: str = "") -> Iterate:
        self.weights, self._loss = weights, self.objective.loss(vector)
        return Iterate(weights, self._loss, rms(self.objective.squares(vector)), size, stalled)
