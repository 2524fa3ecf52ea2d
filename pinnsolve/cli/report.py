"""``pinnsolve report``: one HTML page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import show, show_json

Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Write to this file instead of report.html in the run.")
]


def report(
    run: options.Run,
    output: Output = None,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Write one self-contained HTML page of a run: verdict, equations, charts to look into, settings.

    After pinnsolve compare it shows the true error as well.
    """
    with display(quiet=quiet) as shown:
        shown.tell(f"{run}: writing the report")
        from pinnsolve.runs.report import report_run

        file = report_run(run, output, allow_python)
    if json:
        show_json({"file": str(file)})
    else:
        show(str(file))
    return 0
