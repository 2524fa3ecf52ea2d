"""Collocation points in [−1, 1]: where the residual is made small."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def chebyshev(n: int) -> Tensor:
    """(n,) zeros of the Chebyshev polynomial T_n: denser towards both ends, where a fit is loosest."""
    return -torch.cos(math.pi * (torch.arange(n, dtype=torch.float64) + 0.5) / n)


def uniform(n: int) -> Tensor:
    """(n,) equally spaced, both ends included (n = 1: the middle)."""
    return torch.linspace(-1.0, 1.0, n, dtype=torch.float64) if n > 1 else torch.zeros(1, dtype=torch.float64)


def latin_hypercube(n: int, generator: torch.Generator) -> Tensor:
    """(n,) one point at random in each of n equal parts, ascending."""
    return 2 * (torch.arange(n, dtype=torch.float64) + torch.rand(n, generator=generator, dtype=torch.float64)) / n - 1


def sample(sampling: str, n: int, generator: torch.Generator) -> Tensor:
    """(n,) points by the name of the sampling; adaptive ones begin as Latin hypercube."""
    if sampling == "chebyshev":
        return chebyshev(n)
    if sampling == "uniform":
        return uniform(n)
    return latin_hypercube(n, generator)


def adaptive(candidates: Tensor, residual: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """(n,) points drawn where the residual is large, ascending.

    The density over the ascending `candidates` (m,) is |r|/mean|r| + 1 (residual-based adaptive distribution: Wu, Zhu,
    Tan, Kartha, Lu, CMAME 403, 2023, with both their constants 1), so that half of the points follow the residual
    (m, k) and half remain everywhere. One point is drawn from each of n equal parts of its integral.
    """
    size = residual.norm(dim=1).nan_to_num(0.0, 0.0, 0.0)
    mean = size.mean()
    density = size / mean + 1 if mean > 0 else torch.ones_like(size)
    steps = (density[1:] + density[:-1]) / 2 * candidates.diff()
    integral = torch.cat([torch.zeros(1, dtype=torch.float64), steps.cumsum(0)])
    integral = integral / integral[-1]
    level = (latin_hypercube(n, generator) + 1) / 2
    right = torch.searchsorted(integral, level).clamp(1, len(candidates) - 1)
    low, high = integral[right - 1], integral[right]
    part = (level - low) / (high - low)
    return candidates[right - 1] + part * (candidates[right] - candidates[right - 1])


def between(points: Tensor) -> Tensor:
    """(n − 1,) the middles of neighbouring points: where the residual was not asked to be small."""
    ordered = points.sort().values.unique()
    return (ordered[1:] + ordered[:-1]) / 2
