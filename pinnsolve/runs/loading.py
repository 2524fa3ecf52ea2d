"""Finding the solution of a run."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TypeGuard

from pinnsolve.errors import RunError
from pinnsolve.runs.checkpoint import load_checkpoint
from pinnsolve.runs.directory import PROBLEM_SUFFIXES, RunDirectory, missing
from pinnsolve.solvers import Solution
from pinnsolve.spec.load import LONGEST_NAME
from pinnsolve.wording import typed


def names_run(source: object) -> TypeGuard[str | Path]:
    """Whether a user who may name a problem or a run has named a run: its directory or a checkpoint file.

    Raises
    ------
    RunError
        If there is nothing of that name, unless it is that of a problem file: whoever reads that says so.
    """
    if not isinstance(source, (str, Path)) or not str(source).isprintable() or len(Path(source).name) > LONGEST_NAME:
        return False
    path = Path(source)
    if path.is_file():
        return path.suffix.lower() not in PROBLEM_SUFFIXES and (path.suffix == ".pt" or zipfile.is_zipfile(path))
    if path.is_dir() or path.suffix.lower() in PROBLEM_SUFFIXES:
        return path.is_dir()
    files = [path.with_name(path.name + suffix) for suffix in PROBLEM_SUFFIXES if path.name]
    near = next((file for file in files if file.is_file()), None)
    what = "problem file and no run"
    raise RunError(missing(path, what) if near is None else f"there is no {what} {path} (did you mean '{near}'?)")


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
