"""The fit of a problem: read from what a user gives in Python, and checked against the system and the interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import ExpressionError, nearest_name
from pinnsolve.problem.conditions import excerpt_faults
from pinnsolve.problem.data import data_faults, data_of
from pinnsolve.problem.fitting import Data, Fit, FitParameter, Observable, parse_observable
from pinnsolve.problem.system import ExpressionSystem, System

_KEYS = ("parameters", "initial", "data", "time", "observe", "noise")


def fit_of(value: Any, system: System) -> Fit | None:
    """What a user gave as ``fit``: a `Fit`, or a mapping of the shape that a problem file has.

    The data of a mapping are a mapping from column to array, or `Data`.

    Raises
    ------
    ProblemError
        With every fault found.
    """
    if value is None or isinstance(value, Fit):
        return value
    if not isinstance(value, Mapping):
        raise ProblemError([Fault(f"must be a mapping with the keys {', '.join(_KEYS)}, not {value!r}", path="fit")])
    faults = [
        Fault(f"unknown key '{key}' in fit", path="fit", suggestion=nearest_name(str(key), _KEYS))
        for key in value
        if key not in _KEYS
    ]
    if not value.get("observe"):
        faults.append(Fault("needs what was measured, such as observe={'x': 'column'}", path="fit.observe"))
    if value.get("data") is None:
        faults.append(Fault("needs measurements, such as data={'t': [...], 'x': [...]}", path="fit.data"))
    if isinstance(value.get("initial"), Mapping):
        message = "must name states, such as ['x']: the search starts from their values in the problem's own initial"
        faults.append(Fault(message, path="fit.initial"))
    if faults:
        raise ProblemError(faults)
    parameters = _parameters(value.get("parameters") or {}, system, faults)
    observe = _observe(value["observe"], system, [*system.parameters, *parameters], faults)
    data = _data(value, [column for observable in observe for column in observable.columns], faults)
    noise = _noise(value.get("noise") or {}, faults)
    if faults or data is None:
        raise ProblemError(faults)
    return Fit(parameters, _names(value.get("initial") or ()), observe, data, noise)


def fit_mapping(fit: Fit) -> dict[str, Any]:
    """The mapping that `fit_of` reads as the same fit."""
    return {
        "parameters": {name: {"start": p.start, "bounds": p.bounds} for name, p in fit.parameters.items()},
        "initial": fit.initial,
        "data": fit.data,
        "observe": {observable.text: observable.columns for observable in fit.observe},
        "noise": dict(fit.noise),
    }


def changed_fit(fit: Fit, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping of a fit with some of its keys changed; of the parameters only those that are named."""
    mapping = fit_mapping(fit)
    parameters = changes.get("parameters")
    if isinstance(parameters, Mapping):
        old: dict[str, Any] = mapping["parameters"]
        merged = {name: {**old.get(name, {}), **new} if isinstance(new, Mapping) else new for name, new in parameters.items()}
        changes = {**changes, "parameters": {**old, **merged}}
    return {**mapping, **changes}


def fit_faults(fit: Fit, system: System, time: Sequence[float]) -> Iterator[Fault]:
    """Yield what is wrong with a fit."""
    if not fit.unknowns:
        message = "there is nothing to estimate: name parameters, such as {mu: {start: 1}}, or states under fit.initial"
        yield Fault(message, path="fit")
    for name, parameter in fit.parameters.items():
        yield from _parameter_faults(name, parameter, fit, system)
    for number, state in enumerate(fit.initial):
        path = f"fit.initial[{number}]"
        if state not in system.states:
            message = f"'{state}' is not a state (these are {', '.join(system.states)})"
            yield Fault(message, path=path, suggestion=nearest_name(state, system.states))
        elif state in fit.initial[:number]:
            yield Fault(f"'{state}' is named twice", path=path)
    yield from _column_faults(fit)
    if len(time) == 2 and all(map(math.isfinite, time)) and time[0] != time[1]:
        yield from data_faults(fit, time)


def _parameter_faults(name: str, parameter: FitParameter, fit: Fit, system: System) -> Iterator[Fault]:
    path = f"fit.parameters.{name}"
    low, high = parameter.bounds
    if name in system.states:
        yield Fault(f"'{name}' is a state: to estimate its initial value, name it under fit.initial", path=path)
        return
    if isinstance(system, ExpressionSystem):
        used = {symbol for expression in system.equations.values() for symbol in expression.symbols}
        used |= {symbol for observable in fit.observe for symbol in observable.expression.symbols}
        if name not in used:
            unfitted = [other for other in system.parameters if other not in fit.parameters]
            yield Fault(
                f"'{name}' stands in no equation and in nothing observed, so the data say nothing about it",
                path=path,
                suggestion=nearest_name(name, unfitted),
            )
    if math.isnan(low) or math.isnan(high) or not low < high:
        yield Fault("bounds must be [low, high] with low below high; null where there is none", path=f"{path}.bounds")
    elif not math.isfinite(parameter.start):
        yield Fault("must be a finite number", path=f"{path}.start")
    elif not low < parameter.start < high:
        bounds = f"{low:.6g} and {high:.6g}"
        yield Fault(f"{parameter.start:.6g} must lie between the bounds, {bounds}, and not on them", path=f"{path}.start")


def _column_faults(fit: Fit) -> Iterator[Fault]:
    for column, count in Counter(fit.columns).items():
        if count > 1:
            yield Fault(f"column '{column}' is observed {count} times: once is all that it can be", path="fit.observe")
        if column == fit.data.time_name:
            yield Fault(f"column '{column}' has the times: it cannot be observed as well", path="fit.observe")
    for column, size in fit.noise.items():
        path = f"fit.noise.{column}"
        if column not in fit.columns:
            suggestion = nearest_name(column, fit.columns)
            yield Fault(f"'{column}' is not a column that is observed", path=path, suggestion=suggestion)
        elif not (math.isfinite(size) and size > 0):
            yield Fault("must be positive: the standard deviation of the noise; leave it out to estimate it", path=path)


def _parameters(given: Any, system: System, faults: list[Fault]) -> dict[str, FitParameter]:
    parameters: dict[str, FitParameter] = {}
    if not isinstance(given, Mapping):
        faults.append(Fault("must be a mapping such as {'mu': {'start': 1}}", path="fit.parameters"))
        return parameters
    for name, entry in given.items():
        path = f"fit.parameters.{name}"
        entry = {} if entry is None else entry
        if isinstance(entry, FitParameter):
            parameters[name] = entry
        elif not isinstance(entry, Mapping) or not entry.keys() <= {"start", "bounds"}:
            faults.append(Fault("must be a mapping with the keys start and bounds", path=path))
        elif "start" not in entry and name not in system.parameters:
            faults.append(Fault("needs a start, because the system has no value for it", path=path))
        else:
            parameters[name] = _parameter(entry, system.parameters.get(name, 0.0), path, faults)
    return parameters


def _parameter(entry: Mapping[str, Any], known: float, path: str, faults: list[Fault]) -> FitParameter:
    bounds = entry.get("bounds")
    try:
        low, high = (None, None) if bounds is None else bounds
        low, high = -math.inf if low is None else float(low), math.inf if high is None else float(high)
    except (TypeError, ValueError):
        faults.append(Fault("must be two numbers, [low, high]; None where there is no bound", path=f"{path}.bounds"))
        low, high = -math.inf, math.inf
    return FitParameter(_number(entry.get("start", known), f"{path}.start", faults), (low, high))


def _observe(given: Any, system: System, parameters: Sequence[str], faults: list[Fault]) -> tuple[Observable, ...]:
    if not isinstance(given, Mapping):
        faults.append(Fault("must be a mapping such as {'x': 'column'}", path="fit.observe"))
        return ()
    observe = []
    for text, columns in given.items():
        try:
            observe.append(parse_observable(text, _names(columns), system.states, parameters))
        except ExpressionError as error:
            faults += excerpt_faults(error, text, "fit.observe")
    return tuple(observe)


def _data(value: Mapping[str, Any], columns: Sequence[str], faults: list[Fault]) -> Data | None:
    data = value["data"]
    if isinstance(data, Data):
        missing = [name for name in columns if name not in data.columns]
        faults += [Fault(f"there is no column '{name}' in the data", path="fit.observe") for name in missing]
        return data
    if not hasattr(data, "keys"):
        message = "must be a mapping from column to values; a file is read by pinnsolve.solve and pinnsolve.train from a dict"
        faults.append(Fault(message, path="fit.data"))
        return None
    try:
        return data_of({name: data[name] for name in data.keys()}, value.get("time", "t"), columns)  # noqa: SIM118
    except ProblemError as error:
        faults += error.faults
    return None


def _noise(given: Any, faults: list[Fault]) -> dict[str, float]:
    if not isinstance(given, Mapping):
        faults.append(Fault("must be a mapping from column to standard deviation", path="fit.noise"))
        return {}
    return {column: _number(value, f"fit.noise.{column}", faults) for column, value in given.items()}


def _number(value: Any, path: str, faults: list[Fault]) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        faults.append(Fault(f"must be a number, not {value!r}", path=path))
        return 1.0


def _names(value: Any) -> tuple[str, ...]:
    """One name, or several."""
    return (value,) if isinstance(value, str) else tuple(value)
