"""The system of a problem file and the numbers that belong to its names: parameters and initial values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from pinnsolve.errors import Fault
from pinnsolve.expressions import nearest_name, normalise_name
from pinnsolve.problem import ExpressionSystem, System
from pinnsolve.spec import values
from pinnsolve.spec.check import Checked, fitted_names, value_fault
from pinnsolve.spec.equations import PLACE as EQUATIONS
from pinnsolve.spec.equations import read_equations, undefined_faults
from pinnsolve.spec.names import name_fault, split_state
from pinnsolve.spec.python_system import PythonSystem, split_reference
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.values import ValueFault
from pinnsolve.spec.words import described, listed, shown

PARAMETERS: Keys = ("system", "parameters")
PYTHON: Keys = ("system", "python")
STATES: Keys = ("system", "states")
INITIAL: Keys = ("initial",)


@dataclass(frozen=True)
class ReadSystem:
    """A system as far as it could be read."""

    states: list[str]
    system: System | None
    faults: list[Fault]


def read_parameters(source: Source) -> tuple[dict[str, float], list[Fault]]:
    """The values of all parameters, each of which may use those before it."""
    data = source.get(PARAMETERS)
    if data is None:
        return {}, []
    if not isinstance(data, Mapping):
        message = f"must be a mapping from name to number, such as {{mu: 1}}, not {described(data)}"
        return {}, [source.predicate_fault(PARAMETERS, message)]
    parameters: dict[str, float] = {}
    usable: dict[str, float] = {}
    fitted = fitted_names(source)
    faults: list[Fault] = []
    for name, value in data.items():
        keys = (*PARAMETERS, name)
        refused = name_fault(name, "parameter")
        if refused is not None:
            faults.append(source.fault(keys, refused[0], at="key", suggestion=refused[1]))
        try:
            parameters[name] = values.number(value, usable)
        except ValueFault as fault:
            parameters[name] = 1.0  # stands in, so that what uses it is not reported as well
            word = str(value)[slice(*fault.span)] if fault.span else str(value)
            if word in data and word not in fitted:
                fault = ValueFault(f"'{word}' cannot be used here: only earlier parameters can", fault.span)
            faults.append(value_fault(source, keys, fault.message, fault.span, fault.suggestion))
        if name not in fitted:
            usable[name] = parameters[name]
    return parameters, faults


def read_system(source: Source, checked: Checked, parameters: Mapping[str, float], *, allow_python: bool) -> ReadSystem:
    """Read the equations, or load the Python function if that is allowed."""
    section = source.get(("system",))
    if section is None and "system" in source.data:
        section = {}
    if not isinstance(section, Mapping):
        return ReadSystem([], None, [])
    has_equations, has_python = (section.get(key) is not None for key in ("equations", "python"))
    if has_equations and has_python:
        message = "system has equations and python: one of them must go"
        return ReadSystem([], None, [source.fault(PYTHON, message, at="key")])
    if has_python:
        return _read_python(source, checked, parameters, allow_python)
    if not has_equations:
        message = "system has no equations, such as equations: {x': y, y': -x}"
        return ReadSystem([], None, [source.fault(EQUATIONS, message)])
    equations = read_equations(source, parameters)
    if section.get("states") is not None:
        message = "system.states is for python systems: with equations, these name the states"
        equations.faults.append(source.fault(STATES, message, at="key"))
    if not equations.states and not equations.faults:
        equations.faults.append(source.predicate_fault(EQUATIONS, "there must be at least one equation"))
    if not equations.faults:
        equations.faults += undefined_faults(source, equations, parameters)
    if equations.faults:
        return ReadSystem(equations.states, None, equations.faults)
    return ReadSystem(equations.states, ExpressionSystem(equations.expressions, parameters, equations.source), [])


def _read_python(source: Source, checked: Checked, parameters: Mapping[str, float], allow_python: bool) -> ReadSystem:
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
        return ReadSystem(states, None, faults)
    try:
        file, function = split_reference(reference)
        if not allow_python:
            cure = "pass --allow-python (allow_python=True in Python) to permit it"
            raise ValueFault(f"this runs the code of {shown(file)}: {cure}")
        if states and not faults:
            return ReadSystem(states, PythonSystem(source.directory / file, function, states, parameters), [])
    except ValueFault as fault:
        faults.append(source.predicate_fault(PYTHON, fault.message, suggestion=fault.suggestion))
    return ReadSystem(states, None, faults)


def read_initial(source: Source, checked: Checked, states: Sequence[str]) -> tuple[list[float] | None, list[Fault]]:
    """The initial values in the order of the states, 0 for those that are missing; None if a boundary value problem has none."""
    data = source.get(INITIAL)
    given = checked.settings.initial
    if "initial" not in source.data and checked.settings.boundary is not None:
        return None, []
    if not isinstance(data, Mapping) or not states:
        return [given.get(state, 0.0) for state in states or ["x"]], []
    faults = []
    for name in data:
        if name not in states:
            message = f"{shown(name)} is not a state (these are {listed(states)})"
            nearest = nearest_name(name, [state for state in states if state not in data])
            faults.append(source.predicate_fault((*INITIAL, name), message, at="key", suggestion=nearest))
    missing = [state for state in states if state not in data]
    if missing:
        faults.append(source.fault(INITIAL, f"initial has no value for {listed(missing)}", at="key"))
    return [given.get(state, 0.0) for state in states], faults


def stand_in(states: Sequence[str], parameters: Mapping[str, float]) -> System:
    """A system with the same names, for the checks that do not look at the equations."""
    return System(_never, list(dict.fromkeys(states)) or ["x"], parameters)


def _never(*_: object) -> NoReturn:
    raise AssertionError("a stand-in is not evaluated")
