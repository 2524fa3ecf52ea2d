"""A problem in the tool's own words, for ``pinnsolve validate``: what was understood, not what was typed."""

from __future__ import annotations

from collections.abc import Collection
from math import isinf
from pathlib import Path
from typing import Any

from pinnsolve.expressions import to_text
from pinnsolve.problem import ExpressionSystem, FitParameter, Problem
from pinnsolve.problem.conditions import condition_as_read
from pinnsolve.spec.mapping import equations_as_read, to_mapping
from pinnsolve.spec.python_system import PythonSystem
from pinnsolve.wording import counted, exact


def describe(problem: Problem) -> dict[str, Any]:
    """The problem as plain data: like `to_mapping`, but with the equations as they were read.

    ``equations`` is a mapping from left to right side, None where that is a Python function; ``sizes`` has how many
    states and parameters there are and how long the interval is.
    """
    mapping = to_mapping(problem)
    system = problem.system
    equations = None
    if isinstance(system, ExpressionSystem):
        equations = equations_as_read(system)
    python = mapping["system"].get("python")
    return {
        "name": mapping.pop("name"),
        "description": mapping.pop("description"),
        "kind": problem.kind,
        "states": list(system.states),
        "equations": equations,
        **({"python": python} if python else {}),
        "parameters": mapping.pop("system")["parameters"],
        **mapping,
        "autonomous": system.autonomous,
        "sizes": _sizes(problem),
    }


def _sizes(problem: Problem) -> dict[str, Any]:
    sizes: dict[str, Any] = {"states": problem.system.k, "parameters": len(problem.system.parameters)}
    if problem.periodic is None:
        sizes["interval"] = abs(problem.span)
    if problem.fit is not None:
        data = problem.fit.data
        sizes |= {"unknowns": problem.fit.unknowns, "times": len(data.times), "values": data.count}
    return sizes


def describe_text(problem: Problem) -> str:
    """The same for reading: a title, the equations, and one line for each thing that matters."""
    system = problem.system
    title = f"{problem.name}: {problem.description}" if problem.description else problem.name
    rows = _CONDITIONS[problem.kind](problem)
    if system.parameters:
        fitted = {} if problem.fit is None else problem.fit.parameters
        given = [f"{name} = {exact(value)}" for name, value in system.parameters.items() if name not in fitted]
        rows += [("parameters", ", ".join(given))] if given else []
    rows += [
        ("accuracy", f"{exact(problem.accuracy)} (global relative error)"),
        ("method", ", then ".join(problem.method) + f"; {_network(problem)}"),
        ("computed", f"in {problem.dtype} on {_device(problem)}, seed {problem.seed}"),
    ]
    return "\n".join(
        [title, "", _kind(problem), *(f"    {line}" for line in _equations(problem)), ""]
        + [f"{name:<11} {value}" for name, value in rows]
    )


def _initial_rows(problem: Problem) -> list[tuple[str, str]]:
    return [_interval(problem), ("initial", _values(problem))]


def _boundary_rows(problem: Problem) -> list[tuple[str, str]]:
    assert problem.boundary is not None
    read = [condition_as_read(item, problem.system.states, problem.time) for item in problem.boundary.conditions]
    return [_interval(problem), *_under("boundary", read), ("guess", _values(problem) or "none: a start is chosen")]


def _periodic_rows(problem: Problem) -> list[tuple[str, str]]:
    assert problem.periodic is not None
    period = f"unknown, sought from {exact(problem.periodic.period)}"
    return [("period", period), ("orbit", f"sought near {_values(problem)}")]


def _fit_rows(problem: Problem) -> list[tuple[str, str]]:
    fit = problem.fit
    assert fit is not None
    data, start = fit.data, exact(problem.time[0])
    unknowns = [_sought(name, parameter) for name, parameter in fit.parameters.items()]
    initial = dict(zip(problem.system.states, problem.initial or (), strict=True))
    unknowns += [f"{state}({start}), sought from {exact(initial[state])}" for state in fit.initial]
    observed = [f"{to_text(item.expression)}: {', '.join(item.columns)}" for item in fit.observe]
    noise = [f"{column}: {exact(fit.noise[column])}" if column in fit.noise else f"{column}: estimated" for column in fit.columns]
    measured = f"{counted(data.count, 'value')} at {counted(len(data.times), 'time')}"
    known = _values(problem, besides=fit.initial)
    return [
        _interval(problem),
        *([("initial", known)] if known else []),
        *_under("estimated", unknowns),
        ("data", f"{measured}, from {Path(data.source).name or 'arrays'}"),
        *_under("observed", observed),
        ("noise", ", ".join(noise)),
    ]


def _sought(name: str, parameter: FitParameter) -> str:
    low, high = parameter.bounds
    start = f"{name}, sought from {exact(parameter.start)}"
    if isinf(low) and isinf(high):
        return start
    if isinf(high):
        return f"{start}, above {exact(low)}"
    return f"{start}, below {exact(high)}" if isinf(low) else f"{start}, between {exact(low)} and {exact(high)}"


def _under(name: str, lines: list[str]) -> list[tuple[str, str]]:
    """Lines under one name."""
    return [(name if number == 0 else "", line) for number, line in enumerate(lines)]


def _interval(problem: Problem) -> tuple[str, str]:
    start, end = map(exact, problem.time)
    return "time", f"from {start} to {end}" + (" (backward)" if problem.span < 0 else "")


def _values(problem: Problem, besides: Collection[str] = ()) -> str:
    """The initial values or the guess, empty where there is none."""
    start = exact(problem.time[0])
    values = zip(problem.system.states, problem.initial or (), strict=problem.initial is not None)
    return ", ".join(f"{state}({start}) = {exact(value)}" for state, value in values if state not in besides)


_CONDITIONS = {"initial": _initial_rows, "boundary": _boundary_rows, "periodic": _periodic_rows, "fit": _fit_rows}
"""Kind of problem: the lines that say what is asked for."""


def _kind(problem: Problem) -> str:
    k = problem.system.k
    states = f"{counted(k, 'state')}: {', '.join(problem.system.states)}"
    if not isinstance(problem.system, ExpressionSystem):
        return f"A system with {states}"
    return f"{'An autonomous' if problem.system.autonomous else 'A non-autonomous'} system with {states}"


def _equations(problem: Problem) -> list[str]:
    system = problem.system
    if isinstance(system, ExpressionSystem):
        return [f"{left} = {right}" for left, right in equations_as_read(system).items()]
    file = f"{system.file.name}: " if isinstance(system, PythonSystem) else ""
    name = system.function if isinstance(system, PythonSystem) else getattr(system.f, "__qualname__", "f")
    return [f"({', '.join(system.states)})' = {file}{name}(t, y, p)"]


def _network(problem: Problem) -> str:
    network = problem.network
    if network.windows == "auto":
        return "as many windows as the accuracy needs"
    widths = None if network.hidden is None else "-".join(map(str, (1, *network.hidden, problem.system.k)))
    windows = "one network" if network.windows == 1 else f"{network.windows} networks"
    return f"{windows} {widths or 'of the size that the method chooses'}, {network.activation}"


def _device(problem: Problem) -> str:
    return "the device that fits the size" if problem.device == "auto" else problem.device
