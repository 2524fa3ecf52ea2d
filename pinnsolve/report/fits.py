"""What a fit found: its tables, and the charts of the data with the fitted curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from pinnsolve.plots.estimates import BAND, residuals
from pinnsolve.plots.fit import SIDE
from pinnsolve.plots.timeline import Timeline
from pinnsolve.problem.fitting import Fit, Observable
from pinnsolve.report.charts import Chart, Drawing, Exhibit, Mark, Series, time_label
from pinnsolve.report.mathematics import name
from pinnsolve.report.sampling import Table
from pinnsolve.report.wording import written
from pinnsolve.solvers import Solution

Array = NDArray[np.float64]

POINTS = 2000
"""Of more data in a column, every so many are drawn."""


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


def fit_exhibit(solution: Solution, axis: Timeline, drawing: Drawing) -> Exhibit | None:
    """The data with the fitted curves, and what these leave over; None where nothing was fitted."""
    fit = solution.problem.fit
    if fit is None:
        return None
    charts = [_observed(place, observable, fit, solution, axis, drawing) for place, observable in enumerate(fit.observe)]
    left = _left_over(fit, solution, axis, drawing)
    skipped = any(np.isfinite(values).sum() > POINTS for values in fit.data.columns.values())
    note = f"Of a column with more than {POINTS:,} values, every so many are drawn." if skipped else ""
    return Exhibit("fit", "Data and fit", (*charts, *left), "fit", note)


def _observed(place: int, observable: Observable, fit: Fit, solution: Solution, axis: Timeline, drawing: Drawing) -> Chart:
    """An observable: its data, a curve, and the band that the data leave the curve."""
    band = solution.bands.get(observable.text)
    series: list[Series] = []
    if band is not None:
        wide = np.where(np.isfinite(band.sd), SIDE * band.sd, 0.0)
        edges = np.column_stack([band.value, band.value - wide, band.value + wide])
        drawing.tables[f"fit-{place}"] = Table(axis.x(band.times), edges)
        series.append(Series("fitted", f"fit-{place}", 0, role="bare", band=(f"fit-{place}", 1, 2)))
    for column in observable.columns:
        look = fit.columns.index(column) + 1  # the first look is that of the curve
        key = f"data-{place}-{look}"
        drawing.tables[key] = _points(axis, fit.data.times, fit.data.columns[column])
        series.append(Series(column, key, 0, look=look, role="points"))
    return Chart(f"fit-{place}", observable.text, time_label(axis), "", tuple(series), link="time")


def _left_over(fit: Fit, solution: Solution, axis: Timeline, drawing: Drawing) -> list[Chart]:
    """Data less fitted curve over the noise of its column: a wave or a trend is something that the model leaves out."""
    noise = (solution.fit or {}).get("noise") or {}
    series = []
    for column, values in (residuals(solution) or {}).items():
        sd = noise.get(column)
        if sd:
            look = fit.columns.index(column) + 1
            key = f"left-{look}"
            drawing.tables[key] = _points(axis, fit.data.times, values / sd)
            series.append(Series(column, key, 0, look=look, role="points"))
    if not series:
        return []
    marks = (Mark("y", 0.0), Mark("y", BAND, f"{BAND:g} standard deviations of the noise"), Mark("y", -BAND))
    title = "Data less fitted curve, over the noise"
    return [Chart("left", title, time_label(axis), "", tuple(series), link="time", marks=marks)]


def _points(axis: Timeline, times: Array, values: Array) -> Table:
    """The values (n,) that are there, in the order of the axis."""
    there = np.flatnonzero(np.isfinite(values))
    there = there[:: 1 + (len(there) - 1) // POINTS] if len(there) else there
    x = axis.x(times[there])
    order = np.argsort(x, kind="stable")
    return Table(x[order], values[there][order][:, None])
