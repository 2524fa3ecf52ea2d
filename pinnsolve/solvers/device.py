"""Where to compute: a fixed rule, no timing."""

from __future__ import annotations

import torch

from pinnsolve.errors import DeviceError
from pinnsolve.problem import Problem

LARGE = 4096
"""With so many collocation points a stage or more, a GPU's arithmetic outweighs the cost of launching small kernels."""


def resolve_device(problem: Problem) -> str:
    """The device that a problem is solved on: ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.

    ``auto`` is the CPU for windows, whose matrices are far too small for a GPU, and for small networks; a CUDA device, where
    there is one, for networks trained on at least `LARGE` points.

    Raises
    ------
    DeviceError
        If the device asked for is not there.
    """
    name = problem.device
    if name == "auto":
        large = max((settings.points or 0) for settings in problem.stage_settings) >= LARGE
        return "cuda" if large and not problem.automatic_windows and torch.cuda.is_available() else "cpu"
    return available_device(name)


def available_device(name: str) -> str:
    """The device of that name.

    Raises
    ------
    DeviceError
        If it is not there, or no name of a device that pinnsolve computes on.
    """
    kind, _, number = name.partition(":")
    if name not in ("cpu", "mps") and not (kind == "cuda" and (number or "0").isdecimal()):
        raise DeviceError(f"'{name}' is no device: give cpu, cuda, cuda:1 (or another number) or mps")
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(number or 0) >= count:
            there = f"there are {count} CUDA devices" if count else "there is no CUDA device"
            raise DeviceError(f"device '{name}' is not available: {there}; use device: cpu or auto")
    if name == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("device 'mps' is not available here; use device: cpu or auto")
    return name
