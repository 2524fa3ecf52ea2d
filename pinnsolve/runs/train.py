"""A run: solve a problem, write its directory, carry on after an interruption."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from pinnsolve.errors import ProblemError, RunError, UsageError
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress
from pinnsolve.runs import directory as names
from pinnsolve.runs.checkpoint import load_checkpoint, save_checkpoint
from pinnsolve.runs.directory import RunDirectory
from pinnsolve.runs.interrupt import InterruptGuard
from pinnsolve.runs.lines import headline, summary
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.log import Log
from pinnsolve.runs.outcomes import RunInterrupted, UnwrittenError
from pinnsolve.runs.problems import read_problem, write_problem
from pinnsolve.runs.result import result_document
from pinnsolve.runs.tables import metrics_csv, solution_csv
from pinnsolve.runs.tensorboard import logged, require_tensorboard
from pinnsolve.runs.watch import Tell, Watch
from pinnsolve.solvers import Solution
from pinnsolve.solvers import solve as solve_problem
from pinnsolve.solvers.device import resolve_device
from pinnsolve.wording import typed


@dataclass(frozen=True)
class Manner:
    """How a run is carried out, apart from the problem itself."""

    plots: bool = True
    """Whether to draw."""
    progress: Progress | None = None
    """Hears of every iteration."""
    tell: Tell = lambda _: None
    """Takes the lines that are printed; the log gets them too."""
    begun: float = field(default_factory=time.perf_counter)
    """When the call began, as `time.perf_counter` counts."""
    importing: float = 0.0
    """Seconds that importing took since then."""
    tensorboard: bool = False
    """Whether to log every iteration for TensorBoard."""
    report: bool = False
    """Whether to write the HTML page."""


def train(problem: Problem, config: bytes, root: Path, overwrite: bool, manner: Manner) -> Solution:
    """Solve a problem and write its run directory, a new one under `root`.

    Raises
    ------
    DeviceError
        If the device asked for is not there.
    UsageError
        If TensorBoard is wanted and not installed.
    RunError
        If the directory cannot be made. `UnwrittenError` if a file cannot be written once there is a result.
    RunInterrupted
        After Ctrl-C or SIGTERM; everything `resume` needs has been saved.
    """
    resolve_device(problem)  # a device that is not there must not cost an old run its files
    if manner.tensorboard:
        require_tensorboard()
    directory = RunDirectory.create(root, problem.name, overwrite)
    try:
        write_problem(directory, problem, config)
        return _Run(problem, directory, manner).solve(None)
    except (UsageError, ProblemError):
        if not overwrite:  # nothing was solved: a wrong device or a faulty function leaves no run behind
            directory.discard()
        raise


def resume(path: Path, allow_python: bool, manner: Manner) -> Solution:
    """Carry on a run that was stopped, to what it would have become. A finished run is only read.

    Raises
    ------
    RunError
        If there is no such run.
    """
    directory = RunDirectory.open(path)
    if directory.finished:
        return load_run(path, allow_python)
    directory.sweep()
    if not directory.checkpoint.exists():
        return _Run(read_problem(directory, allow_python), directory, manner).solve(None)
    solution = load_checkpoint(directory.checkpoint, allow_python)
    run = _Run(solution.problem, directory, manner)
    return run.finish(solution) if solution.resume is None else run.solve(solution.resume)


class _Run:
    """One run in its directory, from the solve to the last file."""

    def __init__(self, problem: Problem, directory: RunDirectory, manner: Manner) -> None:
        self.problem, self.directory, self.manner = problem, directory, manner
        self.log = Log(directory.path / names.LOG)
        self.guard = InterruptGuard()
        self.failure: RunError | None = None

    def solve(self, state: Mapping[str, Any] | None) -> Solution:
        """Solve, from the beginning or from where an interrupted solve stopped, and write what comes out."""
        with self.guard:
            self._tell(headline(self.problem) if state is None else f"{headline(self.problem)}, carrying on")
            with self._listening() as listener:
                watch = Watch(self.problem, self.directory, self.guard, self._tell, listener)
                solution = solve_problem(self.problem, progress=watch, state=state, record=True)
            if solution.status == "interrupted":
                self._leave(solution)
            return self._write(solution)

    def finish(self, solution: Solution) -> Solution:
        """Write the files that a run lacks which was stopped after its solve."""
        with self.guard:
            return self._write(solution)

    def _listening(self) -> AbstractContextManager[Progress | None]:
        """The caller's own listener, and TensorBoard's log where there is one."""
        states, wanted = self.problem.system.states, self.manner.tensorboard
        return logged(self.manner.progress, self.directory, states, self._tell, wanted=wanted)

    def _leave(self, solution: Solution) -> NoReturn:
        """Save an interrupted run and end."""
        solution.directory = self.directory.path
        end = self.problem.time[1]
        if solution.network is None:
            solution.message = "stopped before there was a result; its state is saved"
        elif solution.reached == end:  # every window has its network: it was being improved
            solution.message = "stopped while it was training; its state is saved"
        else:
            solution.message = f"stopped at t = {solution.reached:.6g} of {end:.6g}; everything up to here is saved"
        self._attempt(lambda: save_checkpoint(solution, self.directory.checkpoint))
        self._attempt(lambda: self._write_metrics(solution))
        result = self._result(solution, None)
        self._attempt(lambda: self.directory.write_json(names.RESULT, result))
        self._report(solution)
        self.log.write(f"interrupted: {solution.message}")
        self._end(solution, result, self.guard.received or signal.SIGINT)

    def _write(self, solution: Solution) -> Solution:
        solution.directory = self.directory.path
        self._attempt(lambda: save_checkpoint(solution, self.directory.checkpoint))
        self._attempt(lambda: self._write_metrics(solution))
        self._attempt(lambda: self.directory.write(names.SOLUTION, solution_csv(solution)))
        residual = None
        if solution.network is not None:
            self._tell("checking the residual between the points")
            residual = solution.residual_norm()
        result = self._result(solution, residual)
        self._attempt(lambda: self.directory.write_json(names.RESULT, result))
        if self.manner.plots and solution.network is not None and self.guard.received is None:
            result["seconds"]["plot"] = self._draw(solution)
        result["seconds"]["total"] = time.perf_counter() - self.manner.begun
        self._attempt(lambda: self.directory.write_json(names.RESULT, result))
        self._report(solution)
        self.log.write(summary(result, self.problem.name, str(self.directory.path)))
        if self.failure is not None or self.guard.received is not None:
            self._end(solution, result, self.guard.received)
        return solution

    def _draw(self, solution: Solution) -> float:
        begun = time.perf_counter()
        self._tell("drawing")
        from pinnsolve.runs.drawing import write_plots  # matplotlib, which nothing else needs

        self._attempt(lambda: write_plots(self.directory, solution))
        return time.perf_counter() - begun

    def _report(self, solution: Solution) -> None:
        """Write the page, where it is wanted; it says what stands in ``result.json``."""
        if self.manner.report:
            self._tell("writing the report")
            from pinnsolve.runs.report import write_report  # as above

            self._attempt(lambda: write_report(self.directory, solution))

    def _end(self, solution: Solution, result: dict[str, Any], number: int | None) -> NoReturn:
        """End with the error that fits what happened."""
        if self.failure is not None:
            raise UnwrittenError(self.failure, solution, result)
        path = self.directory.path
        if solution.status == "interrupted":
            message = f"interrupted; carry on with: pinnsolve resume {typed(path)}"
        else:
            message = f"interrupted when the solution was complete; draw it with: pinnsolve plot {typed(path)}"
        raise RunInterrupted(number or signal.SIGINT, message, solution, result)

    def _write_metrics(self, solution: Solution) -> None:
        self.directory.write(names.METRICS, metrics_csv(solution.states, solution.history))

    def _result(self, solution: Solution, residual: float | None) -> dict[str, Any]:
        return result_document(solution, residual, {"import": self.manner.importing})

    def _attempt(self, write: Callable[[], object]) -> None:
        """Write a file. The first failure is kept: the others may still succeed, and the result is not lost."""
        try:
            write()
        except RunError as error:
            self.failure = self.failure or error

    def _tell(self, text: str) -> None:
        self.log.write(text)
        self.manner.tell(text)
