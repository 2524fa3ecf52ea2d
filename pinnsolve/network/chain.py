"""A chain of 1→k networks side by side in time: the function that every solve ends with.

On window i, [t_i, t_i + h_i], with τ = 2 (t − t_i)/h_i − 1 in [−1, 1] and N_i: R → R^k a plain MLP,

    y(t) = o_i + s_i ∘ (N_i(τ) − N_i(−1))      hard condition: y(t_i) = o_i for any weights
    y(t) = o_i + s_i ∘ N_i(τ)                  soft condition

All networks of a chain have one architecture, so that their weights are stacked along a first axis of m windows (or 1,
where all windows share a layer) and a call is a handful of tensor operations however many windows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pinnsolve.network.activations import ACTIVATIONS

CHUNK = 4_000_000
"""Most weights gathered at once (32 MB in float64): evaluation at many points goes in pieces."""


class Chain(nn.Module):
    """The trained solution as one torch module: times (n, 1) -> states (n, k), or one time (1,) -> (k,).

    Parameters
    ----------
    starts, lengths
        (m,) the windows; starts are counted from `origin`, lengths are negative backward in time.
    offset, scale
        (m, k) as in the formula of the module.
    layers
        (weight, bias) of every layer, input to output: (m or 1, out, in) and (m or 1, out).
    activation
        A name of `ACTIVATIONS`, between the layers.
    anchored
        Whether the condition is hard.
    origin
        The time from which `starts` are counted: far from zero, t − origin is exact where sums of t are not.
    """

    origin: Tensor
    starts: Tensor
    lengths: Tensor
    offset: Tensor
    scale: Tensor

    def __init__(
        self,
        starts: Tensor,
        lengths: Tensor,
        offset: Tensor,
        scale: Tensor,
        layers: Sequence[tuple[Tensor, Tensor]],
        activation: str = "tanh",
        anchored: bool = True,
        origin: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("origin", torch.tensor(origin, dtype=starts.dtype, device=starts.device))
        self.register_buffer("starts", starts)
        self.register_buffer("lengths", lengths)
        self.register_buffer("offset", offset)
        self.register_buffer("scale", scale)
        self.layer_weights = nn.ParameterList([nn.Parameter(weight, requires_grad=False) for weight, _ in layers])
        self.layer_biases = nn.ParameterList([nn.Parameter(bias, requires_grad=False) for _, bias in layers])
        self.activation = activation
        self.anchored = anchored

    @property
    def windows(self) -> int:
        """Number of windows m."""
        return len(self.starts)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Widths of the hidden layers."""
        return tuple(weight.shape[1] for weight in list(self.layer_weights)[:-1])

    @property
    def edges(self) -> Tensor:
        """(m + 1,) the ends of the windows in marching order."""
        return self.origin + torch.cat([self.starts, self.starts[-1:] + self.lengths[-1:]])

    def window_of(self, t: Tensor) -> Tensor:
        """Index of the window of each time from `origin`, (n,) -> (n,). An edge belongs to the later window, times outside
        to the nearest.
        """
        direction = torch.sign(self.lengths[0])
        index = torch.searchsorted(direction * self.starts, (direction * t).contiguous(), right=True) - 1
        return index.clamp(0, self.windows - 1)

    def forward(self, t: Tensor) -> Tensor:
        """Evaluate the states: t (n, 1) -> (n, k), or (1,) -> (k,)."""
        if t.dim() == 1:
            return self.evaluate(t)[0]
        times = t[..., 0].reshape(-1)
        size = max(1, CHUNK // max(1, self._gathered()))
        parts = [self.evaluate(part) for part in times.split(size)]
        value = parts[0] if len(parts) == 1 else torch.cat(parts)
        return value.reshape(*t.shape[:-1], value.shape[-1])

    def evaluate(self, t: Tensor) -> Tensor:
        """The states (n, k) at times (n,), all at once: tensor operations alone, whatever n, as `torch.export` wants it."""
        t = t - self.origin
        index = self.window_of(t.detach())
        tau = 2 * (t - self.starts[index]) / self.lengths[index] - 1
        value = self._network(index, tau)
        if self.anchored:
            value = value - self._network(index, torch.full_like(tau, -1.0))
        return self.offset[index] + self.scale[index] * value

    def state(self) -> dict[str, Any]:
        """As plain tensors on the CPU, a string and a bool, for a checkpoint."""
        tensors = {name: value.detach().cpu() for name, value in self.state_dict().items()}
        return {"tensors": tensors, "activation": self.activation, "anchored": self.anchored}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Chain:
        """Rebuild what `state` returned."""
        tensors = state["tensors"]
        count = sum(name.startswith("layer_weights.") for name in tensors)
        parts = {name: tensors[name] for name in ("starts", "lengths", "offset", "scale")}
        layers = [(tensors[f"layer_weights.{i}"], tensors[f"layer_biases.{i}"]) for i in range(count)]
        kind = {"activation": state["activation"], "anchored": state["anchored"]}
        return cls(**parts, **kind, layers=layers, origin=float(tensors["origin"]))

    def module(self, window: int) -> nn.Sequential:
        """The network N of one window as a plain ``nn.Sequential`` of Linear layers and activations, with its own copy
        of the weights.
        """
        modules: list[nn.Module] = []
        last = len(self.layer_weights) - 1
        for number, (weights, biases) in enumerate(zip(self.layer_weights, self.layer_biases, strict=True)):
            weight, bias = weights[_row(weights, window)], biases[_row(biases, window)]
            linear = nn.Linear(weight.shape[1], weight.shape[0], device=weight.device, dtype=weight.dtype)
            with torch.no_grad():
                linear.weight.copy_(weight)
                linear.bias.copy_(bias)
            modules.append(linear)
            if number < last:
                modules.append(ACTIVATIONS[self.activation].module())
        return nn.Sequential(*modules)

    def _network(self, index: Tensor, tau: Tensor) -> Tensor:
        """N of the window of each point: (n,), (n,) -> (n, k)."""
        act = ACTIVATIONS[self.activation].function
        h, last = tau[:, None], len(self.layer_weights) - 1
        for number, (weights, biases) in enumerate(zip(self.layer_weights, self.layer_biases, strict=True)):
            if len(weights) == 1:
                h = functional.linear(h, weights[0])  # (n, out), one layer for all windows
            else:
                h = torch.einsum("noi,ni->no", weights[index], h)
            h = h + (biases[0] if len(biases) == 1 else biases[index])
            if number < last:
                h = act(h)
        return h

    def _gathered(self) -> int:
        """Numbers that one point takes along: the weights of its own window and the widest layer's values."""
        own = sum(weight[0].numel() for weight in self.layer_weights if len(weight) > 1)
        return own + max(weight.shape[1] for weight in self.layer_weights)


def _row(stacked: Tensor, window: int) -> int:
    return 0 if len(stacked) == 1 else window
