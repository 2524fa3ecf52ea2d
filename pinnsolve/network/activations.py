"""The smooth activations that a network may have: as functions, as modules and as users name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


class Sine(nn.Module):
    """sin, as a module."""

    def forward(self, x: Tensor) -> Tensor:
        """Sine of every entry, any shape."""
        return torch.sin(x)


@dataclass(frozen=True)
class Activation:
    """One activation in the two forms that torch code wants."""

    function: Callable[[Tensor], Tensor]
    module: Callable[[], nn.Module]


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, nn.Tanh),
    "sin": Activation(torch.sin, Sine),
    "silu": Activation(functional.silu, nn.SiLU),
    "gelu": Activation(functional.gelu, nn.GELU),
    "softplus": Activation(functional.softplus, nn.Softplus),
}
"""Name in the problem file: activation. All have continuous derivatives of every order."""
