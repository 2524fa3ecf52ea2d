"""Fits: which parameters and initial values are to be found from which data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions import Expression, ExpressionError, parse

Array = NDArray[np.float64]

DATA_COPY = "config.data.csv"
"""The name of the copy of the data in a run directory: like the problem's own file it always has the same."""


@dataclass(frozen=True)
class FitParameter:
    """A parameter to be found."""

    start: float
    """Where the search starts: strictly inside the bounds."""
    bounds: tuple[float, float] = (-math.inf, math.inf)
    """(low, high), infinite where there is none."""


@dataclass(frozen=True)
class Observable:
    """Something that was measured."""

    text: str
    """As the user wrote it."""
    expression: Expression
    """In states, parameters and t."""
    columns: tuple[str, ...]
    """The columns of the data that have it: one, or several replicates."""


@dataclass(frozen=True, eq=False)
class Data:
    """Measurements at n times. Rows without any value have been left out."""

    source: str
    """The file that they were read from, empty for arrays from Python."""
    times: Array
    """(n,), ascending."""
    columns: Mapping[str, Array]
    """Name: (n,), nan where nothing was measured. Only columns that are observed."""
    time_name: str = "t"
    """The column of the times."""
    text: str | None = None
    """The text of the file, for a copy beside a run; None for arrays."""
    lines: tuple[int, ...] | None = None
    """The line of each row in the file, for messages."""

    def __eq__(self, other: object) -> bool:
        """Whether these are the same measurements, wherever they were read from."""
        if not isinstance(other, Data):
            return NotImplemented
        return (
            self.time_name == other.time_name
            and self.columns.keys() == other.columns.keys()
            and np.array_equal(self.times, other.times)
            and all(np.array_equal(values, other.columns[name], equal_nan=True) for name, values in self.columns.items())
        )

    @property
    def count(self) -> int:
        """How many values there are, gaps not counted."""
        return int(sum(np.isfinite(values).sum() for values in self.columns.values()))


@dataclass(frozen=True)
class Fit:
    """What is to be found, and from what."""

    parameters: Mapping[str, FitParameter]
    """The parameters to be found, by name."""
    initial: tuple[str, ...]
    """The states whose initial values are to be found; the problem's own `initial` is where the search starts."""
    observe: tuple[Observable, ...]
    data: Data
    noise: Mapping[str, float]
    """Column: standard deviation of its noise; estimated for those that are not here."""

    @property
    def unknowns(self) -> int:
        """How many numbers are to be found."""
        return len(self.parameters) + len(self.initial)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are observed, in the order of the observables."""
        return tuple(column for observable in self.observe for column in observable.columns)


def parse_observable(text: str, columns: Sequence[str], states: Sequence[str], parameters: Sequence[str]) -> Observable:
    """Read the left side of an entry of ``observe``, such as ``x`` or ``0.5*(x + y)``.

    Raises
    ------
    ExpressionError
        With the place as offsets into `text`.
    """
    expression = parse(text, [*states, *parameters])
    if expression.symbols.isdisjoint(states):
        raise ExpressionError("no state stands here: the data would say nothing about the solution", 0, len(text))
    return Observable(text.strip(), expression, tuple(columns))
