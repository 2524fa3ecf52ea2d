"""The plots of a run, drawn after its solve and whenever they are asked for again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinnsolve.plots import draw_all, render
from pinnsolve.runs.directory import PLOTS, RunDirectory
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.reference import read_reference
from pinnsolve.solvers import Solution

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference


def write_plots(directory: RunDirectory, solution: Solution, reference: Reference | None = None) -> list[Path]:
    """Draw every figure in every format of the problem; gives the files."""
    files = []
    for name, figure in draw_all(solution, reference).items():
        for file_format in solution.problem.output.formats:
            file = f"{PLOTS}/{name}.{file_format}"
            directory.write(file, render(figure, file_format))
            files.append(directory.path / file)
    return files


def redraw(path: Path, allow_python: bool) -> list[Path]:
    """Draw the plots of a run again from its checkpoint, with the reference solution where there is one.

    Raises
    ------
    RunError
        If there is no such run, or nothing in it to draw.
    """
    directory = RunDirectory.open(path)
    return write_plots(directory, load_run(directory.path, allow_python), read_reference(directory))
