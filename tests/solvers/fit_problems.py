"""Fits with known answers: data from SciPy at tight tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from pinnsolve.problem import Problem
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem


@dataclass(frozen=True)
class Model:
    """Equations with the truth behind the data."""

    equations: Mapping[str, str]
    truth: Mapping[str, float]
    initial: Mapping[str, float]
    end: float
    count: int

    @property
    def times(self):
        """(count,) from the start to the end."""
        return np.linspace(0, self.end, self.count)

    def states(self, times):
        """(n,) ascending times from 0 -> state: (n,)."""
        source = {"system": {"equations": self.equations, "parameters": self.truth}, "initial": self.initial}
        slope = load_problem({**source, "time": [0, self.end]}).system.kernels.scalar
        start = list(self.initial.values())
        y = solve_ivp(slope, (0, self.end), start, "DOP853", times, rtol=1e-13, atol=1e-13).y
        return dict(zip(self.initial, y, strict=True))

    def problem(self, data, observe, starts: Mapping[str, float | Mapping], **more) -> Problem:
        """The problem of finding the parameters; `more` are further keys of the file, those of fit as ``fit_…``."""
        parameters = {name: start if isinstance(start, Mapping) else {"start": start} for name, start in starts.items()}
        extra = {key.removeprefix("fit_"): more.pop(key) for key in list(more) if key.startswith("fit_")}
        fit = {"parameters": parameters, "data": data, "observe": observe, **extra}
        known = {name: value for name, value in self.truth.items() if name not in starts}
        source = {"system": {"equations": self.equations, "parameters": known}, "initial": self.initial, "time": [0, self.end]}
        return load_problem({**source, "fit": fit, **more})


LOTKA_VOLTERRA = Model(
    {"x": "a*x - b*x*y", "y": "c*x*y - d*y"}, {"a": 1.1, "b": 0.4, "c": 0.1, "d": 0.4}, {"x": 10, "y": 5}, 20, 101
)
FITZHUGH_NAGUMO = Model(
    {"v": "v - v^3/3 - w + I", "w": "e*(v + g - h*w)"}, {"I": 0.5, "e": 0.08, "g": 0.7, "h": 0.8}, {"v": -1, "w": 1}, 100, 201
)
LORENZ = Model(
    {"x": "s*(y - x)", "y": "x*(r - z) - y", "z": "x*y - b*z"},
    {"s": 10, "r": 28, "b": 8 / 3},
    {"x": 1, "y": 1, "z": 1},
    3,
    301,
)
DECAY = Model({"x": "-k*x"}, {"k": 0.7}, {"x": 3}, 5, 12)


def noisy(model: Model, states: Sequence[str], share: float, seed: int, times=None):
    """Data with normal noise of a share of the largest value of each column."""
    times = model.times if times is None else times
    exact, generator = model.states(times), np.random.default_rng(seed)
    columns = {name: exact[name] + share * np.abs(exact[name]).max() * generator.normal(size=len(times)) for name in states}
    return {"t": times, **columns}


def found(solution):
    """Name: entry, for parameters and initial values together."""
    return {**solution.fit["parameters"], **solution.fit["initial"]}


def estimates(problem: Problem):
    """Name: estimate, of a fit that has to converge."""
    solution = solve(problem)
    assert solution.status == "converged", solution.message
    return {name: entry["estimate"] for name, entry in found(solution).items()}
