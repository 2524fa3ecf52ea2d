"""Fits: from a start that may be far off to estimates with their uncertainty, and the solution that belongs to them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.progress import Progress, Snapshot, Step
from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.deadline import Deadline, Expired
from pinnsolve.solvers.coupled.errors import estimate
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.mesh import refined
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.exact import Fitted, Shooting, pinned
from pinnsolve.solvers.fitting.free import Free
from pinnsolve.solvers.fitting.misfit import Misfit
from pinnsolve.solvers.fitting.noise import Errors, Noise
from pinnsolve.solvers.fitting.observations import Observations
from pinnsolve.solvers.fitting.report import Report
from pinnsolve.solvers.fitting.starts import Start, Starts
from pinnsolve.solvers.fitting.weak import Relaxed
from pinnsolve.solvers.history import row
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.solver import WindowSolver
from pinnsolve.solvers.windows.table import table

Array = NDArray[np.float64]

ATTEMPTS = 8
"""Most starts: the given parameters, then others drawn within the bounds or around them."""
ALIKE = 1e-3
"""Difference of twice the logarithm of the likelihood within which two minima are the same."""
ASSUMED = 0.05
"""Errors of the data that the relaxed problems assume, relative to the spread of a column."""
LOCAL = 1e-10
"""Largest local error of the windows of the fit proper; a hundredth of the accuracy if that is less."""
MESHES = 8
"""Most adaptations of these windows."""
WINDOWS, MORE = 5000, 8
"""Most windows, and how many times those of the best fit so far another start may need: a search that runs away to extreme
parameters asks for ever more."""
PATIENCE, WRONG = 2, 0.5
"""Adaptations after which the estimated relative error of a trajectory must be below this."""
NOISES = 12
"""Most estimates of the errors of the columns."""
HALVINGS = 3
"""How often the windows of a start are halved if no trajectory can be computed on them."""
USUAL = 60
"""Iterations after which a fit is taken to be half done."""
FORWARD = 0.9
"""Share of the work that is done before the model is solved forward."""


@dataclass(frozen=True)
class Last:
    """Passes on what the forward solution of a fit says, as the last part of the whole."""

    progress: Progress
    before: int
    """Iterations of the fit itself."""
    snapshot: Snapshot

    def update(self, step: Step, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Count on, and report from FORWARD to 1."""
        fraction = FORWARD + (1 - FORWARD) * step.fraction
        self.progress.update(replace(step, iteration=self.before + step.iteration, fraction=fraction), self.snapshot)


class FitSolver:
    """Solves one fit."""

    def __init__(self, problem: Problem, progress: Progress | None, record: bool, device: str) -> None:
        fit = problem.fit
        assert isinstance(fit, Fit) and problem.initial is not None
        self.problem, self.fit, self.progress, self.record, self.device = problem, fit, progress, record, device
        self.begun = time.perf_counter()
        self.deadline = Deadline(problem)
        self.names = list(fit.parameters)
        self.free = np.array([problem.system.states.index(name) for name in fit.initial], dtype=int)
        self.table = table(16 if problem.system.k <= 4 else 12, "gauss")
        kernels = problem.system.with_free(self.names).kernels if self.names else problem.system.kernels
        self.windows = Windows(kernels, problem.system.k, self.table, problem.time[0])
        self.observations = Observations(problem, self.names)
        self.coordinates = Coordinates(list(fit.parameters.values()))
        self.shooting = Shooting(self.windows, self.observations, self.coordinates, self.free, self._heard)
        self.starts = Starts(problem, self.observations, self.coordinates, self.table, self.free)
        self.errors = Errors(self.observations, fit.noise)
        self.misfit = Misfit(self.observations, fit.noise)
        self.most = WINDOWS
        self.numerical = 0.0
        """Estimated relative error of the trajectory that is fitted."""
        self.iterations = 0
        self.history: list[dict[str, Any]] = []

    def run(self, state: Mapping[str, Any] | None = None) -> Solution:
        """Fit, then solve forward with the estimates. A fit that was interrupted begins again."""
        if state is not None:
            self.begun -= state["seconds"]
        try:
            with np.errstate(all="ignore"):
                best = self._best()
        except Interrupted:
            return self._interrupted()
        except Expired as error:
            return self._unsolved("not_converged", str(error))
        if best is None:
            return self._unsolved("not_converged", (
                "no parameters were found with which the equations can be solved up to the last data: change start or bounds "
                "under fit.parameters, or the initial values"
            ))
        return self._solved(*best)

    def _best(self) -> tuple[Fitted, Noise] | None:
        """The best of several starts, with the errors of the data. The first that leaves nothing unexplained will do, and one
        that is found again and again will not get better.
        """
        best: tuple[float, Fitted, Noise] | None = None
        again = 0
        for attempt in range(ATTEMPTS):
            start = self.starts.start(self.starts.parameters(attempt // 2))
            # Pieces that satisfy the equations hold what was not measured to a solution; free states need no solution.
            found = self._from(start, pieces=(attempt % 2 == 0) != self.observations.complete)
            if found is None:
                continue
            fitted, noise = found
            merit = self.misfit.merit(fitted.model - self.observations.value)
            again = again + 1 if best is not None and abs(merit - best[0]) <= ALIKE else again
            if best is None or merit < best[0]:
                again = again if best is not None and merit >= best[0] - ALIKE else 0
                best = (merit, fitted, noise)
            self.most = min(WINDOWS, MORE * best[1].curve.windows)
            residual = best[1].model - self.observations.value
            if not self.misfit.doubtful(residual) or again >= (3 if self.misfit.structured(residual) else 1):
                break
        return None if best is None else (best[1], best[2])

    def _from(self, start: Start, pieces: bool) -> tuple[Fitted, Noise] | None:
        """The fit from one start."""
        method: type[Relaxed | Free] = Relaxed if pieces else Free
        sd = ASSUMED * self.observations.spread[self.observations.column]
        relaxed = method(
            self.windows, self.observations, self.coordinates, self.starts.fixed, start.scale, sd, self._heard
        ).solve(start.curve)
        closed = None if relaxed is None else self._closed(relaxed)
        fitted = None if closed is None else self.shooting.fitted(closed)
        return None if fitted is None else self._weighted(fitted)

    def _closed(self, curve: Curve) -> Curve | None:
        """One trajectory from the start and the parameters of a relaxed curve, on shorter windows if need be."""
        for _ in range(HALVINGS):
            closed = self.shooting.closed(curve)
            if closed is not None:
                return closed
            halves = np.arange(2 * curve.windows + 1) / 2
            curve = curve.onto(np.interp(halves, np.arange(curve.windows + 1), curve.edges), self.table)
        return None

    def _weighted(self, fitted: Fitted) -> tuple[Fitted, Noise] | None:
        """Least squares on windows that follow the error, with the errors of the columns from the fit itself; None where the
        windows meet the equations at their nodes alone.
        """
        noise = self.errors.first()
        local = min(LOCAL, 0.01 * self.problem.accuracy)
        for mesh in range(MESHES):
            fitted = self.shooting.minimised(fitted, noise.sd[self.observations.column])
            errors = estimate(self.windows, pinned(fitted.curve.y[0], fitted.curve.p), fitted.curve)
            if errors is None or (mesh >= PATIENCE and not errors.relative < WRONG):
                return None
            self.numerical = errors.relative
            finer = self._refined(fitted.curve, errors.local, local)
            again = None if finer is None else self.shooting.fitted(finer)
            if again is None:
                break
            fitted = again
        for _ in range(NOISES):
            sd = noise.sd[self.observations.column]
            free = ~self.shooting.held(fitted, sd)
            residual = fitted.model - self.observations.value
            before, noise = noise, self.errors.estimate(residual, fitted.jacobian[:, free] / sd[:, None], self.numerical)
            if noise.settled(before):
                break
            fitted = self.shooting.minimised(fitted, noise.sd[self.observations.column])
        return fitted, noise

    def _refined(self, curve: Curve, errors: Array, local: float) -> Curve | None:
        """The trajectory on windows that follow its local errors (m,); None where these will do."""
        if errors.max() <= local:
            return None
        edges = refined(curve.edges, errors, local, self.table.n)
        if len(edges) > self.most:
            return None
        return self.shooting.closed(curve.onto(edges, self.table))

    def _solved(self, fitted: Fitted, noise: Noise) -> Solution:
        """The model solved forward with the estimates, and the report."""
        problem = self.problem
        values = dict(zip(self.names, fitted.curve.p.tolist(), strict=True))
        # Initial values that were given are kept to the last bit: a zero that has become 1e-300 is another problem.
        start = np.where(self.starts.fixed, self.starts.initial, fitted.curve.y[0])
        system = problem.system.with_parameters(values)
        ahead = problem.with_settings(fit=None, system=system, initial=start.tolist())
        progress = None if self.progress is None else Last(self.progress, self.iterations, self._snapshot)
        solution = WindowSolver(ahead, progress, self.record, self.device).run()
        if solution.status == "interrupted":
            return self._interrupted()
        solution.problem = problem
        solution.iterations += self.iterations
        solution.seconds = time.perf_counter() - self.begun
        solution.history = [*self.history, *solution.history]
        report = Report(problem, self.windows, self.observations, self.coordinates, self.shooting)
        return report.complete(solution, fitted, noise, self.misfit.structured(fitted.model - self.observations.value))

    def _heard(self, curve: Curve, residual: Array) -> None:
        """Report a step."""
        self.deadline.check()
        self.iterations += 1
        if self.progress is None and not self.record:
            return
        column, count = self.observations.column, len(self.observations.columns)
        squares = np.bincount(column, residual**2, count) / np.bincount(column, minlength=count)
        worst = float(np.sqrt(squares.max()))
        step = Step(
            window=0,
            windows=curve.windows,
            stage="fit",
            iteration=self.iterations,
            residual=(worst,) * self.problem.system.k,
            size=worst,
            fraction=FORWARD * self.iterations / (self.iterations + USUAL),
            together=True,
        )
        if self.record:
            self.history.append(row(step, time.perf_counter() - self.begun))
        if self.progress is not None:
            self.progress.update(step, self._snapshot)

    def _snapshot(self) -> dict[str, Any]:
        """What a fit that is carried on needs to know: it begins again."""
        return {"seconds": time.perf_counter() - self.begun}

    def _interrupted(self) -> Solution:
        return self._unsolved("interrupted", f"interrupted after {self.iterations} iterations; resume to begin again")

    def _unsolved(self, status: str, message: str) -> Solution:
        state = self._snapshot()
        return Solution.unsolved(
            self.problem,
            status,
            message,
            method="gauss-newton",
            iterations=self.iterations,
            seconds=state["seconds"],
            device=self.device,
            history=self.history,
            resume=state if status == "interrupted" else None,
        )
