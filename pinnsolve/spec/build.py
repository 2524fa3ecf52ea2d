"""From a source to a `Problem`, with every fault of it reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import nearest_name, normalise_name
from pinnsolve.expressions import number as constant
from pinnsolve.problem import (
    ExpressionSystem,
    NetworkSettings,
    OutputSettings,
    Problem,
    System,
    TrainingSettings,
)
from pinnsolve.spec import values
from pinnsolve.spec.check import Checked, check, value_fault
from pinnsolve.spec.equations import PLACE as EQUATIONS
from pinnsolve.spec.equations import read_equations
from pinnsolve.spec.names import name_fault, split_state
from pinnsolve.spec.python_system import PythonSystem, split_reference, try_once
from pinnsolve.spec.schema import ProblemFile
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.values import ValueFault
from pinnsolve.spec.words import described, listed, shown

PARAMETERS: Keys = ("system", "parameters")
PYTHON: Keys = ("system", "python")
STATES: Keys = ("system", "states")
INITIAL: Keys = ("initial",)

_MOST_FAULTS = 100
_DEPENDS = {
    "training": ("method", "training"),
    "network": ("network",),
    "dtype": ("dtype", "method"),
    "device": ("dtype",),
}
"""Faults of these paths compare several settings, so they mean nothing while one of those is a stand-in."""


@dataclass
class _Read:
    """A system as far as it could be read."""

    states: list[str]
    system: System | None
    faults: list[Fault]


def build(source: Source, name: str, *, allow_python: bool, earlier: Iterable[Fault] = ()) -> Problem:
    """Make the problem.

    Parameters
    ----------
    source
        The data, a mapping at the top.
    name
        The problem's name if the data has none.
    allow_python
        Whether the user's own Python code may be run.
    earlier
        Faults that reading the text has found.

    Raises
    ------
    ProblemError
        With all faults, in the order of the file.
    """
    earlier = list(earlier)
    parameters, faults = read_parameters(source)
    checked = check(source, parameters)
    faults += checked.faults
    read = _read_system(source, checked, parameters, allow_python)
    faults += read.faults
    initial, initial_faults = _read_initial(source, checked, read.states)
    faults += initial_faults
    system = read.system or _stand_in(read.states)
    try:
        problem = _problem(checked.settings, system, initial, name)
    except ProblemError as error:
        faults += [_placed(source, fault) for fault in error.faults if not _spurious(fault, checked)]
        problem = None
    if isinstance(system, PythonSystem) and problem is not None:
        try:
            try_once(system, problem.time[0], problem.initial)
        except ValueFault as fault:
            faults.append(source.predicate_fault(PYTHON, fault.message))
    if faults or earlier or problem is None:
        raise ProblemError(_in_order(source, earlier, faults))
    return problem


def read_parameters(source: Source) -> tuple[dict[str, float], list[Fault]]:
    """The values of all parameters, each of which may use those before it."""
    data = source.get(PARAMETERS)
    if data is None:
        return {}, []
    if not isinstance(data, Mapping):
        message = f"must be a mapping from name to number, such as {{mu: 1}}, not {described(data)}"
        return {}, [source.predicate_fault(PARAMETERS, message)]
    parameters: dict[str, float] = {}
    faults: list[Fault] = []
    for name, value in data.items():
        keys = (*PARAMETERS, name)
        refused = name_fault(name, "parameter")
        if refused is not None:
            faults.append(source.fault(keys, refused[0], at="key", suggestion=refused[1]))
        try:
            parameters[name] = values.number(value, parameters)
        except ValueFault as fault:
            parameters[name] = 1.0  # stands in, so that what uses it is not reported as well
            word = str(value)[slice(*fault.span)] if fault.span else str(value)
            if word in data:
                fault = ValueFault(f"'{word}' cannot be used here: only earlier parameters can", fault.span)
            faults.append(value_fault(source, keys, fault.message, fault.span, fault.suggestion))
    return parameters, faults


def _read_system(source: Source, checked: Checked, parameters: Mapping[str, float], allow_python: bool) -> _Read:
    section = source.get(("system",)) or ({} if "system" in source.data else None)
    if not isinstance(section, Mapping):
        return _Read([], None, [])
    has_equations, has_python = (section.get(key) is not None for key in ("equations", "python"))
    if has_equations and has_python:
        message = "system has equations and python: one of them must go"
        return _Read([], None, [source.fault(PYTHON, message, at="key")])
    if has_python:
        return _read_python(source, checked, parameters, allow_python)
    if not has_equations:
        message = "system has no equations, such as equations: {x': y, y': -x}"
        return _Read([], None, [source.fault(EQUATIONS, message)])
    equations = read_equations(source, parameters)
    if section.get("states") is not None:
        message = "system.states is for python systems: with equations, these name the states"
        equations.faults.append(source.fault(STATES, message, at="key"))
    if not equations.states and not equations.faults:
        equations.faults.append(source.predicate_fault(EQUATIONS, "there must be at least one equation"))
    if equations.faults:
        return _Read(equations.states, None, equations.faults)
    return _Read(equations.states, ExpressionSystem(equations.expressions, parameters, equations.source), [])


def _read_python(source: Source, checked: Checked, parameters: Mapping[str, float], allow_python: bool) -> _Read:
    faults = []
    states = list(checked.settings.system.states or [])
    if not states and "system.states" not in checked.faulty:
        message = "system.python needs system.states: the names of the states in the order of y, such as [x, y]"
        faults.append(source.fault(STATES, message))
    for number, name in enumerate(states):
        states[number] = name = normalise_name(name)
        split = split_state(name)
        refused = name_fault(split[0] if split else name, "state")
        if refused is not None:
            faults.append(source.fault((*STATES, number), refused[0], suggestion=refused[1]))
        elif name in parameters:
            faults.append(source.fault((*STATES, number), f"'{name}' is a state and a parameter at the same time"))
        elif name in states[:number]:
            faults.append(source.fault((*STATES, number), f"state '{name}' is named twice"))
    reference = checked.settings.system.python
    if reference is None or "system.python" in checked.faulty:
        return _Read(states, None, faults)
    try:
        file, function = split_reference(reference)
        if not allow_python:
            cure = "pass --allow-python (allow_python=True in Python) to permit it"
            raise ValueFault(f"this runs the code of {shown(file)}: {cure}")
        if states and not faults:
            return _Read(states, PythonSystem(source.directory / file, function, states, parameters), [])
    except ValueFault as fault:
        faults.append(source.predicate_fault(PYTHON, fault.message, suggestion=fault.suggestion))
    return _Read(states, None, faults)


def _read_initial(source: Source, checked: Checked, states: Sequence[str]) -> tuple[list[float], list[Fault]]:
    """The initial values in the order of the states, 0 for those that are missing."""
    data = source.get(INITIAL)
    given = checked.settings.initial
    if not isinstance(data, Mapping) or not states:
        return [given.get(state, 0.0) for state in states], []
    faults = []
    for name in data:
        if name not in states:
            message = f"{shown(name)} is not a state (these are {listed(states)})"
            nearest = nearest_name(name, [state for state in states if state not in data])
            faults.append(source.fault((*INITIAL, name), f"initial: {message}", at="key", suggestion=nearest))
    missing = [state for state in states if state not in data]
    if missing:
        faults.append(source.fault(INITIAL, f"initial has no value for {listed(missing)}", at="key"))
    return [given.get(state, 0.0) for state in states], faults


def _stand_in(states: Sequence[str]) -> System:
    """A system with the same states, for the checks that do not look at the equations."""
    return ExpressionSystem({state: constant(0.0) for state in states or ["x"]}, {}, {})


def _problem(settings: ProblemFile, system: System, initial: Sequence[float], name: str) -> Problem:
    network = settings.network
    return Problem(
        system=system,
        initial=initial or [0.0],
        time=settings.time,
        name=settings.name or name,
        description=settings.description,
        accuracy=settings.accuracy,
        method=settings.method,
        network=NetworkSettings(
            hidden=None if network.hidden is None else tuple(network.hidden),
            activation=network.activation,
            windows=network.windows if isinstance(network.windows, int) else "auto",
        ),
        training=[TrainingSettings(**stage.model_dump()) for stage in settings.training],
        device=settings.device,
        dtype=settings.dtype,
        seed=settings.seed,
        output=OutputSettings(
            points=settings.output.points, formats=tuple(settings.output.formats), directory=settings.output.directory
        ),
    )


def _spurious(fault: Fault, checked: Checked) -> bool:
    """Whether a fault only follows from a stand-in for something that is reported already."""
    path = fault.path or ""
    if path in ("time", "accuracy") and path in checked.faulty:
        return True
    if path == "initial":  # every state has a finite value by now, if only a stand-in
        return True
    return any(faulty.startswith(cause) for cause in _DEPENDS.get(path, ()) for faulty in checked.faulty)


def _placed(source: Source, fault: Fault) -> Fault:
    """A fault that the problem found itself, with the place of its path in the file."""
    keys: Keys = tuple(
        int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[]+", fault.path or "")
    )
    if source.get(keys) is None and isinstance(source.get(keys[:-1]), Mapping) is False:
        keys = tuple(key for key in keys if not isinstance(key, int))
    return source.predicate_fault(keys, fault.message, suggestion=fault.suggestion)


def _in_order(source: Source, earlier: Sequence[Fault], faults: Iterable[Fault]) -> list[Fault]:
    """All faults in file order, less those that only follow from a syntax error in their line."""
    damaged = {fault.line for fault in earlier}
    found = [*earlier, *(fault for fault in faults if fault.line is None or fault.line not in damaged)]
    order = {key: number for number, key in enumerate(source.data, start=1)}

    def place(fault: Fault) -> tuple[int, int, int]:
        top = re.split(r"[.\[]", fault.path or "")[0]
        return (fault.line, fault.column or 0, 0) if fault.line else (0, 0, order.get(top, 0))

    found.sort(key=place)
    if len(found) > _MOST_FAULTS:
        found = [*found[:_MOST_FAULTS], replace(found[-1], message=f"… and {len(found) - _MOST_FAULTS} more faults")]
    return found


def problem_name(stem: str) -> str:
    """A file's stem as the name of a problem, which must be one path component everywhere."""
    return re.sub(r'[/\\:*?"<>|\x00-\x1f]', "-", stem).strip(" .") or "problem"


def plain_data(value: Any) -> Any:
    """Data from Python as the YAML reader would give it: tuples and arrays as lists, NumPy numbers as numbers."""
    if isinstance(value, Mapping):
        return {normalise_name(str(key)): plain_data(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # NumPy arrays and numbers, torch tensors
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain_data(item) for item in value]
    if hasattr(value, "__fspath__"):
        return str(value)
    return value
