"""Trial solutions: the initial condition holds for any weights, and an exact solution has no residual."""

import pytest
import torch
from torch import nn

from pinnsolve.network.mlp import MLP
from pinnsolve.network.residual import Model, Objective
from pinnsolve.network.trial import Trial, Window
from pinnsolve.problem import System


def tensor(*values):
    return torch.tensor(values[0] if len(values) == 1 else values, dtype=torch.float64)


def window(k, start=1.5, length=2.0):
    return Window(tensor(start), tensor(length), torch.arange(1.0, k + 1, dtype=torch.float64), 3 * torch.ones(k).double())


@pytest.mark.parametrize("length", [2.0, -0.5])
@pytest.mark.parametrize("k", [1, 2, 20])
def test_hard_condition_holds_for_any_weights(k, length):
    generator = torch.Generator().manual_seed(k)
    for scale in (1e-3, 1.0, 100.0):
        network = MLP((5, 5), k, generator=generator)
        for parameter in network.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
        trial = Trial(network, window(k, length=length))
        assert torch.equal(trial(tensor([1.5])), window(k).offset)
        batch = trial(tensor([[1.5], [1.5]]))  # products of matrices round otherwise than products with a row
        torch.testing.assert_close(batch[1], window(k).offset, rtol=0, atol=1e-12 * scale)


def test_soft_condition_lets_the_start_go_and_puts_it_into_the_loss():
    network = MLP((5,), 2, generator=torch.Generator())
    w, tau = window(2), tensor([-0.5, 0.5])
    trial = Trial(network, w, anchored=False)
    assert not torch.allclose(trial(tensor([1.5])), w.offset)
    first = network(tensor([-1.0]))
    torch.testing.assert_close(trial(tensor([1.5])), w.offset + w.scale * first)
    system = System(lambda t, y, p: -y, ["x", "y"])
    model = Model(system, system.states, network, anchored=False)
    free, bound = Objective(model, w, tau, 1e-300), Objective(model, w, tau, 0.25)
    weights = network.vector()
    extra = bound.loss(bound.vector(weights)) - free.loss(free.vector(weights))
    assert extra == pytest.approx(0.25 * float(first.square().mean()), rel=1e-12)
    assert float(bound.gradient(weights)[0]) == pytest.approx(bound.loss(bound.vector(weights)), rel=1e-12)


class Rotation(nn.Module):
    """N(τ) that makes the trial solution cos t, −sin t on [0, 2] with scale 1."""

    def forward(self, tau):
        t = tau + 1
        return torch.cat([torch.cos(t), -torch.sin(t)], dim=-1)


def test_residual_of_an_exact_solution_vanishes():
    system = System(lambda t, y, p: [y[1], -y[0]], ["x", "y"])
    w = Window(tensor(0.0), tensor(2.0), tensor([1.0, 0.0]), tensor([1.0, 1.0]))
    t = torch.linspace(0, 2, 9, dtype=torch.float64)[:, None]
    trial = Trial(Rotation(), w)
    torch.testing.assert_close(trial(t), torch.cat([torch.cos(t), -torch.sin(t)], dim=1), rtol=0, atol=1e-15)
    residual = torch.func.vmap(torch.func.jacfwd(trial))(t)[..., 0] - system.rhs_batch(t[:, 0], trial(t))
    assert residual.abs().max() < 1e-15


def test_residual_of_a_linear_network_is_the_one_on_paper():
    """y = 1 + 3 a (τ + 1) with τ = t − 2.5 and y' = 3 a against f = −t y, in units of length/2 = 1 and scale 3."""

    class Line(MLP):
        def forward(self, tau):
            return self.linear[-1](tau)

    network = Line((), 1, generator=torch.Generator())
    system = System(lambda t, y, p: -t * y, ["x"])
    model = Model(system, system.states, network)
    tau, a = tensor([-1.0, 0.0, 1.0]), 0.7
    residual = model.residual(tensor([a, 0.2]), window(1), tau)
    t = tau + 2.5
    y = 1 + 3 * a * (tau + 1)
    torch.testing.assert_close(residual[:, 0], (3 * a + t * y) / 3, rtol=1e-14, atol=0)
