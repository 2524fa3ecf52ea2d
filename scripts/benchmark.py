"""Measure pinnsolve: every figure in docs/benchmarks.md comes from here.

    python scripts/benchmark.py NAME [options]
    python scripts/benchmark.py NAME --output docs/benchmarks.md    writes the section NAME of that file
    python scripts/benchmark.py NAME --help

Everything runs in one thread, and times are compared only within one run: as ratios, from interleaved repetitions.
"""

import argparse
import importlib
import os

BENCHMARKS = {
    "configs": "every file in configs/: status, true error, seconds",
    "odebench": "64 problems at four accuracies: solved, honest, how good the estimate is, milliseconds",
    "integrators": "work and precision beside SciPy's integrators, non-stiff and stiff",
    "fits": "how often intervals of fits contain the truth, and the estimates beside SciPy's",
    "boundary": "boundary value problems with layers, beside SciPy's solve_bvp: solved, true error, CPU time",
    "orbits": "closed orbits from rough guesses: period, true error, multipliers",
    "methods": "one network trained by each method: true and estimated error, CPU seconds",
    "derivatives": "vmap(jacfwd) traced and eager, over a sweep written by hand",
    "startup": "start of the command, a whole run and its memory, each over what its imports cost",
    "peers": "CPU seconds to an error, beside other PINN libraries where they are installed",
}
"""Name of a module in benchmarks/: what it measures."""

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy and torch are imported


def main():
    listing = "\n".join(f"  {name:14}{what}" for name, what in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"benchmarks:\n{listing}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=BENCHMARKS, metavar="NAME")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="see NAME --help")
    given = parser.parse_args()
    importlib.import_module(f"benchmarks.{given.name}").main(given.options)


if __name__ == "__main__":
    main()
