"""The data of a problem together with the place in the text that each piece of it comes from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pinnsolve.errors import Fault

Keys = tuple[str | int, ...]
"""Keys and list indices that lead from the top to one piece of the data: ``("training", 1, "points")``."""

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what YAML counts as the end of a line
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_EXCERPT = 300
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


def dotted(keys: Keys) -> str:
    """The path as users write it: ``training[1].points``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


class Text:
    """The text of a file, and the way from an index in it to a line and a column."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(_LINE_BREAK.finditer(text))
        self._starts = [0, *(match.end() for match in breaks)]
        self._ends = [*(match.start() for match in breaks), len(text)]

    def __getitem__(self, item: slice) -> str:
        return self.text[item]

    def place(self, index: int) -> tuple[int, int]:
        """Line and column of a character, both counted from 1."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The line of this number, counted from 1, without its end; empty where there is none."""
        return self.text[self._starts[number - 1] : self._ends[number - 1]] if 0 < number <= len(self._starts) else ""

    def index(self, line: int, column: int) -> int:
        """The index of a line and column, both counted from 1."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1

    def fault(self, message: str, file: str | None, start: int, end: int, **more: Any) -> Fault:
        """A fault at the characters from `start` to `end`, with its line as the excerpt."""
        line, column = self.place(start)
        excerpt = self.line(line)
        width = max(1, min(end, self._ends[line - 1]) - start)
        shown = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", excerpt) if len(excerpt) <= _LONGEST_EXCERPT else None
        return Fault(message, file, line, column, excerpt=shown, width=width, **more)


@dataclass(frozen=True)
class Span:
    """Where a key or a value stands in the text."""

    start: int
    end: int
    """One past the last character."""
    value: str | None = None
    """The text of a scalar after YAML's unquoting and folding; None for lists and mappings."""
    plain: bool = False
    """Whether it is a scalar without quotes."""

    def indices(self, text: str) -> list[int]:
        """The index in the text of every character of the scalar, and of its end.

        YAML unquotes, folds lines and strips indentation, all of which only drop characters, replace a line break by a
        space, or replace an escape by one character. So one pass over both, side by side, finds each character again.
        """
        value = self.value or ""
        found, at = [], self.start
        opening = text[at : at + 1]
        if not self.plain and opening in ("|", ">"):
            header = _LINE_BREAK.search(text, at)
            at = at if header is None else header.end()
        elif not self.plain:
            at += 1
        for character in value:
            at = self._next(text, at, character, opening)
            found.append(min(at, self.end))
            at = self._after(text, at, opening)
        return [*found, min(at, self.end)]

    def _next(self, text: str, at: int, character: str, opening: str) -> int:
        """The first index from `at` on that can have given `character`."""
        while at < self.end and text[at] != character:
            if self.plain is False and opening == '"' and text[at] == "\\" and text[at + 1 : at + 2] not in "\r\n":
                return at
            if character.isspace() and text[at].isspace():
                return at
            at += 1
        return at

    def _after(self, text: str, at: int, opening: str) -> int:
        if not self.plain and opening == '"' and (escape := _ESCAPE.match(text, at)):
            return escape.end()
        if not self.plain and opening == "'" and text[at : at + 2] == "''":
            return at + 2
        return at + 1


@dataclass
class Source:
    """A problem as plain data (mappings, lists, strings, numbers), with the places of its keys and values."""

    data: Any
    file: str | None = None
    """The name of the file as it is shown; None for data from Python."""
    text: Text | None = None
    keys: dict[Keys, Span] = field(default_factory=dict)
    values: dict[Keys, Span] = field(default_factory=dict)
    directory: Path = field(default_factory=Path)
    """Where paths in the data start from."""
    overridden: list[Keys] = field(default_factory=list)
    """What was replaced from outside and therefore has no place in the file."""

    def raw(self, keys: Keys) -> str:
        """The text of a scalar as written, so that ``1e-3`` is not shown as ``0.001``."""
        span = None if self._replaced(keys) else self.values.get(keys)
        return span.value if span is not None and span.value is not None else str(self.get(keys))

    def get(self, keys: Keys) -> Any:
        """The piece of the data at these keys, None where there is none."""
        value = self.data
        for key in keys:
            inside = (isinstance(value, Mapping) and key in value) or (
                isinstance(value, list) and isinstance(key, int) and key < len(value)
            )
            value = value[key] if inside else None
        return value

    def fault(
        self,
        keys: Keys,
        message: str,
        *,
        at: Literal["key", "value"] = "value",
        span: tuple[int, int] | None = None,
        suggestion: str | None = None,
    ) -> Fault:
        """A fault at a piece of the data.

        Parameters
        ----------
        keys
            Which piece. Where the text does not have it, the fault is placed at the nearest piece around it.
        message
            The whole sentence, with its subject.
        at
            Whether the marker goes to the key or to the value.
        span
            The characters of the value that are meant, first and one past the last; all of it otherwise.
        suggestion
            The nearest known name.
        """
        more: dict[str, Any] = {"path": dotted(keys) or None, "suggestion": suggestion}
        if self.text is None or self._replaced(keys):
            return self._fault_without_place(keys, message, span, more)
        place = self._span(keys, at)
        if place is None:
            return Fault(message, self.file, **more)
        start, end = place.start, place.end
        if span is not None and place.value is not None:
            indices = place.indices(self.text.text)
            first, last = (min(offset, len(indices) - 1) for offset in span)
            start, end = indices[first], max(indices[first] + 1, indices[last - 1] + 1 if last else 0)
        return self.text.fault(message, self.file, start, end, **more)

    def predicate_fault(self, keys: Keys, predicate: str, **more: Any) -> Fault:
        """A fault whose message says only what is wrong with the value; the path is put before it as its subject."""
        placed = self.text is not None and not self._replaced(keys)
        return self.fault(keys, f"{dotted(keys)}: {predicate}" if placed and keys else predicate, **more)

    def comment_follows(self, keys: Keys) -> bool:
        """Whether a value without quotes ends where a comment begins."""
        span = None if self.text is None or self._replaced(keys) else self.values.get(keys)
        if self.text is None or span is None or not span.plain:
            return False
        return self.text[span.end : span.end + 80].lstrip(" \t").startswith("#")

    def cut_off(self, keys: Keys) -> bool:
        """Whether that comment reads like more of the value: its text follows # without a space."""
        if self.text is None or not self.comment_follows(keys):
            return False
        comment = self.text[self.values[keys].end :].lstrip(" \t")
        return len(comment) > 1 and not comment[1].isspace() and comment[1] not in "#!"

    def _replaced(self, keys: Keys) -> bool:
        """Whether this piece is not from the file: replaced, in something replaced, or made to hold that."""
        return any(
            keys[: len(other)] == other or (other[: len(keys)] == keys and keys not in self.values) for other in self.overridden
        )

    def _span(self, keys: Keys, at: Literal["key", "value"]) -> Span | None:
        own = self.keys if at == "key" else self.values
        if keys in own:
            return own[keys]
        for length in range(len(keys), 0, -1):
            around = self.keys.get(keys[:length]) or self.values.get(keys[:length])
            if around is not None:
                return around
        return None

    def _fault_without_place(self, keys: Keys, message: str, span: tuple[int, int] | None, more: dict[str, Any]) -> Fault:
        value = self.get(keys)
        if span is None or not isinstance(value, str) or len(value) > _LONGEST_EXCERPT or "\n" in value:
            return Fault(message, **more)
        return Fault(message, column=span[0] + 1, excerpt=value, width=max(1, span[1] - span[0]), **more)
