"""Grading: units lie where the solution is rough, and the width is the least that fits."""

import numpy as np
import pytest
import torch

from pinnsolve.network.trial import Window
from pinnsolve.problem import System
from pinnsolve.solvers.grading import GRID, WIDTHS, Density, Fit

FRONT = 50.0


def front(t):
    """A steep front at t = 1."""
    return np.tanh(FRONT * (t - 1))[:, None]


@pytest.fixture
def fit():
    system = System(lambda t, y, p: FRONT * (1 - y * y), ["u"])
    parts = (0.0, 2.0, [-1.0], [1.0])
    window = Window(*(torch.tensor(part, dtype=torch.float64) for part in parts))
    return Fit(system, system.states, "tanh", True, window, front)


def test_uniform_density_spaces_units_and_points_evenly():
    density = Density.uniform()
    np.testing.assert_allclose(np.diff(density.points(10)), 0.2, rtol=1e-12)
    weights, biases = density.units(11)
    centres = -biases / weights[:, 0]
    np.testing.assert_allclose(np.diff(centres), 2 * 1.12 / 10, rtol=1e-9)
    np.testing.assert_allclose(weights, 0.3 * 11 / 2, rtol=1e-9)


def test_density_of_windows_is_high_in_short_windows():
    short = np.linspace(0, 0.3, 31)
    density = Density.of_windows(np.concatenate([np.linspace(-1, -0.2, 5), short, np.linspace(0.5, 1, 4)]))
    share = np.mean(np.abs(density.points(1000) - 0.15) < 0.15)
    assert 0.6 < share < 0.9  # 30 of 38 windows are that short


def test_search_gathers_the_units_at_a_front(fit):
    found = fit.search(Density.uniform(), 1e-7)
    assert found.gap < 1e-7
    centres = -np.divide(*[part.numpy().reshape(-1) for part in reversed(found.density.units(found.width))])
    assert np.mean(np.abs(centres) < 0.1) > 0.3  # a twentieth of the interval holds a third of the units


def test_search_takes_the_first_width_that_fits_and_says_how_well(fit):
    found = fit.search(Density.uniform(), 1e-4)
    assert found.width == WIDTHS[0] and found.gap < 1e-4
    again = fit.graded(found.density, found.width)
    assert again.gap == found.gap
    never = fit.search(Density.uniform(), 0.0, widths=(16, 24))
    assert never.width == 24 and 0 < never.gap < 1


def test_refining_by_an_even_residual_keeps_an_even_density():
    density = Density.uniform()
    refined = density.refined(density.points(200), np.ones(200))
    np.testing.assert_allclose(refined.values, np.full(GRID, 0.5), rtol=1e-9)
