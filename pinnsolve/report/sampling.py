"""Curves in few numbers: points and slopes between which a cubic cannot be told from the solution, packed for the page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.plots.timeline import Timeline
from pinnsolve.solvers import Solution

Array = NDArray[np.float64]

FINE, COARSE = 3e-6, 1e-2
"""Error of a cubic as a share of the size of its state: what is aimed at, and what is still drawn by cubics."""
NUMBERS, LEAST = 150_000, 300
"""Numbers a table may hold, and the points that it may have in any case."""
PARTS = 64
"""Pieces that the search for points begins with."""
ROUNDED = 1e-6
"""Numbers are packed in single precision where that changes them by no more than this share of their extent."""


@dataclass(frozen=True)
class Table:
    """Curves over one axis."""

    x: Array
    """(n,) ascending or descending."""
    values: Array
    """(n, c)"""
    slopes: Array | None = None
    """(n, c) of a cubic through the points; None where straight lines or steps join them."""
    step: bool = False
    """Whether a value holds up to the next point."""

    def packed(self) -> dict[str, Any]:
        """The table as the page has it."""
        slopes = None if self.slopes is None else [pack(column) for column in self.slopes.T]
        columns = [pack(column) for column in self.values.T]
        return {"x": pack(self.x, exact=True), "columns": columns, "slopes": slopes, "step": self.step}


def pack(values: Array, *, exact: bool = False) -> dict[str, str]:
    """Numbers as text: little-endian floats in base64, in single precision unless that would be seen."""
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        rounding = np.abs(finite.astype(np.float32) - finite).max(initial=0.0)
    single = not exact and bool(rounding <= ROUNDED * np.ptp(finite)) if len(finite) else True
    kind = "f4" if single else "f8"
    return {"type": kind, "data": base64.b64encode(np.ascontiguousarray(values, f"<{kind}").tobytes()).decode()}


def sample(solution: Solution, axis: Timeline, columns: list[int], *, steep: bool) -> Table:
    """The states `columns` of a solution over the axis of its figures.

    Parameters
    ----------
    steep
        Whether the values grow beyond all bounds, so that each counts by its own size instead of the largest.
    """
    t = np.unique(axis.times(solution))
    values = solution(t)[:, columns]
    finite = np.isfinite(values).all(axis=1)
    t, values = t[finite], values[finite]
    x = axis.x(t)
    if axis.logarithmic:
        order = np.argsort(x, kind="stable")
        x, first = np.unique(x[order], return_index=True)
        values = values[order][first]
    return thin(x, values, steep=steep)


def thin(x: Array, values: Array, *, steep: bool = False) -> Table:
    """The few points of x (n,), values (n, c) that are enough for cubics; of a curve that turns too often for them, the
    smallest and largest values along the axis.
    """
    most = max(NUMBERS // (2 * values.shape[1] + 1), LEAST)
    if len(x) < 3:
        return Table(x, values)
    slopes = np.gradient(values, x, axis=0, edge_order=2)
    sizes = np.ptp(values, axis=0)
    sizes = np.where(sizes > 0, sizes, 1.0)
    scale = np.abs(values) + _usual(x, values) if steep else sizes
    tolerance = FINE
    while tolerance <= COARSE:
        keep = _nodes(x, values, slopes, scale, tolerance, most)
        if keep is not None:
            return Table(x[keep], values[keep], slopes[keep])
        tolerance *= 4
    keep = _extremes(values, max(2, most // (2 * values.shape[1])))
    return Table(x[keep], values[keep])


def _usual(x: Array, values: Array) -> Array:
    """(c,) median size of the columns along x (n,), however densely its points lie."""
    along = np.linspace(x[0], x[-1], 501)
    medians = [np.median(np.interp(along, x, np.abs(column))) for column in values.T]
    return np.maximum(medians, np.finfo(np.float64).tiny)


def _nodes(x: Array, values: Array, slopes: Array, scale: Array, tolerance: float, most: int) -> NDArray[np.intp] | None:
    """Indices of the points that cubics need, by halving where they miss; None if there would be more than `most`."""
    nodes = np.unique(np.linspace(0, len(x) - 1, min(PARTS, len(x))).astype(np.intp))
    while len(nodes) <= most:
        where = np.clip(np.searchsorted(nodes, np.arange(len(x)), side="right") - 1, 0, len(nodes) - 2)
        left, right = nodes[where], nodes[where + 1]
        miss = (np.abs(_cubic(x, values, slopes, left, right) - values) / scale).max(axis=1)
        worst = np.maximum.reduceat(miss, nodes[:-1])
        bad = (worst > tolerance) & (np.diff(nodes) > 1)
        if not bad.any():
            return nodes
        nodes = np.union1d(nodes, (nodes[:-1][bad] + nodes[1:][bad]) // 2)
    return None


def _cubic(x: Array, values: Array, slopes: Array, left: NDArray[np.intp], right: NDArray[np.intp]) -> Array:
    """Hermite's cubic between the points `left` and `right`, at every x: (n, c)."""
    width = (x[right] - x[left])[:, None]
    s = (x[:, None] - x[left, None]) / width
    a, b = values[left], values[right]
    bend = s * (1 - s) * ((1 - s) * (slopes[left] * width - (b - a)) - s * (slopes[right] * width - (b - a)))
    return np.asarray(a + s * (b - a) + bend)


def _extremes(values: Array, pieces: int) -> NDArray[np.intp]:
    """Indices of the smallest and the largest value of every column in so many pieces of the points, and of the ends."""
    bounds = np.unique(np.linspace(0, len(values), pieces + 1).astype(int))
    found = [0, len(values) - 1]
    for begin, end in pairwise(bounds.tolist()):
        part = values[begin:end]
        found += [begin + int(i) for i in (*part.argmin(axis=0), *part.argmax(axis=0))]
    return np.unique(np.array(found, dtype=np.intp))
