"""The self-test behind ``pinnsolve doctor``: whether this installation gives right answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pinnsolve.analysis.check_jacobian import check_jacobian
from pinnsolve.network.mlp import MLP
from pinnsolve.runs.result import versions
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

_DECAY = {
    "name": "doctor",
    "system": {"equations": {"x'": "-x"}},
    "initial": {"x": 1},
    "time": [0, 1],
    "accuracy": 1e-8,
}


def examine() -> dict[str, Any]:
    """Versions, devices and checks as plain data; ``ok`` if every check passed."""
    checks = [_check(name, check) for name, check in (("solve", _solve), ("derivative", _derivative))]
    return {
        "ok": all(check["ok"] for check in checks),
        "versions": versions(),
        "threads": torch.get_num_threads(),
        "devices": _devices(),
        "checks": checks,
    }


def _check(name: str, check: Callable[[], tuple[bool, str]]) -> dict[str, Any]:
    ok, detail = check()
    return {"name": name, "ok": ok, "detail": detail}


def _solve() -> tuple[bool, str]:
    """X' = -x against its exact solution."""
    times = np.linspace(0.0, 1.0, 11)
    solution = solve(load_problem(_DECAY))
    if solution.network is None:
        return False, solution.message
    error = float(np.abs(solution(times)[:, 0] - np.exp(-times)).max())
    return error <= 1e-8, f"x' = -x: true error {error:.1e}, estimated {solution.accuracy['estimated']:.1e}, asked 1e-8"


def _derivative() -> tuple[bool, str]:
    """vmap(jacfwd) of a small network against the other routes."""
    network = MLP((16, 16), 3, generator=torch.Generator().manual_seed(0))
    report = check_jacobian(network, torch.linspace(-1, 1, 7, dtype=torch.float64)[:, None])
    return report.ok, report.message


def _devices() -> list[dict[str, Any]]:
    found = [_device("cpu", torch.backends.cpu.get_cpu_capability())]
    if torch.cuda.is_available():
        found += [_device(f"cuda:{i}", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(_device("mps", "Apple GPU"))
    return found


def _device(device: str, name: str) -> dict[str, Any]:
    """Whether a device computes in float64, and gets a product right."""
    try:
        angle = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64).to(device)
        one = float((angle.sin() ** 2 + angle.cos() ** 2).sum()) / 3
    except (RuntimeError, TypeError) as error:
        return {"device": device, "name": name, "float64": False, "detail": str(error).splitlines()[0]}
    return {"device": device, "name": name, "float64": math.isclose(one, 1.0, rel_tol=1e-12), "detail": ""}
