"""Measurements: from columns of numbers to the data of a fit, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import nearest_name
from pinnsolve.problem.fitting import Array, Data, Fit
from pinnsolve.wording import counted, exact

DATA = "fit.data"
_MOST = 10
"""Faults of one kind that are reported one by one."""
_EDGE = 1e-12
"""A time outside the interval by this much, relative to its ends, is a rounded end."""


def make_data(
    columns: Mapping[str, Array],
    time: str,
    *,
    source: str = "",
    text: str | None = None,
    lines: Sequence[int] | None = None,
) -> Data:
    """Put rows in order of time, and leave out those without a value.

    Parameters
    ----------
    columns
        Name: (n,) finite or nan; the column of the times has no nan where any other has a value.
    time
        The column of the times.
    source, text, lines
        As in `Data`, with the line of each of the n rows.
    """
    times = columns[time]
    values = {name: column for name, column in columns.items() if name != time}
    filled = np.zeros(len(times), dtype=bool)
    for column in values.values():
        filled |= ~np.isnan(column)
    kept = np.flatnonzero(filled)
    order = kept[np.argsort(times[kept], kind="stable")]
    numbers = None if lines is None else tuple(int(lines[row]) for row in order)
    return Data(source, times[order], {name: column[order] for name, column in values.items()}, time, text, numbers)


def data_of(arrays: Mapping[Any, Any], time: str, names: Sequence[str]) -> Data:
    """The data in a mapping from column to array, with None or nan for gaps.

    Parameters
    ----------
    arrays
        Column: (n,) values.
    time
        The column of the times.
    names
        The columns that are observed; others are ignored.

    Raises
    ------
    ProblemError
        With every fault found.
    """
    columns: dict[str, Array] = {}
    if not arrays:
        message = "has no columns: give the times and what was measured, such as {t: [...], x: [...]}"
        raise ProblemError([Fault(message, path=DATA)])
    faults = [column_fault(name, list(map(str, arrays)), time, DATA) for name in (time, *names) if name not in arrays]
    for name in dict.fromkeys((time, *names)):
        if name in arrays:
            try:
                columns[name] = _array(name, arrays[name])
            except ProblemError as error:
                faults += error.faults
    sizes = {name: len(column) for name, column in columns.items()}
    if not faults and len(set(sizes.values())) > 1:
        lengths = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        faults.append(Fault(f"all columns must have the same number of values: {lengths}", path=DATA))
    if not faults:
        filled = [column for name, column in columns.items() if name != time]
        if any((np.isnan(columns[time]) & ~np.isnan(column)).any() for column in filled):
            faults.append(Fault(f"a value needs a time: there are gaps in '{time}' where other columns have values", path=DATA))
    if faults:
        raise ProblemError(faults)
    return make_data(columns, time)


def column_fault(name: str, known: Sequence[str], time: str, path: str, **place: Any) -> Fault:
    """The fault that there is no column of this name."""
    what = "column of times" if name == time else "column"
    suggestion = nearest_name(name, known)
    listed = ", ".join(known[:15]) + (", …" if len(known) > 15 else "")
    cure = "; name it with fit.time" if name == time else ""
    return Fault(f"there is no {what} '{name}' (the columns are {listed}){cure}", path=path, suggestion=suggestion, **place)


def data_faults(fit: Fit, time: Sequence[float]) -> Iterator[Fault]:
    """Yield what is wrong with the data of a fit on the interval `time`, (start, end)."""
    data, columns = fit.data, fit.columns
    empty = [name for name in dict.fromkeys(columns) if name in data.columns and np.isnan(data.columns[name]).all()]
    for name in empty:
        yield _fault(data, None, f"column '{name}' has no values")
    yield from _some(data, _outside(data, time), "times outside the interval")
    yield from _some(data, _twice(data), "times that are there twice")
    if data.count < fit.unknowns and not empty and sorted(columns) == sorted(data.columns):
        too_few = f"{counted(data.count, 'value')} cannot determine {counted(fit.unknowns, 'unknown')}"
        yield _fault(data, None, f"{too_few}: measure more, or fit fewer parameters")


def _outside(data: Data, time: Sequence[float]) -> list[tuple[int, str]]:
    low, high = min(time), max(time)
    edge = _EDGE * max(abs(low), abs(high))
    rows = np.flatnonzero((data.times < low - edge) | (data.times > high + edge))
    interval = f"the interval of 'time', from {exact(time[0])} to {exact(time[1])}"
    cure = "extend time, or take the row out"
    return [(int(row), f"the time {exact(data.times[row])} lies outside {interval}: {cure}") for row in rows]


def _twice(data: Data) -> list[tuple[int, str]]:
    rows = np.flatnonzero(np.diff(data.times) == 0) + 1
    found = []
    for row in rows:
        first = f" (first in line {data.lines[row - 1]})" if data.lines is not None else ""
        cure = "average these rows, or give replicates as columns of their own, observe: {x: [x1, x2]}"
        found.append((int(row), f"the time {exact(data.times[row])} is there twice{first}: {cure}"))
    return found


def _some(data: Data, found: Sequence[tuple[int, str]], what: str) -> Iterator[Fault]:
    """The first faults of one kind, and how many more there are."""
    for row, message in found[:_MOST]:
        yield _fault(data, row, message)
    if len(found) > _MOST:
        yield _fault(data, None, f"… and {len(found) - _MOST} more {what}")


def _fault(data: Data, row: int | None, message: str) -> Fault:
    line = data.lines[row] if data.lines is not None and row is not None else None
    return Fault(message, file=data.source or None, line=line, path=DATA)


def _array(name: str, values: Any) -> Array:
    """One column as numbers."""
    path = f"{DATA}.{name}"
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ProblemError([Fault("must be numbers, with None or nan for gaps", path=path)]) from None
    if array.ndim != 1:
        cure = "give replicates as columns of their own"
        raise ProblemError([Fault(f"must have one dimension, and has shape {array.shape}: {cure}", path=path)])
    if np.isinf(array).any():
        row = int(np.flatnonzero(np.isinf(array))[0])
        sign = "-" if array[row] < 0 else ""
        raise ProblemError([Fault(f"{name}[{row}] is {sign}infinite: leave a gap (None or nan) there", path=path)])
    return array
