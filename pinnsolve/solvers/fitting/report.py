"""What a finished fit says: estimates with intervals, what is not identifiable, noise, misfit and the fitted curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.solvers.coupled.curve import sampled
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.exact import Fitted, Shooting
from pinnsolve.solvers.fitting.naming import Place, determined
from pinnsolve.solvers.fitting.noise import Noise
from pinnsolve.solvers.fitting.observations import Observations
from pinnsolve.solvers.fitting.statistics import Certainty, certainty, dependencies
from pinnsolve.solvers.solution import Band, Solution
from pinnsolve.wording import counted, listed, short

Array = NDArray[np.float64]

POINTS = 401
"""Times of a fitted curve."""
NEAR = 0.05
"""Standard errors from the minimum at which the search has found it."""
CLOSE = 1e-8
"""The same for data without noise, relative to the size of the unknowns."""
LOGARITHMIC = 0.1
"""Size of the logarithm of an unknown: OPEN times this is a factor of twenty."""
ELSEWHERE = 0.07
"""Relative change of the unknowns to the second place at which open directions are looked at."""
EXACTLY, ROUGHLY = (1e-3, 1e-7), (0.1, 0.1)
"""Tolerance and least part in the naming of combinations that are open in principle, and with these data."""


class Report:
    """Completes the solution of a fit."""

    def __init__(
        self, problem: Problem, windows: Windows, observations: Observations, coordinates: Coordinates, shooting: Shooting
    ) -> None:
        assert isinstance(problem.fit, Fit)
        self.problem, self.fit, self.windows = problem, problem.fit, windows
        self.observations, self.coordinates, self.shooting = observations, coordinates, shooting
        self.names = [*self.fit.parameters, *self.fit.initial]

    def complete(self, solution: Solution, fitted: Fitted, noise: Noise, structured: bool) -> Solution:
        """Add estimates, curves and the verdict."""
        column = self.observations.column
        sd = noise.sd[column]
        held = self.shooting.held(fitted, sd)
        size = self._sizes(fitted)
        remaining = self.shooting.remaining(fitted, sd)
        sure = certainty(fitted.jacobian / sd[:, None], size, held, column, noise.freedom, remaining)
        estimated = {
            name: float(value) if freedom > 0 else None
            for name, value, freedom in zip(self.observations.columns, noise.sd, noise.freedom, strict=True)
        }
        solution.fit = self._entries(fitted, sure, held) | {"noise": estimated}
        solution.fit["misfit"] = self._misfit(solution)
        solution.bands = self._bands(solution, fitted, sure) if noise.freedom.all() else {}
        distance = float(np.linalg.norm(fitted.jacobian @ remaining / sd))
        found = distance <= NEAR or bool((np.abs(remaining) <= CLOSE * size).all())
        self._verdict(solution, noise, None if found else distance, structured)
        open_, practical = self._open(fitted, sd, sure)
        if open_:
            solution.status = "not_converged" if solution.status == "converged" else solution.status
            solution.message = unidentified(open_, practical)
        return solution

    def _sizes(self, fitted: Fitted) -> Array:
        """(q,) typical sizes of the unknowns, in their inner coordinates."""
        q = len(fitted.curve.p)
        starts = np.array([entry.start for entry in self.fit.parameters.values()], dtype=float)
        size = np.abs(fitted.u)
        size[:q] = np.where(self.coordinates.logarithmic, LOGARITHMIC, np.maximum(np.abs(fitted.curve.p), np.abs(starts)))
        top = np.abs(fitted.curve.y).max(axis=0)[self.shooting.free]
        size[q:] = np.maximum(size[q:], 1e-3 * top)
        return np.where(size > 0, size, 1.0)

    def _entries(self, fitted: Fitted, sure: Certainty, held: NDArray[np.bool_]) -> dict[str, Any]:
        """Parameters, initial values and correlation as in ``result.json``."""
        q = len(fitted.curve.p)
        outer = np.concatenate([fitted.curve.p, fitted.u[q:]])
        entries = {}
        for i, name in enumerate(self.names):
            half = sure.quantile[i] * sure.deviation[i]
            ends = np.array([fitted.u[i] - half, fitted.u[i] + half])
            deviation = sure.deviation[i]
            if i < q:
                low, high = self.coordinates.low[i], self.coordinates.high[i]
                ends = np.clip(ends, low, high)
                if self.coordinates.logarithmic[i]:
                    ends, deviation = np.exp(ends), deviation * outer[i]
            known = math.isfinite(sure.deviation[i])
            entries[name] = {
                "estimate": float(outer[i]),
                "standard_error": float(deviation) if known else None,
                "interval": ends.tolist() if known else None,
                "identifiable": bool(sure.identifiable[i]),
                "at_bound": bool(held[i]),
            }
        matrix = [[float(c) if math.isfinite(c) else None for c in line] for line in sure.correlation]
        return {
            "parameters": {name: entries[name] for name in self.fit.parameters},
            "initial": {name: entries[name] for name in self.fit.initial},
            "correlation": {"names": self.names, "matrix": matrix},
        }

    def _misfit(self, solution: Solution) -> dict[str, float | None]:
        """Root mean square of solution less data, column by column, where the solution reaches the data."""
        observations = self.observations
        if solution.network is None:
            return dict.fromkeys(observations.columns)
        p = np.array([entry["estimate"] for entry in (solution.fit or {})["parameters"].values()])
        values = observations.evaluate(observations.times, solution(observations.times), p)
        model = values[observations.observable, 0, np.arange(len(observations))]
        misfit: dict[str, float | None] = {}
        for number, name in enumerate(observations.columns):
            difference = (model - observations.value)[observations.column == number]
            rms = float(np.sqrt(np.mean(difference**2)))
            misfit[name] = rms if math.isfinite(rms) else None
        return misfit

    def _bands(self, solution: Solution, fitted: Fitted, sure: Certainty) -> dict[str, Band]:
        """The fitted curve of every observable over the whole interval, with its standard deviation."""
        problem = self.problem
        if solution.network is None or solution.reached != problem.time[1]:
            return {}
        origin, system = problem.time[0], solution.system
        low, high = sorted(problem.time)

        def values(times: Array) -> Array:
            return solution(np.clip(origin + times, low, high))

        def slopes(times: Array, states: Array) -> Array:
            return system.rhs_numpy(origin + times, states)

        curve = sampled(solution.window_edges - origin, 1.0, self.windows.table, values, slopes, fitted.curve.p)
        closed = self.shooting.closed(curve)
        linear = None if closed is None else self.windows.linearise(closed)
        if closed is None or linear is None:
            return {}
        times = np.linspace(low, high, POINTS)
        places = self.observations.places(closed, self.windows.table, times)
        bands = {}
        for number, observable in enumerate(self.fit.observe):
            model = self.observations.model(closed, linear, places, times, np.full(len(times), number))
            jacobian = self.shooting.jacobian(closed, linear, places, model)
            variance = np.einsum("lc,cd,ld->l", jacobian, sure.covariance, jacobian)
            bands[observable.text] = Band(times, model.value, np.sqrt(np.maximum(variance, 0.0)))
        return bands

    def _verdict(self, solution: Solution, noise: Noise, distance: float | None, structured: bool) -> None:
        """Say whether the minimum was found, and what stands out."""
        if solution.status != "converged":
            solution.message = f"solved with the estimates, {solution.message}"
            return
        if distance is not None:
            solution.status = "not_converged"
            solution.message = (
                f"the search stopped {short(distance)} standard errors from the best estimates: start nearer to them or "
                "narrow the bounds under fit.parameters"
            )
            return
        estimates = f"{counted(len(self.names), 'estimate')} from {counted(len(self.observations), 'value')}"
        remarks = [f"{estimates}; solved with them, {solution.message}"]
        entries = (solution.fit or {})["parameters"]
        at_bound = [name for name, entry in entries.items() if entry["at_bound"]]
        if at_bound:
            what = "it if the value is" if len(at_bound) == 1 else "them if other values are"
            remarks.append(f"{listed(at_bound)} ended at a bound: widen {what} possible")
        if not noise.freedom.all():
            remarks.append("there are too few values to estimate their noise, so there are no intervals: give it under fit.noise")
        if structured:
            remarks.append("the residuals are more than noise: check the model, the noise given, or start elsewhere")
        solution.message = "; ".join(remarks)

    def _open(self, fitted: Fitted, sd: Array, sure: Certainty) -> tuple[list[tuple[str, list[str]]], bool]:
        """What the data leave open, and whether other data of this kind might not."""
        practical = sure.structural.shape[1] == 0
        directions = sure.practical if practical else sure.structural
        if not directions.shape[1]:
            return [], practical
        names = [*self.fit.parameters, *(f"{name}({self.problem.time[0]:.6g})" for name in self.fit.initial)]
        places = [self._place(fitted, directions)]
        if not practical:
            moved = self.shooting.displaced(fitted, ELSEWHERE)
            other = None if moved is None else dependencies(moved.jacobian / sd[:, None], self._sizes(moved))
            if moved is not None and other is not None and other.shape == directions.shape:
                places.append(self._place(moved, other))
        return determined(names, places, *(ROUGHLY if practical else EXACTLY)), practical

    def _place(self, fitted: Fitted, directions: Array) -> Place:
        """Directions of the inner unknowns as directions of the unknowns themselves."""
        q = len(fitted.curve.p)
        slope = np.concatenate([self.coordinates.slope(fitted.u[:q]), np.ones(len(self.names) - q)])
        return Place(np.concatenate([fitted.curve.p, fitted.u[q:]]), directions * slope[:, None])


def unidentified(groups: Sequence[tuple[str, list[str]]], practical: bool) -> str:
    """The sentence on what the data do not determine."""
    sentences = []
    for text, names in groups:
        if not text:
            sentences.append(f"the data say nothing about {listed(names)}" if not practical else (
                f"the data leave {listed(names)} open by many times {'its' if len(names) == 1 else 'their'} size"
            ))
        else:
            sentences.append(f"the data {'hardly ' if practical else ''}determine {'more than' if practical else 'only'} {text}, "
                             f"not {listed(names)} apart")
    together = any(text for text, _ in groups)
    cure = "fix one of them under system.parameters, or observe something that tells them apart" if together else (
        "give it a value under system.parameters, or observe something that depends on it"
    )
    return f"{'; '.join(sentences)}: {cure}"
