"""Curves in few numbers: how near they stay to the solution, and that packing keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.plots.timeline import Timeline
from pinnsolve.report.sampling import COARSE, FINE, Table, pack, sample, thin

from .samples import solved, unpacked


def cubic(table: Table, x: np.ndarray) -> np.ndarray:
    """Hermite's cubic through the points and slopes of a table, from SciPy."""
    from scipy.interpolate import CubicHermiteSpline

    return CubicHermiteSpline(table.x, table.values, table.slopes)(x)


@pytest.mark.parametrize("name", ["decay", "van_der_pol", "forced", "backward", "robertson", "ring"])
def test_cubics_through_few_points_cannot_be_told_from_the_solution(name):
    solution = solved(name)
    axis = Timeline.of(solution)
    table = sample(solution, axis, list(range(len(solution.states))), steep=False)
    assert len(table.x) < 800
    low, high = table.x[0], table.x[-1]
    x = np.geomspace(low, high, 5001) if axis.logarithmic else np.linspace(low, high, 5001)
    t = axis.clipped(axis.time(np.log10(x)) if axis.logarithmic else x)
    values = solution(t)
    assert np.abs(cubic(table, x) - values).max() < 10 * FINE * np.ptp(values, axis=0).max()


def test_a_curve_on_its_way_to_infinity_is_right_at_its_beginning_too():
    solution = solved("blow_up")
    table = sample(solution, Timeline.of(solution), [0], steep=True)
    t = np.linspace(0, 0.99, 500)
    assert np.abs(cubic(table, t) / solution(t)[:, :1] - 1).max() < 1e-3
    assert table.values.max() > 1e6


def test_of_a_curve_that_turns_too_often_the_outline_is_kept():
    x = np.linspace(0, 1, 100_000)
    values = np.sin(2 * np.pi * 20_000 * x)[:, None] * (1 + x[:, None])
    table = thin(x, values)
    assert table.slopes is None
    assert len(table.x) < 60_000
    for low in np.linspace(0, 0.9, 10):
        inside = (x >= low) & (x < low + 0.1)
        kept = (table.x >= low) & (table.x < low + 0.1)
        assert table.values[kept].max() == pytest.approx(values[inside].max(), rel=COARSE)
        assert table.values[kept].min() == pytest.approx(values[inside].min(), rel=COARSE)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_handful_of_points_is_kept_as_it_is(count):
    x = np.arange(float(count))
    table = thin(x, np.sin(x)[:, None])
    assert np.array_equal(table.x, x)
    assert np.array_equal(table.values[:, 0], np.sin(x))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.sin(np.arange(10.0)), "f4"),
        (1e6 + 1e-3 * np.sin(np.arange(10.0)), "f8"),  # a small movement of a large number
        (np.array([1.0, 1e200]), "f8"),
        (np.array([1.0, np.nan]), "f4"),
        (np.full(3, 0.1), "f8"),
        (np.empty(0), "f4"),
    ],
)
def test_packing_keeps_what_can_be_seen(values, kind):
    packed = pack(values)
    assert packed["type"] == kind
    finite = values[np.isfinite(values)]
    extent = np.ptp(finite) if len(finite) else 0.0
    assert np.allclose(unpacked(packed), values, rtol=0, atol=1e-6 * extent, equal_nan=True)
