"""``pinnsolve export``: one file of a trained solution, checked before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.errors import UsageError
from pinnsolve.runs.directory import EXPORTS
from pinnsolve.runs.export.check import check
from pinnsolve.runs.export.standalone import facts, standalone
from pinnsolve.runs.export.tables import csv_table, npz_arrays
from pinnsolve.runs.extras import require
from pinnsolve.runs.files import write_file
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.tables import solution_grid
from pinnsolve.runs.times import parse_times
from pinnsolve.solvers import Solution

Array = NDArray[np.float64]

TABLES = ("csv", "npz")
"""Formats that hold numbers at certain times, not a function."""
STDOUT = Path("-")


@dataclass(frozen=True)
class Exported:
    """A solution in another form."""

    data: bytes
    """What the file holds."""
    format: str
    facts: dict[str, Any]
    """Name, states, interval, status, accuracy of the solution."""
    points: int | None = None
    """Rows of a table."""
    difference: float | None = None
    """Largest difference of the exported function from the solution, relative to the largest value of each state; None
    for a table, and where there is nothing here to run the function with."""

    def document(self, file: Path | None) -> dict[str, Any]:
        """What the command says about it, as plain data."""
        known = {"points": self.points, "difference": self.difference}
        return {
            "file": None if file is None else str(file),
            "format": self.format,
            **self.facts,
            **{key: value for key, value in known.items() if value is not None},
        }


def export_solution(solution: Solution, form: str, *, times: Array | None = None, extrapolate: bool = False) -> Exported:
    """A solution in one of the formats of `EXPORTS`.

    Parameters
    ----------
    times
        (n,) the times of a table, by default those of ``solution.csv``; a function has none.
    extrapolate
        Whether times outside the interval are answered for by the nearest window. Without it a table refuses them and a
        function gives NaN.

    Raises
    ------
    UsageError
        If a package is missing, or for times outside the interval.
    RunError
        If there is no solution, or the exported function does not agree with it.
    """
    known = facts(solution)
    if form in TABLES:
        at = solution_grid(solution) if times is None else times
        data = csv_table(solution, at, extrapolate) if form == "csv" else npz_arrays(solution, at, extrapolate, known)
        return Exported(data, form, known, points=len(at))
    make = _onnx if form == "onnx" else _torch
    data, difference = make(solution, known, extrapolate)
    return Exported(data, form, known, difference=difference)


def export(
    source: Path | Solution,
    form: str,
    output: Path | None = None,
    *,
    times: str | Array | None = None,
    extrapolate: bool = False,
    overwrite: bool = False,
    allow_python: bool = False,
) -> tuple[Exported, Path | None]:
    """Export a solution, or that of a run or a checkpoint, to a file.

    Parameters
    ----------
    output
        The file; by default one in the run, named after the problem. With ``-`` none is written.
    times
        The times of a table, as an array (n,) or as a text for `parse_times`.

    Returns
    -------
    tuple
        What was made of the solution, and the file.

    Raises
    ------
    UsageError
        As `export_solution`; for times of a function; or if the file exists, unless `overwrite`.
    RunError
        If there is no such run, or the file cannot be written.
    """
    if form not in EXPORTS:
        raise UsageError(f"there is no format '{form}'; there are {', '.join(EXPORTS)}")
    if output == STDOUT and form != "csv":
        raise UsageError(f"--output - is for csv: the {form} file is binary, so name one")
    if times is not None and form not in TABLES:
        raise UsageError(f"times are for {' and '.join(TABLES)}: the {form} file is a function, which takes any times")
    wanted = parse_times(times) if isinstance(times, str) else times
    solution = load_run(source, allow_python) if isinstance(source, Path) else source
    file = None if output == STDOUT else _free(output or _default(source, solution, form), overwrite)
    exported = export_solution(solution, form, times=wanted, extrapolate=extrapolate)
    if file is not None:
        write_file(file, exported.data)
    return exported, file


def _default(source: Path | Solution, solution: Solution, form: str) -> Path:
    """In the run, beside the checkpoint, or where we are."""
    folder = source.parent if isinstance(source, Path) and source.is_file() else solution.directory or Path()
    return folder / f"{solution.problem.name}{EXPORTS[form]}"


def _free(file: Path, overwrite: bool) -> Path:
    """A name that may be written to."""
    if file.is_dir():
        raise UsageError(f"{file} is a directory: --output is the name of a file")
    if file.is_file() and not overwrite:
        raise UsageError(f"{file} exists: choose another name with --output, or replace it with --overwrite")
    return file


def _onnx(solution: Solution, known: dict[str, Any], extrapolate: bool) -> tuple[bytes, float | None]:
    require("onnx", "export", "--format onnx")
    from pinnsolve.runs.export.onnx_graph import onnx_model

    data = onnx_model(standalone(solution, extrapolate=extrapolate), known)
    try:
        import onnxruntime
    except ImportError:
        return data, None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return data, check(solution, lambda t: session.run(None, {"t": t})[0])


def _torch(solution: Solution, known: dict[str, Any], extrapolate: bool) -> tuple[bytes, float | None]:
    from pinnsolve.runs.export.torch_program import loaded, torch_program

    data = torch_program(standalone(solution, extrapolate=extrapolate), known)
    module = loaded(data)
    with torch.no_grad():
        return data, check(solution, lambda t: module(torch.from_numpy(t)).numpy())
