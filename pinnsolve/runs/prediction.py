"""A trained solution at other times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.runs.files import write_file
from pinnsolve.runs.loading import load_run
from pinnsolve.runs.result import without_nan
from pinnsolve.runs.tables import states_csv
from pinnsolve.runs.times import parse_times

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """States (n, k) at times (n,)."""

    states: tuple[str, ...]
    times: Array
    values: Array

    def csv(self) -> str:
        """A table with the header ``t,x,y`` and 17 significant digits."""
        return states_csv(self.states, self.times, self.values)

    def document(self) -> dict[str, Any]:
        """The same as plain data, null for NaN."""
        columns = dict(zip(self.states, self.values.T.tolist(), strict=True))
        return without_nan({"times": self.times.tolist(), "states": columns})

    def write(self, path: Path) -> None:
        """Write the table to a file."""
        write_file(path, self.csv())


def predict_run(path: Path, times: str, *, extrapolate: bool, allow_python: bool) -> Prediction:
    """Evaluate the solution of a run at the times that a text means, see `parse_times`.

    Raises
    ------
    UsageError
        For times that cannot be read, or outside the interval unless `extrapolate`.
    """
    wanted = parse_times(times)
    solution = load_run(path, allow_python)
    return Prediction(solution.states, wanted, solution(wanted, extrapolate=extrapolate))
