"""The ODEBench problems with default settings, as `pinnsolve.solve` is called by users.

solved     status `converged`, and the true error is at most what was asked
honest     the true error is at most what was asked, or the status is another one
est/true   estimated over true error: 5 % quantile, median, 95 % quantile
ms         one call of `pinnsolve.solve` on a mapping: reading, compiling and solving; median of the repetitions
"""

import pinnsolve

from .common import interleave, median, parser, publish, quantile, scientific, short, table
from .suite import load_suite

NAME = "odebench"
INSIDE = (1 / 3, 10)
"""An estimate that is off by no more than this is a good one."""


def measure(entry, accuracy, rounds):
    """One problem at one accuracy: solved, honest, est/true, seconds."""
    found = []
    times = interleave({"": lambda: found.append(pinnsolve.solve(entry.source, accuracy=accuracy))}, rounds)[""]
    solution = found[0]
    error = entry.true_error(solution)
    claimed = solution.status == "converged"
    return {
        "entry": entry.name,
        "solved": claimed and error <= accuracy,
        "honest": error <= accuracy or not claimed,
        "error": error,
        "estimated": solution.estimated,
        "ratio": entry.ratio(solution.estimated, error),
        "seconds": median(times),
    }


def summarise(accuracy, results):
    """One row of the table."""
    ratios = [result["ratio"] for result in results]
    inside = sum(INSIDE[0] <= ratio <= INSIDE[1] for ratio in ratios)
    times = [1e3 * result["seconds"] for result in results]
    count = len(results)
    return [
        f"{accuracy:g}",
        *(f"{sum(result[verdict] for result in results)}/{count}" for verdict in ("solved", "honest")),
        scientific(max(result["error"] for result in results)),
        " / ".join(f"{quantile(ratios, share):.2f}" for share in (0.05, 0.5, 0.95)),
        f"{inside}/{count}",
        *(short(quantile(times, share)) for share in (0.5, 0.95)),
    ]


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--accuracies", type=float, nargs="+", default=[1e-4, 1e-6, 1e-8, 1e-10])
    commands.add_argument("--repeat", type=int, default=5, help="calls of each, of which the median time is taken")
    commands.add_argument("--every", type=int, default=1, help="take every n-th problem only")
    options = commands.parse_args(arguments)
    suite = load_suite()[:: options.every]
    pinnsolve.solve(suite[0].source)  # what the first call of a process costs is the business of `startup`
    rows, failures = [], []
    for accuracy in options.accuracies:
        results = [measure(entry, accuracy, options.repeat) for entry in suite]
        rows.append(summarise(accuracy, results))
        failures += [
            f"- {result['entry']} at {accuracy:g}: true error {result['error']:.1e}, estimated {result['estimated']:.1e}"
            for result in results
            if not (result["solved"] and result["honest"])
        ]
    header = ["asked", "solved", "honest", "largest true error", "est/true", "est/true in [1/3, 10]", "median ms", "95 % ms"]
    text = table(header, rows)
    if failures:
        text += "\n\nNot solved:\n\n" + "\n".join(failures)
    publish(NAME, options, text, arguments)
