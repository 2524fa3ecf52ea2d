"""Networks trained on the residual: equal windows in turn, each with the stages asked for.

Each window starts from the last one's end. A failure is a fact with its sentence, never an exception; only a listener's
`Interrupted` ends the training early, and then what has been reached is returned together with what a resume needs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.errors import Interrupted
from pinnsolve.network import points
from pinnsolve.network.chain import Chain
from pinnsolve.network.mlp import MLP
from pinnsolve.network.residual import Model, Objective, Prescribed
from pinnsolve.network.trial import Window
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress, Silent, Step, tell_preparation
from pinnsolve.solvers.grading import POINTS, Fit
from pinnsolve.solvers.history import row
from pinnsolve.solvers.plan import GRADED, LEAST_SQUARES, Start, make_plan, window_fit
from pinnsolve.training.protocol import Iterate, Reason, Settings, copied
from pinnsolve.training.stages import StageRun

Array = NDArray[np.float64]


@dataclass
class Trained:
    """What the training made of a problem."""

    method: str
    """The stages, in their order."""
    chain: Chain | None = None
    """The networks of the windows that were trained; None if the first one failed."""
    reached: float = math.nan
    """End of the last of these windows, the start of the interval where there is none."""
    stops: list[str] = field(default_factory=list)
    """How each stage of each window ended, one sentence each."""
    missed: str = ""
    """The first of them that ended a window short of its tolerance; empty where none did."""
    failure: str = ""
    """Why the training could not reach the end of the interval; empty where it did."""
    iterations: int = 0
    trained_weights: int = 0
    check_points: Array = field(default_factory=lambda: np.empty(0))
    """(q,) in (−1, 1) of each window, between the points trained on."""
    history: list[dict[str, Any]] = field(default_factory=list)
    resume: dict[str, Any] | None = None
    """What carries on an interrupted training; None where it was not interrupted."""


def train_windows(
    problem: Problem,
    start: Start,
    *,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
    state: Mapping[str, Any] | None = None,
    record: bool = False,
) -> Trained:
    """Train the networks of a problem.

    Parameters
    ----------
    start
        The start solution: its windows lay out the networks; least-squares methods begin from a fit to it.
    device
        Where to train, resolved.
    progress
        Hears of every iteration.
    state
        ``resume`` of an interrupted training of the same problem.
    record
        Whether to keep a row of history an iteration.

    Raises
    ------
    Interrupted
        By a listener that stops the search for the networks' layout. From then on an interruption is part of the result.
    """
    return _Training(problem, start, torch.device(device), progress or Silent(), record, state).run()


class _Training:
    """One training, window by window and stage by stage."""

    def __init__(
        self,
        problem: Problem,
        start: Start,
        device: torch.device,
        progress: Progress,
        record: bool,
        state: Mapping[str, Any] | None,
    ) -> None:
        self.problem, self.start, self.progress, self.record = problem, start, progress, record
        self.dtype, self.device = getattr(torch, problem.dtype), device
        self.plan = make_plan(problem, start, None if state is None else state["plan"], self._pause)
        self.generator = torch.Generator().manual_seed(problem.seed)
        system, plan = problem.system, self.plan
        self.model = Model(system, system.states, self._network(torch.Generator()), plan.anchored)
        self.done: list[Tensor] = []  # (P,) weights of every finished window
        self.offsets = [self._tensor(problem.initial)]  # (k,) value at the start of every window
        self.seen: list[Tensor] = []  # (n,) points that every finished window was last trained on
        self.stage = 0
        self.before = self.offsets[0]  # (P,) weights that the current stage began with
        self.current: StageRun | None = None
        self.result = Trained(method=", ".join(stage.settings.method for stage in plan.stages if not stage.fits))
        self.begun = time.perf_counter()
        if state is not None:
            self._load(state)

    def run(self) -> Trained:
        """Train every window, or until one fails or the listener interrupts."""
        try:
            while len(self.done) < self.plan.windows and not self.result.failure:
                self._train_window()
        except Interrupted:
            self.result.resume = self._snapshot()
        return self._finished()

    def _train_window(self) -> None:
        """Run the stages of the current window, from where they are."""
        index = len(self.done)
        if self.stage == 0 and self.current is None:
            self.before = self._first_weights()
        while self.stage < len(self.plan.stages):
            run = self.current = self.current or self._stage_run()
            stop = run.run(self._listen)
            place = f"window {index + 1} of {self.plan.windows}: " if self.plan.windows > 1 else ""
            self.result.stops.append(place + stop.sentence)
            if run.diverged:
                self.result.failure = self.result.stops[-1]
                return
            self.before, self.current = run.best.weights, None
            self.stage += 1
        if stop.reason is not Reason.TOLERANCE and not self.result.missed:
            self.result.missed = self.result.stops[-1]
        self._close_window(run.objective)

    def _close_window(self, objective: Objective) -> None:
        """Keep the weights and hand the end to the next window."""
        self.done.append(self.before)
        self.offsets.append(objective.states(self.before, torch.ones_like(objective.tau[:1]))[0])
        self.seen.append(objective.tau.cpu())
        self.stage = 0

    def _stage_run(self, state: dict[str, Any] | None = None) -> StageRun:
        """The current stage of the current window, from its begin or from a snapshot."""
        stage = self.plan.stages[self.stage]
        tau = self._points(stage.settings) if state is None else state["tau"].cpu()
        model = self.model
        if stage.fits:
            model = replace(model, field=Prescribed(self._tensor(self._fit().derivative(tau))))
        window, weight = self._window(len(self.done)), stage.settings.condition_weight
        objective = Objective(model, window, self._tensor(tau), weight)
        return StageRun(stage.settings, objective, self.before, self.generator, state)

    def _first_weights(self) -> Tensor:
        """(P,) to begin a window with: fitted to the start solution for the least-squares methods, else random."""
        plan = self.plan
        if plan.densities is not None:
            fit, density = self._fit(), plan.densities[len(self.done)]
            tau = torch.as_tensor(density.points(POINTS * plan.hidden[0]))
            return self._tensor(fit.weights(fit.units(density, plan.hidden[0]), tau))
        network = self._network(self.generator)
        if plan.stages[0].settings.method not in LEAST_SQUARES:
            return self._tensor(network.vector())
        hidden = network.split(network.vector())[: 2 * len(plan.hidden)]
        return self._tensor(self._fit().weights(hidden, self._points(plan.stages[0].settings)))

    def _points(self, settings: Settings) -> Tensor:
        """(n,) collocation points of a stage, on the CPU."""
        if settings.sampling == GRADED and self.plan.densities is not None:
            return torch.as_tensor(self.plan.densities[len(self.done)].points(settings.points))
        return points.sample(settings.sampling, settings.points, self.generator)

    def _network(self, generator: torch.Generator) -> MLP:
        k, activation, anchored = self.problem.system.k, self.problem.network.activation, self.plan.anchored
        slope = self.plan.slope
        return MLP(self.plan.hidden, k, activation, generator=generator, output_bias=not anchored, slope=slope)

    def _fit(self) -> Fit:
        plan = self.plan
        return window_fit(self.problem, self.start, plan.edges, plan.scale, plan.anchored, len(self.done))

    def _window(self, index: int) -> Window:
        edges, scale = self.plan.edges, self._tensor(self.plan.scale)
        start, length = self._tensor(edges[index]), self._tensor(edges[index + 1] - edges[index])
        return Window(start, length, self.offsets[index], scale)

    def _tensor(self, values: Any) -> Tensor:
        # With the dtype in the call: torch reads plain floats as float32 otherwise.
        return torch.as_tensor(values, dtype=self.dtype, device=self.device)

    def _pause(self) -> None:
        """Tell the listener that the plan is being made."""
        tell_preparation(self.progress, "laying out the networks", dict)

    def _listen(self, iterate: Iterate) -> None:
        """Tell the listener of one iteration."""
        run, plan, result = self.current, self.plan, self.result
        assert run is not None
        result.iterations += 1
        part = (self.stage + min(1.0, run.iteration / run.settings.iterations)) / len(plan.stages)
        step = Step(
            window=len(self.done),
            windows=plan.windows,
            stage=run.settings.method,
            iteration=result.iterations,
            residual=iterate.residual,
            size=iterate.size,
            fraction=(len(self.done) + part) / plan.windows,
        )
        if self.record:
            result.history.append(row(step, time.perf_counter() - self.begun))
        self.progress.update(step, self._snapshot)

    def _snapshot(self) -> dict[str, Any]:
        """Everything needed to carry on to the same result."""
        return {
            "plan": self.plan.state_dict(),
            "generator": self.generator.get_state(),
            "done": copied(self.done),
            "offsets": copied(self.offsets),
            "seen": copied(self.seen),
            "stage": self.stage,
            "before": self.before.clone(),
            "current": None if self.current is None else self.current.state_dict(),
            "stops": list(self.result.stops),
            "missed": self.result.missed,
            "iterations": self.result.iterations,
            "history": copied(self.result.history),
            "seconds": time.perf_counter() - self.begun,
        }

    def _load(self, state: Mapping[str, Any]) -> None:
        self.generator.set_state(state["generator"].cpu())
        self.done, self.offsets = copied(state["done"], self.device), copied(state["offsets"], self.device)
        self.seen = copied(state["seen"], torch.device("cpu"))
        self.stage, self.before = state["stage"], self._tensor(state["before"])
        self.result.stops, self.result.iterations = list(state["stops"]), state["iterations"]
        self.result.missed, self.result.history = state.get("missed", ""), copied(state["history"])  # not in the first format
        self.begun -= state["seconds"]
        if state["current"] is not None:
            self.current = self._stage_run(state["current"])

    def _finished(self) -> Trained:
        """The facts, and the chain of the windows trained, the current one included if it has something to show."""
        result, run = self.result, self.current
        weights, seen = list(self.done), list(self.seen)
        if run is not None and not run.diverged:
            weights.append(run.best.weights)
            seen.append(run.objective.tau.cpu())
        result.reached = float(self.plan.edges[len(weights)])
        if weights:
            result.chain = self._chain(weights)
            result.check_points = _between(seen)
            only_outputs = all(stage.settings.method == "gauss-newton" for stage in self.plan.stages)
            result.trained_weights = len(weights) * (self.model.network.outputs if only_outputs else len(weights[0]))
        return result

    def _chain(self, weights: list[Tensor]) -> Chain:
        """Networks of the same shape, stacked."""
        m, network = len(weights), self.model.network
        parts = [torch.stack(stacked) for stacked in zip(*map(network.split, weights), strict=True)]
        if self.plan.anchored:  # its output layer has no bias, for want of an effect
            parts.append(torch.zeros_like(parts[-1][:1, :, 0]))
        origin = self.problem.time[0]
        edges = self._tensor(self.plan.edges[: m + 1] - origin)
        offsets, scale = torch.stack(self.offsets[:m]), self._tensor(self.plan.scale).expand(m, -1)
        layers = list(zip(parts[::2], parts[1::2], strict=True))
        return Chain(edges[:-1], edges.diff(), offsets, scale, layers, network.activation, self.plan.anchored, origin)


def _between(seen: list[Tensor]) -> Array:
    """(q,) between the points (n,) of all windows and spread as they are, about as many as one window has."""
    every = torch.cat(seen).sort().values.unique().double().numpy()
    count = max(map(len, seen))
    if len(every) > count:
        every = every[np.linspace(0, len(every) - 1, count).round().astype(int)]
    return points.between(torch.as_tensor(every)).numpy()
