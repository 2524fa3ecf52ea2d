"""Problem files as users name them: a path, standard input or a mapping, with overrides from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import nearest_name, normalise_name
from pinnsolve.problem import Problem
from pinnsolve.problem.problem import LONGEST_NAME as LONGEST_PROBLEM_NAME
from pinnsolve.problem.problem import LONGEST_NAME_BYTES
from pinnsolve.spec.build import build
from pinnsolve.spec.overrides import apply_override
from pinnsolve.spec.source import Source
from pinnsolve.spec.words import described, shown
from pinnsolve.spec.yaml_reader import read_yaml

LARGEST_FILE = 1_000_000
"""Bytes; a problem file is a page or two of text."""

LONGEST_NAME = 255
"""Characters; longer ones are the text of a problem rather than the name of its file."""

STDIN = "<stdin>"


def load_problem(
    source: str | Path | Mapping[str, Any],
    *,
    overrides: Mapping[str, Any] | None = None,
    allow_python: bool = False,
    stdin_text: str | None = None,
    directory: str | Path | None = None,
) -> Problem:
    """Load a problem and check all of it.

    Parameters
    ----------
    source
        Path of a problem file, ``-`` for the text in `stdin_text`, or a mapping of the same shape as a file.
    overrides
        Dotted key: value, such as ``{"network.windows": 1}``; they replace what the source says.
    allow_python
        Whether ``system.python`` may run the user's own code.
    stdin_text
        What was read from standard input.
    directory
        Where paths in the problem start from: by default the folder of the file, or the working directory.

    Raises
    ------
    ProblemError
        With every fault found, in the order of the file.
    """
    faults: list[Fault] = []
    name = "problem"
    if isinstance(source, Mapping):
        loaded = Source(_plain_data(source), directory=Path(directory or "."))
    elif str(source) == "-" and stdin_text is not None:
        loaded, faults = read_yaml(stdin_text.removeprefix("\ufeff"), STDIN, Path(directory or "."))
    else:
        path = Path(source)
        loaded, faults = read_yaml(_read_text(path), str(source), Path(directory or path.parent))
        name = _problem_name(path.stem)
    if not isinstance(loaded.data, Mapping):
        raise ProblemError([*faults, _not_a_mapping(loaded)])
    for key, value in (overrides or {}).items():
        faults += apply_override(loaded, key, _plain_data(value))
    return build(loaded, name, allow_python=allow_python, earlier=faults)


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """A fault as plain data for ``--json``."""
    return {
        "file": fault.file,
        "line": fault.line,
        "column": None if fault.line is None else fault.column,
        "path": fault.path,
        "message": fault.message,
        "suggestion": fault.suggestion,
    }


def _problem_name(stem: str) -> str:
    """A file's stem as the name of a problem, which must be one path component everywhere."""
    name = re.sub(r'[/\\:*?"<>|\x00-\x1f]', "-", stem)[:LONGEST_PROBLEM_NAME]
    short = name.encode(errors="replace")[:LONGEST_NAME_BYTES].decode(errors="ignore")
    return short.strip(" .") or "problem"


def _plain_data(value: Any) -> Any:
    """Data from Python as the YAML reader would give it: tuples and arrays as lists, NumPy numbers as numbers."""
    if hasattr(value, "tolist"):  # NumPy arrays and numbers, torch tensors, columns of a data frame
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain_data(item) for item in value]
    if hasattr(value, "keys"):  # mappings, and data frames, which are mappings in all but name
        return {normalise_name(str(key)): _plain_data(value[key]) for key in value.keys()}  # noqa: SIM118
    if hasattr(value, "__fspath__"):
        return str(value)
    return value


def _read_text(path: Path) -> str:
    """The text of a file, or one clear fault."""
    file = str(path)
    if not file.isprintable() or len(path.name) > LONGEST_NAME:
        raise ProblemError([Fault(f"{shown(file)} is not the name of a file")])
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ProblemError([Fault("there is no such file", file, suggestion=_near_file(path))]) from None
    except IsADirectoryError:
        raise ProblemError([Fault("is a directory, not a problem file", file, suggestion=_file_in(path))]) from None
    except OSError as error:
        raise ProblemError([Fault(f"cannot be read: {error.strerror or error}", file)]) from None
    if len(content) > LARGEST_FILE:
        message = f"is larger than {LARGEST_FILE // 1_000_000} MB: this is no problem file"
        raise ProblemError([Fault(message, file)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte 0x{content[error.start]:02x} at position {error.start}): save it as UTF-8"
        raise ProblemError([Fault(message, file, line)]) from None


def _near_file(path: Path) -> str | None:
    """The problem file that was most likely meant."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return None
    problems = [name for name in names if name.endswith((".yaml", ".yml"))]
    for name in problems:
        if Path(name).stem == path.name:
            return str(path.with_name(name))
    nearest = nearest_name(path.name, problems)
    return None if nearest is None else str(path.with_name(nearest))


def _file_in(folder: Path) -> str | None:
    """The problem file of a run directory, or the only one in a folder."""
    if (folder / "config.yaml").is_file():
        return str(folder / "config.yaml")
    problems = sorted(folder.glob("*.yaml"))
    return str(problems[0]) if len(problems) == 1 else None


def _not_a_mapping(source: Source) -> Fault:
    wanted = "a problem is a mapping with the keys system, initial and time"
    if source.data is None:
        return Fault(f"the file is empty: {wanted}", source.file)
    return source.fault((), f"{wanted}, not {described(source.data)}")
