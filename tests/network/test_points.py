"""Collocation points lie in [−1, 1], in order, where they are said to lie."""

import math

import numpy as np
import pytest
import torch

from pinnsolve.network import points


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("n", [1, 2, 17])
@pytest.mark.parametrize("sampling", ["chebyshev", "uniform", "latin-hypercube", "adaptive"])
def test_points_are_distinct_ascending_and_inside(sampling, n):
    tau = points.sample(sampling, n, generator())
    assert tau.shape == (n,) and tau.dtype == torch.float64
    assert (tau.diff() > 0).all() and tau.abs().max() <= 1


def test_chebyshev_points_are_zeros_of_the_polynomial():
    assert np.abs(np.polynomial.chebyshev.chebval(points.chebyshev(9).numpy(), [0] * 9 + [1])).max() < 1e-14


def test_latin_hypercube_has_one_point_in_each_part_and_follows_the_generator():
    tau = points.latin_hypercube(50, generator())
    assert torch.equal(((tau + 1) / 2 * 50).floor(), torch.arange(50.0, dtype=torch.float64))
    assert torch.equal(tau, points.latin_hypercube(50, generator()))
    assert not torch.equal(tau, points.latin_hypercube(50, generator(1)))


def test_adaptive_points_gather_where_the_residual_is_and_stay_elsewhere():
    candidates = points.uniform(1000)
    residual = torch.exp(-(((candidates - 0.5) / 0.05) ** 2))[:, None]
    tau = points.adaptive(candidates, residual, 100, generator())
    near = ((tau - 0.5).abs() < 0.1).sum()
    assert 45 <= near <= 65  # half follow the residual, half the rest, a tenth of which is here
    assert (tau.diff() > 0).all() and tau.diff().max() < 0.1


def test_adaptive_points_of_no_residual_or_a_broken_one_are_spread_evenly():
    candidates = points.uniform(101)
    for residual in (torch.zeros(101, 2), torch.full((101, 2), math.nan)):
        tau = points.adaptive(candidates, residual.double(), 10, generator())
        assert torch.equal(((tau + 1) / 2 * 10).floor(), torch.arange(10.0, dtype=torch.float64))


def test_points_between_are_between():
    tau = torch.tensor([0.5, -1.0, 0.5, 0.0], dtype=torch.float64)
    assert points.between(tau).tolist() == [-0.5, 0.25]
