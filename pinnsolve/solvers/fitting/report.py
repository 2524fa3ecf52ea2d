"""What a finished fit says: estimates with intervals, what is not identifiable, noise, misfit and the fitted curves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.solvers.coupled.curve import sampled
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.fitting.coordinates import Coordinates
from pinnsolve.solvers.fitting.exact import Fitted, Shooting, responses
from pinnsolve.solvers.fitting.observations import Observations
from pinnsolve.solvers.fitting.statistics import Certainty, certainty, combinations
from pinnsolve.solvers.solution import Band, Solution

Array = NDArray[np.float64]

POINTS = 401
"""Times of a fitted curve."""


class Report:
    """Completes the solution of a fit."""

    def __init__(
        self, problem: Problem, windows: Windows, observations: Observations, coordinates: Coordinates, shooting: Shooting
    ) -> None:
        assert isinstance(problem.fit, Fit)
        self.problem, self.fit, self.windows = problem, problem.fit, windows
        self.observations, self.coordinates, self.shooting = observations, coordinates, shooting
        self.names = [*self.fit.parameters, *self.fit.initial]

    def complete(self, solution: Solution, fitted: Fitted, sd: Array, structured: bool) -> Solution:
        """Add estimates, curves and remarks."""
        jacobian = fitted.jacobian / sd[:, None]
        residual = (fitted.model - self.observations.value) / sd
        held = self.shooting.held(fitted.u, jacobian.T @ residual)
        size = self._sizes(fitted)
        known = all(name in self.fit.noise for name in self.observations.columns)
        freedom = None if known else len(residual) - int((~held).sum())
        sure = certainty(jacobian, size, held, freedom)
        solution.fit = self._entries(fitted, sure, held) | {
            "noise": {name: float(sd[self.observations.column == c][0]) for c, name in enumerate(self.observations.columns)},
        }
        solution.fit["misfit"] = self._misfit(solution)
        solution.bands = self._bands(solution, fitted, sure)
        self._remark(solution, sure, size, held, structured)
        return solution

    def _sizes(self, fitted: Fitted) -> Array:
        """(q,) typical sizes of the unknowns, in their inner coordinates."""
        q = len(fitted.curve.p)
        starts = np.array([entry.start for entry in self.fit.parameters.values()], dtype=float)
        size = np.abs(fitted.u)
        size[:q] = np.where(self.coordinates.logarithmic, 1.0, np.maximum(np.abs(fitted.curve.p), np.abs(starts)))
        top = np.abs(fitted.curve.y).max(axis=0)[self.shooting.free]
        size[q:] = np.maximum(size[q:], 1e-3 * top)
        return np.where(size > 0, size, 1.0)

    def _entries(self, fitted: Fitted, sure: Certainty, held: NDArray[np.bool_]) -> dict[str, Any]:
        """Parameters, initial values and correlation as in ``result.json``."""
        q = len(fitted.curve.p)
        outer = np.concatenate([fitted.curve.p, fitted.u[q:]])
        entries = {}
        for i, name in enumerate(self.names):
            half = sure.quantile * sure.deviation[i]
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
        by_start, by_unknown = responses(linear)
        slope = self.coordinates.slope(self.coordinates.inner(closed.p))
        bands = {}
        for number, observable in enumerate(self.fit.observe):
            model = self.observations.model(closed, linear, places, times, np.full(len(times), number))
            inner = (np.einsum("lk,lkc->lc", model.by_state, by_unknown[places.window]) + model.by_unknown) * slope
            start = np.einsum("lk,lkc->lc", model.by_state, by_start[places.window][:, :, self.shooting.free])
            jacobian = np.concatenate([inner, start], axis=1)
            variance = np.einsum("lc,cd,ld->l", jacobian, sure.covariance, jacobian)
            bands[observable.text] = Band(times, model.value, np.sqrt(np.maximum(variance, 0.0)))
        return bands

    def _remark(
        self, solution: Solution, sure: Certainty, size: Array, held: NDArray[np.bool_], structured: bool
    ) -> None:
        """Say in the message what the fit cannot determine, and what stands out."""
        remarks = []
        if not sure.identifiable.all():
            unknown = [name for name, known in zip(self.names, sure.identifiable, strict=True) if not known]
            named = [text for text in combinations(self.names, self._outer(size, solution), sure.open) if text]
            which = f"the data determine only {' and '.join(named)}, not {' and '.join(unknown)} " if named else (
                f"the data do not determine {' and '.join(unknown)} "
            )
            solution.status = "not_converged" if solution.status == "converged" else solution.status
            solution.message = (
                f"{which}{'apart' if named else 'at all'}: fix one of them under system.parameters, or observe something "
                "that tells them apart"
            )
            return
        at_bound = [name for name, bound in zip(self.names, held, strict=True) if bound]
        if at_bound:
            remarks.append(f"{' and '.join(at_bound)} ended at a bound: widen it if the value is possible")
        if structured:
            remarks.append("the residuals show a pattern that the model does not explain: check the model, or the noise given")
        solution.message = "; ".join([solution.message, *remarks])

    def _outer(self, size: Array, solution: Solution) -> Array:
        """Sizes in the units of the parameters themselves."""
        outer = size.copy()
        for i, entry in enumerate((solution.fit or {})["parameters"].values()):
            if self.coordinates.logarithmic[i]:
                outer[i] = abs(entry["estimate"])
        return outer
