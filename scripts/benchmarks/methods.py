"""One network over t from 0 to 10, trained by each method with its default settings.

The true error is against SciPy at tight tolerance, the largest over 501 times and components, each component against its
own largest value; the estimated one is what the solution says of itself. CPU seconds count everything that `solve` does,
in all threads: the windowed solution that trained networks are laid out and judged by, and the verdict. They do not count
what is imported and traced once in a process.
"""

import math
import time

import numpy as np

from pinnsolve.analysis.reference import reference_solution
from pinnsolve.problem import NetworkSettings, TrainingSettings
from pinnsolve.solvers import solve

from .common import parser, publish, scientific, short, table
from .problems import HARMONIC, VAN_DER_POL, problem
from .suite import relative_error

NAME = "methods"
METHODS = ("levenberg-marquardt", "auto", "adam", "lbfgs", "adam,lbfgs")
OUTPUT = 501


def measure(made, reference, limit):
    """Solve once: a row without the name."""
    per_stage = TrainingSettings(time_limit=None if math.isinf(limit) else limit / len(made.method))
    begun = time.process_time()
    solution = solve(made.with_settings(training=per_stage))
    spent = time.process_time() - begun
    error = math.inf if solution.network is None else relative_error(solution(reference.times), reference.values)
    return [
        scientific(error),
        scientific(solution.estimated),
        solution.status,
        solution.trained_weights,
        solution.iterations,
        short(spent),
    ]


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--methods", nargs="+", default=METHODS)
    commands.add_argument("--time-limit", type=float, default=math.inf, help="seconds a training may take (default: none)")
    options = commands.parse_args(arguments)
    rows = []
    for source in (HARMONIC, VAN_DER_POL):
        one = problem(source, network={"windows": 1})
        reference = reference_solution(one, np.linspace(*one.time, OUTPUT))
        for method in options.methods:
            made = one.with_settings(method=method.split(","))
            warm = made.with_settings(network=NetworkSettings(windows=1, hidden=(8,)), accuracy=0.1)
            solve(warm.with_settings(training=TrainingSettings(iterations=2)))
            rows.append([f"{made.description}, {method}", *measure(made, reference, options.time_limit)])
    header = ["problem, method", "true error", "estimated", "status", "weights", "iterations", "CPU s"]
    text = table(header, rows)
    if not math.isinf(options.time_limit):
        text += f"\n\nEach training was ended after {options.time_limit:g} s at the latest."
    publish(NAME, options, text, arguments)
