"""What the page draws: charts as plain data, with the tables of numbers that their curves refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions.mathml import name_to_symbols
from pinnsolve.plots.phase import CUT
from pinnsolve.plots.residual import FLOOR, largest, points_between
from pinnsolve.plots.solution import BLOWN, DENSE, VISIBLE, by_size, turns
from pinnsolve.plots.timeline import Timeline, in_pieces
from pinnsolve.report.sampling import Table, pack, sample
from pinnsolve.report.wording import typographic
from pinnsolve.solvers import Solution
from pinnsolve.wording import short

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference

Array = NDArray[np.float64]

SHOWN = 40
"""Of more states than this, the page draws the first ones."""
STRETCHES = 600
"""Residual and error are drawn by the largest value in each of so many stretches of the axis."""
EDGES = 4000
"""Most ends of windows that the page is told."""


@dataclass(frozen=True)
class Series:
    """One curve."""

    name: str
    table: str
    column: int
    look: int = 0
    """Which colour, marker and dashes."""
    role: str = "line"
    """``line``, ``bare`` without markers, ``points``, or ``aside`` for what is there for comparison."""
    band: tuple[str, int, int] | None = None
    """Table and columns of the lower and upper edge of a band around it."""
    extent: tuple[float, float] | None = None
    """What a plane shows of it at first; None for all of it."""

    @property
    def symbol(self) -> str:
        """Its name in letters that need no typesetting."""
        return name_to_symbols(self.name)


@dataclass(frozen=True)
class Mark:
    """A straight line across a chart."""

    axis: str
    """``x`` or ``y``: where `at` is measured."""
    at: float
    label: str = ""


@dataclass(frozen=True)
class Chart:
    """One set of axes."""

    key: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    y_scale: str = "linear"
    """``linear``, ``log`` or ``symlog``."""
    linear_up_to: float = 1.0
    """Where a ``symlog`` axis goes from linear to logarithmic."""
    link: str = ""
    """Charts with the same link share the zoom and the cursor of their horizontal axis."""
    marks: tuple[Mark, ...] = ()
    plane: bool = False
    """Whether the curves are shown against each other instead of over the axis."""
    pair: tuple[int, int] = (0, 1)
    """Of a plane, the series on its two axes at first."""
    equal: bool = False
    """Of a plane, whether both axes have one scale."""
    arrows: dict[str, Any] | None = None
    """Of a plane, where a field of directions stands."""
    note: str = ""

    def data(self) -> dict[str, Any]:
        """The chart as the page has it."""
        return asdict(self) | {"symbols": [series.symbol for series in self.series]}


@dataclass(frozen=True)
class Exhibit:
    """Charts that belong together, and the figure that stands for them in print and without scripts."""

    key: str
    title: str
    charts: tuple[Chart, ...]
    figure: str = ""
    """Name of the figure in `plots.drawings`, empty where there is none."""
    note: str = ""


@dataclass
class Drawing:
    """Everything that the page draws of a solution."""

    time: dict[str, Any]
    tables: dict[str, Table] = field(default_factory=dict)
    exhibits: list[Exhibit] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """All of it as the page has it."""
        charts = [chart.data() for exhibit in self.exhibits for chart in exhibit.charts]
        return {"time": self.time, "tables": {key: table.packed() for key, table in self.tables.items()}, "charts": charts}


def draw_time(solution: Solution, axis: Timeline) -> dict[str, Any]:
    """The time axis that charts share: how a place on it is read as a time, its ends, the ends of the windows."""
    edges = axis.x(solution.window_edges)
    low, high = axis.limits
    backward = axis.end < axis.start
    return {
        "logarithmic": axis.logarithmic,
        "start": axis.start if axis.logarithmic else 0.0,
        "sign": -1 if axis.logarithmic and backward else 1,
        "limits": [low, high],
        "stop": None if axis.complete else float(axis.x(np.array([axis.reached]))[0]),
        "backward": backward and not axis.logarithmic,
        "edges": pack(edges[:: 1 + len(edges) // EDGES], exact=True),
    }


def time_label(axis: Timeline) -> str:
    """What stands below the time axis, as text."""
    return axis.label.replace("$", "").replace("\\ ", " ").replace("-", "−")


def state_charts(solution: Solution, axis: Timeline, drawing: Drawing) -> list[Chart]:
    """The states over time, those of like size together."""
    shown = list(range(min(len(solution.states), SHOWN)))
    steep = solution.status == "diverged"
    table = sample(solution, axis, shown, steep=steep)
    drawing.tables["states"] = table
    sizes = np.abs(table.values).max(axis=0)
    usual = axis.usual(solution) if steep else sizes
    charts = []
    dense = turns(table.values) > DENSE  # then one curve would cover the others
    for place, group in enumerate([[i] for i in shown] if dense else by_size(sizes)):
        chart = Chart(
            key=f"states-{place}",
            title=", ".join(solution.states[i] for i in group) if len(group) < len(shown) else "",
            x_label=time_label(axis),
            y_label=name_to_symbols(solution.states[group[0]]) if len(group) == 1 else "",
            series=tuple(Series(solution.states[i], "states", i, look=i) for i in group),
            link="time",
        )
        values = table.values[:, group]
        if steep and float(usual[group].max()) * BLOWN < np.abs(values).max():
            chart = _steep(chart, values, float(usual[group].max()))
        else:
            chart = _with_bands(chart, solution, axis, drawing)
        charts.append(chart)
    return charts


def _steep(chart: Chart, values: Array, usual: float) -> Chart:
    """A chart of values that grow beyond all bounds."""
    if values.min() > 0:
        return replace(chart, y_scale="log")
    return replace(chart, y_scale="symlog", linear_up_to=10.0 ** np.ceil(np.log10(usual)) if usual > 0 else 1.0)


def _with_bands(chart: Chart, solution: Solution, axis: Timeline, drawing: Drawing) -> Chart:
    """The chart with the estimated error as a band around every curve where it is wide enough to be seen."""
    x = drawing.tables["states"].x
    columns = [series.column for series in chart.series]
    values = drawing.tables["states"].values[:, columns]
    t = axis.clipped(axis.time(np.log10(x)) if axis.logarithmic else x)
    errors = solution.error(t)[:, columns]
    series = list(chart.series)
    edges: list[Array] = []
    for place, column in enumerate(columns):
        error = errors[:, place]
        if np.isfinite(error).all() and error.max() > VISIBLE * np.ptp(values):
            series[place] = replace(series[place], band=(f"{chart.key}-band", len(edges), len(edges) + 1))
            edges += [values[:, columns.index(column)] - error, values[:, columns.index(column)] + error]
    if not edges:
        return chart
    drawing.tables[f"{chart.key}-band"] = Table(x, np.column_stack(edges))
    return replace(chart, series=tuple(series), note="The shaded band is the estimated error.")


def residual_chart(solution: Solution, axis: Timeline, drawing: Drawing) -> Chart:
    """The residual of every state over its largest rate of change."""
    t = points_between(solution, axis)
    residual = np.abs(in_pieces(solution.residual, t)) / largest(solution, in_pieces(solution.derivative, t))
    drawing.tables["residual"] = _envelope(axis, t, residual)
    return Chart(
        key="residual",
        title="Residual between the points trained on",
        x_label=time_label(axis),
        y_label=f"|y′ − f(t, y)| / max |y′|{_so_far(solution)}",
        series=_states(solution, "residual"),
        y_scale="log",
        link="time",
    )


def error_chart(solution: Solution, axis: Timeline, drawing: Drawing, reference: Reference | None) -> Chart:
    """The estimated error of every state over its largest value, with the accuracy asked for; the true one if known."""
    t = solution.error_times
    sizes = largest(solution, solution(axis.clipped(t)))
    drawing.tables["error"] = _envelope(axis, t, solution.error_values / sizes)
    series = list(_states(solution, "error"))
    if reference is not None:
        values = solution(reference.times)
        true = np.abs(values - reference.values) / largest(solution, values)
        known = np.isfinite(true).all(axis=1)
        drawing.tables["true"] = _envelope(axis, reference.times[known], true[known].max(axis=1, keepdims=True))
        series.append(Series(f"true, against {reference.method}", "true", 0, role="aside"))
    asked = solution.problem.accuracy
    return Chart(
        key="error",
        title="Estimated error",
        x_label=time_label(axis),
        y_label=f"error / max |y|{_so_far(solution)}",
        series=tuple(series),
        y_scale="log",
        link="time",
        marks=(Mark("y", asked, f"asked for {typographic(short(asked))}"),),
    )


def _states(solution: Solution, table: str) -> tuple[Series, ...]:
    """A curve for each state that is shown."""
    return tuple(Series(name, table, i, look=i) for i, name in enumerate(solution.states[:SHOWN]))


def _envelope(axis: Timeline, t: Array, values: Array) -> Table:
    """The largest value in every stretch of the axis: (n,), (n, k) to at most `STRETCHES` points."""
    position, top = axis.envelope(t, np.maximum(values[:, :SHOWN], FLOOR), STRETCHES)
    return Table(axis.drawn(position), top)


def _so_far(solution: Solution) -> str:
    return " so far" if solution.status == "diverged" else ""


def plane_series(solution: Solution, axis: Timeline, drawing: Drawing) -> tuple[Series, ...]:
    """The states for the axes of a plane. Of one that grows without bound only what is of usual size is shown at first."""
    series = _states(solution, "states")
    if solution.status != "diverged":
        return series
    values = drawing.tables["states"].values
    usual = axis.usual(solution)[: len(series)]
    inside = values[(np.abs(values) <= np.where(usual > 0, CUT * usual, np.inf)).all(axis=1)]
    if not len(inside):
        return series
    extents = zip(inside.min(axis=0).tolist(), inside.max(axis=0).tolist(), strict=True)
    return tuple(replace(entry, extent=extent) for entry, extent in zip(series, extents, strict=True))


def plane_pair(states: Sequence[str]) -> tuple[int, int]:
    """Which two states make the first picture of a plane: of higher-order systems two positions, not one with its rate."""
    plain = [i for i, name in enumerate(states) if not name.endswith("'")]
    return (plain[0], plain[1]) if len(plain) > 1 else (0, 1)
