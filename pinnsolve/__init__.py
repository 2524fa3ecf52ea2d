"""Ordinary differential equations by physics-informed neural networks, with an error you can trust.

    import pinnsolve

    solution = pinnsolve.solve("van_der_pol.yaml", accuracy=1e-8)
    solution(t)         # (n,) times -> (n, k) values
    solution.error(t)   # the estimated global error

The names below are imported when they are first used: ``import pinnsolve`` alone loads neither torch nor NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pinnsolve.version import VERSION as __version__

if TYPE_CHECKING:
    from pinnsolve.analysis.check_jacobian import check_jacobian
    from pinnsolve.api import export, load, portrait, resume, solve, train, write_report
    from pinnsolve.errors import PinnsolveError, ProblemError
    from pinnsolve.network.derivatives import time_derivative
    from pinnsolve.problem import Problem, System
    from pinnsolve.solvers import Solution

__all__ = [
    "PinnsolveError",
    "Problem",
    "ProblemError",
    "Solution",
    "System",
    "__version__",
    "check_jacobian",
    "export",
    "load",
    "portrait",
    "resume",
    "solve",
    "time_derivative",
    "train",
    "write_report",
]

_HOMES = {
    "PinnsolveError": "pinnsolve.errors",
    "Problem": "pinnsolve.problem",
    "ProblemError": "pinnsolve.errors",
    "Solution": "pinnsolve.solvers",
    "System": "pinnsolve.problem",
    "check_jacobian": "pinnsolve.analysis.check_jacobian",
    "export": "pinnsolve.api",
    "load": "pinnsolve.api",
    "portrait": "pinnsolve.api",
    "resume": "pinnsolve.api",
    "solve": "pinnsolve.api",
    "time_derivative": "pinnsolve.network.derivatives",
    "train": "pinnsolve.api",
    "write_report": "pinnsolve.api",
}


if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else exists

    def __getattr__(name: str) -> Any:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module 'pinnsolve' has no attribute '{name}'")
        value = getattr(import_module(home), name)
        globals()[name] = value  # the next access does not come here
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
