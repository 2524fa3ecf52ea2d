"""The plain 1→k multilayer perceptron, and its weights as one vector."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pinnsolve.network.activations import ACTIVATIONS

SLOPE, GAIN = 1.0, 2.0
"""First-layer weight in units of 1 over the spacing of the centres; spread of the weights of later layers. A flat first
layer (0.3, gain 1) sees a deep network as nearly linear and trains a thousand times worse."""
MARGIN = 0.1
"""How far the centres reach out of [−1, 1] on either side."""


class MLP(nn.Module):
    """Linear layers with a smooth activation between them: (1,) -> (k,), or (n, 1) -> (n, k).

    Every hidden unit has its steepest point at a centre, and the centres of each layer are spread over [−1, 1]: no unit
    is constant on the interval and none of the interval is without units.

    Parameters
    ----------
    hidden
        Widths of the hidden layers.
    k
        Number of outputs.
    activation
        A name of `ACTIVATIONS`.
    generator
        Source of every random number, on the CPU whatever the device, so that a seed means the same everywhere.
    output_bias
        Whether the last layer has a bias; a hard initial condition leaves it without effect.
    slope
        Weights of the first layer, see `SLOPE`.
    """

    def __init__(
        self,
        hidden: Sequence[int],
        k: int,
        activation: str = "tanh",
        *,
        generator: torch.Generator,
        output_bias: bool = True,
        slope: float = SLOPE,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.hidden, self.k, self.activation = tuple(hidden), k, activation
        widths = [1, *hidden, k]
        modules: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
            last = number == len(hidden)
            modules.append(nn.Linear(inputs, outputs, bias=output_bias or not last, device="meta", dtype=torch.float64))
            if not last:
                modules.append(ACTIVATIONS[activation].module())
        self.layers = nn.Sequential(*modules).to_empty(device="cpu").requires_grad_(False)
        self._initialise(generator, slope)
        self.to(device=device, dtype=dtype)

    @property
    def linear(self) -> list[nn.Linear]:
        """The linear layers, input to output."""
        return [layer for layer in self.layers if isinstance(layer, nn.Linear)]

    @property
    def outputs(self) -> int:
        """How many weights the output layer has."""
        return sum(parameter.numel() for parameter in self.linear[-1].parameters())

    def forward(self, tau: Tensor) -> Tensor:
        """N(τ)."""
        return self.layers(tau)

    def vector(self) -> Tensor:
        """(P,) all weights: weight and bias of each layer, input to output, so that the output layer comes last."""
        return torch.cat([parameter.detach().reshape(-1) for parameter in self.parameters()])

    def split(self, vector: Tensor) -> list[Tensor]:
        """Views of a vector (P,) in the shapes of the parameters: weight, bias, weight, … and so on."""
        shapes = [parameter.shape for parameter in self.parameters()]
        parts = vector.split([shape.numel() for shape in shapes])
        return [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]

    def named(self, vector: Tensor, prefix: str = "") -> dict[str, Tensor]:
        """The same under the parameters' names, for `torch.func.functional_call`."""
        names = [prefix + name for name, _ in self.named_parameters()]
        return dict(zip(names, self.split(vector), strict=True))

    def _initialise(self, generator: torch.Generator, slope: float) -> None:
        """Fill the weights, on the CPU in float64."""
        for number, layer in enumerate(self.linear[:-1]):
            centres = _spread(layer.out_features, generator)
            if number == 0:
                signs = 1.0 - 2.0 * torch.randint(2, (layer.out_features,), generator=generator)
                layer.weight.copy_((signs * slope * layer.out_features / 2)[:, None])
                layer.bias.copy_(-layer.weight[:, 0] * centres)
            else:
                layer.weight.copy_(GAIN / layer.in_features**0.5 * _normal(layer.weight, generator))
                at = self._before(layer, centres)  # (units, inputs): each unit's inputs at its own centre
                layer.bias.copy_(-(layer.weight * at).sum(dim=1))
        output = self.linear[-1]
        output.weight.copy_(_normal(output.weight, generator) / output.in_features**0.5)
        if output.bias is not None:
            output.bias.zero_()

    def _before(self, layer: nn.Linear, tau: Tensor) -> Tensor:
        """What `layer` receives at τ (m,): (m, inputs)."""
        h = tau[:, None]
        for module in self.layers:
            if module is layer:
                break
            h = module(h)
        return h


def _spread(n: int, generator: torch.Generator) -> Tensor:
    """Return n centres over [−1, 1] and a little more, one at random in each of n equal parts, in random order."""
    inside = (torch.randperm(n, generator=generator) + torch.rand(n, generator=generator, dtype=torch.float64)) / n
    return (1 + MARGIN) * (2 * inside - 1)


def _normal(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)
