"""The time derivative has shape (n, k) and agrees with every independent route, traced or not."""

import mpmath
import pytest
import torch
from torch import nn
from torch.func import jacrev, vmap

from pinnsolve.network.activations import ACTIVATIONS
from pinnsolve.network.derivatives import TracedDerivative, time_derivative, value_and_derivative
from pinnsolve.network.mlp import MLP


def network(k, activation="tanh", hidden=(9, 7)):
    return MLP(hidden, k, activation, generator=torch.Generator().manual_seed(k))


def times(n):
    return torch.linspace(-0.9, 0.7, n, dtype=torch.float64)[:, None]


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("k", [1, 2, 20])
def test_derivative_agrees_with_reverse_mode_forward_mode_and_differences(k, n):
    model, t = network(k), times(n)
    derivative = time_derivative(model, t)
    assert derivative.shape == (n, k)
    torch.testing.assert_close(derivative, vmap(jacrev(model))(t)[..., 0], rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(derivative, torch.func.jvp(model, (t,), (torch.ones_like(t),))[1], rtol=1e-13, atol=1e-13)
    step = 1e-5
    torch.testing.assert_close(derivative, (model(t + step) - model(t - step)) / (2 * step), rtol=1e-7, atol=1e-7)


def test_derivative_agrees_with_fifty_digits():
    model = network(2, hidden=(5, 4))
    weights = [[[mpmath.mpf(v) for v in row] for row in layer.weight.tolist()] for layer in model.linear]
    biases = [[mpmath.mpf(v) for v in layer.bias.tolist()] for layer in model.linear]

    def component(j):
        def value(t):
            h = [t]
            for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                z = [mpmath.fdot(row, h) + b for row, b in zip(weight, bias, strict=True)]
                h = z if number == len(weights) - 1 else [mpmath.tanh(x) for x in z]
            return h[j]

        return value

    with mpmath.workdps(50):
        exact = [float(mpmath.diff(component(j), mpmath.mpf(0.25))) for j in range(2)]
    derivative = time_derivative(model, torch.tensor([[0.25]], dtype=torch.float64))
    torch.testing.assert_close(derivative, torch.tensor([exact], dtype=torch.float64), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("k", [1, 20])
def test_traced_derivative_equals_the_eager_one_with_its_value(k, n):
    model, t = network(k), times(n)
    value, derivative = TracedDerivative(model)(t)
    torch.testing.assert_close(value, model(t), rtol=1e-14, atol=1e-14)
    torch.testing.assert_close(derivative, time_derivative(model, t), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_traced_derivative_holds_for_every_activation(activation):
    model, t = network(2, activation), times(5)
    for traced, eager in zip(TracedDerivative(model)(t), value_and_derivative(model, t), strict=True):
        torch.testing.assert_close(traced, eager, rtol=1e-13, atol=1e-13)


def test_traced_derivative_follows_shape_dtype_and_weights():
    model = network(2)
    traced = TracedDerivative(model)
    for n in (3, 8, 3):
        torch.testing.assert_close(traced(times(n))[1], time_derivative(model, times(n)), rtol=1e-13, atol=1e-13)
    model.linear[0].weight.mul_(0.5)
    torch.testing.assert_close(traced(times(3))[1], time_derivative(model, times(3)), rtol=1e-13, atol=1e-13)
    model.to(torch.float32)
    assert traced(times(3).float())[1].dtype == torch.float32


class Unusual(nn.Module):
    """Residual connection, normalisation, Fourier features, a buffer and a weight that wants a gradient."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 6, dtype=torch.float64)
        self.norm = nn.LayerNorm(6, dtype=torch.float64)
        self.last = nn.Linear(6, 3, dtype=torch.float64)
        self.register_buffer("frequencies", torch.arange(1.0, 3.0, dtype=torch.float64))

    def forward(self, t):
        h = torch.cat([torch.sin(self.frequencies * t), torch.cos(self.frequencies * t)])
        h = torch.tanh(self.first(h))
        return self.last(h + self.norm(h))


def test_any_module_from_one_number_to_k_is_differentiated():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Unusual()
    t = times(4)
    derivative = time_derivative(model, t).detach()
    step = 1e-5
    rows = [(model(x + step) - model(x - step)).detach() / (2 * step) for x in t]
    torch.testing.assert_close(derivative, torch.stack(rows), rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(TracedDerivative(model)(t)[1], derivative, rtol=1e-13, atol=1e-13)
