"""What a computation costs: its time and the memory that it holds at its peak."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

REPEATS = 5
PATIENCE = 0.1
"""Seconds after which a computation is not timed again."""


@dataclass(frozen=True)
class Cost:
    """The value of a computation and what it took."""

    value: Tensor
    milliseconds: float
    """The fastest of a few runs, after one that is not counted."""
    memory_bytes: int
    """Peak of what the computation held at one time, without what existed before."""


class _LiveBytes(TorchDispatchMode):
    """Follows the storages that operations make until they are freed.

    Sees inside `vmap` and reverse mode, and counts the same on every machine; scratch space inside one operation is
    not seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self.now = self.peak = 0

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        given = {leaf.untyped_storage()._cdata for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        result = func(*args, **kwargs)
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._follow(leaf.untyped_storage(), given)
        return result

    def _follow(self, storage: torch.UntypedStorage, given: set[int]) -> None:
        key = storage._cdata
        if key in self.sizes or key in given:
            return
        self.sizes[key] = storage.nbytes()
        self.now += self.sizes[key]
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._freed, key).atexit = False

    def _freed(self, key: int) -> None:
        self.now -= self.sizes.pop(key)


def measure(function: Callable[[], Tensor], device: torch.device) -> Cost:
    """Run `function` for its value and peak memory, then a few times for its time."""
    value, memory = _peak(function, device)
    fastest, begun = float("inf"), time.perf_counter()
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        _wait(device)
        end = time.perf_counter()
        fastest = min(fastest, end - start)
        if end - begun > PATIENCE:
            break
    return Cost(value.detach(), 1e3 * fastest, memory)


def _peak(function: Callable[[], Tensor], device: torch.device) -> tuple[Tensor, int]:
    if device.type == "cuda":  # the allocator counts, scratch space included
        _wait(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        value = function()
        _wait(device)
        return value, torch.cuda.max_memory_allocated(device) - before
    live = _LiveBytes()
    with live:
        value = function()
    return value, live.peak


def _wait(device: torch.device) -> None:
    """Wait until the device has done what it was asked: its clock is not ours."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
