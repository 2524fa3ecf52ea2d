"""The package in Python: solve a problem, train it into a run directory, load what was trained.

Everything is imported when it is needed, so that ``import pinnsolve`` and the command line start at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pinnsolve.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pinnsolve.analysis.planar.portrait import Portrait
    from pinnsolve.analysis.planar.projection import Projection
    from pinnsolve.problem import Problem
    from pinnsolve.progress import Progress
    from pinnsolve.runs.train import Manner
    from pinnsolve.solvers import Solution

    Source = str | Path | Mapping[str, Any] | Problem | IO[Any]


def solve(source: Source, *, allow_python: bool = False, **settings: Any) -> Solution:
    """Solve a problem in memory; no file is written.

    Parameters
    ----------
    source
        Path of a problem file, an open one, a dict of the same shape, or a `Problem`.
    allow_python
        Whether the Python file of ``system.python`` may be run.
    **settings
        The top-level keys of the problem file; they win over what `source` says. A nested mapping changes the keys that
        it names: ``network={"windows": 1}``.

    Returns
    -------
    Solution
        Also of a problem that is too hard: then its status says so.

    Raises
    ------
    ProblemError
        If the problem is faulty, with every fault found.
    """
    from pinnsolve.runs.problems import read_source
    from pinnsolve.solvers import solve as solve_problem

    problem, _ = read_source(source, settings, allow_python)
    return solve_problem(problem, record=True)


def train(
    source: Source,
    output: str | Path | Mapping[str, Any] | None = None,
    *,
    overwrite: bool = False,
    plots: bool = True,
    tensorboard: bool = False,
    report: bool = False,
    allow_python: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> Solution:
    """Solve a problem and write a run directory, as the command ``pinnsolve train`` does.

    Parameters
    ----------
    source, allow_python, **settings
        As for `solve`.
    output
        The directory in which the run directory is made; by default what the problem says, ``runs``. A mapping is
        the problem's own ``output``.
    overwrite
        Whether to replace the run of this name instead of making a new one.
    plots
        Whether to draw.
    tensorboard
        Whether to log every iteration for TensorBoard, under ``tensorboard/`` in the run.
    report
        Whether to write ``report.html``, one page of everything.
    progress
        Hears of every iteration.
    tell
        Takes the lines that the command prints on the way.

    Returns
    -------
    Solution
        With ``solution.directory``.

    Raises
    ------
    ProblemError
        If the problem is faulty, with every fault found.
    RunError
        If the directory cannot be made or not all files can be written; in the second case the error has ``.solution``.
    Interrupted
        After Ctrl-C or SIGTERM. The run has been saved and can be carried on with `resume`.
    """
    begun = time.perf_counter()
    from pinnsolve.runs.problems import read_source
    from pinnsolve.runs.train import train as train_problem

    manner = _manner(begun, plots, progress, tell, tensorboard, report)
    root = None if output is None or isinstance(output, Mapping) else Path(output)
    if isinstance(output, Mapping):
        settings["output"] = output
    problem, config = read_source(source, settings, allow_python)
    return train_problem(problem, config, root or Path(problem.output.directory), overwrite, manner)


def resume(
    run: str | Path,
    *,
    plots: bool = True,
    allow_python: bool = False,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> Solution:
    """Carry on an interrupted run to the same result as an uninterrupted one; a finished run is only loaded.

    The parameters are those of `train`.

    Raises
    ------
    RunError
        If there is no such run or it cannot be read.
    """
    begun = time.perf_counter()
    from pinnsolve.runs.train import resume as resume_run

    return resume_run(Path(run), allow_python, _manner(begun, plots, progress, tell))


def load(path: str | Path, *, allow_python: bool = False) -> Solution:
    """The solution of a run directory or of a checkpoint file.

    Raises
    ------
    RunError
        If there is none, or if it is damaged or from a newer pinnsolve.
    UsageError
        If its right-hand side is a Python file and `allow_python` is not given.
    """
    from pinnsolve.runs.loading import load_run

    return load_run(Path(path), allow_python)


def export(
    source: str | Path | Solution,
    form: str,
    output: str | Path | None = None,
    *,
    times: str | NDArray[np.float64] | None = None,
    extrapolate: bool = False,
    overwrite: bool = False,
    allow_python: bool = False,
) -> Path:
    """Write a trained solution to a file that other programs read.

    Parameters
    ----------
    source
        A solution, a run directory or a checkpoint file.
    form
        ``csv``, ``npz``, ``onnx`` or ``torch``. The last two hold the function; it is run and compared with the solution
        before it is written.
    output
        The file; by default one in the run, named after the problem.
    times
        (n,) the times of a table, or a text such as ``0:20:0.01``; by default those of ``solution.csv``.
    extrapolate
        Whether times outside the interval are answered for; without it a table refuses them and a function gives NaN.
    overwrite
        Whether to replace the file if it exists.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If a package that the format needs is missing, the file exists, or the options exclude each other.
    RunError
        If there is nothing to export, or the file cannot be written.
    """
    from pinnsolve.runs.export import export as write_export

    origin = Path(source) if isinstance(source, (str, Path)) else source
    file = None if output is None else Path(output)
    written = write_export(
        origin, form, file, times=times, extrapolate=extrapolate, overwrite=overwrite, allow_python=allow_python
    )[1]
    if written is None:
        raise UsageError("output='-' is for the command line: name a file")
    return written


def write_report(source: str | Path | Solution, output: str | Path | None = None, *, allow_python: bool = False) -> Path:
    """Write one self-contained HTML page of a run.

    Parameters
    ----------
    source
        A run directory or a checkpoint file; of a solution, the run that it belongs to.
    output
        The file; by default ``report.html`` in the run.
    allow_python
        Whether the Python file of ``system.python`` may be run.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the solution belongs to no run: save it first.
    RunError
        If there is no such run, or the page cannot be written.
    """
    from pinnsolve.runs.report import report_run

    path = Path(source) if isinstance(source, (str, Path)) else source.directory
    if path is None:
        raise UsageError("this solution has no run directory: write one with pinnsolve.train, or a checkpoint with solution.save")
    return report_run(path, None if output is None else Path(output), allow_python)


def portrait(
    source: Source,
    *,
    window: str | Mapping[str, Sequence[float]] | None = None,
    starts: Sequence[str | Sequence[float]] = (),
    project: str | Sequence[str] | None = None,
    allow_python: bool = False,
    **settings: Any,
) -> Portrait | Projection:
    """The phase portrait of a problem with two states, or of a run: its fixed points with their types, nullclines, limit
    cycles and separatrices. No file is written.

    Parameters
    ----------
    source, allow_python, **settings
        As for `solve`; `source` may be a run directory as well.
    window
        What to look at, such as ``{"x": (-3, 3), "y": (-3, 3)}``; by default chosen from the problem.
    starts
        Points at which trajectories start; by default as many as fill the window.
    project
        Two states: the trajectories of a system of any size in the plane of these, instead of a portrait.

    Returns
    -------
    Portrait
        With the facts as attributes and, as plain data, from ``to_dict()``; `pinnsolve.plots.draw_portrait` draws it. With
        `project` a `Projection`.

    Raises
    ------
    UsageError
        If the system does not have two states or depends on t.
    """
    from pinnsolve.runs.portrait import make_portrait

    made = make_portrait(source, window=window, starts=starts, plane=project, settings=settings, allow_python=allow_python)
    return made.facts


def _manner(
    begun: float,
    plots: bool,
    progress: Progress | None,
    tell: Callable[[str], None] | None,
    tensorboard: bool = False,
    report: bool = False,
) -> Manner:
    """How to carry out a run that was asked for at `begun`: called when everything has been imported."""
    from pinnsolve.runs.train import Manner

    importing = time.perf_counter() - begun
    return Manner(plots, progress, tell or _say_nothing, begun, importing, tensorboard, report)


def _say_nothing(text: str) -> None:
    pass
