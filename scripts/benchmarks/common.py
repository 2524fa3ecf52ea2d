"""What the benchmarks share: their options, timing, tables, and writing a section of docs/benchmarks.md.

Nothing here imports NumPy or torch: `startup` measures child processes, and on Linux the peak memory of a child starts
at that of its parent.
"""

import argparse
import math
import os
import platform
import re
import shlex
import statistics
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def parser(name, description):
    """The options that every benchmark takes."""
    made = argparse.ArgumentParser(
        prog=f"benchmark.py {name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--output", type=Path, help="a Markdown file whose section of this name is replaced")
    return made


def publish(name, options, text, arguments):
    """Print the text, and write it into the file asked for together with the command and the machine."""
    print(text, flush=True)
    if options.output is None:
        return
    command = shlex.join(["python", "scripts/benchmark.py", name, *arguments])
    section = f"```sh\n{command}\n```\n\n{text.strip()}\n\n*{machine()}*"
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    before = options.output.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(before):
        raise SystemExit(f"{options.output} has no section between '{begin}' and '{end}'")
    after = pattern.sub(lambda _: f"{begin}\n\n{section}\n\n{end}", before)
    options.output.write_text(after, encoding="utf-8")


def machine():
    """What the figures were measured on, without the name of the host."""
    packages = ", ".join(f"{name} {installed(name)}" for name in ("torch", "numpy", "scipy"))
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    return f"{_processor()}, {os.cpu_count()} cores, {threads} thread used; Python {platform.python_version()}, {packages}."


def _processor():
    information = Path("/proc/cpuinfo")
    if information.exists():
        model = re.search(r"model name\s*:\s*(.+)", information.read_text(encoding="utf-8"))
        if model:
            return model[1].strip()
    return platform.processor() or platform.machine()


def installed(package):
    """The version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def table(header, rows):
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def scientific(value):
    """1.2e-07 for an error; a dash for none."""
    return "–" if value is None or math.isnan(value) else f"{value:.1e}"


def short(value):
    """Three digits, without an exponent where it can be helped."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantile(values, share):
    """The quantile of some numbers, linearly between them; NaN of none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] if low == high else ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values):
    """The median; NaN of nothing."""
    return statistics.median(values) if values else math.nan


def seconds(function):
    """Wall time of one call."""
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def interleave(functions, rounds):
    """Seconds of every function in every round, all functions in turn, so that a disturbance hits all of them."""
    times = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(seconds(function))
    return times
