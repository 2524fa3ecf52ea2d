"""``pinnsolve resume``: carry on an interrupted run."""

from __future__ import annotations

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.result import show_run


def resume(
    run: options.OwnRun,
    no_plots: options.NoPlots = False,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Carry on an interrupted run to the same result as an uninterrupted one.

    Of a finished run the result is printed again and nothing is changed.
    """
    from pinnsolve.runs.directory import RunDirectory

    if not RunDirectory.open(run).finished:
        with display(quiet=quiet) as shown:
            from pinnsolve.api import resume as resume_run

            resume_run(run, plots=not no_plots, allow_python=allow_python, progress=shown.progress, tell=shown.tell)
    return show_run(run, json=json)
