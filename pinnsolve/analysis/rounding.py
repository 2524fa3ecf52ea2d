"""How much rounding alone may change a result: the yardstick for "these two routes agree".

Every operand of every operation is shaken by a relative error of up to one unit of its precision, and the largest
change of the result over a few such runs is its rounding (Monte Carlo arithmetic: D. S. Parker, UCLA CSD-970002, 1997).
Large weights that cancel therefore widen the yardstick, exact zeros stay exact, and float32 is judged as float32,
whatever the network is made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DRAWS = 8
"""Runs with different errors: enough that no entry is shaken by next to nothing in all of them."""
SAFETY = 32
"""How many times its measured rounding a result may be off: other routes add up in another order."""


class _Shaken(TorchDispatchMode):
    """Runs every operation on operands with a random relative error of at most one unit of their precision."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.generators: dict[torch.device, torch.Generator] = {}

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func.is_view or func._schema.is_mutable:
            return func(*args, **kwargs)
        result = func(*tree_map(self._shake, args), **tree_map(self._shake, kwargs))
        if all(_is_rounded(leaf) for leaf in tree_leaves(result) if isinstance(leaf, Tensor)):
            return result
        return func(*args, **kwargs)  # comparisons and searches decide on the values as they are

    def _shake(self, x: Any) -> Any:
        if not _is_rounded(x):
            return x
        if x.device not in self.generators:
            self.generators[x.device] = torch.Generator(x.device).manual_seed(self.seed)
        error = torch.rand(x.shape, generator=self.generators[x.device], dtype=x.dtype.to_real(), device=x.device) * 2 - 1
        return x * (1 + torch.finfo(x.dtype).eps * error)


def rounding(function: Callable[[], Tensor], draws: int = DRAWS) -> Tensor:
    """Largest change of each entry of ``function()`` under relative errors of one unit in every operand: same shape."""
    exact = function().detach()
    largest = torch.zeros_like(exact)
    for seed in range(draws):
        with _Shaken(seed):
            value = function()
        largest = torch.maximum(largest, (value.detach() - exact).abs())
    return largest


def _is_rounded(x: Any) -> bool:
    """Whether x is a tensor with numbers that are rounded; shapes are inferred on meta tensors, which have none."""
    return isinstance(x, Tensor) and (x.is_floating_point() or x.is_complex()) and not x.is_meta
