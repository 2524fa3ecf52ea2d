"""From solved windows to the plain torch networks that the user gets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.network.chain import Chain
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Networks:
    """The networks of m windows: their weights, and the torch module of them when it is asked for."""

    maps: Table
    origin: float
    starts: Array
    """(m,) counted from `origin`."""
    lengths: Array
    """(m,) signed."""
    y: Array
    """(m, k) states at the starts."""
    g: Array
    """(m, k, n) derivatives at the nodes."""
    weights: Array = field(init=False)
    """(2n, m k) of the output layers."""
    loss: Array = field(init=False)
    """(m, k) what float64 loses in the plain networks against the exact maps: it grows with the size of the output weights."""

    def __post_init__(self) -> None:
        m, k, n = self.g.shape
        columns = self.g.reshape(m * k, n).T  # all windows in one product
        weights = self.maps.output_weights(columns)
        missed = np.abs(self.maps.plain @ weights - self.maps.E @ columns).max(axis=0).reshape(m, k)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "loss", missed * np.abs(0.5 * self.lengths[:, None]))

    def chain(self) -> Chain:
        """As one torch module."""
        m, k, n = self.g.shape
        return Chain(
            starts=torch.from_numpy(self.starts),
            lengths=torch.from_numpy(self.lengths),
            offset=torch.from_numpy(self.y),
            scale=torch.from_numpy(np.repeat(0.5 * self.lengths[:, None], k, axis=1)),
            layers=[
                (torch.full((1, 2 * n, 1), self.maps.weight, dtype=torch.float64), torch.tensor(self.maps.bias)[None]),
                (
                    torch.from_numpy(np.ascontiguousarray(self.weights.T).reshape(m, k, 2 * n)),
                    torch.zeros(1, k, dtype=torch.float64),
                ),
            ],
            origin=self.origin,
        )
