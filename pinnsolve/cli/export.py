"""``pinnsolve export``: a trained solution for use elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pinnsolve.cli import options
from pinnsolve.cli.display import display
from pinnsolve.cli.output import note, show, show_json
from pinnsolve.errors import UsageError
from pinnsolve.wording import short


class Format(StrEnum):
    """What a solution can be exported to."""

    csv = "csv"
    npz = "npz"
    onnx = "onnx"
    torch = "torch"


Form = Annotated[
    Format,
    typer.Option(
        "--format",
        case_sensitive=False,
        help="csv: a table. npz: arrays with the estimated error. onnx: a graph in float64. torch: a program of torch.export.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write to this file, - for stdout (csv); by default one in the run, named after the problem.",
    ),
]
Times = Annotated[
    str | None,
    typer.Option(
        "--times",
        metavar="RANGE|LIST|FILE",
        help="For csv and npz, as for pinnsolve predict; by default output.points of the problem.",
    ),
]
Extrapolate = Annotated[
    bool,
    typer.Option(
        "--extrapolate",
        help="Answer for times outside the interval too. Without it csv and npz refuse them, onnx and torch give NaN.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")]


def export(
    run: options.Run,
    form: Form,
    output: Output = None,
    times: Times = None,
    extrapolate: Extrapolate = False,
    overwrite: Overwrite = False,
    allow_python: options.AllowPython = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Write a trained solution to a file that other programs read: numbers as CSV or NPZ, the function as ONNX or torch.

    A function is run once and compared with the solution before it is written.
    """
    if json and output == Path("-"):
        raise UsageError("--json and --output - both write to stdout: leave out one")
    with display(quiet=quiet) as shown:
        if form in (Format.onnx, Format.torch):
            shown.tell(f"{run}: exporting to {form.value}")
        from pinnsolve.runs.export import export as write_export

        exported, file = write_export(
            run, form.value, output, times=times, extrapolate=extrapolate, overwrite=overwrite, allow_python=allow_python
        )
    document = exported.document(file)
    if document["status"] != "converged" and not quiet:
        note(f"the status of this solution is {document['status']}: it is not as accurate as was asked for", style="yellow")
    if json:
        show_json(document)
    else:
        show(exported.data.decode() if file is None else text(document))
    return 0


def text(document: Mapping[str, Any]) -> str:
    """One line: the file and what it holds."""
    states = ", ".join(document["states"])
    if "points" in document:
        return f"{document['file']}: {states} at {document['points']:,} times"
    shape = f"t (n,) -> {states} (n, {len(document['states'])}), float64"
    return f"{document['file']}: {shape}; {_found(document.get('difference'))}"


def _found(difference: float | None) -> str:
    if difference is None:
        return "not compared with the solution, because onnxruntime is not installed"
    return f"differs from the solution by {short(difference)} of its largest value"
