"""From a `Problem` back to the mapping of a problem file, with every setting filled in."""

from __future__ import annotations

from dataclasses import fields
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from pinnsolve.expressions import symbol, to_text
from pinnsolve.problem import Data, ExpressionSystem, Fit, Problem, System, TrainingSettings
from pinnsolve.problem.fitting import DATA_COPY
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
        Name the Python file of the right-hand side and the data file as the copies that a run has beside its problem
        file: the one without its folder, the other as `DATA_COPY`. Otherwise files are named by their whole path, and
        data that came from arrays or a checkpoint are written out.

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
        **_conditions(problem, beside),
        "accuracy": problem.accuracy,
        "method": problem.method[0] if len(problem.method) == 1 else list(problem.method),
        "network": _settings(problem.network),
        "training": training[0] if len(training) == 1 else training,
        "device": problem.device,
        "dtype": problem.dtype,
        "seed": problem.seed,
        "output": _settings(problem.output),
    }


def _conditions(problem: Problem, beside: bool) -> dict[str, Any]:
    """What a problem of this kind has beside its equations."""
    conditions: dict[str, Any] = {}
    if problem.initial is not None:
        conditions["initial"] = dict(zip(problem.system.states, problem.initial, strict=True))
    if problem.periodic is not None:
        return {**conditions, "periodic": {"period": problem.periodic.period}}
    conditions["time"] = list(problem.time)
    if problem.boundary is not None:
        conditions["boundary"] = problem.boundary.texts
    if problem.fit is not None:
        conditions["fit"] = _fit(problem.fit, beside)
    return conditions


def _fit(fit: Fit, beside: bool) -> dict[str, Any]:
    data = fit.data
    where: Any = DATA_COPY if beside else str(Path(data.source).resolve()) if data.text is not None else _arrays(data)
    return {
        "parameters": {
            name: {"start": parameter.start, "bounds": [bound if isfinite(bound) else None for bound in parameter.bounds]}
            for name, parameter in fit.parameters.items()
        },
        "initial": list(fit.initial),
        "data": where,
        "time": data.time_name,
        "observe": {item.text: item.columns[0] if len(item.columns) == 1 else list(item.columns) for item in fit.observe},
        "noise": dict(fit.noise),
    }


def _arrays(data: Data) -> dict[str, list[float | None]]:
    """The columns as lists, with None for gaps."""
    columns = {data.time_name: data.times, **data.columns}
    return {name: [None if isnan(value) else value for value in values.tolist()] for name, values in columns.items()}


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
