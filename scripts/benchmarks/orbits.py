"""Closed orbits from rough guesses: period and stability, beside shooting with SciPy at its tightest tolerances.

period     found with the accuracy asked for, 1e-10
error      its relative difference from the reference period, which SciPy's integrators find by shooting
true       largest error of the states over one period, against the same reference
largest    size of the largest Floquet multiplier but the trivial one
ms         CPU milliseconds of pinnsolve.solve
"""

import math
import sys
import time

from pinnsolve.analysis.compare import compare
from pinnsolve.problem import Problem
from pinnsolve.solvers import solve

from .common import ROOT, parser, publish, scientific, short, table

sys.path.insert(0, str(ROOT))
from tests.solvers.boundary_problems import system

NAME = "orbits"
ASKED = 1e-10
VAN_DER_POL = {"x": "y", "y": "mu*(1 - x^2)*y - x"}
LORENZ = {"x": "10*(y - x)", "y": "x*(r - z) - y", "z": "x*y - 8/3*z"}
ORBITS = {
    "Van der Pol, mu = 1": (VAN_DER_POL, {"mu": 1}, [2, 0], 3),
    "Van der Pol, mu = 10": (VAN_DER_POL, {"mu": 10}, [2, 0], 30),
    "Van der Pol, mu = -1 (unstable)": (VAN_DER_POL, {"mu": -1}, [1, 0], 3),
    "Brusselator": ({"x": "1 + x^2*y - 4*x", "y": "3*x - x^2*y"}, {}, [1, 1], 4),
    "FitzHugh-Nagumo": ({"v": "v - v^3/3 - w + 0.5", "w": "0.08*(v + 0.7 - 0.8*w)"}, {}, [0, 0], 20),
    "Lorenz, r = 28 (saddle)": (LORENZ, {"r": 28}, [-13.76, -19.58, 27], 1.56),
    "Lorenz, r = 160": (LORENZ, {"r": 160}, [10, 10, 160], 1),
    "Rössler": ({"x": "-y - z", "y": "x + 0.1*y", "z": "0.1 + z*(x - 4)"}, {}, [0, -3, 0.1], 4),
    "Lotka-Volterra (family)": ({"x": "x*(1 - y)", "y": "y*(x - 1)"}, {}, [1.5, 1], 10),
    "pendulum (family)": ({"x": "y", "y": "-sin(x)"}, {}, [2, 0], 4),
}
"""Equations, parameters, guess of a point, guess of the period."""
WORDS = {True: "stable", False: "unstable", None: "family"}


def largest(multipliers):
    """The size of the largest multiplier but that nearest to 1."""
    values = [complex(*pair) for pair in multipliers]
    values.remove(min(values, key=lambda value: abs(value - 1)))
    return max(map(abs, values), default=math.nan)


def measure(name):
    """One row, and whether the orbit is what was asked for."""
    equations, parameters, start, guess = ORBITS[name]
    given = Problem(system=system(equations, parameters), initial=start, periodic=guess, accuracy=ASKED)
    begun = time.process_time()
    solution = solve(given)
    seconds = time.process_time() - begun
    found = compare(solution)
    multiplier = largest(solution.orbit["multipliers"])
    row = [
        name,
        short(guess),
        f"{solution.period:.12g}",
        scientific(found["period"]["true"]),
        scientific(found["true"]),
        scientific(found["reference_error"]),
        WORDS[solution.orbit["stable"]],
        scientific(multiplier),
        short(1e3 * seconds),
    ]
    return row, solution.status == "converged" and found["ok"]


def main(arguments):
    commands = parser(NAME, __doc__)
    options = commands.parse_args(arguments)
    first, *_ = ORBITS
    measure(first)  # what the first call of a process costs is the business of `startup`
    rows, good = zip(*map(measure, ORBITS), strict=True)
    header = ["orbit", "guess", "period", "error", "true", "reference", "verdict", "largest multiplier", "ms"]
    publish(NAME, options, table(header, rows), arguments)
    sys.exit(0 if all(good) else 1)
