"""What happens while a run is being solved: lines for the log, checkpoints every few seconds, an ear for Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from pinnsolve.errors import RunError
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress, Snapshot, Step, tell_preparation
from pinnsolve.runs.checkpoint import save_checkpoint
from pinnsolve.runs.directory import METRICS, RunDirectory
from pinnsolve.runs.interrupt import InterruptGuard
from pinnsolve.runs.lines import duration, progress_line
from pinnsolve.runs.tables import metrics_csv
from pinnsolve.solvers.unfinished import unfinished

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
        self._look(lambda seconds: progress_line(step, seconds), snapshot)
        if self.progress is not None:
            self.progress.update(step, snapshot)

    def prepare(self, what: str, snapshot: Snapshot) -> None:
        """Note a moment of the preparation. Raises `Interrupted` after a signal."""
        self._look(lambda seconds: f"{what}, {duration(seconds)}", snapshot)
        tell_preparation(self.progress, what, snapshot)

    def _look(self, line: Callable[[float], str], snapshot: Snapshot) -> None:
        """Listen for signals; tell the line and save where it is time to."""
        self.guard.check()
        now = time.perf_counter()
        if now - self.told >= TELL_EVERY:
            self.told = now
            self.tell(line(now - self.begun))
        if now - self.saved >= SAVE_EVERY:
            self._save(snapshot())
            self.saved = time.perf_counter()  # what saving took does not count, however slow the disk

    def _save(self, state: Mapping[str, Any]) -> None:
        solution = unfinished(self.problem, state)
        try:
            save_checkpoint(solution, self.directory.checkpoint)
            self.directory.write(METRICS, metrics_csv(solution.states, solution.history))
        except RunError as error:
            self.tell(f"going on without a checkpoint: {error}")
