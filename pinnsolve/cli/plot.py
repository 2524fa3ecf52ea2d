"""``pinnsolve plot``: draw a run again."""

from __future__ import annotations

from pinnsolve.cli import options
from pinnsolve.cli.output import show, show_json


def plot(
    run: options.OwnRun,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    _quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Draw the plots of a run again from its checkpoint.

    After pinnsolve compare they show the reference solution as well.
    """
    from pinnsolve.runs.drawing import redraw

    files = redraw(run, allow_python)
    if json:
        show_json({"run": str(run), "files": [str(file) for file in files]})
    else:
        show("\n".join(str(file) for file in files))
    return 0
