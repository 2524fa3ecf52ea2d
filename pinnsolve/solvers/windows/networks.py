"""From solved windows to the plain torch networks that the user gets."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.network.chain import Chain
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]


def chain_of(maps: Table, origin: float, starts: Array, lengths: Array, y: Array, g: Array) -> tuple[Chain, Array]:
    """The networks of m windows.

    Parameters
    ----------
    starts, lengths
        (m,) the windows; starts are counted from `origin`, lengths are signed.
    y
        (m, k) states at the starts.
    g
        (m, k, n) derivatives at the nodes.

    Returns
    -------
    The chain, and what float64 loses in its plain networks against the exact maps, (m, k): it grows with the size of the
    output weights.
    """
    m, k, n = g.shape
    half = 0.5 * lengths[:, None]
    columns = g.reshape(m * k, n).T  # all windows in one product
    weights = maps.output_weights(columns)  # (2n, m k)
    loss = np.abs(maps.plain @ weights - maps.E @ columns).max(axis=0).reshape(m, k) * np.abs(half)
    chain = Chain(
        starts=torch.from_numpy(starts),
        lengths=torch.from_numpy(lengths),
        offset=torch.from_numpy(y),
        scale=torch.from_numpy(np.repeat(half, k, axis=1)),
        layers=[
            (torch.full((1, 2 * maps.n, 1), maps.weight, dtype=torch.float64), torch.tensor(maps.bias)[None]),
            (torch.from_numpy(np.ascontiguousarray(weights.T).reshape(m, k, 2 * n)), torch.zeros(1, k, dtype=torch.float64)),
        ],
        origin=origin,
    )
    return chain, loss
