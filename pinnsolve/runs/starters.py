"""The problems that are shipped with pinnsolve, as files to start from.

They are the files of ``configs/`` in the repository; an installed package has them in its folder ``configs``. Only light
modules are imported here, since the completion of names in a shell waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pinnsolve.errors import RunError, UsageError
from pinnsolve.runs.files import write_file
from pinnsolve.wording import typed

STARTER = "starter"
"""The problem that explains every key: what a new file is made from if nothing else is asked for."""
SCHEMA = "problem.schema.json"
"""The name under which a new problem file looks for the JSON Schema."""
SCHEMA_LINE = "# yaml-language-server: $schema="
"""By this comment editors find the schema of a YAML file."""


@dataclass(frozen=True)
class Starter:
    """One shipped problem."""

    name: str
    description: str
    """Its ``description``: a title."""
    about: str
    """The comment at its head: what is worth knowing about it, in a sentence."""
    kind: str
    """``initial value``, ``boundary value``, ``closed orbit`` or ``fit``."""
    text: str
    data: Mapping[str, bytes] = field(default_factory=dict)
    """The data files that it reads, by the path that it gives."""

    def document(self) -> dict[str, str]:
        """What ``--list --json`` says about it."""
        return {"name": self.name, "kind": self.kind, "description": self.description, "about": self.about}


@dataclass(frozen=True)
class Written:
    """What `write_starter` has written."""

    file: Path
    data: tuple[Path, ...]
    command: str
    """What to run next."""


def starter_names() -> list[str]:
    """The names of all shipped problems, in alphabetical order."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def starters() -> list[Starter]:
    """All shipped problems, in alphabetical order."""
    return [_read(name) for name in starter_names()]


def read_starter(name: str) -> Starter:
    """One shipped problem.

    Raises
    ------
    UsageError
        If there is none of this name, with the nearest name.
    """
    names = starter_names()
    if name not in names:
        from pinnsolve.expressions import nearest_name  # imports NumPy, for which completion need not wait

        near = nearest_name(name, names)
        hint = f"did you mean '{near}'?" if near else "pinnsolve new --list shows what there is"
        raise UsageError(f"there is no shipped problem '{name}' ({hint})")
    return _read(name)


def starter_text(starter: Starter, file: Path) -> str:
    """The text of a new problem file: its head says how to run it, and its name is that of the file."""
    text = starter.text.replace(f"configs/{starter.name}.yaml", typed(file))
    text = re.sub(rf"^name: {starter.name}\n", "", text, count=1, flags=re.MULTILINE)
    for path in starter.data:
        text = text.replace(path, Path(path).name)
    if (file.parent / SCHEMA).is_file():
        text = f"{SCHEMA_LINE}{SCHEMA}\n{text}"
    return text


def write_starter(starter: Starter, file: Path, *, overwrite: bool = False) -> Written:
    """Write a new problem file, and the data that it reads beside it.

    Raises
    ------
    UsageError
        If the file cannot be what it is named: no such folder, a directory, or a file that exists and may not be
        overwritten. Nothing has been written then.
    RunError
        If the disk does not take it.
    """
    _check_place(file)
    files = {file.parent / Path(path).name: content for path, content in starter.data.items()}
    contents = {**files, file: starter_text(starter, file).encode()}
    for path, content in contents.items():
        same = path != file and path.is_file() and path.read_bytes() == content
        if path.exists() and not overwrite and not same:
            raise UsageError(f"{path} exists already: choose another name, or replace it with --overwrite")
    for path, content in contents.items():
        write_file(path, content)
    return Written(file, tuple(files), f"pinnsolve train {typed(file)}")


def names_in(file: Path) -> dict[str, list[str]]:
    """The names that a problem file declares, by the section that holds them; nothing where it cannot be read."""
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {
            "system.parameters": [str(name) for name in settings["system"].get("parameters") or {}],
            "initial": [str(name) for name in settings.get("initial") or {}],
        }
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return {}


def _check_place(file: Path) -> None:
    if not str(file).isprintable():
        raise UsageError(f"{str(file)!r} cannot name a file: it has characters that cannot be shown")
    if file.is_dir():
        raise UsageError(f"{file} is a directory: name a file in it, such as {file / 'problem.yaml'}")
    if not file.parent.is_dir():
        raise UsageError(f"there is no directory {file.parent}: make it first, or write the file somewhere else")


def _folder() -> Path:
    """Where the problems are: in the installed package, or beside the package in a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "configs", package.parent / "configs"):
        if folder.is_dir():
            return folder
    raise RunError(f"this installation has lost the shipped problems, which belong in {package / 'configs'}: install it again")


def _read(name: str) -> Starter:
    path = _folder() / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    data = {}
    if "fit" in settings:
        file = settings["fit"]["data"]
        data[file] = (path.parent / file).read_bytes()
    return Starter(name, str(settings.get("description", "")), _about(text), _kind(settings), text, data)


def _about(text: str) -> str:
    """The first lines of comment, up to the one that says how to run it."""
    head = []
    for line in text.splitlines():
        if not line.startswith("# ") or line.startswith("# Run:"):
            break
        head.append(line.removeprefix("# "))
    return " ".join(head)


def _kind(settings: Mapping[str, Any]) -> str:
    kinds = {"boundary": "boundary value", "periodic": "closed orbit", "fit": "fit"}
    return next((kind for key, kind in kinds.items() if key in settings), "initial value")
