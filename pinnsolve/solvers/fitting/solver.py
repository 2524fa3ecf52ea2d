"""Fits: from a start that may be far off to estimates with their uncertainty, and the solution that belongs to them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.progress import Progress, Step
from pinnsolve.solvers.coupled.curve import Curve, sampled
from pinnsolve.solvers.coupled.errors import estimate
from pinnsolve.solvers.coupled.forward import forward
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.mesh import refined
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.exact import Fitted, Shooting, pinned
from pinnsolve.solvers.fitting.observations import Observations
from pinnsolve.solvers.fitting.report import Report
from pinnsolve.solvers.fitting.weak import Relaxed
from pinnsolve.solvers.history import row
from pinnsolve.solvers.solution import Solution
from pinnsolve.solvers.windows.solver import WindowSolver
from pinnsolve.solvers.windows.table import table

Array = NDArray[np.float64]

PIECES = (8, 48)
"""Fewest and most windows while the states are free."""
ROWS = 2
"""Times of the data for each of these windows."""
ATTEMPTS = 6
"""Most starts: the given one, then others drawn around it or within the bounds."""
LOCAL = 1e-9
"""Largest local error of the windows of the fit proper; a hundredth of the accuracy if that is less."""
MESHES = 8
"""Most adaptations of these windows."""
NOISES = 8
"""Most estimates of the errors of the columns."""
REACH = 1e3
"""A march from the start that becomes so many times larger than the data is no start."""


class Expired(Exception):
    """The time limit is over."""


class FitSolver:
    """Solves one fit."""

    def __init__(self, problem: Problem, progress: Progress | None, record: bool, device: str) -> None:
        fit = problem.fit
        assert isinstance(fit, Fit) and problem.initial is not None
        self.problem, self.fit, self.progress, self.record, self.device = problem, fit, progress, record, device
        self.begun = time.perf_counter()
        self.deadline = self.begun + (problem.stage_settings[0].time_limit or math.inf)
        self.names = list(fit.parameters)
        self.initial = np.array(problem.initial)
        self.free = np.array([problem.system.states.index(name) for name in fit.initial], dtype=int)
        self.table = table(16 if problem.system.k <= 4 else 12, "gauss")
        kernels = problem.system.with_free(self.names).kernels if self.names else problem.system.kernels
        self.windows = Windows(kernels, problem.system.k, self.table, problem.time[0])
        self.observations = Observations(problem, self.names)
        self.coordinates = Coordinates(list(fit.parameters.values()))
        self.shooting = Shooting(self.windows, self.observations, self.coordinates, self.free, self._heard)
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
            return self._unsolved("interrupted", f"interrupted after {self.iterations} iterations; resume to begin again")
        except Expired:
            limit = self.problem.stage_settings[0].time_limit
            return self._unsolved("not_converged", f"the time limit of {limit:g} s is over; raise training.time_limit")
        if best is None:
            return self._unsolved("not_converged", (
                "no parameters were found with which the equations can be solved up to the last data: change start or bounds "
                "under fit.parameters, or the initial values"
            ))
        return self._solved(*best)

    def _best(self) -> tuple[Fitted, Array] | None:
        """The best of several starts, with the errors of the data (N,); the first that leaves nothing unexplained will do."""
        best: tuple[float, Fitted, Array] | None = None
        for attempt in range(ATTEMPTS):
            found = self._from(self._start(attempt))
            if found is None:
                continue
            fitted, sd = found
            difference = (fitted.model - self.observations.value) / self.observations.spread()[self.observations.column]
            cost = float(difference @ difference)
            if best is None or cost < best[0] * (1 - 1e-6):
                best = (cost, fitted, sd)
            if not self._structured(best[1]):
                break
        return None if best is None else (best[1], best[2])

    def _from(self, p: Array) -> tuple[Fitted, Array] | None:
        """The fit from one start of the parameters."""
        curve = self._first_curve(p)
        scale = np.maximum(np.abs(self.windows.values(curve)).max(axis=(0, 2)), 1e-300)
        fixed = np.ones(len(self.initial), dtype=bool)
        fixed[self.free] = False
        relaxed = Relaxed(self.windows, self.observations, self.coordinates, fixed, scale, self._heard).solve(curve)
        closed = None if relaxed is None else self.shooting.closed(relaxed)
        fitted = None if closed is None else self.shooting.fitted(closed)
        return None if fitted is None else self._weighted(fitted)

    def _weighted(self, fitted: Fitted) -> tuple[Fitted, Array]:
        """Least squares on windows that follow the error, with the errors of the columns from the fit itself."""
        sd = self._errors_of_data(None)
        local = min(LOCAL, 0.01 * self.problem.accuracy)
        for _ in range(MESHES):
            fitted = self.shooting.minimised(fitted, sd)
            errors = estimate(self.windows, pinned(fitted.curve.y[0], fitted.curve.p), fitted.curve)
            if errors is not None:
                self.numerical = errors.relative
            finer = None if errors is None else self._refined(fitted.curve, errors.local, local)
            if finer is None:
                break
            again = self.shooting.fitted(finer, fitted.steps)
            if again is None:
                break
            fitted = again
        for _ in range(NOISES):
            before, sd = sd, self._errors_of_data(fitted)
            if np.allclose(before, sd, rtol=1e-3, atol=0):
                break
            fitted = self.shooting.minimised(fitted, sd)
        return fitted, sd

    def _errors_of_data(self, fitted: Fitted | None) -> Array:
        """(N,) the standard deviation of every row: given, or that of the residuals of its column, or first the spread of the
        column.
        """
        observations, spread = self.observations, self.observations.spread()
        count = np.bincount(observations.column, minlength=len(spread))
        freedom = max(1, len(observations) - self.fit.unknowns) / len(observations)
        sizes = spread.copy()
        if fitted is not None:
            squares = np.bincount(observations.column, (fitted.model - observations.value) ** 2, len(spread))
            # Data without noise: what is left is the error of the trajectory itself, and it may be left over by chance.
            sizes = np.maximum(np.sqrt(squares / (count * freedom)), max(1e-13, self.numerical) * spread)
        for number, name in enumerate(observations.columns):
            sizes[number] = self.fit.noise.get(name, sizes[number])
        return sizes[observations.column]

    def _refined(self, curve: Curve, errors: Array, local: float) -> Curve | None:
        """The trajectory on windows that follow its local errors (m,); None where these will do."""
        if errors.max() <= local:
            return None
        edges = refined(curve.edges, errors, local, self.table.n)
        return self.shooting.closed(curve.onto(edges, self.table))

    def _structured(self, fitted: Fitted) -> bool:
        """Whether the residuals show what the model leaves out: large, and alike from one time to the next."""
        observations = self.observations
        residual = fitted.model - observations.value
        for number, name in enumerate(observations.columns):
            own = np.flatnonzero(observations.column == number)
            own = own[np.argsort(observations.times[own], kind="stable")]
            part = residual[own]
            square = float(part @ part)
            if name in self.fit.noise:
                if square > 3 * len(own) * self.fit.noise[name] ** 2:
                    return True
            elif len(own) >= 6 and square > 0.01 * len(own) * float(observations.spread()[number]) ** 2:
                centred = part - part.mean()
                if float(centred[1:] @ centred[:-1]) > 0.5 * float(centred @ centred):
                    return True
        return False

    def _start(self, attempt: int) -> Array:
        """(q,) where an attempt starts."""
        given = np.array([entry.start for entry in self.fit.parameters.values()], dtype=float)
        if attempt == 0:
            return given
        generator = np.random.default_rng([abs(self.problem.seed), attempt])
        u, low, high = self.coordinates.inner(given), self.coordinates.low, self.coordinates.high
        bounded = np.isfinite(low) & np.isfinite(high)
        inside = generator.uniform(np.where(bounded, low, 0.0), np.where(bounded, high, 1.0))
        drawn = generator.normal(size=len(u))
        around = np.where(self.coordinates.logarithmic, u + drawn, u * np.exp(drawn))
        return self.coordinates.outer(self.coordinates.clipped(np.where(bounded, inside, around)))

    def _first_curve(self, p: Array) -> Curve:
        """The solution from the start where it stays near the data, else a constant; measured states as measured."""
        problem, observations = self.problem, self.observations
        origin = problem.time[0]
        last = observations.times[np.argmax(np.abs(observations.times - origin))] - origin
        span = float(last) if last != 0 else problem.span
        pieces = int(np.clip(len(np.unique(observations.times)) // ROWS, *PIECES))
        edges = np.linspace(0, span, pieces + 1)
        system = problem.system.with_parameters(dict(zip(self.names, p.tolist(), strict=True)))
        march = forward(replace_system(problem, system), self.initial, span)
        size = max(float(np.abs(self.initial).max()), float(observations.spread().max()))

        def values(times: Array) -> Array:
            states = np.tile(self.initial, (len(times), 1))
            if march is not None:
                marched = march.values(times)
                if np.abs(marched).max() <= REACH * size:
                    states = marched
            for state in range(len(self.initial)):
                measured = observations.along(state, origin + times)
                if measured is not None:
                    states[:, state] = measured
            start = np.abs(times) == 0
            states[start] = np.where(np.isin(np.arange(len(self.initial)), self.free), states[start], self.initial)
            return states

        def slopes(times: Array, states: Array) -> Array:
            return np.nan_to_num(system.rhs_numpy(origin + times, states))

        return sampled(edges, 1.0, self.table, values, slopes, p)

    def _solved(self, fitted: Fitted, sd: Array) -> Solution:
        """The model solved forward with the estimates, and the report."""
        problem = self.problem
        values = dict(zip(self.names, fitted.curve.p.tolist(), strict=True))
        plain = replace_system(problem, problem.system.with_parameters(values))
        ahead = plain.with_settings(initial=fitted.curve.y[0].tolist())
        solution = WindowSolver(ahead, self.progress, self.record, self.device).run()
        solution.problem = problem
        solution.iterations += self.iterations
        solution.seconds = time.perf_counter() - self.begun
        solution.history = [*self.history, *solution.history]
        report = Report(problem, self.windows, self.observations, self.coordinates, self.shooting)
        return report.complete(solution, fitted, sd, self._structured(fitted))

    def _heard(self, curve: Curve, residual: Array) -> None:
        """Report a step."""
        if time.perf_counter() > self.deadline:
            raise Expired
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
            fraction=0.0,
        )
        if self.record:
            self.history.append(row(step, time.perf_counter() - self.begun))
        if self.progress is not None:
            self.progress.update(step, lambda: {"seconds": time.perf_counter() - self.begun})

    def _unsolved(self, status: str, message: str) -> Solution:
        seconds = time.perf_counter() - self.begun
        return Solution(
            problem=self.problem,
            network=None,
            status=status,
            message=message,
            estimated=math.inf,
            error_times=np.empty(0),
            error_values=np.empty((0, self.problem.system.k)),
            reached=self.problem.time[0],
            method="gauss-newton",
            iterations=self.iterations,
            trained_weights=0,
            seconds=seconds,
            device=self.device,
            history=self.history,
            resume={"seconds": seconds} if status == "interrupted" else None,
        )


def replace_system(problem: Problem, system: Any) -> Problem:
    """The initial value problem of a fit with another system."""
    return problem.with_settings(fit=None, system=system)
