"""``pinnsolve predict``: a trained solution at any times."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinnsolve.cli import options
from pinnsolve.cli.output import note, show, show_json

Times = Annotated[
    str,
    typer.Option(
        "--times",
        metavar="RANGE|LIST|FILE",
        help="A range with its end, 0:20:0.01; a list, 0,1,2; or a CSV file with a column t.",
    ),
]
Output = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to this file instead of stdout.")]
Extrapolate = Annotated[bool, typer.Option("--extrapolate", help="Allow times outside the interval of the problem.")]


def predict(
    run: options.Run,
    times: Times,
    output: Output = None,
    extrapolate: Extrapolate = False,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Evaluate a trained solution: CSV with 17 significant digits to stdout or to a file."""
    from pinnsolve.runs.prediction import predict_run

    prediction = predict_run(run, times, extrapolate=extrapolate, allow_python=allow_python)
    if output is not None:
        prediction.write(output)
        if not quiet:
            note(f"{len(prediction.times)} rows written to {output}")
    elif not json:
        show(prediction.csv())
    if json:
        show_json(prediction.document())
    return 0
