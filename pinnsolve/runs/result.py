"""``result.json``: the verdict of a run and everything that belongs to it, as plain data."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pinnsolve.solvers import Solution
from pinnsolve.version import VERSION

_ORDER = (
    "status",
    "message",
    "accuracy",
    "states",
    "parameters",
    "method",
    "windows",
    "weights",
    "iterations",
    "residual",
    "seconds",
    "device",
    "dtype",
    "seed",
    "versions",
)
"""The keys that are read most come first."""


def result_document(solution: Solution, residual: float | None, seconds: Mapping[str, float | None]) -> dict[str, Any]:
    """The whole document.

    Parameters
    ----------
    residual
        `Solution.residual_norm`, None where it was not or cannot be evaluated.
    seconds
        Times beside the solver's own: ``import``, ``plot``, ``total``.
    """
    own = solution.result()
    solve = own.pop("seconds")["solve"]
    times = {
        "import": seconds.get("import"),
        "solve": solve,
        "plot": seconds.get("plot"),
        "total": seconds.get("total"),
    }
    document = {**own, "residual": residual, "seconds": times, "versions": versions()}
    first = [key for key in _ORDER if key in document]
    return without_nan({key: document[key] for key in [*first, *(key for key in document if key not in _ORDER)]})


def versions() -> dict[str, str]:
    """What the run was made with."""
    packages = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return {"pinnsolve": VERSION, "python": platform.python_version(), **packages, "platform": platform.platform()}


def without_nan(value: Any) -> Any:
    """The same data with null for NaN and infinity, which JSON does not have."""
    if isinstance(value, Mapping):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
