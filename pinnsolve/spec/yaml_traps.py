"""What YAML's syntax errors mean in a problem file, in sentences that say what to do.

Most of them come from one cause: an expression that YAML reads as something of its own, because it begins with one of
YAML's signs or contains a colon. The cure is always to quote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from pinnsolve.spec.source import Text
from pinnsolve.spec.words import shown


@dataclass(frozen=True)
class Trap:
    """A syntax error in the words of a problem file."""

    message: str
    start: int
    """Index of the first character that is meant."""
    end: int
    replacement: str | None = None
    """What stands there once the advice is followed, so that reading can go on and find the other faults."""


_ENTRY = re.compile(r"""(?P<before>\s*(?:-\s+)?(?P<key>"[^"]*"|[^\s#"{\[,][^#{\[,]*?)\s*:\s+)(?P<value>\S.*?)(?:\s+\#.*|\s*)""")
_NO_SPACE = re.compile(r"(?P<before>\s*(?:-\s+)?)(?P<key>[^\W\d]\w*'*):(?=[^\s:])")
_STARTS = ("- ", "? ", *"*&!%@`[{|>,]}")
_FLOW_VALUE = re.compile(r"[^,\[\]{}\r\n]+")


def syntax_trap(error: yaml.YAMLError, text: Text) -> Trap:
    """Say what PyYAML's error means."""
    if isinstance(error, yaml.reader.ReaderError):
        at = error.position
        return Trap(f"the character U+{ord(text[at : at + 1]):04X} is not allowed in a YAML file", at, at + 1)
    if not isinstance(error, yaml.MarkedYAMLError):  # PyYAML raises no others; without a place there is only its text
        return Trap(f"not valid YAML: {error}", 0, 1)
    rules: tuple[Callable[[yaml.MarkedYAMLError, Text], Trap | None], ...] = (
        _tab,
        _unclosed_quote,
        _escape,
        _missing_space,
        _block_value,
        _flow_value,
        _brackets,
    )
    for rule in rules:
        if (trap := rule(error, text)) is not None:
            return trap
    at = _index(error)
    return Trap(f"not valid YAML: {_own_words(error)}", at, at + 1)


def repair(text: Text, trap: Trap) -> str | None:
    """The text with the advice followed, None where there is nothing certain to put in."""
    if trap.replacement is None:
        return None
    return text.text[: trap.start] + trap.replacement + text.text[trap.end :]


def _tab(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    at = _index(error)
    if text[at : at + 1] != "\t":
        return None
    return Trap("YAML allows no tab here: use spaces", at, at + 1)


def _unclosed_quote(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    if "quoted scalar" not in (error.context or "") or "end of stream" not in (error.problem or ""):
        return None
    at = error.context_mark.index if error.context_mark else 0
    message = f"the quotation mark {text[at : at + 1]} that opens here is never closed"
    if text[at : at + 1] == "'":
        message += " (inside single quotes a prime is written twice; a key such as x' needs no quotes)"
    return Trap(message, at, at + 1)


def _escape(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    at = _index(error) - 1
    if "double-quoted" not in (error.context or "") or text[max(at, 0) : at + 1] != "\\":
        return None
    message = "a backslash inside double quotes begins an escape: use single quotes, or write it twice"
    return Trap(message, at, at + 2)


def _missing_space(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    """``x':y``, which YAML reads as one word that goes on in the next line."""
    line, _ = text.place(_index(error))
    for number in range(line, max(line - 3, 0), -1):
        match = _NO_SPACE.match(text.line(number))
        if match is not None:
            start, key = text.index(number, 1 + match.start("key")), match["key"]
            message = f"a space is missing after the colon of '{key}:'"
            return Trap(message, start, start + len(key) + 1, replacement=f"{key}: ")
    return None


def _block_value(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    """``key: value`` on a line of its own, with a value that YAML takes for something else."""
    line, column = text.place(_index(error))
    match = _ENTRY.fullmatch(text.line(line))
    if match is None:
        return None
    value, key = match["value"], match["key"]
    sign = next((sign for sign in _STARTS if value.startswith(sign)), None)
    if sign is None and value == "-":
        sign = "-"
    if sign in ("[", "{"):
        closing = value.find("]" if sign == "[" else "}")
        if closing < 0 or column <= 1 + match.start("value") + closing:
            return None  # the fault is inside the brackets, which are meant as such
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    advice = f"quote it, {shown(key, quotes=False)}: {shown(quoted, quotes=False)}"
    if sign is not None:
        message = f"a value that begins with '{sign}' is something else to YAML: {advice}"
    elif value[0] in "\"'":
        message = "text goes on after the closing quotation mark: quote the whole value"
    elif re.search(r":(\s|$)", value):
        message = f"a value with a colon in it is a mapping to YAML: {advice}"
    else:
        return None
    start = text.index(line, 1 + match.start("value"))
    return Trap(message, start, start + len(value), replacement=quoted)


def _flow_value(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    """A value inside ``{…}`` or ``[…]`` that begins with one of YAML's signs."""
    if not any(words in (error.problem or "") for words in ("cannot start any token", "node content")):
        return None
    at = _index(error)
    match = _FLOW_VALUE.match(text.text, at)
    if match is None or not match[0].startswith(_STARTS):
        return None
    value = match[0].rstrip()
    sign = next((sign for sign in _STARTS if value.startswith(sign)), value)  # a lone - or ?, with the space taken off
    message = f"a value that begins with '{sign}' is something else to YAML: quote it, \"{shown(value, quotes=False)}\""
    replacement = None if '"' in value or "\\" in value else f'"{value}"'
    return Trap(message, at, at + len(value), replacement)


def _brackets(error: yaml.MarkedYAMLError, text: Text) -> Trap | None:
    if "flow" not in (error.context or "") or error.context_mark is None:
        return None
    if "<stream end>" in (error.problem or ""):
        at = error.context_mark.index
        return Trap("the text ends before every '[' and '{' is closed", min(at, len(text.text) - 1), at + 1)
    at = error.context_mark.index
    bracket = text[at : at + 1]
    if bracket not in ("[", "{"):
        return None
    line, _ = text.place(_index(error))
    if "<scalar>" in (error.problem or ""):
        at = _index(error)
        return Trap("a comma is missing before this, or the value is quoted in part: quote the whole of it", at, at + 1)
    return Trap(f"the '{bracket}' that opens here is not closed, or a comma is missing, up to line {line}", at, at + 1)


def _own_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "unreadable"
    if "<block end>" in problem or "not allowed here" in problem or "expected ':'" in problem:
        return "this does not fit the lines above it (indentation, or a missing ': ')"
    context = f"{error.context}, " if error.context else ""
    return context + problem


def _index(error: yaml.MarkedYAMLError) -> int:
    unfinished_key = "simple key" in (error.context or "") and error.context_mark is not None
    mark = error.context_mark if unfinished_key else error.problem_mark or error.context_mark
    return 0 if mark is None else mark.index
