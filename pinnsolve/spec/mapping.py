"""From a `Problem` back to the mapping of a problem file, with every setting filled in."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pinnsolve.expressions import symbol, to_text
from pinnsolve.problem import ExpressionSystem, Problem, System, TrainingSettings
from pinnsolve.spec.python_system import PythonSystem


def to_mapping(problem: Problem, *, beside: bool = False) -> dict[str, Any]:
    """The problem in the shape of a problem file.

    `load_problem` makes an equal problem of it, with one exception: a function that was handed over in Python has no
    text that could stand in a file, and loading says so.

    Parameters
    ----------
    problem
        What to write down.
    beside
        Name the Python file of the right-hand side without its folder, for a file that has a copy of it beside it.
        Otherwise by its whole path.

    Returns
    -------
    Mappings, lists, strings and numbers only. Settings that are left to the method are ``auto``.
    """
    stages = (problem.training,) if isinstance(problem.training, TrainingSettings) else problem.training
    training = [_settings(stage) for stage in stages]
    return {
        "name": problem.name,
        "description": problem.description,
        "system": _system(problem.system, beside),
        "initial": dict(zip(problem.system.states, problem.initial, strict=True)),
        "time": list(problem.time),
        "accuracy": problem.accuracy,
        "method": problem.method[0] if len(problem.method) == 1 else list(problem.method),
        "network": _settings(problem.network),
        "training": training[0] if len(training) == 1 else training,
        "device": problem.device,
        "dtype": problem.dtype,
        "seed": problem.seed,
        "output": _settings(problem.output),
    }


def equations_as_written(system: ExpressionSystem) -> dict[str, str]:
    """Left side: right side, in the user's own words; made from the expressions for a system without a text."""
    return dict(system.source) if system.source else equations_as_read(system)


def equations_as_read(system: ExpressionSystem) -> dict[str, str]:
    """Left side: right side as it was understood; ``x'': -x`` stays one equation of second order."""
    equations = system.equations.items()
    lowered = {state for state, right in equations if f"{state}'" in system.states and right == symbol(f"{state}'")}
    return {f"{state}'": to_text(right) for state, right in equations if state not in lowered}


def _system(system: System, beside: bool) -> dict[str, Any]:
    parameters = {"parameters": dict(system.parameters)}
    if isinstance(system, ExpressionSystem):
        return {"equations": equations_as_written(system), **parameters}
    if isinstance(system, PythonSystem):
        file = system.file.name if beside else str(system.file.resolve())
        return {"python": f"{file}:{system.function}", "states": list(system.states), **parameters}
    name = getattr(system.f, "__qualname__", type(system.f).__name__)
    return {"python": f"{name} (a Python function, not from a file)", "states": list(system.states), **parameters}


def _settings(settings: Any) -> dict[str, Any]:
    """A settings dataclass as a mapping: tuples are lists, None is the method's own choice."""
    mapping: dict[str, Any] = {}
    for item in fields(settings):
        value = getattr(settings, item.name)
        mapping[item.name] = "auto" if value is None else list(value) if isinstance(value, tuple) else value
    return mapping
