"""The fit of a problem file: what is to be estimated, and from which data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import ExpressionError, normalise_name
from pinnsolve.problem import Data, Fit, FitParameter, Observable
from pinnsolve.problem.data import data_of
from pinnsolve.problem.fitting import parse_observable
from pinnsolve.spec.check import Checked, expression_faults
from pinnsolve.spec.data import CellFault, number_or_gap, read_data
from pinnsolve.spec.names import name_fault
from pinnsolve.spec.schema import FitParameterSection, FitSection
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.words import described

FIT: Keys = ("fit",)
PARAMETERS: Keys = ("fit", "parameters")
DATA: Keys = ("fit", "data")
OBSERVE: Keys = ("fit", "observe")

_NO_DATA = "fit has no data, such as data: measurements.csv"
_NO_OBSERVE = "fit does not say what was measured, such as observe: {x: column}"


def read_fit_parameters(
    source: Source, checked: Checked, known: Mapping[str, float]
) -> tuple[dict[str, FitParameter], list[Fault]]:
    """What is said of the parameters to estimate, with stand-ins where that is faulty.

    Parameters
    ----------
    known
        The values in ``system.parameters``, which are where the search starts if nothing else is said.
    """
    section = checked.settings.fit
    faults: list[Fault] = []
    parameters: dict[str, FitParameter] = {}
    for name, entry in (section.parameters if section is not None else {}).items():
        keys = (*PARAMETERS, name)
        refused = name_fault(name, "parameter")
        if refused is not None:
            faults.append(source.fault(keys, refused[0], at="key", suggestion=refused[1]))
        start = entry.start if entry.start is not None else known.get(name)
        if start is None and f"fit.parameters.{name}.start" not in checked.faulty:
            message = f"fit.parameters.{name} needs a start, because system.parameters has no value for it"
            faults.append(source.fault(keys, message, at="key"))
        parameters[name] = _parameter(source, (*keys, "bounds"), entry, start, faults)
    return parameters, faults


def _parameter(source: Source, keys: Keys, entry: FitParameterSection, start: float | None, faults: list[Fault]) -> FitParameter:
    """A parameter; without a start that is known, one that fits its bounds."""
    if len(entry.bounds) != 2:
        message = f"needs two values, [low, high], and has {len(entry.bounds)}; null stands for no bound"
        faults.append(source.predicate_fault(keys, message))
        return FitParameter(1.0 if start is None else start)
    low, high = entry.bounds
    bounds = (-math.inf if low is None else low, math.inf if high is None else high)
    if start is None:
        return FitParameter(1.0)
    return FitParameter(start, bounds)


def read_fit(
    source: Source,
    checked: Checked,
    states: Sequence[str],
    fitted: Mapping[str, FitParameter],
    parameters: Sequence[str],
) -> tuple[Fit | None, list[Fault]]:
    """The whole fit; None if there is none, or if its data or observables are faulty.

    Parameters
    ----------
    states
        Names of the states; none while the system is faulty.
    fitted
        From `read_fit_parameters`.
    parameters
        Names of all parameters.
    """
    section = checked.settings.fit
    if section is None:
        return None, []
    faults: list[Fault] = []
    if section.data is None and "fit.data" not in checked.faulty:
        faults.append(source.fault(DATA, _NO_DATA))
    if not section.observe and not any(path.startswith("fit.observe") for path in checked.faulty):
        faults.append(source.fault(OBSERVE, _NO_OBSERVE))
    observe = _observe(source, section, states, parameters, faults) if states else None
    columns = [normalise_name(column) for columns in section.observe.values() for column in columns]
    data = None
    if section.data is not None and columns:
        try:
            data = _data(source, section, columns)
        except ProblemError as error:
            faults += [fault if fault.file is not None else _placed(source, fault) for fault in error.faults]
    if data is None or observe is None:
        return None, faults
    known = {name: fitted[name] for name in fitted if name not in states and name_fault(name, "parameter") is None}
    noise = {normalise_name(column): size for column, size in section.noise.items()}
    return Fit(known, tuple(map(normalise_name, section.initial)), observe, data, noise), faults


def _observe(
    source: Source, section: FitSection, states: Sequence[str], parameters: Sequence[str], faults: list[Fault]
) -> tuple[Observable, ...] | None:
    """What was measured; None if any of it is faulty."""
    observe = []
    for text, columns in section.observe.items():
        keys = (*OBSERVE, text)
        if not columns:
            faults.append(source.predicate_fault(keys, "needs a column of the data, or a list of replicate columns"))
            continue
        try:
            names = [normalise_name(column) for column in columns]
            observe.append(parse_observable(text, names, states, parameters))
        except ExpressionError as error:
            faults += expression_faults(source, keys, error, " in what was observed", at="key")
    return tuple(observe) if len(observe) == len(section.observe) else None


def _data(source: Source, section: FitSection, columns: Sequence[str]) -> Data:
    """The data, from a file or from what stands in their place."""
    data, time = section.data, normalise_name(section.time)
    if isinstance(data, str):
        return read_data(source.directory / data, time, columns)
    if isinstance(data, Data):
        return data
    if not isinstance(data, Mapping):
        raise ProblemError([Fault(f"must be the name of a CSV file, not {described(data)}", path="fit.data")])
    arrays: dict[str, Any] = {}
    faults = []
    for name, values in data.items():
        try:
            arrays[name] = _gaps(values) if name in (time, *columns) else values
        except CellFault as fault:
            faults.append(Fault(f"column '{name}' {fault}", path="fit.data"))
    if faults:
        raise ProblemError(faults)
    return data_of(arrays, time, columns)


def _gaps(values: Any) -> Any:
    """A list of numbers with None for what stands for a gap in a file."""
    if not isinstance(values, list):
        return values
    return [number_or_gap(value) if isinstance(value, str) else value for value in values]


def _placed(source: Source, fault: Fault) -> Fault:
    return source.predicate_fault(DATA, fault.message, suggestion=fault.suggestion)
