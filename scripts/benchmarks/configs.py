"""Every file in configs/ as it is: the true error against SciPy at its tightest, beside the one asked for and estimated.

error      true relative error of `pinnsolve compare`, at 501 times and inside every window
reference  how far two SciPy runs at their tightest tolerances differ
s          `pinnsolve.solve`, with reading the file
"""

import sys
import time

import pinnsolve
from pinnsolve.analysis.compare import compare

from .common import ROOT, parser, publish, scientific, short, table

NAME = "configs"


def measure(path):
    """One row of the table, and whether the file converged to what it asks for."""
    begun = time.perf_counter()
    solution = pinnsolve.solve(path)
    seconds = time.perf_counter() - begun
    found = compare(solution)
    met = solution.status == "converged" and found["ok"]
    row = [
        path.stem,
        solution.status,
        *(scientific(found[name]) for name in ("asked", "estimated", "true", "reference_error")),
        solution.windows,
        short(seconds),
    ]
    return row, met


def main(arguments):
    commands = parser(NAME, __doc__)
    options = commands.parse_args(arguments)
    files = sorted((ROOT / "configs").glob("*.yaml"))
    pinnsolve.solve(files[0])  # what the first call of a process costs is the business of `startup`
    rows, met = zip(*map(measure, files), strict=True)
    header = ["file", "status", "asked", "estimated", "error", "reference", "networks", "s"]
    publish(NAME, options, f"{table(header, rows)}\n\n{sum(met)} of {len(met)} converge to what they ask for.", arguments)
    sys.exit(0 if all(met) else 1)
