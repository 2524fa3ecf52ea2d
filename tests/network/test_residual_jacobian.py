"""The closed form of residual and Jacobian equals vmap(jacrev) around vmap(jacfwd)."""

import math

import pytest
import torch
from torch.func import jacrev

from pinnsolve.network.activations import ACTIVATIONS
from pinnsolve.network.mlp import MLP
from pinnsolve.network.residual import Model, Objective, Prescribed
from pinnsolve.network.trial import Window
from pinnsolve.problem import System


def right_hand_side(t, y, p):
    """Nonlinear, coupled and dependent on t, for any k."""
    return torch.sin(t) * y.roll(1) + 0.3 * y**2 - 0.1 * y.sum() + t


def objective(hidden, k, n, activation="tanh", anchored=True, weight=0.7):
    generator = torch.Generator().manual_seed(len(hidden) + 10 * k + n)

    def random(*shape):
        return torch.rand(shape, generator=generator, dtype=torch.float64)

    network = MLP(hidden, k, activation, generator=generator, output_bias=not anchored)
    system = System(right_hand_side, [f"x{i}" for i in range(k)])
    window = Window(random() + 1, 2 * random() - 3, random(k), random(k) + 0.5)
    made = Objective(Model(system, system.states, network, anchored), window, 2 * random(n) - 1, weight)
    return made, network.vector() + 0.1 * random(len(network.vector()))


def assert_agrees(made, weights):
    model, window, tau = made.model, made.window, made.tau
    rows = len(tau) * made.k

    def definition(weights):
        return model.residual(weights, window, tau).reshape(-1)

    residual, jacobian = made.jacobian(weights)
    size = float(jacobian.abs().max())
    torch.testing.assert_close(residual[:rows], definition(weights), rtol=1e-12, atol=1e-12 * size)
    torch.testing.assert_close(jacobian[:rows], jacrev(definition)(weights), rtol=1e-11, atol=1e-12 * size)
    torch.testing.assert_close(made.vector(weights), residual, rtol=1e-13, atol=1e-13 * size)
    outputs = made.jacobian(weights, hidden=False)[1]
    torch.testing.assert_close(outputs, jacobian[:, -made.outputs :], rtol=0, atol=0)


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("k", [1, 2, 20])
@pytest.mark.parametrize("hidden", [(6,), (5, 4), (4, 3, 5)])
def test_closed_form_agrees_for_every_depth_and_size(hidden, k, n):
    assert_agrees(*objective(hidden, k, n))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_closed_form_agrees_for_every_activation(activation):
    assert_agrees(*objective((5, 4), 2, 6, activation))


@pytest.mark.parametrize("hidden", [(6,), (5, 4)])
def test_closed_form_agrees_for_soft_conditions_and_their_rows(hidden):
    made, weights = objective(hidden, 2, 5, anchored=False)
    assert_agrees(made, weights)

    def condition(weights):
        first = torch.func.functional_call(made.model.network, made.model.network.named(weights), (made.window.begin,))
        return math.sqrt(5 * 0.7) * first

    residual, jacobian = made.jacobian(weights)
    torch.testing.assert_close(residual[-2:], condition(weights), rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(jacobian[-2:], jacrev(condition)(weights), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("anchored", [True, False])
def test_gradient_of_the_loss_is_that_of_the_residual_vector(anchored):
    made, weights = objective((5, 4), 2, 6, anchored=anchored)
    residual, jacobian = made.jacobian(weights)
    loss, gradient, squares = made.gradient(weights)
    assert float(loss) == pytest.approx(made.loss(residual), rel=1e-12)
    torch.testing.assert_close(gradient, 2 * jacobian.T @ residual / 12, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(squares, made.squares(residual), rtol=1e-12, atol=0)


def test_one_trace_serves_every_window():
    made, weights = objective((5,), 2, 6)
    other = Window(*(2 * part for part in (made.window.start, made.window.length, made.window.offset, made.window.scale)))
    moved = Objective(made.model, other, made.tau)
    for case in (made, moved):
        assert float(case.gradient(weights)[0]) == pytest.approx(case.loss(case.vector(weights)), rel=1e-12)


def test_prescribed_derivative_ignores_the_states():
    made, weights = objective((5,), 2, 6)
    target = torch.ones(6, 2, dtype=torch.float64)
    fit = Objective(Model(Prescribed(target), ("x", "y"), made.model.network), made.window, made.tau)
    assert_agrees(fit, weights)


def test_an_infinite_derivative_of_f_does_not_spoil_the_jacobian():
    system = System(lambda t, y, p: torch.sqrt(y), ["x"])
    network = MLP((4,), 1, generator=torch.Generator(), output_bias=False)
    one = torch.ones((), dtype=torch.float64)
    window = Window(0 * one, one, torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64))
    weights = network.vector()
    weights[-4:] = weights[-4:].abs() * weights[:4].sign()  # increasing, so that y > 0 after the start
    made = Objective(Model(system, system.states, network), window, torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64))
    residual, jacobian = made.jacobian(weights)
    assert torch.isfinite(residual).all() and torch.isfinite(jacobian).all()
