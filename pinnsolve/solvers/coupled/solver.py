"""Boundary values and closed orbits: a first solution on coarse windows, refined until the error is what was asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress, Step
from pinnsolve.solvers.coupled.boundary import BoundaryTask
from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.newton import Correction
from pinnsolve.solvers.coupled.orbit import OrbitTask
from pinnsolve.solvers.coupled.search import FIRST, Answer, Pass, Search
from pinnsolve.solvers.history import row
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.diagnosis import judged
from pinnsolve.solvers.windows.networks import chain_of
from pinnsolve.solvers.windows.table import table

Array = NDArray[np.float64]

LARGE = 8
"""With more states windows have fewer nodes: the linear algebra of k·n unknowns dominates."""


class Expired(Exception):
    """The time limit is over."""


class CoupledSolver:
    """Solves one problem whose windows hang together."""

    def __init__(self, problem: Problem, progress: Progress | None, record: bool) -> None:
        self.problem, self.progress, self.record = problem, progress, record
        self.table = table(16 if problem.system.k <= LARGE else 12, "gauss")
        self.begun = time.perf_counter()
        self.deadline = self.begun + (problem.stage_settings[0].time_limit or math.inf)
        self.iterations = 0
        self.history: list[dict[str, Any]] = []
        self.task: BoundaryTask | OrbitTask
        self.task = OrbitTask(problem, self.table) if problem.kind == "periodic" else BoundaryTask(problem, self.table)
        self.search = Search(self.task.windows, self.task.conditions, self._heard)
        self._mark: dict[str, Any] | None = None

    def run(self, state: Mapping[str, Any] | None = None) -> Solution:
        """Find a solution, then refine it."""
        try:
            begin = self._restored(state)
            if begin is None:
                curve = self.task.solved(self.search)
                if curve is None:
                    return self._unanswered("not_converged", self.task.failure())
                begin = Pass(curve, FIRST * self.problem.accuracy)
            answer = self.search.refine(begin, self.problem.accuracy, marked=self._marked)
        except Interrupted:
            message = f"interrupted after {self.iterations} iterations; resume to carry on"
            return self._unanswered("interrupted", message)
        except Expired:
            limit = self.problem.stage_settings[0].time_limit
            message = f"the time limit of {limit:g} s is over; raise training.time_limit or ask for less accuracy"
            return self._unanswered("not_converged", message)
        if answer is None:
            return self._unanswered("not_converged", self.task.failure())
        return self._answered(answer)

    def _heard(self, curve: Curve, change: Correction, damping: float) -> None:
        """Report an iteration."""
        if time.perf_counter() > self.deadline:
            raise Expired
        self.iterations += 1
        if self.progress is None and not self.record:
            return
        gap = np.abs(change.linear.free).max(axis=(0, 2)) / np.maximum(np.abs(curve.g).max(axis=(0, 2)), 1e-300)
        step = Step(
            window=0,
            windows=curve.windows,
            stage="gauss-newton",
            iteration=self.iterations,
            residual=tuple(gap.tolist()),
            size=damping,
            fraction=0.0,
        )
        if self.record:
            self.history.append(row(step, time.perf_counter() - self.begun))
        if self.progress is not None:
            self.progress.update(step, self._state)

    def _marked(self, begin: Pass) -> None:
        """Keep what is needed to begin this pass again."""
        self._mark = {
            "pass": {
                "curve": begin.curve.state(),
                "tolerance": begin.tolerance,
                "number": begin.number,
                "best": None if begin.best is None else begin.best.state(),
            },
            "task": self.task.state(),
            "iterations": self.iterations,
            "history": list(self.history),
        }

    def _state(self) -> dict[str, Any]:
        mark = self._mark or {"pass": None, "task": {}, "iterations": 0, "history": []}
        return {**mark, "seconds": time.perf_counter() - self.begun}

    def _restored(self, state: Mapping[str, Any] | None) -> Pass | None:
        """Where an interrupted solve carries on; None from the beginning."""
        if state is None:
            return None
        self.begun -= state["seconds"]
        self.iterations, self.history = state["iterations"], [dict(entry) for entry in state["history"]]
        if state["pass"] is None:
            return None
        self.task.restore(state["task"])
        begin = state["pass"]
        best = None if begin["best"] is None else Curve.from_state(begin["best"])
        return Pass(Curve.from_state(begin["curve"]), begin["tolerance"], begin["number"], best)

    def _answered(self, answer: Answer) -> Solution:
        """The networks of a curve, with its verdict."""
        problem, k = self.problem, self.problem.system.k
        start, end = problem.time
        curve, errors = answer.curve, answer.errors
        starts, lengths = curve.clock * curve.edges[:-1], 2 * curve.half[:, 0, 0]
        chain, loss = chain_of(self.table, start, starts, lengths, curve.y[:-1], curve.g)
        values = errors.values + loss[:, None, :]
        nodes = np.concatenate([[0.0], self.table.shifted[: self.table.n]])
        top = np.where(errors.top > 0, errors.top, 1.0)
        estimated = max(errors.relative, float((values / top).max()))
        status, message = judged(problem, estimated)
        doubt = self.task.doubt(answer)
        if doubt is not None:
            status, message = "not_converged", doubt
        found = self.task.found(answer)
        return Solution(
            network=chain,
            estimated=estimated,
            error_times=(start + curve.times(nodes)).ravel(),
            error_values=values.reshape(-1, k),
            reached=start + curve.clock if found else end,
            trained_weights=chain.windows * 2 * self.table.n * k,
            **found,
            **self._common(status, message + self.task.remark(answer)),
        )

    def _unanswered(self, status: str, message: str) -> Solution:
        return Solution(
            network=None,
            estimated=math.inf,
            error_times=np.empty(0),
            error_values=np.empty((0, self.problem.system.k)),
            reached=self.problem.time[0],
            trained_weights=0,
            **self._common(status, message),
        )

    def _common(self, status: str, message: str) -> dict[str, Any]:
        return {
            "problem": self.problem,
            "status": status,
            "message": message,
            "method": "gauss-newton",
            "iterations": self.iterations,
            "seconds": time.perf_counter() - self.begun,
            "device": "cpu",
            "check_points": self.table.sigma[:-1].copy(),
            "history": self.history,
            "resume": self._state() if status == "interrupted" else None,
        }
