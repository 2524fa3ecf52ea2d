"""``pinnsolve portrait``: the phase portrait of a problem or a run, and its directory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinnsolve.analysis.planar.portrait import Portrait, Tell, require_planar
from pinnsolve.analysis.planar.portrait import portrait as find_portrait
from pinnsolve.analysis.planar.projection import Projection, project
from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import UsageError
from pinnsolve.expressions import ExpressionError, evaluate_constant, nearest_name
from pinnsolve.problem import Problem
from pinnsolve.runs import directory as names
from pinnsolve.runs.directory import RunDirectory
from pinnsolve.runs.loading import load_run, names_run
from pinnsolve.runs.problems import Source, read_source, to_yaml
from pinnsolve.solvers import Solution
from pinnsolve.spec import to_mapping

FACTS = "portrait.json"
FORMATS = ("png", "svg")
SUFFIX = "-portrait"

Ends = Mapping[str, Sequence[float]]
Facts = Portrait | Projection


@dataclass(frozen=True)
class Made:
    """A portrait and where it comes from."""

    facts: Facts
    config: bytes
    """The text of the problem."""
    run: Path | None
    """The directory of the run, where it is one of a run."""


def make_portrait(
    source: Source,
    *,
    window: str | Ends | None = None,
    starts: Sequence[str | Sequence[float]] = (),
    plane: str | Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    allow_python: bool = False,
    tell: Tell | None = None,
) -> Made:
    """The portrait of a problem or of a run.

    Parameters
    ----------
    source
        A run directory, a checkpoint file, or whatever names a problem.
    window
        ``x=-3:3,y=-3:3`` or state: (low, high); by default chosen from the problem.
    starts
        ``1,2`` or numbers, one for each state in the order of the states.
    plane
        ``x,y`` or two names: trajectories in the plane of these states instead of a portrait.
    settings
        What replaces settings of the problem.
    allow_python
        Whether ``system.python`` of the problem may be run.

    Raises
    ------
    UsageError
        For a system that has no portrait, or a window, start or projection that cannot be read.
    ProblemError
        If the problem is faulty.
    """
    problem, config, solution, run = _read(source, settings or {}, allow_python)
    states = problem.system.states
    onto = _plane(plane, states)
    if onto is None:
        require_planar(problem)
    frame = None if window is None else _window(window, onto or states)
    points = [_start(start, states) for start in starts]
    facts: Facts
    if onto is not None:
        facts = project(problem, onto, window=frame, starts=points, solution=solution)
    else:
        facts = find_portrait(problem, window=frame, starts=points, solution=solution, tell=tell)
    return Made(facts, config, run)


def write_portrait(made: Made, root: Path | None, *, overwrite: bool, plots: bool, tell: Tell) -> Path:
    """Write the facts and the picture into a directory of their own; gives the directory.

    Parameters
    ----------
    root
        Where it is made: ``root/name-portrait`` or, where that exists, ``root/name-portrait-2``. By default beside the run,
        or where the problem's runs are.
    overwrite
        Whether to replace ``root/name-portrait`` instead.
    plots
        Whether to draw.
    """
    facts, problem = made.facts, made.facts.problem
    default = Path(problem.output.directory) if made.run is None else made.run.parent
    name = problem.name if made.run is None else made.run.name
    directory = RunDirectory.create(root or default, f"{name}{SUFFIX}", overwrite)
    directory.write(names.CONFIG, made.config)
    directory.write_json(FACTS, facts.to_dict())
    if plots:
        tell("drawing")
        from pinnsolve.plots.portrait import draw_portrait, draw_projection  # matplotlib, which nothing else needs
        from pinnsolve.plots.style import render

        figure = draw_portrait(facts) if isinstance(facts, Portrait) else draw_projection(facts)
        for file_format in dict.fromkeys((*FORMATS, *problem.output.formats)):
            directory.write(f"portrait.{file_format}", render(figure, file_format))
    return directory.path


def _read(source: Source, settings: Mapping[str, Any], allow_python: bool) -> tuple[Problem, bytes, Solution | None, Path | None]:
    """The problem, its text, and where it is a run, its solution and directory."""
    if not names_run(source):
        problem, config = read_source(source, settings, allow_python)
        return problem, config, None, None
    path = Path(source)
    if settings:
        raise UsageError(f"{path} is a finished run, whose settings cannot be changed; give the problem file instead")
    solution = load_run(path, allow_python)
    given = path / names.CONFIG
    config = given.read_bytes() if given.exists() else to_yaml(to_mapping(solution.problem)).encode()
    return solution.problem, config, solution, path if path.is_dir() else path.parent


def _plane(given: str | Sequence[str] | None, states: Sequence[str]) -> tuple[str, str] | None:
    """The two states to project onto."""
    if given is None:
        return None
    parts = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given)
    if len(parts) != 2 or parts[0] == parts[1]:
        raise UsageError(f"--project {_text(given)}: name two different states, such as {states[0]},{states[-1]}")
    for part in parts:
        _known(part, states, f"--project {_text(given)}")
    return parts[0], parts[1]


def _window(given: str | Ends, states: Sequence[str]) -> Window:
    """The window that a user has asked for."""
    option = f"--window {_text(given)}"
    form = f"{option}: give both ranges, such as {states[0]}=-3:3,{states[1]}=-3:3"
    ends: dict[str, tuple[float, float]] = {}
    if isinstance(given, str):
        for part in given.split(","):
            name, equals, both = part.partition("=")
            low, colon, high = both.partition(":")
            if not (equals and colon):
                raise UsageError(form)
            ends[name.strip()] = (_constant(low, option), _constant(high, option))
    else:
        ends = {name: (float(low), float(high)) for name, (low, high) in given.items()}
    for name, (first, last) in ends.items():
        _known(name, states, option)
        if not (math.isfinite(first) and math.isfinite(last) and first < last):
            raise UsageError(f"{option}: the range of {name} must begin with its smaller end")
    if len(ends) != 2:
        raise UsageError(form)
    return Window(ends[states[0]], ends[states[1]])


def _start(given: str | Sequence[float], states: Sequence[str]) -> list[float]:
    """A point where a trajectory starts."""
    option = f"--start {_text(given)}"
    values = [_constant(part, option) for part in given.split(",")] if isinstance(given, str) else list(map(float, given))
    if len(values) != len(states) or not all(map(math.isfinite, values)):
        raise UsageError(f"{option}: give {len(states)} numbers, one for each state ({', '.join(states)})")
    return values


def _constant(text: str, option: str) -> float:
    try:
        return evaluate_constant(text.strip(), {})
    except ExpressionError as error:
        raise UsageError(f"{option}: '{text.strip()}' is not a number ({error})") from error


def _known(name: str, states: Sequence[str], option: str) -> None:
    if name not in states:
        near = nearest_name(name, states)
        hint = f" (did you mean '{near}'?)" if near else f"; the states are {', '.join(states)}"
        raise UsageError(f"{option}: '{name}' is not a state{hint}")


def _text(given: object) -> str:
    return given if isinstance(given, str) else repr(given)
