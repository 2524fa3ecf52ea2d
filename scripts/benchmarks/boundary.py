"""Published boundary value problems with known solutions, beside SciPy's solve_bvp asked for the same.

The problems are the singularly perturbed ones of Cash that have closed forms (tests/solvers/boundary_problems.py), for eps =
1, 0.1, 0.01 and 0.0001. Both sides start without a guess: pinnsolve from its own straight line, solve_bvp from a straight line
between the values at the ends on eleven points, with the Jacobians that pinnsolve generates. solve_bvp is run with the
tolerance asked for, and then with tighter ones until its true error is at most what was asked.

asked        accuracy asked for
solved       converged and the true error, everywhere and of all states, is at most what was asked
SciPy        solve_bvp reports success; with a true error of at most what was asked; at any tolerance
ms           CPU milliseconds, median over the problems; ratio: SciPy's over ours, problem by problem, 5 %, median, 95 %
"""

import sys
import time

import numpy as np
from scipy.integrate import solve_bvp

from pinnsolve.solvers import solve

from .common import ROOT, median, parser, publish, quantile, scientific, short, table

sys.path.insert(0, str(ROOT))
from tests.solvers.boundary_problems import EPSILONS, PERTURBED, problem, true_error

NAME = "boundary"
ACCURACIES = (1e-4, 1e-6, 1e-8)
TIGHTER = (1.0, 0.1, 1e-2, 1e-3, 1e-4)
NODES = 50_000


def scipy_run(given, tolerance):
    """What solve_bvp finds: t -> (n, k) and CPU seconds; None without success."""
    system, boundary, k = given.system, given.boundary, given.system.k
    kernels, (start, end) = system.kernels, given.time
    mesh = np.linspace(start, end, 11)
    guess = np.zeros((k, 11))
    first, _, _ = boundary.evaluate(np.zeros(k), np.zeros(k))
    guess[0] = np.interp(mesh, [start, end], -first)
    guess[1] = (first[0] - first[1]) / (end - start)
    begun = time.process_time()
    with np.errstate(all="ignore"):
        found = solve_bvp(
            lambda t, y: kernels.f(t, y, np.zeros((k, len(t)))),
            lambda a, b: boundary.evaluate(a, b)[0],
            mesh,
            guess,
            fun_jac=lambda t, y: kernels.fj(t, y, np.zeros((1 + k, k, len(t))))[1:],
            bc_jac=lambda a, b: boundary.evaluate(a, b)[1:],
            tol=tolerance,
            max_nodes=NODES,
        )
    seconds = time.process_time() - begun
    return (lambda t: found.sol(t).T, seconds) if found.success else None


def error_of(values, solution, exact):
    """The true error of a function of time where that of the solution is looked at."""

    class Other:
        window_edges, interval = solution.window_edges, solution.interval

        def __call__(self, t):
            return values(t)

    return true_error(Other(), exact)


def measure(example, eps, accuracy):
    """Figures of one problem: ours and SciPy's at the tolerance asked for and at the one that it takes."""
    given = problem(example, eps, accuracy=accuracy)
    begun = time.process_time()
    solution = solve(given)
    ours = time.process_time() - begun

    def exact(t):
        return example.exact(t, eps)

    error = true_error(solution, exact)
    found = {"solved": solution.status == "converged" and error <= accuracy, "error": error, "ours": ours}
    found["honest"] = found["solved"] or solution.status != "converged"
    first = scipy_run(given, accuracy)
    found["success"] = first is not None
    found["met"] = first is not None and error_of(first[0], solution, exact) <= accuracy
    for factor in TIGHTER:
        run = scipy_run(given, factor * accuracy)
        if run is None:
            break
        if error_of(run[0], solution, exact) <= accuracy:
            found["scipy"] = run[1]
            break
    return found


def main(arguments):
    commands = parser(NAME, __doc__)
    options = commands.parse_args(arguments)
    cases = [(n, e) for n in PERTURBED for e in EPSILONS if not (n.startswith("17") and e == 0.01)]
    solve(problem(PERTURBED[cases[0][0]], 1.0))
    rows, good = [], True
    for accuracy in ACCURACIES:
        found = [measure(PERTURBED[name], eps, accuracy) for name, eps in cases]
        good = good and all(one["solved"] for one in found)
        both = [one["scipy"] / one["ours"] for one in found if "scipy" in one]
        count = len(found)
        rows.append(
            [
                scientific(accuracy),
                f"{sum(one['solved'] for one in found)}/{count}",
                scientific(max(one["error"] for one in found)),
                f"{sum(one['success'] for one in found)}/{count}",
                f"{sum(one['met'] for one in found)}/{count}",
                f"{len(both)}/{count}",
                short(1e3 * median([one["ours"] for one in found])),
                short(1e3 * median([one["scipy"] for one in found if "scipy" in one])),
                " / ".join(short(value) for value in (quantile(both, 0.05), median(both), quantile(both, 0.95))),
            ]
        )
    header = [
        "asked", "solved", "largest true error", "SciPy: success", "true error met", "met when tightened", "ms", "SciPy's ms",
        "SciPy's over ours",
    ]
    publish(NAME, options, table(header, rows), arguments)
    sys.exit(0 if good else 1)
