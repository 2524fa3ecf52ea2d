"""Time derivatives of 1→k networks, by definition: ``vmap(jacfwd)``.

`jacfwd` differentiates the map (1,) -> (k,) at one time, `vmap` runs it over the times: no sum over components, no
mixing of rows, whatever the network does inside. docs/derivatives.md compares it with the other routes.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.func import jacfwd, vmap


def time_derivative(model: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
    """dN/dt at n times: t (n, 1) -> (n, k), for any module that maps (1,) to (k,)."""
    return vmap(jacfwd(model))(t)[..., 0]  # (n, k, 1) -> (n, k)
