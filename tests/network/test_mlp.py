"""The network: reproducible, without global state, with units all over the interval."""

import pytest
import torch

from pinnsolve.network.activations import ACTIVATIONS
from pinnsolve.network.mlp import MLP


def network(hidden=(6, 5), k=2, seed=0, **options):
    return MLP(hidden, k, generator=torch.Generator().manual_seed(seed), **options)


def test_weights_depend_on_the_generator_and_nothing_else():
    before = torch.random.get_rng_state()
    first, second, other = network(), network(), network(seed=1)
    assert torch.equal(first.vector(), second.vector())
    assert not torch.equal(first.vector(), other.vector())
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("hidden", [(40,), (30, 40), (20, 20, 40)])
def test_every_unit_bends_inside_the_interval_and_all_of_it_is_covered(hidden):
    model = network(hidden)
    tau = torch.linspace(-1.15, 1.15, 1001, dtype=torch.float64)[:, None]
    before = model.layers[:-2](tau)  # inputs of the last hidden layer's activation
    crossings = ((before[1:] * before[:-1]) <= 0).any(dim=1), (before.abs().min(dim=0).values < 0.2)
    assert crossings[1].all()  # every unit passes through zero
    assert crossings[0].view(10, 100).any(dim=1).all()  # in every tenth of the interval some unit does


@pytest.mark.parametrize("output_bias", [True, False])
def test_vector_and_parts_are_the_same_weights(output_bias):
    model = network(output_bias=output_bias)
    parts = model.split(model.vector())
    assert [part.shape for part in parts] == [parameter.shape for parameter in model.parameters()]
    for part, parameter in zip(parts, model.parameters(), strict=True):
        assert torch.equal(part, parameter)
    assert model.outputs == 2 * 5 + 2 * output_bias
    assert torch.equal(torch.cat([part.reshape(-1) for part in parts[4:]]), model.vector()[-model.outputs :])


def test_dtype_is_float64_unless_asked():
    assert network().vector().dtype == torch.float64
    assert network(dtype=torch.float32)(torch.zeros(3, 1)).dtype == torch.float32


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_of_activations_agree_with_automatic_differentiation(name):
    x = torch.linspace(-30.03, 30.07, 300, dtype=torch.float64)  # not 20, where torch's softplus has its seam
    activation = ACTIVATIONS[name]
    first = torch.func.grad(activation.function)
    expected = (activation.function(x), torch.vmap(first)(x), torch.vmap(torch.func.grad(first))(x))
    for value, reference in zip(activation.derivatives(x), expected, strict=True):
        torch.testing.assert_close(value, reference, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(activation.module()(x), expected[0], rtol=0, atol=0)
