"""The training loop: one stage of one window, whatever the method."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from pinnsolve.network import points
from pinnsolve.network.residual import Objective
from pinnsolve.training.adam import Adam
from pinnsolve.training.gauss_newton import GaussNewton
from pinnsolve.training.lbfgs import LBFGS
from pinnsolve.training.levenberg_marquardt import LevenbergMarquardt
from pinnsolve.training.protocol import Iterate, Method, Reason, Settings, Stop, copied, not_finite
from pinnsolve.wording import short

METHODS: dict[str, type[Method]] = {method.name: method for method in (GaussNewton, LevenbergMarquardt, LBFGS, Adam)}
"""Name in the problem file: method."""
ROUNDS = 10
"""Adaptive sampling draws its points anew so many times in a stage."""
CANDIDATES = 10
"""Places per point at which it looks at the residual for that."""


class StageRun:
    """One stage on one window: steps, keeps the best weights, knows when to stop.

    Parameters
    ----------
    settings
        Method, points, and when to stop.
    objective
        Residual of the window on the points to begin with.
    weights
        (P,) to begin with.
    generator
        For new points.
    state
        What `state_dict` returned, to carry on from there.
    """

    def __init__(
        self,
        settings: Settings,
        objective: Objective,
        weights: Tensor,
        generator: torch.Generator,
        state: dict[str, Any] | None = None,
    ) -> None:
        self.settings, self.objective, self._generator = settings, objective, generator
        self.iteration = 0
        self._seconds = 0.0
        self._mark = (math.inf, 0)  # the loss and iteration from which a stall is counted
        self._ended: tuple[Reason, str] | None = None
        if state is not None:
            self.objective = replace(objective, tau=state["tau"].to(objective.tau))
        self.method = METHODS[settings.method](self.objective, weights, settings)
        if state is None:
            self.best = self.method.start()
            self._judge(self.best)
        else:
            self._load(state)

    @property
    def diverged(self) -> bool:
        """Whether not even the first weights had a finite residual."""
        return not math.isfinite(self.best.loss)

    def run(self, listen: Callable[[Iterate], None]) -> Stop:
        """Step until the stage ends; `listen` hears of every step and may raise."""
        begun = time.perf_counter() - self._seconds
        while (reason := self._reason()) is None:
            self._renew_points()
            iterate = self.method.step()
            self.iteration += 1
            self._seconds = time.perf_counter() - begun
            if iterate.loss < self.best.loss:
                self.best = iterate
            self._judge(iterate)
            listen(iterate)
        return self._stop(reason)

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to carry on with the same steps: tensors, numbers, strings, lists and dicts."""
        best = self.best
        return {
            "method": self.method.state_dict(),
            "tau": self.objective.tau.clone(),
            "iteration": self.iteration,
            "seconds": self._seconds,
            "mark": list(self._mark),
            "ended": None if self._ended is None else [self._ended[0].value, self._ended[1]],
            "best": [best.weights.clone(), best.loss, list(best.residual), best.size],
        }

    def _load(self, state: dict[str, Any]) -> None:
        self.method.load_state_dict(copied(state["method"], self.method.weights.device))
        self.iteration, self._seconds = state["iteration"], state["seconds"]
        self._mark = (state["mark"][0], state["mark"][1])
        self._ended = None if state["ended"] is None else (Reason(state["ended"][0]), state["ended"][1])
        weights, loss, residual, size = state["best"]
        self.best = Iterate(weights.to(self.method.weights), loss, tuple(residual), size)

    def _judge(self, iterate: Iterate) -> None:
        """See whether the method can go on from this iterate."""
        patience = self.method.patience
        if not math.isfinite(iterate.loss):
            self._ended = Reason.NOT_FINITE, not_finite(self.objective, iterate.weights) or "the gradient is not finite"
        elif iterate.stalled:
            self._ended = Reason.STALLED, iterate.stalled
        elif patience is not None and self.best.loss * patience[1] < self._mark[0]:
            self._mark = (self.best.loss, self.iteration)
        elif patience is not None and self.iteration - self._mark[1] >= patience[0]:
            self._ended = Reason.STALLED, f"the last {patience[0]} iterations hardly lowered the residual"

    def _reason(self) -> Reason | None:
        """Why the stage is over, if it is."""
        settings = self.settings
        enough = self.iteration >= self.method.least or self._ended is not None
        if enough and self.best.loss <= settings.tolerance**2:
            return Reason.TOLERANCE
        if self._ended is not None:
            return self._ended[0]
        if self.iteration >= settings.iterations:
            return Reason.ITERATIONS
        if settings.time_limit is not None and self._seconds >= settings.time_limit:
            return Reason.TIME
        return None

    def _stop(self, reason: Reason) -> Stop:
        """The reason with its sentence."""
        settings = self.settings
        count = f"{settings.method} {{}} after {self.iteration} iteration" + "s" * (self.iteration != 1)
        at = f"with a residual of {short(math.sqrt(self.best.loss))} (tolerance {short(settings.tolerance)})"
        if reason is Reason.TOLERANCE:
            return Stop(reason, f"{count.format('met its tolerance')} {at}")
        if reason is Reason.ITERATIONS:
            return Stop(reason, f"{count.format('ended')}, all that training.iterations allows, {at}")
        if reason is Reason.TIME:
            return Stop(reason, f"{count.format('ended')} by the time limit of {settings.time_limit:g} s {at}")
        assert self._ended is not None
        return Stop(reason, f"{count.format('stopped')} {at}: {self._ended[1]}")

    def _renew_points(self) -> None:
        """Adaptive sampling: from time to time, points where the residual is large. Losses start anew with them."""
        every = max(1, self.settings.iterations // ROUNDS)
        if self.settings.sampling != "adaptive" or self.iteration == 0 or self.iteration % every:
            return
        old = self.objective
        candidates = points.uniform(CANDIDATES * len(old.tau)).to(old.tau)
        residual = old.residual(self.best.weights, candidates)
        tau = points.adaptive(candidates.cpu(), residual.cpu(), len(old.tau), self._generator)
        self.objective = replace(old, tau=tau.to(old.tau))
        self.method.move(self.objective)
        self.best = self.method.start()
        self._mark = (math.inf, self.iteration)
