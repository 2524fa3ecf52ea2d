"""The ODEBench problems in tests/data/odebench with their reference solutions, and the true error of a solution."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[2] / "tests" / "data" / "odebench"
LEAST_ERROR = 1e-16
"""A smaller true error is rounding: estimates are not divided by less."""


@dataclass(frozen=True)
class Entry:
    """One problem of the suite."""

    name: str
    source: dict
    """The problem file as a mapping."""
    times: np.ndarray
    """(n,): 501 over the interval, then those where the solution moves fast."""
    values: np.ndarray
    """(n, k) reference solution, in the order of the states."""
    error: float
    """Relative error of the reference."""

    def true_error(self, solution):
        """The largest error over times and components, each component against its own largest value."""
        return relative_error(solution(self.times), self.values)

    def ratio(self, estimated, true):
        """Estimated over true error, where the true one can be told."""
        return estimated / max(true, self.error, LEAST_ERROR)


def load_suite():
    """All problems, in the order of the file."""
    problems = json.loads((DATA / "odebench_odd.json").read_text(encoding="utf-8"))["problems"]
    quality = json.loads((DATA / "refs" / "odebench_odd.json").read_text(encoding="utf-8"))
    entries = []
    with np.load(DATA / "refs" / "odebench_odd.npz") as arrays:
        for problem in problems:
            name = problem["id"]
            times, values = ([arrays[f"{name}|{kind}{what}"] for kind in ("", "fine_")] for what in "ty")
            error = quality[name]["error"]
            entries.append(Entry(name, problem["problem"], np.concatenate(times), np.concatenate(values), error))
    return entries


def relative_error(values, reference):
    """Values and reference (n, k): the measure of `accuracy`; inf where a value is missing."""
    size = np.abs(reference).max(axis=0)
    error = float((np.abs(values - reference).max(axis=0) / np.where(size > 0, size, 1.0)).max())
    return error if np.isfinite(error) else np.inf
