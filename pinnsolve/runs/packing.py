"""Data in the few forms that ``torch.load(weights_only=True)`` gives back: tensors, numbers, strings, lists, dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

_ARRAY = "numpy array"


def plain(value: Any) -> Any:
    """The same data with NumPy arrays as marked tensors, NumPy numbers as Python's, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return {_ARRAY: torch.from_numpy(np.array(value))}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().clone()  # a view would bring all of its storage along
    return value


def restored(value: Any) -> Any:
    """What `plain` was given, but for its tuples: a solver carries on with arrays where it had arrays."""
    if isinstance(value, Mapping):
        if value.keys() == {_ARRAY}:
            return value[_ARRAY].numpy()
        return {key: restored(entry) for key, entry in value.items()}
    return [restored(entry) for entry in value] if isinstance(value, list) else value


def pack_history(history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column for each key: a hundred thousand iterations are then a few tensors instead of a million objects."""
    if not history:
        return {}
    stages = list(dict.fromkeys(row["stage"] for row in history))
    return {
        "stages": stages,
        "stage": torch.tensor([stages.index(row["stage"]) for row in history]),
        "window": torch.tensor([row["window"] for row in history]),
        "iteration": torch.tensor([row["iteration"] for row in history]),
        "residual": torch.tensor([row["residual"] for row in history], dtype=torch.float64),
        "size": torch.tensor([row["size"] for row in history], dtype=torch.float64),
        "seconds": torch.tensor([row["seconds"] for row in history], dtype=torch.float64),
    }


def unpack_history(packed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that `pack_history` was given."""
    if not packed:
        return []
    names = ("window", "stage", "iteration", "residual", "size", "seconds")
    columns = [packed[name].tolist() for name in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    for row in rows:
        row["stage"] = packed["stages"][row["stage"]]
    return rows
