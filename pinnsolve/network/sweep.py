"""The plain MLP in closed form: N, dN/dτ and how both depend on every weight.

With σ the activation, h_0 = τ and its tangent ḣ_0 = 1, one forward sweep carries value and tangent together,

    z = W h + b,   h⁺ = σ(z),   ż = W ḣ,   ḣ⁺ = σ'(z) ∘ ż

and one backward sweep turns cotangents A of h⁺ and B of ḣ⁺ (one row for each output wanted) into those of the weights,

    ∂/∂z = A ∘ σ'(z) + B ∘ σ''(z) ∘ ż,   ∂/∂ż = B ∘ σ'(z)
    ∂/∂W = ∂/∂z hᵀ + ∂/∂ż ḣᵀ,            ∂/∂b = ∂/∂z

It is the same as ``vmap(jacrev)`` around ``vmap(jacfwd)`` (a test says so), without a trace for every new size and two
to four times faster, which the least-squares methods need: their points and widths change as they go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pinnsolve.network.activations import ACTIVATIONS


@dataclass(frozen=True)
class Layer:
    """What the backward sweep needs of one hidden layer, each with the points first."""

    weight: Tensor
    """(out, in)"""
    value: Tensor
    """(n, in) h"""
    tangent: Tensor
    """(n, in) ḣ"""
    slope: Tensor
    """(n, out) σ'(z)"""
    bend: Tensor
    """(n, out) σ''(z) ∘ ż"""


@dataclass(frozen=True)
class Features:
    """The last hidden layer at n points."""

    value: Tensor
    """(n, H) h"""
    tangent: Tensor
    """(n, H) dh/dτ"""
    layers: tuple[Layer, ...]


def forward(weights: Sequence[Tensor], activation: str, tau: Tensor) -> Features:
    """The hidden layers at τ (n,); `weights` as `MLP.split` gives them, the output layer left out."""
    derivatives = ACTIVATIONS[activation].derivatives
    h, dh = tau[:, None], torch.ones_like(tau)[:, None]
    layers = []
    for weight, bias in zip(weights[::2], weights[1::2], strict=True):
        dz = dh @ weight.T
        value, slope, second = derivatives(torch.addmm(bias, h, weight.T))
        layers.append(Layer(weight, h, dh, slope, second * dz))
        h, dh = value, slope * dz
    return Features(h, dh, tuple(layers))


def backward(features: Features, rows: slice, value: Tensor, tangent: Tensor | None) -> Tensor:
    """Derivatives with respect to all hidden weights, (n·q, P_hidden).

    Parameters
    ----------
    rows
        Which of the points.
    value, tangent
        (n, q, H) cotangents A and B of the last hidden layer at those points; None where B = 0.
    """
    n, q = value.shape[:2]
    columns: list[Tensor] = []
    for number, layer in reversed(list(enumerate(features.layers))):
        dz = value * layer.slope[rows, None]  # (n, q, out)
        if tangent is None:
            weight = dz[..., None] * layer.value[rows, None, None]
        else:
            dz = dz + tangent * layer.bend[rows, None]
            tangent = tangent * layer.slope[rows, None]
            weight = dz[..., None] * layer.value[rows, None, None] + tangent[..., None] * layer.tangent[rows, None, None]
        columns = [weight.reshape(n * q, -1), dz.reshape(n * q, -1), *columns]
        if number:
            value = dz @ layer.weight
            tangent = None if tangent is None else tangent @ layer.weight
    return torch.cat(columns, dim=1)
