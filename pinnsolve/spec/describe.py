"""A problem in the tool's own words, for ``pinnsolve validate``: what was understood, not what was typed."""

from __future__ import annotations

from typing import Any

from pinnsolve.problem import ExpressionSystem, Problem
from pinnsolve.spec.mapping import equations_as_read, to_mapping
from pinnsolve.spec.python_system import PythonSystem
from pinnsolve.wording import exact


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
        "states": list(system.states),
        "equations": equations,
        **({"python": python} if python else {}),
        "parameters": mapping.pop("system")["parameters"],
        **mapping,
        "autonomous": system.autonomous,
        "sizes": {"states": system.k, "parameters": len(system.parameters), "interval": abs(problem.span)},
    }


def describe_text(problem: Problem) -> str:
    """The same for reading: a title, the equations, and one line for each thing that matters."""
    system = problem.system
    start, end = (exact(value) for value in problem.time)
    title = f"{problem.name}: {problem.description}" if problem.description else problem.name
    rows = [("time", f"from {start} to {end}" + (" (backward)" if problem.span < 0 else ""))]
    values = zip(system.states, problem.initial, strict=True)
    rows.append(("initial", ", ".join(f"{state}({start}) = {exact(value)}" for state, value in values)))
    if system.parameters:
        given = (f"{name} = {exact(value)}" for name, value in system.parameters.items())
        rows.append(("parameters", ", ".join(given)))
    rows += [
        ("accuracy", f"{exact(problem.accuracy)} (global relative error)"),
        ("method", ", then ".join(problem.method) + f"; {_network(problem)}"),
        ("computed", f"in {problem.dtype} on {_device(problem)}, seed {problem.seed}"),
    ]
    return "\n".join(
        [title, "", _kind(problem), *(f"    {line}" for line in _equations(problem)), ""]
        + [f"{name:<11} {value}" for name, value in rows]
    )


def _kind(problem: Problem) -> str:
    k = problem.system.k
    states = f"{k} state{'s' if k > 1 else ''}: {', '.join(problem.system.states)}"
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
