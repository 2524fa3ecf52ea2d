"""The report of a run: one HTML page of everything that stands in its directory."""

from __future__ import annotations

from pathlib import Path

from pinnsolve.problem import ExpressionSystem
from pinnsolve.report import report
from pinnsolve.runs.checkpoint import load_checkpoint
from pinnsolve.runs.directory import CHECKPOINT, COMPARE, CONFIG, REPORT, RESOLVED, RESULT, RunDirectory
from pinnsolve.runs.files import read_error, write_file
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.problems import MissingFunction
from pinnsolve.runs.reference import read_reference
from pinnsolve.runs.result import result_document
from pinnsolve.solvers import Solution
from pinnsolve.spec import PythonSystem
from pinnsolve.wording import typed


def write_report(directory: RunDirectory, solution: Solution, output: Path | None = None) -> Path:
    """Write the page of a run, as ``report.html`` into its directory unless `output` says otherwise; gives the file.

    Raises
    ------
    RunError
        If something in the run cannot be read, or the page cannot be written.
    """
    page = report(
        solution,
        directory.read_json(RESULT) or _result(solution),
        config=_config(directory.path / CONFIG),
        commands=_commands(directory.path, solution),
        reference=read_reference(directory),
        comparison=directory.read_json(COMPARE),
    )
    if output is None:
        directory.write(REPORT, page)
        return directory.path / REPORT
    write_file(output, page)
    return output


def report_run(path: Path, output: Path | None, allow_python: bool) -> Path:
    """Write the page of the run at `path`, or of a checkpoint file that lies in no run; gives the file.

    Raises
    ------
    RunError
        If there is no such run, or the page cannot be written.
    """
    if path.is_file() and path.name != CHECKPOINT:
        solution = load_checkpoint(path, allow_python)
        file = output or path.with_suffix(".html")
        write_file(file, report(solution, _result(solution), commands=_commands(path, solution)))
        return file
    directory = RunDirectory.open(path)
    return write_report(directory, load_run(directory.path, allow_python), output)


def _result(solution: Solution) -> dict[str, object]:
    """What ``result.json`` would say of a solution that has none."""
    known = solution.network is not None and not isinstance(solution.problem.system, MissingFunction)
    residual = solution.residual_norm() if known else None
    return result_document(solution, residual, {})


def _commands(path: Path, solution: Solution) -> list[tuple[str, str]]:
    """Command lines that belong to a run, each with what it does."""
    run = typed(path)
    system = solution.problem.system
    allow = " --allow-python" if isinstance(system, PythonSystem) else ""
    lines = []
    if path.is_dir() and isinstance(system, (ExpressionSystem, PythonSystem)):
        config = typed(path / RESOLVED)
        if solution.status == "interrupted":
            lines.append((f"pinnsolve resume {run}{allow}", "carries it on to the result of an uninterrupted run"))
        lines.append((f"pinnsolve train {config}{allow}", "solves the problem again with the same settings"))
    lines.append((f"pinnsolve compare {run}{allow}", "shows the true error beside the estimated one, by integrating with SciPy"))
    start, end = solution.interval
    times = f"{start:.6g}:{end:.6g}:{(end - start) / 1000:.6g}"
    lines.append((f"pinnsolve predict {run} --times {times}{allow}", "evaluates the solution, as CSV"))
    return lines


def _config(path: Path) -> str | None:
    """The problem file as it was given, None where it is not there any more."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise read_error(path, error) from error
