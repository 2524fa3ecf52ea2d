"""The times of ``--times``: a range, a list, or a column of a file."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import UsageError
from pinnsolve.expressions import ExpressionError, evaluate_constant

Array = NDArray[np.float64]

MOST = 50_000_000
"""More rows than this are a slip of the step."""

_FORMS = "give a range 0:20:0.01, a list 0,1,2 or a CSV file with a column t"


def parse_times(text: str) -> Array:
    """The times (n,) that a text means.

    ``a:b:step`` runs from a to b and includes b, with a shorter last step where the step does not divide the interval;
    ``0,1,2*pi`` is a list of numbers or constant expressions; anything else is a CSV file with a column ``t``.

    Raises
    ------
    UsageError
        If it is none of these, or a file that cannot be read.
    """
    if Path(text).is_file() or text.lower().endswith(".csv"):
        return _column(Path(text))
    if ":" in text:
        parts = [_constant(part, text) for part in text.split(":")]
        if len(parts) != 3:
            raise UsageError(f"--times {text}: a range has three parts, start:end:step")
        return _range(text, *parts)
    return np.array([_constant(part, text) for part in text.split(",")])


def _range(text: str, start: float, end: float, step: float) -> Array:
    if step == 0:
        raise UsageError(f"--times {text}: the step must not be zero")
    ratio = (end - start) / step
    if ratio < 0:
        raise UsageError(f"--times {text}: a step of {step:.6g} does not lead from {start:.6g} to {end:.6g}; change its sign")
    if ratio > MOST:
        raise UsageError(f"--times {text}: these are {ratio:.3g} times, more than {MOST:,}; choose a larger step")
    whole = math.floor(ratio * (1 + 1e-12) + 1e-9)
    times = start + step * np.arange(whole + 1, dtype=np.float64)
    if abs(times[-1] - end) <= 1e-9 * abs(step):
        times[-1] = end
        return times
    return np.append(times, end)


def _constant(text: str, whole: str) -> float:
    try:
        value = evaluate_constant(text.strip(), {})
    except ExpressionError as error:
        raise UsageError(f"--times {whole}: '{text.strip()}' is not a number; {_FORMS}") from error
    if not math.isfinite(value):
        raise UsageError(f"--times {whole}: '{text.strip()}' is not a finite number")
    return float(value)


def _column(path: Path) -> Array:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            header = [name.strip() for name in reader.fieldnames or []]
            if "t" not in header:
                raise UsageError(f"{path} has no column t; its columns are {', '.join(header) or 'none'}")
            reader.fieldnames = header
            return np.array([_cell(row["t"], path, reader.line_num) for row in reader])
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}; {_FORMS}") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} is not a CSV file in UTF-8: {error}") from error


def _cell(text: str | None, path: Path, line: int) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"{path}:{line}: '{text or ''}' in the column t is not a finite number")
    return value
