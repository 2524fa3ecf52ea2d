"""What happens while a run is being solved: lines for the log, checkpoints every few seconds, an ear for Ctrl-C."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pinnsolve.errors import RunError
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress, Snapshot, Step
from pinnsolve.runs.checkpoint import save_checkpoint
from pinnsolve.runs.directory import METRICS, RunDirectory
from pinnsolve.runs.interrupt import InterruptGuard
from pinnsolve.runs.lines import progress_line
from pinnsolve.runs.tables import metrics_csv
from pinnsolve.solvers import Solution

SAVE_EVERY = 10.0
"""Seconds between two checkpoints of a run that is being solved."""
TELL_EVERY = 5.0
"""Seconds between two lines about how far it is."""

Tell = Callable[[str], None]


class Watch:
    """Listens to the solver on behalf of a run directory, and passes everything on to the caller's own listener."""

    def __init__(
        self, problem: Problem, directory: RunDirectory, guard: InterruptGuard, tell: Tell, progress: Progress | None
    ) -> None:
        self.problem, self.directory, self.guard, self.tell = problem, directory, guard, tell
        self.progress = progress
        self.begun = self.saved = self.told = time.perf_counter()

    def update(self, step: Step, snapshot: Snapshot) -> None:
        """Note a finished iteration. Raises `Interrupted` after a signal."""
        self.guard.check()
        now = time.perf_counter()
        if now - self.told >= TELL_EVERY:
            self.told = now
            self.tell(progress_line(step, now - self.begun))
        if now - self.saved >= SAVE_EVERY:
            self._save(snapshot())
            self.saved = time.perf_counter()  # what saving took does not count, however slow the disk
        if self.progress is not None:
            self.progress.update(step, snapshot)

    def _save(self, state: Mapping[str, Any]) -> None:
        solution = unfinished(self.problem, state)
        try:
            save_checkpoint(solution, self.directory.checkpoint)
            self.directory.write(METRICS, metrics_csv(solution.states, solution.history))
        except RunError as error:
            self.tell(f"going on without a checkpoint: {error}")


def unfinished(problem: Problem, resume: Mapping[str, Any]) -> Solution:
    """What a checkpoint holds between two iterations: no result yet, and all that is needed to carry on."""
    return Solution(
        problem=problem,
        network=None,
        status="interrupted",
        message="the run stopped before it had a result; carry it on with pinnsolve resume",
        estimated=math.inf,
        error_times=np.empty(0),
        error_values=np.empty((0, problem.system.k)),
        reached=problem.time[0],
        method=", ".join(problem.method),
        iterations=0,
        trained_weights=0,
        seconds=0.0,
        device=problem.device,
        history=list(resume.get("history", ())),
        resume=dict(resume),
    )
