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
from pinnsolve.solvers.coupled.deadline import Deadline, Expired
from pinnsolve.solvers.coupled.newton import Correction
from pinnsolve.solvers.coupled.orbit import OrbitTask
from pinnsolve.solvers.coupled.search import FIRST, NEWTON, Answer, End, Pass, Search
from pinnsolve.solvers.coupled.task import Task
from pinnsolve.solvers.history import row
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.diagnosis import judged
from pinnsolve.solvers.windows.networks import Networks
from pinnsolve.solvers.windows.table import table
from pinnsolve.wording import short

Array = NDArray[np.float64]

LARGE = 8
"""With more states windows have fewer nodes: the linear algebra of k·n unknowns dominates."""


KINKS = 5.0
"""How far the points of a window may misjudge its error where f has a kink or a jump between them."""
WRONG = 1e-2
"""An estimated error above which a curve is no solution that only lacks accuracy."""


class CoupledSolver:
    """Solves one problem whose windows hang together."""

    def __init__(self, problem: Problem, progress: Progress | None, record: bool) -> None:
        self.problem, self.progress, self.record = problem, progress, record
        self.table = table(16 if problem.system.k <= LARGE else 12, "gauss")
        self.begun = time.perf_counter()
        self.deadline = Deadline(problem)
        self.iterations = 0
        self.history: list[dict[str, Any]] = []
        kind: type[BoundaryTask | OrbitTask] = OrbitTask if problem.kind == "periodic" else BoundaryTask
        self.task: Task = kind(problem, self.table)
        if problem.system.pieces is not None:
            self.task.windows.doubt = KINKS
        self.search = Search(self.task.windows, self.task.conditions, self._heard, self.task.stops)
        self.attempt, self.fraction = 0, 0.0
        self._kept: tuple[Answer | None, End] = (None, End.NEWTON)
        self._mark = self._marked(None)

    def run(self, state: Mapping[str, Any] | None = None) -> Solution:
        """Find a first solution, then refine it; where it cannot be refined, find another one."""
        try:
            answer, end = self._best(self._restored(state))
        except Interrupted:
            message = f"interrupted after {self.iterations} iterations; resume to carry on"
            return self._unanswered("interrupted", message)
        except Expired as error:
            return self._unanswered("not_converged", f"{error} or ask for less accuracy")
        if answer is None:
            return self._unanswered("not_converged", self.task.failure())
        return self._answered(answer, end)

    def _best(self, begin: Pass | None) -> tuple[Answer | None, End]:
        """The answer of the first attempt that reaches the accuracy; the best of all where none does."""
        asked = self.problem.accuracy
        best, end = self._kept
        for number, attempt in enumerate(self.task.attempts(self.search)):
            if number < self.attempt:
                continue
            self.attempt = number
            if begin is None:
                self._mark = self._marked(None)
                curve = attempt()
                begin = None if curve is None else Pass(curve, FIRST * asked)
            if begin is not None:
                self.search.doing = ""
                answer, how = self.search.refine(begin, asked, marked=self._passing)
                if answer is not None and (best is None or answer.better(best, asked)):
                    self._kept = best, end = answer, how
                if best is not None and (best.meets(asked) or how is End.ROUNDING):
                    break
            begin = None
        return best, end

    def _heard(self, curve: Curve, change: Correction, damping: float) -> None:
        """Report an iteration."""
        self.deadline.check()
        self.iterations += 1
        if self.progress is None and not self.record:
            return
        self._progress(0.5 * math.log(min(max(change.size, NEWTON), 1.0)) / math.log(NEWTON))
        step = Step(
            window=0,
            windows=curve.windows,
            stage="gauss-newton",
            iteration=self.iterations,
            residual=tuple(_residual(curve.g, change.linear.free).tolist()),
            size=damping,
            fraction=self.fraction,
            message=self.search.doing,
            together=True,
        )
        if self.record:
            self.history.append(row(step, time.perf_counter() - self.begun))
        if self.progress is not None:
            self.progress.update(step, self._state)

    def _passing(self, begin: Pass) -> None:
        """Before a pass: keep what is needed to begin it again, and say how far the whole is."""
        self._mark = self._marked(begin)
        if math.isfinite(begin.relative):
            self._progress(0.5 + 0.5 * math.log(max(begin.relative, 1e-300)) / math.log(self.problem.accuracy))

    def _progress(self, fraction: float) -> None:
        self.fraction = max(self.fraction, min(fraction, 0.99))

    def _marked(self, begin: Pass | None) -> dict[str, Any]:
        """What is needed to carry on from the start of an attempt or of a pass."""
        best, end = self._kept
        return {
            "attempt": self.attempt,
            "kept": None if best is None else best.curve.state(),
            "end": end.name,
            "pass": None if begin is None else begin.state(),
            "task": self.task.state(),
            "iterations": self.iterations,
            "fraction": self.fraction,
            "history": list(self.history),
        }

    def _state(self) -> dict[str, Any]:
        return {**self._mark, "seconds": time.perf_counter() - self.begun}

    def _restored(self, state: Mapping[str, Any] | None) -> Pass | None:
        """Where an interrupted solve carries on: inside a pass, or at the start of an attempt."""
        if state is None:
            return None
        self.begun -= state["seconds"]
        self.iterations = state["iterations"]
        # A checkpoint has the rows of all iterations, also of those in the pass that is begun again.
        self.history = [dict(entry) for entry in state["history"] if entry["iteration"] <= self.iterations]
        self.attempt, self.fraction = state["attempt"], state["fraction"]
        self.task.restore(state["task"])
        if state["kept"] is not None:
            self._kept = self.search.answer(Curve.from_state(state["kept"])), End[state["end"]]
        return None if state["pass"] is None else Pass.from_state(state["pass"])

    def _answered(self, answer: Answer, how: End) -> Solution:
        """The networks of a curve, with its verdict."""
        problem, k = self.problem, self.problem.system.k
        start, end = problem.time
        curve, errors = answer.curve, answer.errors
        starts, lengths = curve.clock * curve.edges[:-1], 2 * curve.half[:, 0, 0]
        networks = Networks(self.table, start, starts, lengths, curve.y[:-1], curve.g)
        values = errors.values + networks.loss[:, None, :]
        nodes = np.concatenate([[0.0], self.table.shifted[: self.table.n]])
        top = np.where(errors.top > 0, errors.top, 1.0)
        estimated = max(errors.relative, float((values / top).max()))
        doubt = self.task.doubt(answer) or unmet(problem, estimated, curve.windows, how)
        status, message = judged(problem, estimated) if doubt is None else ("not_converged", doubt)
        found = self.task.found(answer)
        return Solution(
            network=networks.chain(),
            estimated=estimated,
            error_times=(start + curve.times(nodes)).ravel(),
            error_values=values.reshape(-1, k),
            reached=start + curve.clock if found else end,
            trained_weights=networks.weights.size,
            **found,
            **self._common(status, message + self.task.remark()),
        )

    def _unanswered(self, status: str, message: str) -> Solution:
        return Solution.unsolved(**self._common(status, message))

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


def _residual(slopes: Array, change: Array) -> Array:
    """(k,) how far the derivatives (m, k, n) are from those that satisfy the equations, relative to the larger of both.

    So it is 2 at most, also of a first curve that stands still, and 0 for a state that has nothing to change.
    """
    largest = np.maximum(np.abs(slopes), np.abs(slopes + change)).max(axis=(0, 2))
    return np.asarray(np.abs(change).max(axis=(0, 2)) / np.where(largest > 0, largest, 1.0))


def unmet(problem: Problem, estimated: float, windows: int, end: End) -> str | None:
    """Why the accuracy was not reached, where it is not for rounding errors."""
    if estimated <= problem.accuracy or end in (End.MET, End.ROUNDING):
        return None
    less = "ask for less accuracy" if estimated < WRONG else "give a guess closer to the solution"
    reason = {
        End.NEWTON: f"Newton's iteration does not converge on windows that are fine enough; {less}",
        End.LIMIT: f"{windows} windows are not enough; {less} or shorten the interval",
    }[end]
    if problem.system.pieces is not None:
        reason = f"the right-hand side switches inside a window, which coupled windows cannot follow; {less} or smooth the switch"
    return f"the estimated error {short(estimated)} exceeds the accuracy {short(problem.accuracy)} asked for: {reason}"
