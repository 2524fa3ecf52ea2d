"""Finding the solution of a run."""

from __future__ import annotations

from pathlib import Path

from pinnsolve.errors import RunError
from pinnsolve.runs.checkpoint import load_checkpoint
from pinnsolve.runs.directory import PROBLEM_SUFFIXES, RunDirectory
from pinnsolve.solvers import Solution
from pinnsolve.wording import typed


def load_run(path: Path, allow_python: bool = False) -> Solution:
    """The solution of a run directory or of a checkpoint file.

    Raises
    ------
    RunError
        If there is none, or if it is damaged or from a newer pinnsolve.
    UsageError
        If it is a problem file, or if its right-hand side is a Python file and `allow_python` is not given.
    """
    if path.is_file() and path.suffix.lower() not in PROBLEM_SUFFIXES:
        return load_checkpoint(path, allow_python)
    directory = RunDirectory.open(path)
    if not directory.checkpoint.exists():
        cure = f"carry it on with: pinnsolve resume {typed(path)}"
        raise RunError(f"{path} has no checkpoint yet: the run was stopped early; {cure}")
    solution = load_checkpoint(directory.checkpoint, allow_python)
    solution.directory = path
    return solution
