"""YAML text to plain data with the place of every key and value.

PyYAML splits the text into events; everything after that is done here, because three things matter that its loaders do
not offer: the scalars of YAML 1.2 (``1e-3`` is a number; ``on``, ``no``, ``y`` are strings), places for messages, and
the certainty that no tag, alias or object is ever acted upon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import normalise_name
from pinnsolve.spec.source import Keys, Source, Span, Text
from pinnsolve.spec.words import shown
from pinnsolve.spec.yaml_traps import repair, syntax_trap

DEEPEST = 16
"""How deep lists and mappings may be nested."""

_MOST_REPAIRS = 50
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def read_yaml(text: str, file: str | None, directory: Path) -> tuple[Source, list[Fault]]:
    """Read YAML text.

    Parameters
    ----------
    text
        The whole text of a file.
    file
        Its name as messages show it.
    directory
        Where relative paths in it start from.

    Returns
    -------
    The data with its places, and the faults that reading could step over. They stand alone on their lines: what else
    is found there is most likely their consequence.

    Raises
    ------
    ProblemError
        For text that is not YAML at all.
    """
    faults: list[Fault] = []
    for _ in range(_MOST_REPAIRS):
        builder = _Builder(Text(text), file)
        try:
            root = builder.document()
        except yaml.YAMLError as error:
            trap = syntax_trap(error, builder.text)
            fault = builder.text.fault(trap.message, file, trap.start, trap.end)
            repaired = repair(builder.text, trap)
            if fault.line in {earlier.line for earlier in faults}:  # the repair was none
                break
            faults.append(fault)
            if repaired is None:
                break
            text = repaired
        else:
            data = builder.data(root, ())
            source = Source(data, file, builder.text, builder.keys, builder.values, directory)
            return source, faults + builder.faults
    raise ProblemError(faults)


def read_scalar(text: str) -> str | int | float | bool | None:
    """The value of a scalar without quotes under the core rules of YAML 1.2, less its hexadecimal and octal numbers."""
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text) and len(text) < 300:  # longer ones overflow to infinity below
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass
class _Node:
    span: Span
    content: str | list[_Node] | list[tuple[_Node, _Node]]
    kind: str
    """``scalar``, ``list`` or ``mapping``."""


class _Builder:
    """Builds nodes from the events of one text, then data from the nodes."""

    def __init__(self, text: Text, file: str | None) -> None:
        self.text = text
        self.file = file
        self.faults: list[Fault] = []
        self.keys: dict[Keys, Span] = {}
        self.values: dict[Keys, Span] = {}
        self._events: Iterator[Any] = iter(yaml.parse(text.text, Loader=yaml.SafeLoader))

    def document(self) -> _Node:
        """The node of the only document; an empty scalar for an empty text."""
        root = _Node(Span(0, 0, "", plain=True), "", "scalar")
        documents = 0
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            if documents == 2:
                start, _ = _extent(event)
                message = "a second document begins here ('---'): a file holds one problem"
                self.faults.append(self.text.fault(message, self.file, start, start + 3))
                break
            root = self._node(next(self._events), depth=0)
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        start, end = _extent(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(start, end, "'*' begins a YAML alias", "an expression that begins with '*'")
            return _Node(Span(start, end, "0", plain=True), "0", "scalar")
        if event.anchor is not None:
            self._refuse(start, end, "'&' begins a YAML anchor", "an expression that begins with '&'")
        if event.tag is not None:
            self._refuse(start, end, "'!' begins a YAML tag", "an expression that begins with '!'")
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None
            return _Node(Span(start, end, event.value, plain), event.value, "scalar")
        if depth == DEEPEST:
            message = f"lists and mappings are nested deeper than {DEEPEST} levels"
            raise ProblemError([*self.faults, self.text.fault(message, self.file, start, start + 1)])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._mapping(event, depth)

    def _list(self, start: Any, depth: int) -> _Node:
        items: list[_Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        if start.flow_style:
            items = [node for node, _ in self._rejoin([(item, None) for item in items], "[…]")]
        return _Node(Span(_extent(start)[0], _extent(event)[1]), items, "list")

    def _mapping(self, start: Any, depth: int) -> _Node:
        pairs: list[tuple[_Node, _Node | None]] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            pairs.append((self._node(event, depth + 1), self._node(next(self._events), depth + 1)))
        if start.flow_style:
            pairs = self._rejoin([self._spaced(key, value) for key, value in pairs if value], "{…}")
        content = [(key, value) for key, value in pairs if value is not None]
        return _Node(Span(_extent(start)[0], _extent(event)[1]), content, "mapping")

    def _rejoin(self, entries: list[tuple[_Node, _Node | None]], place: str) -> list[tuple[_Node, _Node | None]]:
        """Put together again what commas inside parentheses took apart: ``{x': atan2(y, x)}`` has one entry."""
        joined: list[tuple[_Node, _Node | None]] = []
        for entry in entries:
            last = joined[-1][-1] or joined[-1][0] if joined else None
            if last is None or not _open(last):
                joined.append(entry)
                continue
            end = max(node.span.end for node in entry if node is not None)
            value = self.text[last.span.start : end]
            whole = _Node(Span(last.span.start, end, value, plain=True), value, "scalar")
            joined[-1] = (whole, None) if joined[-1][1] is None else (joined[-1][0], whole)
            if not _open(whole):
                message = f'the comma ends the value inside {place}: quote it, "{shown(value, quotes=False)}"'
                self.faults.append(self.text.fault(message, self.file, whole.span.start, end))
        return joined

    def _spaced(self, key: _Node, value: _Node) -> tuple[_Node, _Node]:
        """Take apart ``{x':y}``, which has one key and no value for want of a space."""
        text = key.span.value or ""
        colon = text.find(":")
        if not key.span.plain or colon < 1 or value.span.start != value.span.end:
            return key, value
        start, middle, end = key.span.start, key.span.start + colon, key.span.end
        message = f"a space is missing after the colon of {shown(text[: colon + 1])}"
        self.faults.append(self.text.fault(message, self.file, start, middle + 1))
        left, right = text[:colon], text[colon + 1 :]
        return (
            _Node(Span(start, middle, left, plain=True), left, "scalar"),
            _Node(Span(middle + 1, end, right, plain=True), right, "scalar"),
        )

    def _refuse(self, start: int, end: int, what: str, trap: str) -> None:
        message = f"{what}, which problem files do not have; if this is {trap}, quote it"
        self.faults.append(self.text.fault(message, self.file, start, end))

    def data(self, node: _Node, keys: Keys) -> Any:
        """Plain data of a node; notes the place of each key and value on the way."""
        self.values[keys] = node.span
        content: Any = node.content
        if node.kind == "scalar":
            return read_scalar(content) if node.span.plain else content
        if node.kind == "list":
            return [self.data(item, (*keys, number)) for number, item in enumerate(content)]
        mapping: dict[str, Any] = {}
        for key, value in content:
            name = self._key(key, keys, mapping)
            if name is not None:
                mapping[name] = self.data(value, (*keys, name))
        return mapping

    def _key(self, key: _Node, keys: Keys, mapping: dict[str, Any]) -> str | None:
        """The name of a key, unless it is a fault."""
        span = key.span
        if key.kind != "scalar" or not isinstance(key.content, str):
            self.faults.append(self.text.fault("a key must be a name", self.file, span.start, span.start + 1))
            return None
        name = normalise_name(key.content)
        if name in mapping:
            first, _ = self.text.place(self.keys[*keys, name].start)
            message = f"'{shown(name, quotes=False)}' is given twice, first in line {first}"
            self.faults.append(self.text.fault(message, self.file, span.start, span.end))
            return None
        self.keys[*keys, name] = span
        return name


def _extent(event: Any) -> tuple[int, int]:
    """The index of the first character of an event, and of the one past its last."""
    return event.start_mark.index, event.end_mark.index


def _open(node: _Node) -> bool:
    """Whether a scalar without quotes has a parenthesis that is not closed."""
    value = node.span.value
    return node.span.plain and value is not None and value.count("(") > value.count(")")
