"""Cleaning a trace removes work without effect, and only that."""

import torch
from torch.func import functional_call, jacfwd, vmap

from pinnsolve.network.derivatives import value_and_derivative
from pinnsolve.network.mlp import MLP
from pinnsolve.network.tracing import Traced, trace


def operations(graph):
    return [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]


def test_a_network_costs_two_products_a_layer_and_no_more():
    model = MLP((8, 8, 8), 2, generator=torch.Generator())
    names = [name for name, _ in model.named_parameters()]

    def function(t, *weights):
        return value_and_derivative(lambda x: functional_call(model, dict(zip(names, weights, strict=True)), (x,)), t)

    graph = trace(function, torch.zeros(5, 1, dtype=torch.float64), *model.parameters())
    assert operations(graph).count("aten.mm.default") == 2 * 4  # value and tangent of four linear layers
    assert not [name for name in operations(graph) if "_to_copy" in name or "alias" in name]


def check(function, *arguments):
    """Trace, compare, and return the number of operations left."""
    expected, graph = function(*arguments), trace(function, *arguments)
    torch.testing.assert_close(graph(*arguments), expected, rtol=0, atol=0)
    return len(operations(graph))


def test_zeros_that_change_shape_or_dtype_are_kept():
    x = torch.tensor([[1.0], [2.0]])
    assert check(lambda x: x + torch.zeros(2, 3), x) > 0
    assert check(lambda x: x + torch.zeros(2, 1, dtype=torch.float64), x) > 0
    assert check(lambda x: torch.zeros(2, 1) + torch.zeros(2, 1) + x, x) == 0
    assert check(lambda x: torch.add(torch.zeros(2, 1), x, alpha=3.0), x) > 0
    assert check(lambda x: (x * torch.zeros(2, 1)).exp(), x) > 0


def test_reshapes_that_lead_back_vanish_and_others_shrink_to_one():
    x = torch.arange(6.0).view(2, 3)
    assert check(lambda x: x.unsqueeze(0).view(6).view(2, 3), x) == 0
    assert check(lambda x: x.unsqueeze(0).view(6).view(3, 2), x) == 1
    assert check(lambda x: x.t().unsqueeze(0).squeeze(0).contiguous().view(6), x) >= 2


def test_a_view_after_a_dropped_zero_finds_the_layout_that_it_needs():
    x = torch.arange(6.0).view(2, 3)
    check(lambda x: (torch.zeros(3, 2) + x.t()).view(6), x)
    check(lambda x: (x.t() + torch.zeros(3, 2)).reshape(6), x)


def test_functions_that_write_in_place_are_traced_by_value():
    def function(t):
        y = torch.zeros(3, dtype=t.dtype)
        y = y + t
        y[1] = 2 * t[0]
        y += 1
        return y

    t = torch.tensor([0.5])
    torch.testing.assert_close(Traced(function)(t), function(t), rtol=0, atol=0)
    derivative = vmap(jacfwd(function))(t[:, None])
    torch.testing.assert_close(Traced(vmap(jacfwd(function)))(t[:, None]), derivative, rtol=0, atol=0)


def test_one_graph_serves_all_values_of_a_shape():
    calls = []

    def function(x):
        calls.append(x.shape)
        return torch.sin(x)

    traced = Traced(function)
    for n in (2, 2, 3, 2):
        torch.testing.assert_close(traced(torch.ones(n) * n), torch.sin(torch.ones(n) * n))
    assert [tuple(shape) for shape in calls] == [(2,), (3,)]
