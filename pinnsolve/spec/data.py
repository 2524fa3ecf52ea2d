"""Data files: CSV text to columns of numbers, with every fault at its line.

A row of column names comes first. Commas, semicolons or tabs separate the cells; lines that begin with # are comments;
empty cells (also NA, #N/A and NaN) are gaps.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import nearest_name, normalise_name
from pinnsolve.problem import Data
from pinnsolve.problem.data import column_fault, make_data
from pinnsolve.problem.fitting import Array
from pinnsolve.spec.words import shown
from pinnsolve.wording import counted

LARGEST_DATA = 50_000_000
"""Bytes of a data file."""

_PATH = "fit.data"
_MOST_FAULTS = 20
_MOST_CELLS = 3
_SEPARATORS = ",;\t"
_GAPS = frozenset({"", "na", "n/a", "#n/a", "nan", ".nan", "null", "none"})
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[^\W\d].*|[(\[%°].*")
_INFINITE = re.compile(r"[-+]?\.?inf(inity)?", re.IGNORECASE)


@dataclass
class _Rows:
    """The rows of a file, with the line in which each begins."""

    header: list[str] = field(default_factory=list)
    header_line: int = 1
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


class _Lines:
    """The lines of a text for the reader of rows, less the comments between rows; knows where a row began."""

    def __init__(self, text: str) -> None:
        self._lines = enumerate(io.StringIO(text, newline=None), start=1)
        self._begun: int | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if self._begun is None and line.lstrip().startswith("#"):
                continue
            self._begun = self._begun or number
            return line
        raise StopIteration

    def begin(self) -> int:
        """The line in which the row began that has been read; the next line begins another."""
        begun, self._begun = self._begun or 1, None
        return begun


class CellFault(Exception):
    """A cell is not a number. The message is the second half of a sentence."""


def read_data(path: Path, time: str, names: Sequence[str]) -> Data:
    """Read the columns that a fit needs.

    Parameters
    ----------
    path
        A CSV file.
    time
        The column of the times.
    names
        The columns that were observed; others are ignored.

    Raises
    ------
    ProblemError
        With every fault found, up to a bearable number.
    """
    text = _read_text(path)
    faults: list[Fault] = []
    rows = _rows(text, str(path), faults)
    if not rows.header:
        raise ProblemError(faults or [_fault(path, None, "the file is empty: its first row has the names of the columns")])
    places = _columns(path, rows, time, list(dict.fromkeys(names)), faults)
    columns, kept = _numbers(path, rows, time, places, faults)
    if faults:
        more = len(faults) - _MOST_FAULTS
        rest = [_fault(path, None, f"… and {counted(more, 'more fault')}")] if more > 0 else []
        raise ProblemError([*sorted(faults, key=lambda fault: fault.line or 0)[:_MOST_FAULTS], *rest])
    return make_data(columns, time, source=str(path), text=text, lines=kept)


def number_or_gap(text: str) -> float | None:
    """The number in a cell, None for a gap.

    Raises
    ------
    CellFault
        If it is neither.
    """
    cell = text.strip()
    if _NUMBER.fullmatch(cell):
        value = float(cell)
        if math.isfinite(value):
            return value
        raise CellFault(f"has {shown(cell)}, which is too large for a number")
    if cell.lower() in _GAPS:
        return None
    if _INFINITE.fullmatch(cell):
        raise CellFault(f"has {shown(cell)}: a value must be finite; leave the cell empty if there is none")
    cure = "the decimal point is ." if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", cell) else "an empty cell is a gap"
    raise CellFault(f"has {shown(cell)}, which is not a number ({cure})")


def data_text(data: Data) -> str:
    """CSV text that reads back as the same data: what was read, or made from the arrays."""
    if data.text is not None:
        return data.text
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([data.time_name, *data.columns])
    for row in zip(data.times.tolist(), *(column.tolist() for column in data.columns.values()), strict=True):
        writer.writerow(["" if math.isnan(value) else repr(value) for value in row])
    return stream.getvalue()


def _read_text(path: Path) -> str:
    """The text of a file, or one clear fault."""
    if not path.is_file():
        if path.exists():
            raise ProblemError([Fault(f"{shown(str(path))} is not a file", path=_PATH)])
        raise ProblemError([Fault(f"there is no file {shown(str(path))}", path=_PATH, suggestion=_near_file(path))])
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_DATA + 1)
    except OSError as error:
        raise ProblemError([Fault(f"{shown(str(path))} cannot be read: {error.strerror or error}", path=_PATH)]) from None
    if len(content) > LARGEST_DATA:
        size = f"is larger than {LARGEST_DATA // 1_000_000} MB: thin it out, a fit needs no more than some thousand rows"
        raise ProblemError([_fault(path, None, size)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte 0x{content[error.start]:02x} at position {error.start}): save it as CSV in UTF-8"
        raise ProblemError([_fault(path, line, message)]) from None
    if "\0" in text:
        raise ProblemError([_fault(path, None, "is not a text file: save the data as CSV in UTF-8")])
    return text


def _near_file(path: Path) -> str | None:
    """The file beside it that was most likely meant."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return None
    tables = [name for name in names if name.lower().endswith((".csv", ".tsv", ".txt", ".dat"))]
    return nearest_name(path.name, tables)


def _rows(text: str, file: str, faults: list[Fault]) -> _Rows:
    """The header and the other rows, without comments and empty lines."""
    rows = _Rows()
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=max(_SEPARATORS, key=first.count), skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            line = lines.begin()
            if not any(cell.strip() for cell in cells):
                continue
            if rows.header:
                rows.cells.append(cells)
                rows.lines.append(line)
            else:
                rows.header, rows.header_line = [normalise_name(cell.strip()) for cell in cells], line
    except csv.Error as error:
        faults.append(Fault(f"a quotation mark is out of place here ({error})", file, lines.begin(), path=_PATH))
    return rows


def _columns(path: Path, rows: _Rows, time: str, names: Sequence[str], faults: list[Fault]) -> dict[str, int]:
    """Where the columns that are needed stand; faults for those that are not there, or not once."""
    header, line = rows.header, rows.header_line
    if all(_NUMBER.fullmatch(cell) or cell.lower() in _GAPS for cell in header):
        message = "the first row must have the names of the columns, and it has numbers (a line that begins with # is a comment)"
        faults.append(_fault(path, line, message))
        return {}
    places = {}
    for name in dict.fromkeys((time, *names)):
        if header.count(name) > 1:
            faults.append(_fault(path, line, f"there are {header.count(name)} columns '{name}': rename all but one"))
        elif name in header:
            places[name] = header.index(name)
        else:
            known = [column for column in header if column]
            faults.append(column_fault(name, known, time, _PATH, file=str(path), line=line))
    return places


def _numbers(
    path: Path, rows: _Rows, time: str, places: Mapping[str, int], faults: list[Fault]
) -> tuple[dict[str, Array], list[int]]:
    """The columns as numbers, nan for gaps, and the line of each of their rows."""
    found: dict[str, list[float]] = {name: [] for name in places}
    wrong: dict[str, list[Fault]] = {name: [] for name in places}
    for cells, line in zip(rows.cells, rows.lines, strict=True):
        row = _row(path, cells, line, rows, places, faults, wrong)
        if time in row and math.isnan(row[time]) and not all(map(math.isnan, row.values())):
            faults.append(_fault(path, line, f"the time is missing: column '{time}' is empty where others have values"))
        for name in places:
            found[name].append(row.get(name, math.nan))
    for name, found_wrong in wrong.items():
        faults += _few(name, found_wrong)
    return {name: np.array(column) for name, column in found.items()}, rows.lines


def _few(name: str, faults: list[Fault]) -> list[Fault]:
    """The first faults of the cells of a column, and how many more there are: they mostly have one cause."""
    if len(faults) <= _MOST_CELLS + 1:
        return faults
    rest = faults[_MOST_CELLS]
    message = f"… and {len(faults) - _MOST_CELLS} more cells of column '{name}' from here on"
    return [*faults[:_MOST_CELLS], Fault(message, rest.file, rest.line, path=_PATH)]


def _row(
    path: Path,
    cells: list[str],
    line: int,
    rows: _Rows,
    places: Mapping[str, int],
    faults: list[Fault],
    wrong: Mapping[str, list[Fault]],
) -> dict[str, float]:
    """The numbers of one row by column; nothing where a cell is faulty, which goes to the `wrong` ones of its column."""
    width = len(rows.header)
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        cure = "write nothing between two separators for a gap" if len(cells) < width else "quote a cell with a separator in it"
        faults.append(_fault(path, line, f"this row has {len(cells)} cells and the header has {width}: {cure}"))
        return {}
    words = [cells[place].strip() for place in places.values()]
    if words and line == rows.lines[0] and all(_WORD.fullmatch(word) and word.lower() not in _GAPS for word in words):
        named = ", ".join(map(shown, words))
        faults.append(_fault(path, line, f"this row has no numbers but {named}: begin it with # if these are units"))
        return {}
    row = {}
    for name, place in places.items():
        try:
            value = number_or_gap(cells[place])
        except CellFault as fault:
            wrong[name].append(_fault(path, line, f"column '{name}' {fault}"))
        else:
            row[name] = math.nan if value is None else value
    return row


def _fault(path: Path, line: int | None, message: str) -> Fault:
    return Fault(message, str(path), line, path=_PATH)
