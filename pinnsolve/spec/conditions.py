"""The boundary conditions and the guess of a period in a problem file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pinnsolve.errors import Fault
from pinnsolve.expressions import ExpressionError
from pinnsolve.problem import Boundary, Condition, Periodic
from pinnsolve.problem.conditions import parse_condition
from pinnsolve.problem.periodic import TIME_BESIDE_PERIOD
from pinnsolve.spec.check import Checked, cut_off_fault, expression_faults
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.words import described

BOUNDARY: Keys = ("boundary",)
PERIOD: Keys = ("periodic", "period")
TIME: Keys = ("time",)


def read_boundary(
    source: Source, checked: Checked, states: Sequence[str], parameters: Mapping[str, float]
) -> tuple[Boundary | None, list[Fault]]:
    """The conditions, and the fault of each that cannot be read; None if there are faults or no conditions."""
    texts = checked.settings.boundary
    if texts is None or not states:
        return None, []
    time = checked.settings.time if len(checked.settings.time) == 2 and "time" not in checked.faulty else None
    alone = not isinstance(source.get(BOUNDARY), list)
    faults: list[Fault] = []
    conditions: list[Condition] = []
    for number, text in enumerate(texts):
        keys = BOUNDARY if alone else (*BOUNDARY, number)
        if not isinstance(text, str):
            hint = ", with = in place of the colon" if isinstance(text, Mapping) else ""
            message = f"must be a condition such as x(0) = 1{hint}, not {described(text)}"
            faults.append(source.predicate_fault(keys, message))
            continue
        try:
            conditions.append(parse_condition(text, states, parameters, time))
        except ExpressionError as error:
            faults += expression_faults(source, keys, error)
        if (cut := cut_off_fault(source, keys, "the condition")) is not None:
            faults.append(cut)
    if faults or time is None:
        return None, faults
    return Boundary(tuple(conditions), tuple(states), dict(parameters)), []


def read_periodic(source: Source, checked: Checked) -> tuple[Periodic | None, list[Fault]]:
    """The guess of the period, 1 if it is faulty."""
    section = checked.settings.periodic
    if section is None:
        return None, []
    faults: list[Fault] = []
    other = {"boundary", "fit"} & source.data.keys()  # which has a better claim to the time
    if "time" in source.data and "time" not in checked.faulty and not other:
        faults.append(source.predicate_fault(TIME, TIME_BESIDE_PERIOD))
    if section.period is None and not any(path.startswith("periodic") for path in checked.faulty):
        faults.append(source.fault(PERIOD, "periodic needs a period to start from, such as {period: 6.6}"))
    return Periodic(1.0 if section.period is None else section.period), faults
