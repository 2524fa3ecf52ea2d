"""The figure of a fit: data, curve and band are those of the solution."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.quiver import Quiver

from pinnsolve.errors import UsageError
from pinnsolve.plots import draw_all, draw_fit, draw_phase
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
from tests.report.samples import fitted

from .samples import assert_legible, solved, written


def test_points_are_the_data_without_gaps_and_the_line_is_the_fitted_curve():
    solution = fitted()
    figure = draw_fit(solution)
    (axes,) = figure.axes
    curve, points = axes.get_lines()
    data = solution.problem.fit.data
    assert np.array_equal(points.get_xdata(), data.times)
    assert np.array_equal(points.get_ydata(), data.columns["<counts>"], equal_nan=True)
    assert np.array_equal(curve.get_ydata(), solution.bands["x"].value)
    assert_legible(figure)
    assert "95 % of the curve" in written(figure)


def test_the_band_is_as_wide_as_the_uncertainty_of_the_curve():
    solution = fitted()
    band = solution.bands["x"]
    (area,) = draw_fit(solution).axes[0].collections
    corners = area.get_paths()[0].vertices
    heights = [np.ptp(corners[np.isclose(corners[:, 0], t), 1]) for t in band.times[1:-1:20]]
    assert np.allclose(heights, 2 * 1.96 * band.sd[1:-1:20], rtol=1e-9)


def test_the_view_holds_all_data():
    solution = fitted()
    low, high = draw_fit(solution).axes[0].get_ylim()
    values = solution.problem.fit.data.columns["<counts>"]
    assert low < np.nanmin(values) < np.nanmax(values) < high


def test_only_a_fit_has_this_figure():
    assert "fit" in draw_all(fitted())
    assert "fit" not in draw_all(solved("decay"))
    with pytest.raises(UsageError, match="there is no fit to draw"):
        draw_fit(solved("decay"))


def test_the_vector_field_of_a_fit_has_the_parameters_that_were_found():
    problem = {
        "system": {"equations": {"x'": "v", "v'": "-w*x"}, "parameters": {"w": 1}},
        "initial": {"x": 1, "v": 0},
        "time": [0, 10],
    }
    solution = replace(solve(load_problem(problem)), fit={"parameters": {"w": {"estimate": 9.0}}, "initial": {}})
    (axes,) = draw_phase(solution).axes
    arrows = next(artist for artist in axes.collections if isinstance(artist, Quiver))
    x, v = np.array(arrows.get_offsets()).T
    wide, high = np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim()) / axes.get_box_aspect()
    expected = np.arctan2(-9.0 * x / high, v / wide)
    turned = np.angle(np.exp(1j * (np.arctan2(arrows.V, arrows.U) - expected)))
    assert np.abs(turned).max() < 1e-6
