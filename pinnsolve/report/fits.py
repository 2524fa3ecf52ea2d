"""What a fit found, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pinnsolve.report.mathematics import name
from pinnsolve.report.wording import written


@dataclass(frozen=True)
class Estimate:
    """A row: something that was estimated."""

    name: Markup
    value: str
    error: str
    interval: str
    remarks: tuple[str, ...]
    """What makes the value doubtful."""


@dataclass(frozen=True)
class Cell:
    """A correlation."""

    text: str
    strength: int
    """Its size in per cent."""
    sign: str
    """``plus`` or ``minus``."""


@dataclass(frozen=True)
class FitTables:
    """Everything that a fit says besides its curves."""

    estimates: tuple[Estimate, ...]
    names: tuple[Markup, ...]
    """Of the rows and columns of the correlation matrix."""
    correlation: tuple[tuple[Cell, ...], ...]
    columns: tuple[tuple[str, str, str], ...]
    """Data column, its noise, its misfit."""


def fit_tables(fit: Mapping[str, Any] | None) -> FitTables | None:
    """The tables of the ``fit`` of result.json; None where nothing was fitted."""
    if fit is None:
        return None
    rows = [_estimate(name(text), row) for text, row in (fit.get("parameters") or {}).items()]
    rows += [_estimate(name(text) + Markup(" at the start"), row) for text, row in (fit.get("initial") or {}).items()]
    correlation = fit.get("correlation") or {"names": [], "matrix": []}
    noise, misfit = fit.get("noise") or {}, fit.get("misfit") or {}
    return FitTables(
        tuple(rows),
        tuple(map(name, correlation["names"])),
        tuple(tuple(map(_cell, row)) for row in correlation["matrix"]),
        tuple((column, written(noise.get(column), 3), written(misfit.get(column), 3)) for column in {**noise, **misfit}),
    )


def _estimate(label: Markup, row: Mapping[str, Any]) -> Estimate:
    low, high = row.get("interval") or (None, None)
    remarks = [] if row.get("identifiable", True) else ["not identifiable from these data"]
    if row.get("at_bound"):
        remarks.append("at its bound")
    error = row.get("standard_error")
    return Estimate(
        label, written(row.get("estimate")), written(error, 2), f"{written(low, 5)} to {written(high, 5)}", tuple(remarks)
    )


def _cell(value: float | None) -> Cell:
    if value is None:
        return Cell("–", 0, "plus")
    return Cell(f"{value:+.2f}".replace("-", "−"), round(100 * min(1.0, abs(value))), "plus" if value >= 0 else "minus")
