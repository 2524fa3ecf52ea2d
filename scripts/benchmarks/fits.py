"""Fits to data with noise: how often the 95 % intervals contain the truth, against SciPy, over many seeded data sets.

Every data set is the exact solution plus normal noise whose standard deviation is the given share of the largest value of its
column. Each fit starts a factor of 1.5 off. A row counts, over all data sets, how many were reported as converged and how many
of their 95 % intervals contain the true value, for the parameter with the fewest and the one with the most; the
others were reported as not identifiable. SciPy is
`least_squares` around `solve_ivp` (LSODA, rtol 1e-10) from the *true* values, with the true standard deviations as weights; the
error ratio is the root mean square error of our estimates over that of SciPy's, for the parameter where it is largest, on the
first data sets that converged. Seconds are CPU time a fit.
"""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .common import parser, publish, short, table

NAME = "fits"
OFF = 1.5
"""Factor by which the start of every unknown is off."""


@dataclass
class Case:
    """A model with the truth behind its data."""

    name: str
    equations: dict
    truth: dict
    """Parameter: value."""
    initial: dict
    observe: dict
    """Expression: column. For SciPy every expression is a state, or a state over a parameter."""
    times: np.ndarray
    free: tuple = ()
    """States whose initial values are fitted."""
    known: bool = False
    """Whether the noise is given."""
    over: str | None = None
    """The parameter by which the first state is divided before it is measured."""

    def unknowns(self):
        """True value of everything that is fitted."""
        return {**self.truth, **{state: self.initial[state] for state in self.free}}

    @cached_property
    def slope(self):
        """Compiled once, with the parameters as arguments after the states."""
        return self.problem(None).system.with_free(list(self.truth)).kernels.scalar

    def observed(self, values):
        """What is measured, exactly: (columns, n)."""
        p, start = dict(zip(self.unknowns(), values, strict=True)), dict(self.initial)
        start.update({state: p[state] for state in self.free})
        slope, k, constants = self.slope, len(start), [p[name] for name in self.truth]
        span, begin = (0.0, float(self.times[-1])), list(start.values())
        solved = solve_ivp(
            lambda t, y: slope(t, [*y, *constants])[:k], span, begin, "LSODA", self.times, rtol=1e-10, atol=1e-12
        )
        if solved.y.shape[1] < len(self.times):
            return np.full((len(self.observe), len(self.times)), 1e6)
        states = list(self.initial)
        rows = [solved.y[states.index(text.split("/")[0])] for text in self.observe]
        return np.array(rows) / (p[self.over] if self.over else 1.0)

    def problem(self, columns, sd=None):
        """The problem with data (columns, n), or the plain system for None."""
        source = {"system": {"equations": self.equations, "parameters": {**self.truth}}, "initial": self.initial}
        source["time"] = [0.0, float(self.times[-1])]
        if columns is not None:
            data = dict(zip(self.observe.values(), columns, strict=True))
            noise = dict(zip(self.observe.values(), sd.tolist(), strict=True)) if self.known else {}
            parameters = {name: {"start": value * OFF} for name, value in self.truth.items()}
            source["initial"] = {n: v * (OFF if n in self.free else 1) for n, v in self.initial.items()}
            source["fit"] = {
                "parameters": parameters,
                "initial": list(self.free),
                "data": {"t": self.times, **data},
                "observe": self.observe,
                "noise": noise,
            }
        return load_problem(source)


LV = {"x'": "a*x - b*x*y", "y'": "c*x*y - d*y"}
LV_TRUTH = {"a": 1.1, "b": 0.4, "c": 0.1, "d": 0.4}
LV_START = {"x": 10.0, "y": 5.0}
BOTH = {"x": "x", "y": "y"}
TWENTY = np.linspace(0.5, 10, 20)
CASES = (
    Case("Lotka–Volterra, 2×20 values", LV, LV_TRUTH, LV_START, BOTH, TWENTY),
    Case("the same, noise known", LV, LV_TRUTH, LV_START, BOTH, TWENTY, known=True),
    Case("the same, initial values fitted too", LV, LV_TRUTH, LV_START, BOTH, TWENTY, free=("x", "y")),
    Case("Lotka–Volterra, 2×10 values", LV, LV_TRUTH, LV_START, BOTH, np.linspace(1, 10, 10)),
    Case(
        "FitzHugh–Nagumo, only v, 50 values",
        {"v'": "v - v^3/3 - w + I", "w'": "e*(v + g - h*w)"},
        {"I": 0.5, "e": 0.08, "g": 0.7, "h": 0.8},
        {"v": -1.0, "w": 1.0},
        {"v": "v"},
        np.linspace(1, 50, 50),
    ),
    Case(
        "decay and its initial value, 10 values",
        {"x'": "-k*x"},
        {"k": 0.7},
        {"x": 3.0},
        {"x": "x"},
        np.linspace(0, 4, 10),
        ("x",),
    ),
    Case(
        "two compartments, one measured, 36 values",
        {"c'": "-(ke + kc)*c + kp*p", "p'": "kc*c - kp*p"},
        {"ke": 0.4, "kc": 0.8, "kp": 0.5, "V": 20.0},
        {"c": 100.0, "p": 0.0},
        {"c/V": "c"},
        np.linspace(0.25, 9, 36),
        over="V",
    ),
)


def coverage(case, share, sets, against):
    """One row of the table."""
    truth = case.unknowns()
    exact = case.observed(list(truth.values()))
    sd = share * np.abs(exact).max(axis=1)
    inside, converged, ours, theirs, seconds = {name: 0 for name in truth}, 0, [], [], [0.0, 0.0]
    for seed in range(sets):
        columns = exact + sd[:, None] * np.random.default_rng([seed, round(1000 * share)]).normal(size=exact.shape)
        problem = case.problem(columns, sd)
        begun = time.process_time()
        solution = solve(problem)
        seconds[0] += time.process_time() - begun
        if solution.status == "converged":
            converged += 1
            entries = {**solution.fit["parameters"], **solution.fit["initial"]}
            for name, value in truth.items():
                low, high = entries[name]["interval"]
                inside[name] += low <= value <= high
        if seed < against and solution.status == "converged":
            entries = {**solution.fit["parameters"], **solution.fit["initial"]}
            begun = time.process_time()
            other = least_squares(
                lambda p, columns=columns: ((case.observed(p) - columns) / sd[:, None]).ravel(),
                list(truth.values()),
                x_scale=list(truth.values()),
                diff_step=1e-5,  # with its own steps and tolerances it stops early, near the truth that it started from
                ftol=1e-10,
                xtol=1e-10,
                gtol=1e-10,
            )
            seconds[1] += time.process_time() - begun
            ours.append([entries[name]["estimate"] for name in truth])
            theirs.append(other.x)
    true = np.array(list(truth.values()))
    errors = [np.sqrt(np.mean((np.array(rows) - true) ** 2, axis=0)) for rows in (ours, theirs)]
    shares = {name: 100 * count / max(converged, 1) for name, count in inside.items()}
    fewest, most = min(shares, key=shares.get), max(shares, key=shares.get)
    return [
        case.name,
        f"{100 * share:g} %",
        f"{100 * converged / sets:.1f} %",
        f"{shares[fewest]:.1f} % ({fewest})",
        f"{shares[most]:.1f} % ({most})",
        short(float(np.max(errors[0] / errors[1]))) if ours else "–",
        short(seconds[0] / sets),
        short(seconds[1] / max(len(ours), 1)),
    ]


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--sets", type=int, default=1000, help="data sets a row (default: 1000)")
    commands.add_argument("--against", type=int, default=100, help="of these, how many SciPy fits too (default: 100)")
    commands.add_argument("--cases", type=int, nargs="+", default=range(len(CASES)), help="numbers of the cases, from 0")
    options = commands.parse_args(arguments)
    rows = []
    for number in options.cases:
        for share in (0.01, 0.05):
            rows.append(coverage(CASES[number], share, options.sets, options.against))
            print(rows[-1], flush=True)
    header = ["model", "noise", "converged", "fewest inside", "most inside", "error / SciPy's", "CPU s", "SciPy CPU s"]
    publish(NAME, options, table(header, rows), arguments)
