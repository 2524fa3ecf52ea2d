"""Settings from the command line, ``--set a.b=value``, in place of those of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import nearest_name, normalise_name
from pinnsolve.spec.source import Keys, Source, dotted
from pinnsolve.spec.words import described, shown
from pinnsolve.spec.yaml_reader import read_yaml

_PART = re.compile(r"(?P<name>[^.\[\]]+)(?P<indices>(\[\d+\])*)")
_INDEX = re.compile(r"\d+")


def parse_override(text: str) -> tuple[str, Any]:
    """Key and value of ``a.b=value``; the value follows the same rules as in a file, lists and mappings included.

    Raises
    ------
    ProblemError
        If there is no ``=``, or the value is not YAML.
    """
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ProblemError([Fault(f"{shown(text)} must be key=value, such as network.windows=1")])
    try:
        source, faults = read_yaml(value, None, Path())
    except ProblemError as error:
        faults = list(error.faults)
    if faults:
        raise ProblemError(Fault(fault.message, path=key) for fault in faults)
    return key, source.data


def apply_override(source: Source, key: str, value: Any) -> list[Fault]:
    """Put a value into the data of `source`; gives the fault if there is no place for it."""
    keys = _split(key)
    if keys is None:
        return [Fault(f"{shown(key)} is not a dotted key, such as network.windows or training[1].points", path=key)]
    if len(keys) == 3 and keys[:2] == ("system", "parameters") and source.get(keys) is None:
        return [_unknown_parameter(source, str(keys[2]), key)]
    inside = source.data
    for place, (part, following) in enumerate(zip(keys, [*keys[1:], None], strict=True)):
        where = dotted(keys[:place]) or "the problem"
        if isinstance(part, int):
            if not isinstance(inside, list) or part >= len(inside):
                size = f"it has {len(inside)} entries" if isinstance(inside, list) else f"it is {described(inside)}"
                return [Fault(f"{where} has no entry {part}: {size}", path=key)]
        elif not isinstance(inside, dict):
            return [Fault(f"{where} has no key '{part}': it is {described(inside)}", path=key)]
        if following is None:
            inside[part] = value
        elif isinstance(part, str) and inside.get(part) is None:
            inside[part] = {}
        inside = inside[part]
    source.overridden.append(keys)
    return []


def _split(key: str) -> Keys | None:
    keys: list[str | int] = []
    for part in normalise_name(key).split("."):
        match = _PART.fullmatch(part.strip())
        if match is None:
            return None
        keys += [match["name"], *(int(index) for index in _INDEX.findall(match["indices"]))]
    return tuple(keys)


def _unknown_parameter(source: Source, name: str, key: str) -> Fault:
    """A new parameter would be one that no equation uses, so its name is a slip of the finger."""
    parameters = source.get(("system", "parameters"))
    known = list(parameters) if isinstance(parameters, Mapping) else []
    return Fault(f"the problem has no parameter {shown(name)}", path=key, suggestion=nearest_name(name, known))
