"""How a solved problem is shown on stdout."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from pinnsolve.cli.output import colours, show, show_json
from pinnsolve.errors import RunError

EXIT_CODES = {"converged": 0, "not_converged": 3, "diverged": 3, "interrupted": 130}


def show_result(result: Mapping[str, Any], name: str, run: Path | None, *, json: bool) -> int:
    """Show ``result.json`` and return the exit code of its status."""
    if json:
        show_json({**result, "run": None if run is None else str(run)})
    else:
        from pinnsolve.runs.lines import summary

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 100
        verdict, rest = summary(result, name, None if run is None else str(run), width).split("\n\n", 1)
        if colours(sys.stdout):
            verdict = typer.style(verdict, fg="green" if result["status"] == "converged" else "yellow")
        show(f"{verdict}\n\n{rest}")
    return EXIT_CODES[result["status"]]


def show_run(directory: Path | None, *, json: bool) -> int:
    """Show the result of a finished run and return the exit code of its status."""
    from pinnsolve.runs.directory import RESULT, RunDirectory

    run = RunDirectory.open(Path(directory or "."))
    result = run.read_json(RESULT)
    if result is None:
        raise RunError(f"{run.path} has lost its {RESULT}")
    return show_result(result, run.path.name, run.path, json=json)
