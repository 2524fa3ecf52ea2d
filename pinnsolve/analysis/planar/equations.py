"""The equations of a system as expressions of its states alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinnsolve.expressions import Expression, apply, substitute
from pinnsolve.problem import ExpressionSystem, System

if TYPE_CHECKING:
    from torch import Tensor


def equations_of(system: System) -> tuple[Expression, ...] | None:
    """The right-hand sides with the parameters put in; None where they are a Python function."""
    if not isinstance(system, ExpressionSystem):
        return None
    return tuple(substitute(equation, system.parameters) for equation in system.equations.values())


def backward(system: System) -> System:
    """The system whose time runs the other way."""
    if isinstance(system, ExpressionSystem):
        equations = {state: apply("neg", equation) for state, equation in system.equations.items()}
        return ExpressionSystem(equations, system.parameters)

    def reverse(t: Tensor, y: Tensor, _: Any) -> Tensor:
        return -system.rhs(t, y)

    return System(reverse, system.states, system.parameters)
