"""What went wrong, for a person and, with ``--json``, for a program."""

from __future__ import annotations

import traceback
from typing import Any

import typer

from pinnsolve.cli.output import note, show_json
from pinnsolve.cli.result import show_result
from pinnsolve.errors import Fault, Interrupted, PinnsolveError, ProblemError
from pinnsolve.runs.outcomes import RunInterrupted, UnwrittenError

# The classes of the command-line library, which some versions of Typer bring along and others take from Click.
UsageFault = typer.BadParameter.__bases__[0]
ParserError = UsageFault.__bases__[0]


def report(error: BaseException, *, json: bool, verbose: bool) -> int:
    """Show an error and return the exit code that it stands for."""
    if verbose:
        note("".join(traceback.format_exception(error)).rstrip())
    code, faults = _meaning(error)
    if isinstance(error, (RunInterrupted, UnwrittenError)):  # there is a result all the same
        show_result(error.result, error.solution.problem.name, error.solution.directory, json=json)
    elif json:
        show_json({"ok": False, "faults": [_as_json(fault) for fault in faults]})
    for fault in faults:
        said = fault.file or isinstance(error, (Interrupted, KeyboardInterrupt))
        note(str(fault) if said else f"error: {fault}", style="red")
    return code


def _meaning(error: BaseException) -> tuple[int, list[Fault]]:
    """The exit code and the sentences of an error."""
    if isinstance(error, ProblemError):
        return error.exit_code, list(error.faults)
    if isinstance(error, PinnsolveError):
        return error.exit_code, [Fault(str(error))]
    if isinstance(error, ParserError):
        return 2, [Fault(_usage(error))]
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return 130, [Fault("stopped")]
    if isinstance(error, MemoryError):
        return 1, [Fault("there is not enough memory for this")]
    if isinstance(error, OSError):
        return 1, [Fault(f"{error.filename}: {error.strerror}" if error.filename else str(error))]
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return 1, [Fault(f"this is a bug in pinnsolve ({what}); run the command again with --verbose for its place")]


def _usage(error: Any) -> str:
    context = getattr(error, "ctx", None)
    message = " ".join(error.format_message().split()).replace(": Value error, ", ": ")  # as some versions of Typer put it
    return f"{message.rstrip('.')}; see {context.command_path if context else 'pinnsolve'} --help"


def _as_json(fault: Fault) -> dict[str, Any]:
    from pinnsolve.spec import fault_to_json

    return fault_to_json(fault)
