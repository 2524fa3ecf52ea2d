"""The shipped maps of a window are those of its network."""

import numpy as np
import pytest
import torch

from pinnsolve.network.derivatives import time_derivative
from pinnsolve.solvers.windows.table import GAUSS, NODES, table

EVERY = [*((n, "radau") for n in NODES), *((n, "gauss") for n in GAUSS)]


def hidden_layer(maps):
    """The hidden layer of the tables as a plain torch module (1,) -> (2n,)."""
    linear = torch.nn.Linear(1, 2 * maps.n, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.fill_(maps.weight)
        linear.bias.copy_(torch.from_numpy(maps.bias))
    return torch.nn.Sequential(linear, torch.nn.Tanh())


@pytest.mark.parametrize(("n", "rule"), EVERY)
def test_vmap_jacfwd_of_the_layer_reproduces_the_derivative_map(n, rule):
    maps = table(n, rule)
    derivative = time_derivative(hidden_layer(maps), torch.from_numpy(maps.tau)[:, None])
    # tanh and its bias are rounded in float64, hence a few digits less than full
    np.testing.assert_allclose(derivative.detach().numpy(), maps.D, rtol=2e-13)


@pytest.mark.parametrize(("n", "rule"), EVERY)
def test_refined_output_weights_give_back_the_derivatives_they_were_made_from(n, rule):
    maps = table(n, rule)
    g = np.cos(3 * maps.tau)[:, None]
    np.testing.assert_allclose(maps.D @ maps.output_weights(g), g, atol=1e-12)


@pytest.mark.parametrize(("n", "rule"), EVERY)
def test_value_and_derivative_maps_agree_with_the_closed_form_of_a_smooth_function(n, rule):
    maps = table(n, rule)
    g = np.cos(maps.tau)  # derivative of sin
    scale = 10.0 ** (-n / 2)  # resolution grows with n
    np.testing.assert_allclose(maps.A @ g, np.sin(maps.tau) + np.sin(1), atol=scale)
    np.testing.assert_allclose(maps.E @ g, np.sin(maps.sigma) + np.sin(1), atol=scale)
    np.testing.assert_allclose(maps.U @ g, np.cos(maps.sigma), atol=10 * scale)


@pytest.mark.parametrize(("n", "rule"), EVERY)
def test_defect_integration_is_exact_for_polynomials_of_degree_2n_minus_1(n, rule):
    maps = table(n, rule)
    ends = maps.tau if rule == "radau" else np.append(maps.tau, 1.0)
    for degree in (0, 1, 2 * n - 1):
        exact = (ends ** (degree + 1) - (-1.0) ** (degree + 1)) / (degree + 1)
        np.testing.assert_allclose(maps.Q @ maps.points**degree, exact, atol=1e-14)


@pytest.mark.parametrize("n", NODES)
def test_nodes_are_right_radau_points(n):
    """Gauss–Radau quadrature of n points integrates degree 2n − 2 exactly: its weights come from the nodes alone."""
    tau = table(n).tau
    assert tau[-1] == 1.0
    moments = np.array([(1 - (-1.0) ** (j + 1)) / (j + 1) for j in range(n)])
    weights = np.linalg.solve(np.vander(tau, n, increasing=True).T, moments)
    degree = 2 * n - 2
    assert weights @ tau**degree == pytest.approx(2 / (degree + 1), abs=1e-9)


def test_interpolation_is_exact_at_a_node_and_for_polynomials():
    maps = table(12)
    x = np.concatenate([[-1.0, 0.3], maps.tau[:1]])
    np.testing.assert_allclose(maps.interpolation(x) @ maps.tau**11, x**11, atol=1e-12)


@pytest.mark.parametrize("n", GAUSS)
def test_gauss_windows_know_the_value_at_their_end(n):
    maps = table(n, "gauss")
    assert maps.sigma[-1] == 1.0
    np.testing.assert_allclose(maps.end @ np.exp(maps.tau), np.exp(1) - np.exp(-1), rtol=10.0 ** (-n / 2))
    np.testing.assert_allclose(maps.tau, -maps.tau[::-1], atol=1e-16)
