"""Values in the words of a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pinnsolve.wording import exact

_LONGEST = 60
_MOST_NAMES = 15


def shown(text: str, *, quotes: bool = True) -> str:
    """The user's text inside a message: on one line, without control characters, of bearable length."""
    clean = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text[:1000])
    short = clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"
    return f"'{short}'" if quotes else short


def described(value: Any) -> str:
    """What a value is: ``'abc'``, ``2.5``, ``true``, ``a list``."""
    if value is None:
        return "null (an empty value)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return exact(value) if isinstance(value, float) else shown(str(value), quotes=False)
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"a Python object of type {type(value).__name__}"


def listed(names: Iterable[Any], last_but_one: str = "and") -> str:
    """Names one after the other: ``x, x' and y``; of very many only the first."""
    *most, last = [str(name) for name in names] or ["none"]
    if len(most) >= _MOST_NAMES:
        return f"{', '.join(most[:_MOST_NAMES])} and {len(most) + 1 - _MOST_NAMES} more"
    return f"{', '.join(most)} {last_but_one} {last}" if most else last
