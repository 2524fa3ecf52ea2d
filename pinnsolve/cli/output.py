"""The two streams: stdout carries the result and nothing else, stderr everything that is said on the way."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from pinnsolve.errors import RunError

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST = 80
"""Columns of a table."""


def prepare_streams() -> None:
    """Let no letter that the terminal's encoding lacks end a command, and no stream that is closed (``>&-``)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def show(text: str) -> None:
    """Write a result to stdout.

    A reader that has gone (``| head``) has seen what it wanted: that is no error.

    Raises
    ------
    RunError
        If stdout cannot take it, as on a full disk.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except OSError as error:
        gone = _nobody_reads(sys.stdout, error)
        _close(sys.stdout)
        if not gone:
            raise RunError(f"cannot write to standard output: {error.strerror}") from error


def show_json(document: Mapping[str, Any]) -> None:
    """Write a result as one JSON object, in ASCII, whatever the encoding of stdout."""
    show(json.dumps(document, indent=2, allow_nan=False))


def drawn(draw: Callable[[Console], None]) -> str:
    """What `draw` prints on a console as wide as stdout: text without blanks at the ends and one empty line at a time.

    A terminal that is very narrow breaks the lines itself, because a table squeezed into it would lose digits. The
    console must not have stdout itself as its file: it writes to it even while its output is captured, and fails where
    stdout does (a full disk).
    """
    import io
    import shutil

    from rich.console import Console

    terminal = sys.stdout.isatty()
    page = io.StringIO()
    width = max(shutil.get_terminal_size().columns, NARROWEST) if terminal else 110
    draw(Console(file=page, force_terminal=terminal, width=width, highlight=False))
    text = "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text)


def note(text: str, *, style: str | None = None) -> None:
    """Say something on stderr."""
    try:
        typer.echo(typer.style(text, fg=style) if style else text, err=True, color=colours(sys.stderr))
    except OSError as error:
        gone = _nobody_reads(sys.stderr, error)
        _close(sys.stderr)
        if not gone:
            raise


def colours(stream: TextIO) -> bool:
    """Whether a stream takes colours: a terminal that can, and nobody who minds (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _nobody_reads(stream: TextIO, error: OSError) -> bool:
    """Whether the other end has gone: of a pipe, or a terminal that has been closed."""
    if error.errno == errno.EIO:  # of a file it is a fault of the disk
        return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    return error.errno in (errno.EPIPE, errno.ESHUTDOWN) or (os.name == "nt" and error.errno == errno.EINVAL)


def _close(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that Python does not fail once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
