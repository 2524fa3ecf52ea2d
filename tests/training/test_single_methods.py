"""Each method against an independent implementation of what it says it does."""

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares

from pinnsolve.training import lbfgs
from pinnsolve.training.adam import Adam
from pinnsolve.training.gauss_newton import GaussNewton
from pinnsolve.training.lbfgs import LBFGS
from pinnsolve.training.least_squares import damped, output_step, triangle
from pinnsolve.training.levenberg_marquardt import LevenbergMarquardt
from tests.training.objectives import objective, settings


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("rows", [3, 5, 40])
def test_damped_step_solves_the_normal_equations(rows):
    jacobian, residual, damping = random(rows, 5), random(rows, 2, seed=1), torch.rand(5, dtype=torch.float64) + 0.1
    step = damped(triangle(jacobian, residual), damping)
    normal = jacobian.T @ jacobian + torch.diag(damping**2)
    torch.testing.assert_close(normal @ step, -jacobian.T @ residual, rtol=1e-10, atol=1e-10)


def test_output_step_is_least_squares_and_survives_columns_of_zeros():
    jacobian, residual = random(30, 6), random(30, seed=1)
    jacobian[:, 2] = 0
    step = output_step(jacobian, residual)
    kept = [0, 1, 3, 4, 5]
    expected = np.linalg.lstsq(jacobian[:, kept].numpy(), -residual.numpy(), rcond=None)[0]
    np.testing.assert_allclose(step[kept].numpy(), expected, rtol=1e-8)
    assert step[2] == 0


def test_adam_is_adam():
    made, weights = objective()
    method = Adam(made, weights, settings("adam", iterations=15, learning_rate=3e-3, schedule="constant"))
    moment, square, expected = torch.zeros_like(weights), torch.zeros_like(weights), weights.clone()
    for number in range(1, 16):
        residual, jacobian = made.jacobian(expected)
        gradient = 2 * jacobian.T @ residual / len(residual)
        moment = 0.9 * moment + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        expected = expected - 3e-3 * (moment / (1 - 0.9**number)) / ((square / (1 - 0.999**number)).sqrt() + 1e-8)
        method.step()
    torch.testing.assert_close(method.weights, expected, rtol=1e-9, atol=1e-12)


def test_learning_rate_follows_its_schedule():
    made, weights = objective()

    def rates(schedule, count):
        method = Adam(made, weights, settings("adam", iterations=100, learning_rate=0.01, schedule=schedule))
        found = []
        for method._iteration in range(count):
            method._rate = method._schedule(1.0)
            found.append(method._rate)
        return found

    assert set(rates("constant", 100)) == {0.01}
    cosine = rates("cosine", 101)
    assert cosine[0] == 0.01 and cosine[50] == pytest.approx(0.01 * 0.5005) and cosine[100] == pytest.approx(1e-5)
    assert cosine == sorted(cosine, reverse=True)
    plateau = rates("plateau", 1600)
    assert plateau[500] == 0.01 and plateau[600] == 0.005 and plateau[1599] == 0.00125


def test_lbfgs_goes_on_below_the_absolute_threshold_of_torch():
    """torch alone drops what it learns from small steps, and ends here at a loss of 3e-8."""
    made, weights = objective(length=0.1, hidden=(6,))
    method = LBFGS(made, weights, settings("lbfgs"))
    for _ in range(200):
        iterate = method.step()
    assert iterate.loss < 1e-9


def test_renewing_the_factor_of_the_loss_does_not_change_the_steps(monkeypatch):
    made, weights = objective()
    usual, often = LBFGS(made, weights, settings("lbfgs")), LBFGS(made, weights, settings("lbfgs"))
    for _ in range(8):
        monkeypatch.setattr(lbfgs, "LOW", 1.0)
        one = usual.step()
        monkeypatch.setattr(lbfgs, "LOW", lbfgs.HIGH * (1 - 1e-9))
        other = often.step()
        assert other.loss == pytest.approx(one.loss, rel=1e-6)


def test_levenberg_marquardt_ends_as_low_as_scipy():
    made, weights = objective(hidden=(5,), n=15)
    method = LevenbergMarquardt(made, weights, settings("levenberg-marquardt"))
    losses = [method.start().loss]
    for _ in range(100):
        iterate = method.step()
        losses.append(iterate.loss)
        if iterate.stalled:
            break
    assert losses == sorted(losses, reverse=True)

    def vector(x):
        return made.vector(torch.tensor(x)).numpy()

    scipy = least_squares(vector, weights.numpy(), lambda x: made.jacobian(torch.tensor(x))[1].numpy(), max_nfev=100)
    assert losses[-1] <= 1.5 * 2 * scipy.cost / 30


def test_gauss_newton_moves_the_output_layer_only_and_to_its_least_squares():
    made, weights = objective()
    method = GaussNewton(made, weights, settings("gauss-newton"))
    method.start()
    while not (iterate := method.step()).stalled:
        assert iterate.size > 0
    assert torch.equal(iterate.weights[: -made.outputs], weights[: -made.outputs])
    residual, jacobian = made.jacobian(iterate.weights, hidden=False)
    solution = np.linalg.lstsq(jacobian.numpy(), residual.numpy(), rcond=1e-7)[0]
    predicted = residual.numpy() - jacobian.numpy() @ solution
    assert np.linalg.norm(residual) <= 1.001 * np.linalg.norm(predicted)
