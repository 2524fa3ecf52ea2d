"""The default method: adaptive windows by Gauss–Newton, repeated until the global error is what was asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem
from pinnsolve.progress import Progress, Step
from pinnsolve.solvers.history import row
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.diagnosis import ROUNDED, verdict
from pinnsolve.solvers.windows.growth import steps_over
from pinnsolve.solvers.windows.march import TOLERANCE_MIN, Listener, Marcher, floor
from pinnsolve.solvers.windows.networks import Networks
from pinnsolve.solvers.windows.schedule import features, pushed
from pinnsolve.solvers.windows.state import March
from pinnsolve.solvers.windows.table import NODES, Table, table

Array = NDArray[np.float64]

PASSES = 5
"""Most passes; each one after the first has a smaller local tolerance."""
FIRST = 0.01
"""Local tolerance of the first pass, as a share of the accuracy asked for. A tenth of the error costs a few windows more; a
second pass costs as much as the first."""
LOOSEST = 3e-7
"""Largest local tolerance: a window with larger errors is too coarse for the linearised error equation, and hardly longer."""
AIM = 0.1
"""The next pass aims at this share of the accuracy asked for."""
MARGIN = 0.8
"""The estimate must stay below this share of what was asked."""
FINE = 1e-7
"""Down from this local tolerance, 24 nodes are cheaper than 20 for three states or fewer: longer windows outweigh them."""
RESOLVED = 5.0
"""The local tolerance is at least so many times what the networks of a window can resolve."""
WINDOWS = 200_000
"""Most windows: more than this means that something else is wrong."""


@dataclass(frozen=True)
class Pass:
    """A finished pass: its networks and what they are good for."""

    march: March
    first: bool
    """Whether it had no earlier pass to tell how large each component becomes."""
    table: Table | None
    networks: Networks | None
    """Both None where not even the first window could be solved."""
    estimated: float
    """Estimated global relative error."""
    watched: float
    """The same without the components that the first pass let go."""
    scale: Array
    """(k,) largest |y|."""
    times: Array
    """(m (n + 1),) start and nodes of every window."""
    errors: Array
    """(m (n + 1), k) estimated absolute error there."""

    @property
    def rank(self) -> tuple[bool, float]:
        """Smaller is better: the whole interval first, then the error."""
        return self.march.stop is not None, self.estimated


class WindowSolver:
    """Solves one problem by adaptive windows."""

    def __init__(self, problem: Problem, progress: Progress | None, record: bool, device: str = "cpu") -> None:
        self.problem, self.progress, self.record = problem, progress, record
        self.device = device if problem.system.pieces is None else "cpu"
        self.begun = time.perf_counter()
        self.deadline = self.begun + (problem.stage_settings[0].time_limit or math.inf)
        self.tolerance = min(LOOSEST, FIRST * problem.accuracy)
        self.scale: Array | None = None
        self.stops, self.least = np.empty(0), np.zeros(problem.system.k)
        if not problem.system.autonomous:
            self.stops = features(problem.system, np.array(problem.initial), *problem.time)
            self.least = pushed(problem.system, np.array(problem.initial), *problem.time)
        self.careful = problem.system.pieces is not None or self.device != "cpu"
        self.passes = self.iterations = 0
        self.best: Pass | None = None
        self.cause = ROUNDED
        self.history: list[dict[str, Any]] = []

    def run(self, state: Mapping[str, Any] | None = None) -> Solution:
        """Pass after pass; the best of them is the solution."""
        march = self._restore(state) if state else None
        while self.passes < PASSES:
            marcher = self._marcher(march)
            march = march or marcher.begin()
            try:
                marcher.run(march, WINDOWS, self._listener(march), self.deadline)
            except Interrupted:
                return self._solution(finish(self.problem.time[0], march, self.scale is None), interrupted=True)
            done = finish(self.problem.time[0], march, self.scale is None)
            self.iterations += march.iterations
            if self._steps_over(done):  # nothing that such windows say is to be believed
                self.careful, self.best, march = True, None, None
                continue
            self.passes += 1
            if self.best is None or done.rank <= self.best.rank:
                self.best = done
            if march.stop or done.estimated <= MARGIN * self.problem.accuracy or self.tolerance <= TOLERANCE_MIN:
                break
            self.scale = done.scale
            self.tolerance = self._tighter(done)
            march = None
        else:
            self.cause = f"{self.passes} passes, each with smaller local errors, did not bring it down"
        assert self.best is not None
        return self._solution(self.best)

    def _steps_over(self, done: Pass) -> bool:
        """Whether the estimate of a pass is not to be believed, since its windows may have stepped over a growth of errors."""
        if self.careful or done.table is None or done.march.stop is not None:
            return False
        return steps_over(self.problem.system, self.problem.time[0], done.march.windows, done.table)

    def _tighter(self, done: Pass) -> float:
        """The local tolerance that should bring the global error down to its share of what was asked. If only
        components failed that the first pass let go, the same tolerance with the scale known now will do.
        """
        if done.watched <= MARGIN * self.problem.accuracy:
            return self.tolerance
        factor = min(0.1, max(1e-4, AIM * self.problem.accuracy / done.watched))
        return max(TOLERANCE_MIN, self.tolerance * factor)

    def _marcher(self, march: March | None = None) -> Marcher:
        """For a new pass, or to carry on with one."""
        problem = self.problem
        initial = np.array(problem.initial)
        start, end = problem.time
        maps = table_of(march) if march else None
        maps = maps or table(nodes_for(problem.system.k, self.tolerance))
        how: dict[str, Any] = {"device": self.device, "least": self.least, "careful": self.careful}
        return Marcher(problem.system, maps, initial, start, end, self.tolerance, self.scale, self.stops, **how)

    def _listener(self, march: March) -> Listener | None:
        """Report every window, where somebody listens."""
        progress = self.progress
        if progress is None and not self.record:
            return None

        def listen(marcher: Marcher) -> None:
            window = march.windows[-1]
            step = Step(
                window=len(march.windows) - 1,
                windows=None,
                stage="gauss-newton",
                iteration=self.iterations + march.iterations,
                residual=tuple(marcher.residual_norm(march).tolist()),
                size=abs(window.length),
                fraction=march.time / marcher.span,
            )
            if self.record:
                self.history.append(row(step, time.perf_counter() - self.begun))
            if progress is not None:
                progress.update(step, lambda: self._state(march))

        return listen

    def _state(self, march: March) -> dict[str, Any]:
        """Everything needed to carry on with this pass."""
        return {
            "march": march.state(),
            "tolerance": self.tolerance,
            "scale": self.scale,
            "passes": self.passes,
            "careful": self.careful,
            "best": None if self.best is None else {"march": self.best.march.state(), "first": self.best.first},
            "iterations": self.iterations,
            "history": list(self.history),
            "seconds": time.perf_counter() - self.begun,
        }

    def _restore(self, state: Mapping[str, Any]) -> March:
        self.tolerance, self.passes, self.iterations = state["tolerance"], state["passes"], state["iterations"]
        self.scale = None if state["scale"] is None else np.array(state["scale"])
        self.careful = state.get("careful", self.careful)
        self.history = [dict(entry) for entry in state["history"]]
        self.begun -= state["seconds"]
        if state["best"] is not None:
            march = March.from_state(state["best"]["march"])
            self.best = finish(self.problem.time[0], march, state["best"]["first"])
        return March.from_state(state["march"])

    def _solution(self, done: Pass, interrupted: bool = False) -> Solution:
        problem, march, networks = self.problem, done.march, done.networks
        maps = done.table or table(nodes_for(problem.system.k, self.tolerance))
        reached = problem.time[0] + math.copysign(march.time, problem.span) if march.stop or interrupted else problem.time[1]
        if interrupted:
            status = "interrupted"
            message = f"interrupted at t = {reached:.6g} after {len(march.windows)} windows; resume to carry on"
        else:
            status, message = verdict(problem, march, done.estimated, reached, self.cause)
        solution = Solution(
            problem=problem,
            network=None,
            status=status,
            message=message,
            estimated=done.estimated,
            error_times=done.times,
            error_values=done.errors,
            reached=reached,
            method="gauss-newton",
            iterations=self.iterations + (march.iterations if interrupted else 0),
            trained_weights=0 if networks is None else networks.weights.size,
            seconds=time.perf_counter() - self.begun,
            device=self.device,
            check_points=maps.sigma.copy(),  # the table is shared by all solves of the process
            history=self.history,
            resume=self._state(march) if interrupted else None,
        )
        return solution if networks is None else solution.with_networks(networks.chain)


def nodes_for(k: int, tolerance: float) -> int:
    """Nodes a window for k states: fewer where the linear algebra of k·n unknowns dominates, but enough for what the
    network can resolve at all to be below the local tolerance.
    """
    small = 24 if tolerance <= FINE else 20
    few = next(n for most, n in ((3, small), (8, 20), (math.inf, 16)) if k <= most)
    return next(n for n in NODES if n >= few and (n >= 20 or RESOLVED * table(n).floor <= tolerance))


def table_of(march: March) -> Table | None:
    """The maps of its windows, None where there are none yet."""
    return table(march.windows[0].g.shape[1]) if march.windows else None


def finish(origin: float, march: March, first: bool) -> Pass:
    """Turn the windows of a pass, the first one or a later one, into networks and add up its error estimate."""
    k = len(march.y)
    maps = table_of(march)
    if maps is None:
        return Pass(march, first, None, None, math.inf, math.inf, march.top, np.empty(0), np.empty((0, k)))
    starts, lengths, y, g, errors = (
        np.array([getattr(w, name) for w in march.windows]) for name in ("start", "length", "y", "g", "error")
    )
    networks = Networks(maps, origin, starts, lengths, y, g)
    total = np.zeros((len(starts), maps.n + 1, k))  # at the start and the nodes of every window
    total[:, 1:] = errors.transpose(0, 2, 1) + networks.loss[:, None, :]
    total[1:, 0] = total[:-1, -1]
    times = np.empty((len(starts), maps.n + 1))
    times[:, 0] = starts
    times[:, 1:] = starts[:, None] + 0.5 * lengths[:, None] * maps.shifted[: maps.n]
    times += origin
    scale = np.where(march.top > 0, march.top, 1.0)
    relative = total.max(axis=(0, 1)) / scale
    relative[np.isnan(relative)] = math.inf
    watched = relative[march.top > floor(first) * march.top.max()]
    worst, seen = float(relative.max()), float(watched.max(initial=0.0))
    return Pass(march, first, maps, networks, worst, seen, march.top, times.ravel(), total.reshape(-1, k))
