"""Time until something happens, and memory: each over a process that does only what cannot be avoided.

Child processes in turn, so that a disturbance hits all of them; the ratio is the median of the ratios within a round.

help       `pinnsolve --help` over `python -c pass`; torch must not be imported
train      `pinnsolve train configs/van_der_pol.yaml --no-plots` over a process that imports torch and scipy.integrate and
           takes one vmap(jacfwd)
memory     the largest resident memory of `train` with plots over that of a process that also imports matplotlib
solve      the first `pinnsolve.solve` in a process over the second (milliseconds; the import is not counted)
"""

import os
import subprocess
import sys
import tempfile
import time

from .common import ROOT, median, parser, publish, short, table

NAME = "startup"
CONFIG = str(ROOT / "configs" / "van_der_pol.yaml")
MEGABYTE = 2**20
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which `ru_maxrss` counts."""

COMMAND = "from pinnsolve.cli.main import main; import sys; sys.exit(main())"
"""What the installed command runs."""
HELP_IMPORTS = """
import contextlib, io, sys
from pinnsolve.cli.main import main
sys.argv = ["pinnsolve", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(", ".join(name for name in ("torch", "scipy", "numpy", "matplotlib") if name in sys.modules) or "none")
"""
DERIVATIVE = """
import torch, scipy.integrate
from torch.func import jacfwd, vmap
model = torch.nn.Sequential(torch.nn.Linear(1, 32), torch.nn.Tanh(), torch.nn.Linear(32, 2)).double()
vmap(jacfwd(model))(torch.linspace(0, 1, 50, dtype=torch.float64)[:, None])
"""
TWO_SOLVES = """
import time, pinnsolve
source = {"system": {"equations": {"x'": "y", "y'": "mu*(1 - x^2)*y - x"}, "parameters": {"mu": 1}},
          "initial": {"x": 2, "y": 0}, "time": [0, 20]}
solve = pinnsolve.solve
for _ in range(2):
    begun = time.perf_counter()
    solve(source)
    print(time.perf_counter() - begun)
"""
IMPORT_FIRST = "import pinnsolve.solvers, pinnsolve.spec"
"""So that the first solve of `TWO_SOLVES` does not count it."""


def run(*command):
    """Run a child process: wall seconds, largest resident bytes, standard output."""
    with tempfile.TemporaryFile() as output:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"exit code {child.returncode} of: {' '.join(command)}")
        output.seek(0)
        return wall, usage.ru_maxrss * UNIT, output.read().decode()


def python(code, *arguments):
    """Run a child process of this Python."""
    return run(sys.executable, "-c", code, *arguments)


def train(*options):
    """`pinnsolve train` into a directory that is thrown away."""
    with tempfile.TemporaryDirectory() as directory:
        return python(COMMAND, "train", CONFIG, "--output", directory, *options)


def compare(ours, theirs, rounds, pick):
    """Medians of both and of their ratio, over rounds in which each runs once."""
    pairs = [(ours()[pick], theirs()[pick]) for _ in range(rounds)]
    return median([a for a, _ in pairs]), median([b for _, b in pairs]), median([a / b for a, b in pairs])


def two_solves(rounds, code):
    """Seconds of the first and of the second solve in a process, and the ratio."""
    pairs = [tuple(map(float, python(code)[2].split())) for _ in range(rounds)]
    return median([a for a, _ in pairs]), median([b for _, b in pairs]), median([a / b for a, b in pairs])


def main(arguments):
    commands = parser(NAME, __doc__)
    commands.add_argument("--rounds", type=int, default=7)
    options = commands.parse_args(arguments)
    rounds = options.rounds
    imported = python(HELP_IMPORTS)[2].strip()  # also compiles what is not yet compiled, and warms the file cache
    python(DERIVATIVE)
    train()

    rows = []

    def row(name, figures, unit, scale):
        ours, theirs, ratio = figures
        rows.append([name, f"{short(ours * scale)} {unit}", f"{short(theirs * scale)} {unit}", short(ratio)])

    row("`--help` over an empty Python process", compare(lambda: python(COMMAND, "--help"), lambda: python("pass"), rounds, 0),
        "s", 1)  # fmt: skip
    row("`train --no-plots` over imports and one derivative",
        compare(lambda: train("--no-plots"), lambda: python(DERIVATIVE), rounds, 0), "s", 1)  # fmt: skip
    row("peak memory of `train` with plots over imports and one derivative",
        compare(train, lambda: python("import matplotlib\n" + DERIVATIVE), rounds, 1), "MB", 1 / MEGABYTE)  # fmt: skip
    row("first solve in a process over the second", two_solves(rounds, IMPORT_FIRST + TWO_SOLVES), "ms", 1e3)
    row("the same, first with its imports", two_solves(rounds, TWO_SOLVES), "ms", 1e3)
    text = table(["what", "this", "over", "ratio"], rows)
    text += f"\n\nOf torch, SciPy, NumPy and matplotlib, `pinnsolve --help` imports: {imported}."
    publish(NAME, options, text, arguments)
