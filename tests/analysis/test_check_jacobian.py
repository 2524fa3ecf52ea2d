"""`check_jacobian` passes every honest 1→k network, whatever its shape, precision and weights, and names what is wrong
with the others."""

import json
import math

import pytest
import torch
from torch import nn

from pinnsolve.analysis.check_jacobian import check_jacobian
from pinnsolve.analysis.routes import DIFFERENCES, FULL, ROUTES, SUMMED, Model
from pinnsolve.errors import UsageError
from pinnsolve.network.chain import Chain

NAMES = [route.name for route in ROUTES]


def mlp(k, width=16, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    net = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, k)).to(dtype)
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator, dtype=dtype) / math.sqrt(weight.shape[-1]))
    return net


def times(n, dtype=torch.float64):
    return torch.linspace(0, 2, n, dtype=dtype)[:, None] if n > 1 else torch.full((1, 1), 0.7, dtype=dtype)


def by_name(report):
    return {route.route: route for route in report.routes}


@pytest.mark.parametrize(("n", "k"), [(1, 1), (1, 20), (2, 2), (9, 1), (9, 20)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_plain_network_passes_in_every_shape(n, k, dtype):
    report = check_jacobian(mlp(k, dtype=dtype), times(n, dtype))
    assert report.ok, report.message
    assert report.rows_independent
    assert report.shape == (n, k)
    shapes = [route.shape for route in report.routes]
    assert shapes == [[n, k, 1], [n, k], [n, k], [n, k], [n, k, n, 1], [n, 1], [n, k]]
    assert "all routes agree" in report.message


def test_the_reference_is_the_closed_form_derivative():
    net = mlp(3)
    t = times(6)
    first, second, last = net[0], net[2], net[4]
    h = torch.tanh(first(t))
    g = torch.tanh(second(h))
    exact = ((1 - g**2) * ((1 - h**2) * first.weight[:, 0] @ second.weight.T)) @ last.weight.T
    measured = ROUTES[0].reduce(ROUTES[0].run(Model(net), t))
    torch.testing.assert_close(measured, exact, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("k", "right"), [(1, True), (2, False), (20, False)])
def test_the_route_that_sums_the_components_is_right_for_one_component_alone(k, right):
    route = by_name(check_jacobian(mlp(k), times(5)))[SUMMED]
    assert route.agrees is right
    assert route.expected is right
    assert (route.max_difference < 1e-12) is right


def test_the_other_routes_agree_to_rounding():
    for route in check_jacobian(mlp(4), times(12)).routes:
        if route.route not in (SUMMED, DIFFERENCES):
            assert route.max_difference < 1e-14


def test_every_route_is_timed_and_its_memory_counted():
    n, k = 40, 2
    routes = by_name(check_jacobian(mlp(k), times(n)))
    assert all(route.milliseconds > 0 for route in routes.values())
    assert routes[FULL].memory_bytes >= n * k * n * 8
    assert all(route.memory_bytes >= n * 8 for route in routes.values())


def test_memory_of_the_full_jacobian_grows_as_the_square_of_the_points():
    few, many = (by_name(check_jacobian(mlp(1), times(n)))[FULL].memory_bytes for n in (50, 200))
    assert 8 < many / few < 17


def test_the_report_is_the_json_of_the_contract():
    data = json.loads(json.dumps(check_jacobian(mlp(2), times(3)).to_dict()))
    assert {"ok", "rows_independent", "shape", "routes"} <= set(data)
    assert data["ok"] is True
    assert data["rows_independent"] is True
    assert data["shape"] == [3, 2]
    assert [route["route"] for route in data["routes"]] == NAMES
    keys = {"route", "shape", "max_difference", "milliseconds", "memory_bytes", "agrees", "expected", "error"}
    assert all(set(route) == keys for route in data["routes"])


class TestRounding:
    def test_large_weights_that_cancel_are_judged_by_their_size(self):
        net = mlp(2)
        with torch.no_grad():
            net[4].weight[:, 8:] = -net[4].weight[:, :8]
            net[2].weight[8:], net[2].bias[8:] = net[2].weight[:8] * (1 + 1e-9), net[2].bias[:8]
            net[4].weight *= 1e10
        report = check_jacobian(net, times(20))
        assert report.ok, report.message
        assert max(route.max_difference for route in report.routes[:5]) > 1e-9

    def test_a_chain_of_windows_passes_with_points_on_its_corners(self):
        generator = torch.Generator().manual_seed(3)
        edges = torch.linspace(0, 20, 5, dtype=torch.float64)
        draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
        layers = [(draw(1, 12, 1), draw(1, 12)), (1e6 * draw(4, 2, 12), draw(4, 2))]
        chain = Chain(edges[:-1], edges.diff(), draw(4, 2), torch.ones(4, 2, dtype=torch.float64), layers)
        report = check_jacobian(chain, torch.linspace(0, 20, 41, dtype=torch.float64)[:, None])
        assert report.ok, report.message

    @pytest.mark.parametrize("size", [1e-9, 1e-5])
    def test_a_derivative_that_is_wrong_by_little_is_found(self, size):
        class Wrong(torch.autograd.Function):
            generate_vmap_rule = True

            @staticmethod
            def forward(x):
                return torch.sin(x)

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(*inputs)
                ctx.save_for_forward(*inputs)

            @staticmethod
            def backward(ctx, gradient):
                return gradient * torch.cos(ctx.saved_tensors[0]) * (1 + size)

            @staticmethod
            def jvp(ctx, tangent):
                return tangent * torch.cos(ctx.saved_tensors[0])

        report = check_jacobian(Wrong.apply, times(5))
        assert not report.ok
        assert report.rows_independent
        wrong = [route.route for route in report.routes if route.agrees is False]
        assert wrong == NAMES[1:2] + NAMES[3:6]
        assert f"{NAMES[3]} differs from vmap(jacfwd(f)) by" in report.message

    def test_a_constant_component_agrees_exactly(self):
        report = check_jacobian(lambda t: torch.cat([0 * t, 0 * t + 3], dim=-1), times(4))
        assert report.ok
        assert all(route.max_difference == 0 for route in report.routes)


class TestCentralDifferences:
    @pytest.mark.parametrize("speed", [1e-3, 1.0, 1e5])
    def test_they_are_as_accurate_as_they_claim(self, speed):
        route = by_name(check_jacobian(lambda t: torch.cat([torch.sin(speed * t), torch.exp(-t)], -1), times(9)))[DIFFERENCES]
        assert route.agrees
        assert route.max_difference < 1e-6 * max(1.0, speed)

    def test_at_a_corner_they_are_the_mean_of_two_slopes_and_know_it(self):
        route = by_name(check_jacobian(lambda t: torch.relu(t - 1), times(3)))[DIFFERENCES]
        assert route.max_difference == pytest.approx(0.5)
        assert route.agrees


class TestMixedRows:
    @pytest.mark.parametrize("n", [1, 2, 7, 50])
    def test_batch_normalisation_is_named_and_left_as_it_was(self, n):
        net = nn.Sequential(nn.Linear(1, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2)).double()
        before = {name: value.clone() for name, value in net.state_dict().items()}
        report = check_jacobian(net, times(n))
        assert not report.ok
        assert report.rows_independent is False
        assert report.message.startswith("the network mixes rows: its output at t = ")
        assert "layer '1' (BatchNorm1d) normalises over the batch in training mode: use LayerNorm" in report.message
        assert net.training
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())

    def test_running_statistics_stay_when_the_module_hides_in_a_function(self):
        net = nn.Sequential(nn.Linear(1, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)).double()
        report = check_jacobian(lambda t: net(t), times(5))
        assert not report.rows_independent
        assert "BatchNorm1d" in report.message
        assert int(net[1].num_batches_tracked) == 0

    def test_layer_normalisation_passes(self):
        net = nn.Sequential(nn.Linear(1, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 2)).double()
        assert check_jacobian(net, times(6)).ok

    @pytest.mark.parametrize("n", [1, 5])
    def test_attention_over_the_batch_is_named(self, n):
        class Attending(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed, self.out = nn.Linear(1, 8), nn.Linear(8, 2)
                self.attention = nn.MultiheadAttention(8, 2)

            def forward(self, t):
                h = torch.tanh(self.embed(t.reshape(-1, 1)))
                return self.out(self.attention(h, h, h, need_weights=False)[0]).reshape(*t.shape[:-1], 2)

        report = check_jacobian(Attending().double(), times(n))
        assert report.rows_independent is False
        assert not report.ok
        assert "layer 'attention' (MultiheadAttention) attends over the batch" in report.message

    @pytest.mark.parametrize("weight", [1.0, 1e-9])
    @pytest.mark.parametrize("n", [1, 2, 30])
    def test_subtracting_the_mean_is_found_however_small(self, n, weight):
        report = check_jacobian(lambda t: torch.cat([t.sin() - weight * t.mean(dim=0), t], dim=-1), times(n))
        assert report.rows_independent is False
        assert "with a derivative of" in report.message
        assert "compute each row from its own time only" in report.message

    def test_mixing_without_a_derivative_is_found_by_value(self):
        report = check_jacobian(lambda t: t / (1 + t.detach().abs().sum(dim=0)), times(6))
        assert report.rows_independent is False
        assert "when other times are evaluated beside it" in report.message

    def test_a_detour_through_a_fourier_transform_over_the_rows_is_rounding(self):
        def network(t):
            return t.cos() if t.dim() == 1 else torch.fft.irfft(torch.fft.rfft(t.cos(), dim=0), n=len(t), dim=0)

        assert check_jacobian(network, times(8)).rows_independent


class TestNetworksThatCannotBeChecked:
    def test_a_squeezed_axis_is_named(self):
        report = check_jacobian(lambda t: mlp(1)(t).squeeze(-1), times(5))
        assert not report.ok
        assert "for times of shape (5, 1) the network returned (5,): it must return (5, k), also for k = 1" in report.message

    def test_a_network_for_one_time_only_is_told_how_to_take_many(self):
        report = check_jacobian(lambda t: torch.stack([t[0].sin(), t[0].cos()]), times(5))
        assert "returned shape (2, 1): it must return (5, k), one row a time" in report.message
        assert "torch.stack(..., dim=-1)" in report.message
        assert report.routes[0].agrees
        assert report.routes[2].shape is None

    def test_a_network_for_batches_only_is_told_so(self):
        report = check_jacobian(lambda t: torch.cat([t[:, :1].sin(), t[:, :1]], dim=1), times(5))
        assert not report.ok
        assert report.rows_independent
        assert "takes n times but not one, shape (1,): IndexError: too many indices" in report.message
        assert report.routes[0].error is not None
        assert report.routes[0].shape is None
        assert report.routes[3].shape == [5, 2]
        assert report.routes[3].agrees is None

    def test_different_widths_for_one_time_and_for_many_are_named(self):
        report = check_jacobian(lambda t: t if t.dim() == 2 else torch.cat([t, t]), times(3))
        assert "returns 2 values for one time and 1 a row for n times" in report.message
        assert not report.ok

    def test_dropout_is_told_to_go_to_evaluation_mode(self):
        net = nn.Sequential(nn.Linear(1, 8), nn.Dropout(), nn.Linear(8, 2)).double()
        state = torch.get_rng_state()
        report = check_jacobian(net, times(5))
        assert not report.ok
        assert "draws random numbers (dropout in training mode?): call model.eval()" in report.message
        assert torch.equal(torch.get_rng_state(), state)
        assert check_jacobian(net.eval(), times(5)).ok

    def test_a_branch_on_a_value_is_told_about_where(self):
        report = check_jacobian(lambda t: t.sin() if t.sum() > 0 else t.cos(), times(5))
        assert not report.ok
        assert "torch.where instead of if" in report.message

    def test_a_cut_graph_is_named(self):
        report = check_jacobian(torch.no_grad()(mlp(2)), times(5))
        assert not report.ok
        assert "the graph is cut between t and the output" in report.message

    def test_a_network_that_raises_gives_the_sentence_of_its_error(self):
        def broken(t):
            raise KeyError("weights")

        report = check_jacobian(broken, times(2))
        assert not report.ok
        assert report.rows_independent is False
        assert report.shape == (2, None)
        assert all(route.error == "KeyError: 'weights'" for route in report.routes)

    def test_a_derivative_that_is_not_finite_is_no_pass(self):
        report = check_jacobian(torch.sqrt, times(5))
        assert not report.ok
        assert "not finite everywhere" in report.message
        assert report.rows_independent
        assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["routes"][0]["max_difference"] is None

    @pytest.mark.parametrize(
        ("t", "message"),
        [
            (torch.zeros(3), r"shape \(n, 1\) with n at least 1, not \(3,\); use t\[:, None\]"),
            (torch.zeros(3, 2), r"not \(3, 2\)"),
            (torch.zeros(0, 1), r"not \(0, 1\)"),
            (torch.full((2, 1), torch.nan), "finite"),
        ],
    )
    def test_times_of_another_shape_are_refused(self, t, message):
        with pytest.raises(UsageError, match=message):
            check_jacobian(mlp(2), t)


def test_times_are_brought_to_the_precision_of_the_network():
    assert check_jacobian(mlp(2, dtype=torch.float32), times(4)).ok


def test_a_full_jacobian_too_large_for_memory_is_skipped_without_failing():
    report = check_jacobian(lambda t: torch.cat([t.sin(), t.cos()], dim=-1), times(10_000))
    route = by_name(report)[FULL]
    assert report.ok
    assert route.agrees is None
    assert route.error == (
        "skipped: the full Jacobian, (10000, 2, 10000, 1), would take 1.5 GiB; ask for fewer points to see this route"
    )
