"""Networks trained on the residual until their estimated error is what was asked for.

The training's own tolerance is on the residual, and how much error a residual allows depends on the problem: where errors
grow along the solution, the first round ends with too large an error, and the next one asks for a smaller residual.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pinnsolve.errors import Interrupted
from pinnsolve.network.chain import Chain
from pinnsolve.problem import NetworkSettings, Problem, TrainingSettings
from pinnsolve.progress import Progress, Snapshot, Step, tell_preparation
from pinnsolve.solvers.horizon import HorizonError, horizon_start
from pinnsolve.solvers.plan import LEAST_SQUARES, Start
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.trained import Trained, train_windows
from pinnsolve.solvers.unfinished import unfinished
from pinnsolve.solvers.verdict import Judgement, estimate
from pinnsolve.solvers.windows.solver import WindowSolver
from pinnsolve.wording import short

GUIDE = 1e-3
"""The windowed solution that judges the networks, and lays them out where it is their start, is this much more accurate."""
GUIDE_FINEST = 1e-12
"""As far as double precision goes."""
ROUNDS = 3
"""Most rounds. Only least-squares methods get more than one: the others do not reach a smaller residual by being asked."""
SHARE = 0.2
"""The next round aims at this share of the error asked for."""
STEEPEST = 1e-3
"""Most change of the aim from one round to the next."""


class Rounds:
    """Trains one problem, round after round; the best round is the solution."""

    def __init__(self, problem: Problem, device: str, progress: Progress | None, record: bool) -> None:
        self.problem, self.device, self.progress, self.record = problem, device, progress, record
        self.begun = time.perf_counter()
        self.aim = problem.accuracy
        self.number = 0
        self.iterations = 0
        self.history: list[dict[str, Any]] = []
        self.best: Trained | None = None
        self.pending: dict[str, Any] | None = None  # of a resumed training, until it goes on

    def run(self, state: Mapping[str, Any] | None = None) -> Solution:
        """Train and judge until the error is small enough, the training fails, or the rounds are used up."""
        if state is not None:
            self.pending = self._restore(state)
        try:
            return self._run()
        except Interrupted:  # while a round was being prepared: once it trains, an interruption is part of its result
            stopped = unfinished(self.problem, self.state(self.pending))
            return replace(stopped, iterations=self.iterations, seconds=time.perf_counter() - self.begun, device=self.device)

    def _run(self) -> Solution:
        problem, guide = self.problem, self._guide()
        if guide.reached != problem.time[1] or guide.network is None:
            message = f"{guide.message} (nothing was trained: this is the solution by adaptive windows up to there)"
            return replace(guide, problem=problem, message=message, seconds=time.perf_counter() - self.begun)
        try:
            start = self._start(guide)
        except HorizonError as error:
            failed = Trained(method=", ".join(self._methods()), reached=problem.time[0], failure=str(error))
            return self._solution(failed, estimate(None, guide, failed.reached))
        best = None if self.best is None else (self.best, estimate(self.best.chain, guide, self.best.reached))
        while True:
            trained = self._round(start)
            judgement = estimate(trained.chain, guide, trained.reached)
            if best is None or judgement.estimated <= best[1].estimated or trained.resume is not None:
                best, self.best = (trained, judgement), trained
            if trained.resume is not None or trained.failure or not self._worth_another(judgement):
                return self._solution(*best)
            self.number += 1
            self.aim *= max(STEEPEST, min(SHARE, SHARE * problem.accuracy / judgement.estimated))

    def _start(self, guide: Solution) -> Start:
        """What the training begins from; not the guide where the start is to come from the problem alone."""
        if self._from_horizon():
            return horizon_start(self.problem, lambda: self.prepare("growing the horizon of the start"))
        return Start(guide, guide.window_edges)

    def _from_horizon(self) -> bool:
        return self.problem.stage_settings[0].start == "horizon"

    def _methods(self) -> tuple[str, ...]:
        return ("levenberg-marquardt",) if "auto" in self.problem.method else tuple(self.problem.method)

    def _round(self, start: Start) -> Trained:
        """One training with the current aim, from its begin or from where it was interrupted."""
        problem = self.problem.with_settings(accuracy=self.aim)
        listener = None if self.progress is None else _Numbered(self.progress, self)
        trained = train_windows(problem, start, device=self.device, progress=listener, state=self.pending, record=self.record)
        self.pending = None
        if trained.resume is not None:
            trained.resume = self.state(trained.resume)
        else:
            self.history += self._numbered(trained.history)
            self.iterations += trained.iterations
        return trained

    def _numbered(self, rows: list[dict[str, Any]], sign: int = 1) -> list[dict[str, Any]]:
        """The rows of a round with its iterations counted over all rounds, or back."""
        return [{**row, "iteration": row["iteration"] + sign * self.iterations} for row in rows]

    def _worth_another(self, judgement: Judgement) -> bool:
        """Whether a smaller residual may bring a smaller error."""
        problem, methods = self.problem, self._methods()
        chosen = all(settings.tolerance is None for settings in problem.stage_settings)
        able = methods[-1] in LEAST_SQUARES and chosen and np.isfinite(judgement.estimated)
        return able and judgement.estimated > problem.accuracy and self.number + 1 < ROUNDS

    def _guide(self) -> Solution:
        """The windowed solution of the same problem."""
        windows = self.problem.with_settings(
            accuracy=max(GUIDE * self.problem.accuracy, GUIDE_FINEST),
            method="auto",
            network=NetworkSettings(),
            dtype="float64",
            device="cpu",
            training=TrainingSettings(),
        )
        guide = WindowSolver(windows, _Guided(self), False).run()
        if guide.status == "interrupted":
            raise Interrupted
        return guide

    def prepare(self, what: str) -> None:
        """Tell the listener of a moment of the preparation, which a resume repeats."""
        tell_preparation(self.progress, what, lambda: self.state(self.pending))

    def state(self, training: Mapping[str, Any] | None) -> dict[str, Any]:
        """Everything needed to carry on, `training` being the state of the current round, None before it trains."""
        rows = [] if training is None else self._numbered(training["history"])
        return {
            "training": None if training is None else {**training, "history": []},
            "best": None if self.best is None else _packed(self.best),
            "aim": self.aim,
            "round": self.number,
            "iterations": self.iterations,
            "history": self.history + rows,
            "earlier": len(self.history),
            "seconds": time.perf_counter() - self.begun,
        }

    def _restore(self, state: Mapping[str, Any]) -> dict[str, Any] | None:
        """Go back to where `state` was taken; returns the state of the round, None if it had not begun."""
        self.aim, self.number, self.iterations = state["aim"], state["round"], state["iterations"]
        rows, earlier = [dict(row) for row in state["history"]], state["earlier"]
        self.history = rows[:earlier]
        self.best = None if state["best"] is None else _unpacked(state["best"])
        self.begun -= state["seconds"]
        if state["training"] is None:
            return None
        return {**state["training"], "history": self._numbered(rows[earlier:], -1)}

    def _solution(self, trained: Trained, judgement: Judgement) -> Solution:
        status, message = self._verdict(trained, judgement.estimated)
        interrupted = trained.resume is not None
        return Solution(
            problem=self.problem,
            network=trained.chain,
            status=status,
            message=message,
            estimated=judgement.estimated,
            error_times=judgement.times,
            error_values=judgement.errors,
            reached=trained.reached,
            method=trained.method,
            iterations=self.iterations + (trained.iterations if interrupted else 0),
            trained_weights=trained.trained_weights,
            seconds=time.perf_counter() - self.begun,
            device=self.device,
            check_points=trained.check_points,
            history=self.history + (self._numbered(trained.history) if interrupted else []),
            resume=trained.resume,
        )

    def _verdict(self, trained: Trained, estimated: float) -> tuple[str, str]:
        problem, asked = self.problem, self.problem.accuracy
        if trained.resume is not None:
            return "interrupted", f"interrupted after {self.iterations + trained.iterations} iterations; resume to carry on"
        if trained.failure:
            return "not_converged", trained.failure
        if estimated <= asked:
            return "converged", f"the estimated error {short(estimated)} meets the accuracy {short(asked)} asked for"
        advice = "use method: auto" if problem.network.windows == "auto" else "use network.windows: auto with method: auto"
        if "auto" in problem.method:
            advice = "use network.windows: auto"
        if self._from_horizon():
            advice = "use training.start: windows"
        return "not_converged", (
            f"the estimated error {short(estimated)} exceeds the accuracy {short(asked)} asked for "
            f"({trained.missed or trained.stops[-1]}); "
            f"{advice}, or give this method more windows, iterations or wider layers"
        )


def _packed(trained: Trained) -> dict[str, Any]:
    """A finished round as plain values; its history is kept with the others."""
    chain = None if trained.chain is None else trained.chain.state()
    plain = {name: getattr(trained, name) for name in _PLAIN}
    return {**plain, "stops": list(trained.stops), "check_points": torch.as_tensor(trained.check_points), "chain": chain}


def _unpacked(state: Mapping[str, Any]) -> Trained:
    """Rebuild what `_packed` returned."""
    chain = None if state["chain"] is None else Chain.from_state(state["chain"])
    points = np.asarray(state["check_points"])
    plain = {name: state[name] for name in _PLAIN if name in state}  # the first format has fewer
    return Trained(chain=chain, stops=list(state["stops"]), check_points=points, **plain)


_PLAIN = ("method", "reached", "missed", "failure", "iterations", "trained_weights")


class _Numbered:
    """Passes the steps of a round on, counted over all rounds."""

    def __init__(self, progress: Progress, rounds: Rounds) -> None:
        self.progress, self.rounds = progress, rounds

    def update(self, step: Step, snapshot: Snapshot) -> None:
        """Hand the step on with the number of iterations so far."""
        numbered = replace(step, iteration=step.iteration + self.rounds.iterations)
        self.progress.update(numbered, lambda: self.rounds.state(snapshot()))

    def prepare(self, what: str, snapshot: Snapshot) -> None:  # noqa: ARG002 - the training has none yet
        """Hand a moment of the preparation on."""
        self.rounds.prepare(what)


class _Guided:
    """Passes on that the windowed solution is being made: not its steps, which train nothing."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds

    def update(self, step: Step, snapshot: Snapshot) -> None:  # noqa: ARG002 - a resume makes the guide anew
        """Tell the listener how far it is."""
        self.rounds.prepare(f"solving in windows to lay out and judge the networks, {100 * step.fraction:.0f} %")
