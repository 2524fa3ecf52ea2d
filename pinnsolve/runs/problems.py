"""Problems on their way into a run and out of it: sources of every kind, the files beside a run, checkpoints."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import IO, Any, NoReturn

import yaml

from pinnsolve.errors import Fault, ProblemError, RunError, UsageError
from pinnsolve.expressions import nearest_name
from pinnsolve.problem import Data, ExpressionSystem, Problem, System
from pinnsolve.problem.fitting import DATA_COPY
from pinnsolve.runs import directory as names
from pinnsolve.runs.directory import RunDirectory
from pinnsolve.runs.files import read_error
from pinnsolve.spec import PythonSystem, load_problem, to_mapping
from pinnsolve.spec.data import data_text
from pinnsolve.spec.python_system import try_once
from pinnsolve.spec.values import ValueFault
from pinnsolve.spec.yaml_reader import read_scalar

HEAD = "# Every setting of this run. To repeat it: pinnsolve train config.resolved.yaml\n"

_WHOLE = ("fit.data", "fit.observe", "fit.noise")
"""Mappings whose keys are names of the user's own: they are replaced as a whole."""

Source = str | Path | Mapping[str, Any] | Problem | IO[Any]


def read_source(source: Source, settings: Mapping[str, Any], allow_python: bool) -> tuple[Problem, bytes]:
    """A problem from whatever names one, and its text for ``config.yaml``.

    Parameters
    ----------
    source
        Path of a problem file, an open one, a mapping of the same shape, or a `Problem`.
    settings
        What replaces the source's own settings: keys may be dotted, nested mappings change the keys that they name.
    allow_python
        Whether ``system.python`` may run the user's own code.

    Raises
    ------
    ProblemError
        With every fault found.
    """
    if isinstance(source, Problem):
        problem = _changed(source, settings)
        if not isinstance(problem.system, ExpressionSystem):
            _try(problem)
        return problem, to_yaml(to_mapping(problem)).encode()
    overrides = dict(_flat(settings))
    if isinstance(source, Mapping):
        problem = load_problem(source, overrides=overrides, allow_python=allow_python)
        return problem, to_yaml(source).encode()
    if isinstance(source, (str, Path)):
        problem = load_problem(source, overrides=overrides, allow_python=allow_python)
        return problem, _read_bytes(Path(source))
    content = source.read()
    data = content.encode() if isinstance(content, str) else content
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProblemError([Fault("is not UTF-8 text: save it as UTF-8", file="<stdin>")]) from error
    return load_problem("-", stdin_text=text, overrides=overrides, allow_python=allow_python), data


def _try(problem: Problem) -> None:
    """Call a right-hand side that is a Python function once, before a solver does."""
    try:
        try_once(problem.system, problem)
    except ValueFault as fault:
        raise ProblemError([Fault(fault.message, path="system")]) from fault


def write_problem(directory: RunDirectory, problem: Problem, config: bytes) -> None:
    """Write the problem of a run: its text as given, the user's Python file and data, every setting as understood."""
    directory.write(names.CONFIG, config)
    if isinstance(problem.system, PythonSystem):
        directory.write(problem.system.file.name, problem.system.text)
    if problem.fit is not None:
        directory.write(DATA_COPY, data_text(problem.fit.data))
    directory.write(names.RESOLVED, HEAD + to_yaml(to_mapping(problem, beside=True)))


def read_problem(directory: RunDirectory, allow_python: bool) -> Problem:
    """The problem of a run that has no checkpoint yet.

    Raises
    ------
    RunError
        If the run was stopped before its settings were written.
    """
    path = directory.path / names.RESOLVED
    if not path.exists():
        raise RunError(f"{directory.path} was stopped before it began; train {directory.path / names.CONFIG} again")
    return load_problem(path, allow_python=allow_python)


def problem_document(problem: Problem) -> dict[str, Any]:
    """A problem as plain data for a checkpoint, with the text of the user's Python file and the data of a fit."""
    system = problem.system
    python = {"file": system.file.name, "text": system.text} if isinstance(system, PythonSystem) else None
    return {
        "mapping": to_mapping(problem, beside=True),
        "states": list(system.states),
        "python": python,
        "data": None if problem.fit is None else _packed(problem.fit.data),
        "function": not isinstance(system, (PythonSystem, ExpressionSystem)),
    }


def problem_from_document(document: Mapping[str, Any], allow_python: bool) -> Problem:
    """The problem of `problem_document`.

    Raises
    ------
    UsageError
        If it has a Python file and `allow_python` is not given.
    """
    mapping, python = document["mapping"], document["python"]
    if document.get("data") is not None:  # checkpoints of earlier versions have no such entry
        mapping = {**mapping, "fit": {**mapping["fit"], "data": _unpacked(document["data"])}}
    if document["function"]:
        return _without_function(mapping, document["states"])
    if python is None:
        return load_problem(mapping)
    file = Path(python["file"]).name
    if not allow_python:
        raise UsageError(
            f"the right-hand side is the Python code of {file}: pass --allow-python (allow_python=True in Python) to run it"
        )
    with tempfile.TemporaryDirectory(prefix="pinnsolve-") as folder:
        (Path(folder) / file).write_text(python["text"], encoding="utf-8", newline="")
        return load_problem(mapping, allow_python=True, directory=folder)


def to_yaml(mapping: Mapping[str, Any]) -> str:
    """YAML text that reads back as the same data by the rules of YAML 1.2."""
    return yaml.dump(_plain(mapping), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)


class _Dumper(yaml.SafeDumper):
    """PyYAML's own quotes follow YAML 1.1; strings that YAML 1.2 would read as something else are quoted as well."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # An open parenthesis is read on over the next comma of a list, as the user who wrote it meant.
    quoted = not isinstance(read_scalar(text), str) or text.count("(") != text.count(")")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if quoted else None)


def _represent_list(dumper: yaml.SafeDumper, entries: list[Any]) -> yaml.SequenceNode:
    on_one_line = not any(isinstance(entry, (list, dict)) for entry in entries)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", entries, flow_style=on_one_line)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)


def _plain(value: Any) -> Any:
    """Data from Python in the kinds that YAML has."""
    if hasattr(value, "tolist"):  # NumPy arrays and numbers, torch tensors, columns of a data frame
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "keys"):  # mappings, and data frames, which are mappings in all but name
        return {str(key): _plain(value[key]) for key in value.keys()}  # noqa: SIM118
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of everything that nested mappings name."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and value and f"{prefix}{key}" not in _WHOLE:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _changed(problem: Problem, settings: Mapping[str, Any]) -> Problem:
    """A problem with some settings replaced; nested mappings change the keys that they name."""
    changes: dict[str, Any] = {}
    for key, value in settings.items():
        _known(key, problem, key)
        current = getattr(problem, key)
        if isinstance(value, Mapping) and is_dataclass(current) and key != "fit":  # which knows what can be changed in it
            for inner in value:
                _known(inner, current, f"{key}.{inner}")
            value = replace(current, **value)  # type: ignore[type-var]
        changes[key] = value
    return problem.with_settings(**changes)


def _known(key: str, where: Any, path: str) -> None:
    known = [item.name for item in fields(where)]
    if key not in known:
        raise ProblemError([Fault(f"unknown key '{key}'", path=path, suggestion=nearest_name(key, known))])


def _packed(data: Data) -> dict[str, Any]:
    from pinnsolve.runs.packing import plain  # torch, which `validate` need not wait for

    packed: dict[str, Any] = plain(
        {"source": data.source, "times": data.times, "columns": data.columns, "time_name": data.time_name}
    )
    return packed


def _unpacked(packed: Mapping[str, Any]) -> Data:
    from pinnsolve.runs.packing import restored  # as above

    return Data(**restored(packed))


def _without_function(mapping: Mapping[str, Any], states: list[str]) -> Problem:
    """A problem whose right-hand side was a Python function, which no file can hold: everything else is there."""
    conditions = {key: mapping[key] for key in ("boundary", "periodic", "fit") if key in mapping}
    settings = {key: value for key, value in mapping.items() if key not in ("initial", "time", "system", *conditions)}
    problem = load_problem(
        {**settings, "system": {"equations": {"x'": 0}}, "initial": {"x": 0}, "time": [0, 1]},
    )
    return problem.with_settings(
        system=MissingFunction(states, mapping["system"]["parameters"]),
        initial=mapping.get("initial"),
        time=mapping.get("time", ()),
        **conditions,
    )


class MissingFunction(System):
    """Stands in for a function that a checkpoint could not hold: every use of it says so."""

    def __init__(self, states: list[str], parameters: Mapping[str, float]) -> None:
        super().__init__(self._missing, states, parameters)

    def _missing(self, *_: object) -> NoReturn:
        raise RunError(
            "the right-hand side of this solution was a Python function, which a checkpoint does not hold: "
            "the solution can be evaluated, but what needs the equations needs the problem itself"
        )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise read_error(path, error) from error
