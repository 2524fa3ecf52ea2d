"""The comparison of a run with SciPy: measured, and kept in the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pinnsolve.analysis.compare import compare, reference_for
from pinnsolve.runs.directory import COMPARE, RunDirectory
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.reference import write_reference


def compare_run(path: Path, allow_python: bool) -> dict[str, Any]:
    """Measure the true error of a run, or of a checkpoint file.

    A run keeps the report, and the reference solution for its plots.

    Raises
    ------
    RunError
        If there is no such run or nothing in it to compare.
    """
    solution = load_run(path, allow_python)
    reference = reference_for(solution)
    report = compare(solution, reference)
    if path.is_dir():
        directory = RunDirectory(path)
        write_reference(directory, reference)
        directory.write_json(COMPARE, report)
    return report
