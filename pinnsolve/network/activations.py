"""The smooth activations that a network may have: as functions, as modules, with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Triple = tuple[Tensor, Tensor, Tensor]


class Sine(nn.Module):
    """sin, as a module."""

    def forward(self, x: Tensor) -> Tensor:
        """Sine of every entry, any shape."""
        return torch.sin(x)


@dataclass(frozen=True)
class Activation:
    """One activation in the forms that torch code wants."""

    function: Callable[[Tensor], Tensor]
    module: Callable[[], nn.Module]
    derivatives: Callable[[Tensor], Triple]
    """x -> (σ(x), σ'(x), σ''(x)), for the closed form of the residual's Jacobian."""


def _tanh(x: Tensor) -> Triple:
    value = torch.tanh(x)
    first = 1 - value * value
    return value, first, -2 * value * first


def _sin(x: Tensor) -> Triple:
    value = torch.sin(x)
    return value, torch.cos(x), -value


def _silu(x: Tensor) -> Triple:
    s = torch.sigmoid(x)
    slope = s * (1 - s)
    return x * s, s + x * slope, slope * (2 + x * (1 - 2 * s))


def _gelu(x: Tensor) -> Triple:
    below = torch.special.ndtr(x)
    density = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return x * below, below + x * density, density * (2 - x * x)


def _softplus(x: Tensor) -> Triple:
    linear = x > 20  # torch's softplus is x itself from there on, and so are its derivatives
    s = torch.sigmoid(x)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    return functional.softplus(x), torch.where(linear, one, s), torch.where(linear, zero, s * (1 - s))


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, nn.Tanh, _tanh),
    "sin": Activation(torch.sin, Sine, _sin),
    "silu": Activation(functional.silu, nn.SiLU, _silu),
    "gelu": Activation(functional.gelu, nn.GELU, _gelu),
    "softplus": Activation(functional.softplus, nn.Softplus, _softplus),
}
"""Name in the problem file: activation. All have continuous derivatives of every order."""
