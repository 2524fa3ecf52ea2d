"""The figures of what a fit leaves over and of how its estimates hang together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinnsolve.plots import draw_fit_correlation, draw_fit_residuals, render
from pinnsolve.plots.estimates import residuals
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .samples import assert_legible, solved, written


@pytest.fixture(scope="module")
def fitted():
    times = np.linspace(0, 5, 21)
    noise = np.random.default_rng(1).normal(size=(2, 21))
    first, second = 3 * np.exp(-0.7 * times) / 2 + 0.05 * noise
    second[4] = np.nan
    problem = {
        "system": {"equations": {"x'": "-k*x"}},
        "initial": {"x": 2},
        "time": [0, 5],
        "fit": {
            "parameters": {"k": {"start": 1}, "s": {"start": 1}},
            "data": {"t": times, "a": first, "$b": second},
            "observe": {"x/s": ["a", "$b"]},
        },
    }
    return solve(load_problem(problem))


def test_residuals_are_the_data_less_the_fitted_curve_with_their_gaps(fitted):
    left = residuals(fitted)
    data = fitted.problem.fit.data
    curve = fitted(data.times)[:, 0] / fitted.fit["parameters"]["s"]["estimate"]
    for name, values in left.items():
        assert np.allclose(values, data.columns[name] - curve, atol=1e-12, equal_nan=True)
        misfit = fitted.fit["misfit"][name]
        assert np.isclose(np.sqrt(np.nanmean(values**2)), misfit, rtol=1e-9)


def test_a_panel_a_column_with_a_band_of_the_noise_and_zero_in_the_middle(fitted):
    figure = draw_fit_residuals(fitted)
    assert len(figure.axes) == 2
    assert_legible(figure)
    for axes, (name, values) in zip(figure.axes, residuals(fitted).items(), strict=True):
        low, high = axes.get_ylim()
        assert np.isclose(low, -high)
        assert high > np.nanmax(np.abs(values))
        points = next(line for line in axes.get_lines() if line.get_label() == "data less curve")
        assert np.allclose(points.get_ydata(), values, equal_nan=True)
        (band,) = axes.patches
        assert np.isclose(band.get_height(), 4 * fitted.fit["noise"][name])


def test_the_map_has_every_correlation_as_a_number(fitted):
    figure = draw_fit_correlation(fitted)
    assert_legible(figure)
    names, matrix = fitted.fit["correlation"]["names"], fitted.fit["correlation"]["matrix"]
    assert names == ["k", "s"]
    assert f"{matrix[0][1]:.2f}".replace("-", "−") in written(figure)


def test_estimates_without_a_standard_error_are_hatched(fitted):
    known = fitted.fit | {"correlation": {"names": ["k", "s"], "matrix": [[1.0, None], [None, None]]}}
    figure = draw_fit_correlation(replace(fitted, fit=known))
    assert sum(patch.get_hatch() is not None for patch in figure.axes[0].patches) == 3


def test_with_nothing_known_a_sentence_says_so(fitted):
    known = fitted.fit | {"correlation": {"names": ["k"], "matrix": [[None]]}}
    assert "No estimate has a standard error." in written(draw_fit_correlation(replace(fitted, fit=known)))
    assert "There is no solution to draw." in written(draw_fit_residuals(solved("decay")))


@pytest.mark.parametrize("name", ["png", "svg", "pdf"])
def test_equal_fits_give_equal_files(fitted, name):
    for draw in (draw_fit_residuals, draw_fit_correlation):
        assert render(draw(fitted), name) == render(draw(fitted), name)
