"""From a source to a `Problem`, with every fault of it reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.problem import NetworkSettings, OutputSettings, Problem, System, TrainingSettings
from pinnsolve.spec.check import Checked, check, fitted_names
from pinnsolve.spec.conditions import read_boundary, read_periodic
from pinnsolve.spec.fits import read_fit, read_fit_parameters
from pinnsolve.spec.python_system import PythonSystem, try_once
from pinnsolve.spec.schema import ProblemFile
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.systems import PYTHON, read_initial, read_parameters, read_system, stand_in
from pinnsolve.spec.values import ValueFault

_MOST_FAULTS = 100
_DEPENDS = {
    "training": ("method", "training"),
    "training.start": ("method", "network", "training"),
    "training[0].start": ("method", "network", "training"),
    "network": ("network",),
    "dtype": ("dtype", "method"),
    "device": ("dtype",),
}
"""Faults of these paths compare several settings, so they mean nothing while one of those is a stand-in."""


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
    checked = check(source, {name: value for name, value in parameters.items() if name not in fitted_names(source)})
    fitted, fit_faults = read_fit_parameters(source, checked, parameters)
    parameters |= {name: parameter.start for name, parameter in fitted.items()}
    read = read_system(source, checked, parameters, allow_python=allow_python)
    initial, initial_faults = read_initial(source, checked, read.states)
    boundary, boundary_faults = read_boundary(source, checked, read.states, parameters)
    periodic, periodic_faults = read_periodic(source, checked)
    fit, data_faults = read_fit(source, checked, read.states, fitted, list(parameters))
    faults += [*checked.faults, *fit_faults, *read.faults, *initial_faults, *boundary_faults, *periodic_faults, *data_faults]
    system = read.system or stand_in(read.states, parameters)
    conditions = {"initial": initial, "boundary": boundary, "periodic": periodic, "fit": fit}
    try:
        problem = _problem(checked.settings, system, conditions, name)
    except ProblemError as error:
        faults += [_placed(source, fault) for fault in error.faults if not _spurious(fault, checked, read.system)]
        problem = None
    if isinstance(system, PythonSystem) and problem is not None:
        try:
            try_once(system, problem)
        except ValueFault as fault:
            faults.append(source.predicate_fault(PYTHON, fault.message))
    if faults or earlier or problem is None:
        raise ProblemError(_in_order(source, earlier, faults))
    return problem


def _problem(settings: ProblemFile, system: System, conditions: Mapping[str, Any], name: str) -> Problem:
    network = settings.network
    alone = conditions["periodic"] is not None and conditions["boundary"] is None and conditions["fit"] is None
    return Problem(
        system=system,
        **conditions,
        time=() if alone else settings.time,
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


def _spurious(fault: Fault, checked: Checked, system: System | None) -> bool:
    """Whether a fault only follows from a stand-in for something that is reported already."""
    path = fault.path or ""
    if path in ("time", "accuracy", "periodic.period") and path in checked.faulty:
        return True
    if path == "time" and "periodic" in checked.faulty:  # which makes time needless
        return True
    if path == "system" and system is None:  # a stand-in need not have as many states
        return True
    if path == "initial":  # every state has a finite value by now, if only a stand-in
        return True
    return any(faulty.startswith(cause) for cause in _DEPENDS.get(path, ()) for faulty in checked.faulty)


def _placed(source: Source, fault: Fault) -> Fault:
    """A fault that the problem found itself, with the place of its path in the file; data have their own."""
    if fault.file is not None:
        return fault
    keys: Keys = tuple(
        int(part[1:-1]) if part.startswith("[") else part for part in re.findall(r"\[\d+\]|[^.\[]+", fault.path or "")
    )
    at = "key" if isinstance(source.get(keys), Mapping) else "value"
    return source.predicate_fault(keys, fault.message, at=at, suggestion=fault.suggestion)


def _in_order(source: Source, earlier: Sequence[Fault], faults: Iterable[Fault]) -> list[Fault]:
    """All faults in file order, less those that only follow from a syntax error in their line."""
    damaged = {fault.line for fault in earlier if fault.line is not None}
    found = [*earlier, *(fault for fault in faults if fault.line not in damaged or fault.file != source.file)]
    data = source.fault(("fit", "data"), "")
    order = {key: number for number, key in enumerate(source.data, start=1)}

    def place(fault: Fault) -> tuple[int, int, float]:
        if fault.file is not None and fault.file != source.file:  # in the data, which are named here
            return data.line or 0, data.column or 0, fault.line or inf
        top = re.split(r"[.\[]", fault.path or "")[0]
        return (fault.line, fault.column or 0, 0) if fault.line else (0, 0, order.get(top, 0))

    found.sort(key=place)
    if len(found) > _MOST_FAULTS:
        found = [*found[:_MOST_FAULTS], Fault(f"… and {len(found) - _MOST_FAULTS} more faults", source.file)]
    return found
