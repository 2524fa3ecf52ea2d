"""The exceptions of pinnsolve: what went wrong, for whom, and the exit code that the command line turns it into."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault of a problem file, with its place and its cure.

    ``str(fault)`` is the message as users read it: ``file:line:column: message (did you mean 'mu'?)`` with, where the
    place is known, the source line and a marker below it.
    """

    message: str
    """What is wrong and what to do about it, without the place."""
    file: str | None = None
    line: int | None = None
    """Counted from 1."""
    column: int | None = None
    """Counted from 1."""
    path: str | None = None
    """Dotted path of the key in the problem file, such as ``network.hidden``."""
    suggestion: str | None = None
    """The nearest known name, where there is one."""
    excerpt: str | None = None
    """The source line of the place."""
    width: int = 1
    """How many characters of the excerpt are meant, from `column` on."""

    def __str__(self) -> str:
        parts = (self.file, self.line, self.column) if self.line is not None else (self.file,)
        place = ":".join(str(part) for part in parts if part is not None)
        head = f"{place}: " if place else f"{self.path}: " if self.path and not self._names_its_place else ""
        hint = f" (did you mean '{self.suggestion}'?)" if self.suggestion else ""
        text = f"{head}{self.message}{hint}"
        if self.excerpt is None or self.column is None:
            return text
        indent = len(self.excerpt) - len(self.excerpt.lstrip())
        marker = " " * (self.column - 1 - indent) + "^" + "~" * (self.width - 1)
        return f"{text}\n    {self.excerpt.strip()}\n    {marker}"

    @property
    def _names_its_place(self) -> bool:
        """Whether the message is a whole sentence about its key, such as ``initial has no value for y``."""
        top = re.split(r"[.\[]", self.path or "", maxsplit=1)[0]
        return self.message.startswith((f"{top} ", f"{top}."))


class PinnsolveError(Exception):
    """Base of every error that pinnsolve raises on purpose."""

    exit_code = 1


class UsageError(PinnsolveError):
    """The call itself is wrong: options that exclude each other, times outside the solution, a missing permission."""

    exit_code = 2


class ProblemError(PinnsolveError, ValueError):
    """The problem is faulty. `faults` has every fault found, in file order."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault | str]) -> None:
        self.faults = tuple(Fault(fault) if isinstance(fault, str) else fault for fault in faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RunError(PinnsolveError):
    """A run directory or checkpoint cannot be read or written."""


class DeviceError(UsageError):
    """The device asked for is not there, or cannot do what the method needs."""


class Interrupted(PinnsolveError):
    """The user or the system asked to stop. Raised between iterations only, so that nothing is half done."""

    exit_code = 130

    def __init__(self, signal_number: int = 2) -> None:
        super().__init__("interrupted")
        self.exit_code = 128 + signal_number
