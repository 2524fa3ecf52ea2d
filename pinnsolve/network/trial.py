"""How the initial condition is imposed: the trial solution of one window.

On [start, start + length], with τ = 2 (t − start)/length − 1 in [−1, 1], offset o (k,) and scale S (k,),

    y(t) = o + S ∘ (N(τ) − N(−1))      hard: y(start) = o for any weights
    y(t) = o + S ∘ N(τ)                soft: y(start) = o where N(−1) = 0, which becomes one more term of the loss

The residual is measured in τ and in units of the scale, so that its size says the same on every window:

    r(τ) = dN/dτ − (length/2) f(t, y)/S = (length/2) (y' − f(t, y))/S
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Window:
    """One window, its initial value and its scale, all on one device in one dtype."""

    start: Tensor
    """()"""
    length: Tensor
    """(), negative backward in time."""
    offset: Tensor
    """(k,) value at the start."""
    scale: Tensor
    """(k,) size of each state, positive."""

    @property
    def begin(self) -> Tensor:
        """τ = −1, (1,)."""
        return torch.full((1,), -1.0, dtype=self.scale.dtype, device=self.scale.device)

    def times(self, tau: Tensor) -> Tensor:
        """Times of τ, any shape."""
        return self.start + self.length * (tau + 1) / 2


class Trial(nn.Module):
    """The trial solution as a module: t (1,) -> y (k,), or (n, 1) -> (n, k).

    Parameters
    ----------
    network
        Any module that maps (1,) to (k,).
    anchored
        Whether the condition is hard.
    """

    def __init__(self, network: nn.Module, window: Window, anchored: bool = True) -> None:
        super().__init__()
        self.network, self.window, self.anchored = network, window, anchored

    def forward(self, t: Tensor) -> Tensor:
        """Evaluate the states."""
        window = self.window
        value = self.network(2 * (t - window.start) / window.length - 1)
        if self.anchored:
            value = value - self.network(window.begin)
        return window.offset + window.scale * value
