"""The residual of a trial solution, its mean square with gradient, and its Jacobian with respect to all weights.

    r(τ) = dN/dτ − (length/2) f(t, y)/S            (n, k) at n points, see `trial` for y, τ and S

A soft condition adds k numbers √(n·weight) N(−1), so that for both conditions, over one vector r of m numbers,

    loss = |r|²/(n·k) = mean of the squared residual (+ weight · mean N(−1)²)

Two routes compute it. The gradient methods follow the definition, ``vmap(jacfwd)`` of the trial solution, from a flat
graph. The least-squares methods need the Jacobian on ever new sizes and use the closed form of `sweep`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.func import functional_call, grad

from pinnsolve.network import sweep
from pinnsolve.network.derivatives import value_and_derivative
from pinnsolve.network.mlp import MLP
from pinnsolve.network.tracing import Traced
from pinnsolve.network.trial import Trial, Window


class Field(Protocol):
    """The right-hand side: a `System`, or a `Prescribed` derivative."""

    def rhs_batch(self, t: Tensor, y: Tensor) -> Tensor:
        """Evaluate f: t (n,), y (n, k) -> (n, k)."""

    def jacobian_batch(self, t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Evaluate f (n, k) and df/dy (n, k, k)."""


@dataclass(frozen=True)
class Prescribed:
    """y' given at the points, whatever y: to fit a known solution is to solve y' = g(t)."""

    derivative: Tensor
    """(n, k)"""

    def rhs_batch(self, t: Tensor, y: Tensor) -> Tensor:  # noqa: ARG002
        """Return the derivative given."""
        return self.derivative

    def jacobian_batch(self, t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return the derivative given, and zeros."""
        n, k = self.derivative.shape
        return self.derivative, self.derivative.new_zeros(n, k, k)


@dataclass(frozen=True)
class Model:
    """What is the same on every window: the right-hand side, the shape of the network and the kind of condition."""

    field: Field
    states: tuple[str, ...]
    """Names of the k states."""
    network: MLP
    """Its own weights are not used: every function takes them as a vector (P,)."""
    anchored: bool = True
    """Whether the condition is hard."""

    def residual(self, weights: Tensor, window: Window, tau: Tensor) -> Tensor:
        """(n, k) by definition: y' − f(t, y) with y' by vmap(jacfwd) of the trial solution, in τ and in the scale."""
        trial = Trial(self.network, window, self.anchored)
        state = self.network.named(weights, "network.")
        t = window.times(tau)
        y, derivative = value_and_derivative(lambda t: functional_call(trial, state, (t,)), t[:, None])
        return window.length / 2 * (derivative - self.field.rhs_batch(t, y)) / window.scale

    @cached_property
    def gradient(self) -> Traced:
        """(weights, τ, weight of the condition, parts of the window) -> gradient (P,), (loss (), mean squares (k,))."""
        return Traced(grad(self._loss, has_aux=True))

    def _loss(
        self, weights: Tensor, tau: Tensor, condition_weight: Tensor, *window: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        squares = self.residual(weights, Window(*window), tau).square().mean(dim=0)
        loss = squares.mean()
        if not self.anchored:
            first = functional_call(self.network, self.network.named(weights), (Window(*window).begin,))
            loss = loss + condition_weight * first.square().mean()
        return loss, (loss, squares)


@dataclass(frozen=True)
class Objective:
    """The residual of one window on its points, as functions of the weights (P,)."""

    model: Model
    window: Window
    tau: Tensor
    """(n,) collocation points in [−1, 1]."""
    condition_weight: float = 1.0
    """Weight of a soft condition beside the residual."""

    @property
    def k(self) -> int:
        """Number of states."""
        return self.model.network.k

    @property
    def outputs(self) -> int:
        """How many of the weights, the last, belong to the output layer."""
        return self.model.network.outputs

    def gradient(self, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Loss (), its gradient (P,) and the mean square of the residual of each state (k,), from a flat graph."""
        window = self.window
        weight = torch.full_like(window.start, self.condition_weight)
        parts = (window.start, window.length, window.offset, window.scale)
        gradient, (loss, squares) = self.model.gradient(weights, self.tau, weight, *parts)
        return loss, gradient, squares

    def loss(self, vector: Tensor) -> float:
        """Loss of the residual vector (m,)."""
        return float(vector @ vector) / (len(self.tau) * self.k)

    def squares(self, vector: Tensor) -> Tensor:
        """Mean square of the residual of each state (k,), of the residual vector (m,)."""
        return vector[: len(self.tau) * self.k].view(-1, self.k).square().mean(dim=0)

    def states(self, weights: Tensor, tau: Tensor) -> Tensor:
        """The trial solution at τ (n,): (n, k)."""
        return _Values(self, weights, tau).states

    def residual(self, weights: Tensor, tau: Tensor) -> Tensor:
        """The residual at τ (n,), of the equations alone: (n, k)."""
        values = _Values(self, weights, tau)
        return values.residual(self.model.field.rhs_batch(self.window.times(tau), values.states))

    def vector(self, weights: Tensor) -> Tensor:
        """The residual vector (m,)."""
        values = _Values(self, weights, self.tau)
        rates = self.model.field.rhs_batch(self.window.times(self.tau), values.states)
        return self._with_condition(values.residual(rates).reshape(-1), values.first)

    def jacobian(self, weights: Tensor, *, hidden: bool = True) -> tuple[Tensor, Tensor]:
        """The residual vector (m,) and its Jacobian (m, P), or (m, `outputs`) for the output layer alone.

        With g = dh/dτ of the last hidden layer h, output layer C and A = −(length/2) S⁻¹ (df/dy) S at each point,

            dr = C dg + A C (dh − dh(−1)) + dC g + A dC (h − h(−1))
        """
        values = _Values(self, weights, self.tau)
        rates, slopes = self.model.field.jacobian_batch(self.window.times(self.tau), values.states)
        scale = self.window.scale
        # Where f is fine its derivative may be infinite (sqrt at 0): such an entry is left out of the linear model.
        a = -self.window.length / 2 * slopes.nan_to_num(0.0, 0.0, 0.0) * (scale / scale[:, None])  # (n, k, k)
        columns = [values.hidden_columns(a)] if hidden else []
        jacobian = torch.cat([*columns, values.output_columns(a)], dim=1)
        residual = values.residual(rates).reshape(-1)
        if self.model.anchored:
            return residual, jacobian
        columns = [values.first_by_hidden()] if hidden else []
        condition = torch.cat([*columns, values.first_by_output()], dim=1)
        rows = torch.cat([jacobian, self._condition_root * condition])
        return self._with_condition(residual, values.first), rows

    @property
    def _condition_root(self) -> float:
        return math.sqrt(len(self.tau) * self.condition_weight)

    def _with_condition(self, residual: Tensor, first: Tensor) -> Tensor:
        return residual if self.model.anchored else torch.cat([residual, self._condition_root * first])


class _Values:
    """Network and trial solution at τ (n,) for one vector of weights, and the parts of the Jacobian there.

    The features have one more row than τ: the last is τ = −1.
    """

    def __init__(self, objective: Objective, weights: Tensor, tau: Tensor) -> None:
        network, window = objective.model.network, objective.window
        parts = network.split(weights)
        count = 2 * len(network.hidden)
        output, bias = parts[count], parts[count + 1 :]
        points = torch.cat([tau, window.begin])
        features = sweep.forward(parts[:count], network.activation, points)
        value = features.value @ output.T
        value = value + bias[0] if bias else value
        self.anchored, self.window = objective.model.anchored, window
        self.features, self.output, self.biased = features, output, bool(bias)
        self.first = value[-1]
        """N(−1), (k,)"""
        self.states = window.offset + window.scale * (value[:-1] - self.first if self.anchored else value[:-1])
        """y, (n, k)"""

    def residual(self, rates: Tensor) -> Tensor:
        """Residual (n, k) for f (n, k)."""
        return self.features.tangent[:-1] @ self.output.T - self.window.length / 2 * rates / self.window.scale

    def hidden_columns(self, a: Tensor) -> Tensor:
        """Derivatives of r with respect to the hidden weights (n·k, P_hidden), for A (n, k, k)."""
        n, k = a.shape[:2]
        columns = sweep.backward(self.features, slice(0, n), a @ self.output, self.output.expand(n, -1, -1))
        if self.anchored:
            columns -= a.reshape(n * k, k) @ self.first_by_hidden()
        return columns

    def output_columns(self, a: Tensor) -> Tensor:
        """Derivatives of r with respect to the output layer (n·k, P_output)."""
        n, k = a.shape[:2]
        h = self.features.value
        weight = a[..., None] * (h[:-1] - h[-1] if self.anchored else h[:-1])[:, None, None]  # (n, k, k, H)
        weight.diagonal(dim1=1, dim2=2).add_(self.features.tangent[:-1, :, None])
        parts = [weight.reshape(n * k, -1)]
        if self.biased:
            parts.append((torch.zeros_like(a) if self.anchored else a).reshape(n * k, k))
        return torch.cat(parts, dim=1)

    def first_by_hidden(self) -> Tensor:
        """Derivatives of N(−1) with respect to the hidden weights (k, P_hidden)."""
        return sweep.backward(self.features, slice(-1, None), self.output[None], None)

    def first_by_output(self) -> Tensor:
        """Derivatives of N(−1) with respect to the output layer (k, P_output)."""
        eye = torch.eye(len(self.output), dtype=self.output.dtype, device=self.output.device)
        parts = [torch.kron(eye, self.features.value[-1:])]
        return torch.cat([*parts, eye] if self.biased else parts, dim=1)
