"""The equations of a system as expressions of its states alone."""

from __future__ import annotations

from pinnsolve.expressions import Expression, substitute
from pinnsolve.problem import ExpressionSystem, System


def equations_of(system: System) -> tuple[Expression, ...] | None:
    """The right-hand sides with the parameters put in; None where they are a Python function."""
    if not isinstance(system, ExpressionSystem):
        return None
    return tuple(substitute(equation, system.parameters) for equation in system.equations.values())
