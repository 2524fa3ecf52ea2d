"""Trained networks: exact solutions by every method, windows, soft conditions, resume, and failures by their words."""

import io
import itertools

import numpy as np
import pytest
import torch

from pinnsolve.errors import Interrupted, ProblemError
from pinnsolve.problem import NetworkSettings, Problem, System, TrainingSettings
from pinnsolve.solvers.plan import Start
from pinnsolve.solvers.trained import train_windows
from tests.solvers.problems import EXACT

LEAST_SQUARES = ("levenberg-marquardt", "gauss-newton")


def start_of(exact, problem, windows=6):
    """The exact solution as a start."""
    return Start(exact.solution, np.linspace(*problem.time, windows + 1))


def train(name, state=None, progress=None, record=False, march=6, **settings):
    """Train on an exact problem: the problem, what came of it, and its true error."""
    exact = EXACT[name]
    problem = exact.problem(**settings)
    trained = train_windows(problem, start_of(exact, problem, march), progress=progress, state=state, record=record)
    return problem, trained, error(exact, problem, trained)


def error(exact, problem, trained):
    t = np.linspace(*problem.time, 301)
    y = exact.solution(t)
    size = np.abs(y).max(axis=0)
    values = trained.chain(torch.as_tensor(t, dtype=trained.chain.starts.dtype)[:, None]).numpy()
    return float((np.abs(values - y).max(axis=0) / np.where(size > 0, size, 1)).max())


@pytest.mark.parametrize("accuracy", [1e-6, 1e-8])
@pytest.mark.parametrize("method", LEAST_SQUARES)
@pytest.mark.parametrize(
    "name", ["decay", "harmonic", "logistic", "explicit time", "backward", "far from zero", "sizes apart", "zero", "constant"]
)
def test_least_squares_methods_reach_the_accuracy_with_one_network(name, method, accuracy):
    _, trained, true = train(name, method=method, accuracy=accuracy, network={"windows": 1})
    assert true <= accuracy, trained.stops
    assert trained.chain.windows == 1 and trained.failure == "" and trained.resume is None


@pytest.mark.parametrize(("method", "expected"), [("adam", 2e-2), ("lbfgs", 2e-4)])
@pytest.mark.parametrize("windows", [1, 2])
def test_gradient_methods_approach_exact_solutions_from_random_weights(windows, method, expected):
    settings = {"training": {"iterations": 400}, "network": {"windows": windows, "hidden": [10, 10]}}
    _, trained, true = train("decay", method=method, **settings)
    assert true <= expected
    other = train("decay", method=method, seed=1, **settings)[1]
    assert not torch.equal(other.chain.layer_weights[0], trained.chain.layer_weights[0])


@pytest.mark.parametrize("activation", ["silu", "gelu", "softplus", "sin"])
def test_every_activation_serves_a_shallow_network(activation):
    _, _, true = train("harmonic", method="auto", network={"windows": 1, "activation": activation})
    assert true <= 1e-6


@pytest.mark.parametrize("windows", [3, "auto"])
def test_each_window_starts_where_the_last_one_ends(windows):
    problem, trained, true = train("harmonic", method="levenberg-marquardt", march=20, network={"windows": windows})
    chain = trained.chain
    assert chain.windows == 3 and true <= 1e-6
    torch.testing.assert_close(chain.edges, torch.linspace(0, 10, 4, dtype=torch.float64), rtol=0, atol=0.51)
    inside = chain.edges[1:-1, None]
    torch.testing.assert_close(chain(inside), chain(inside * (1 - 1e-15)), rtol=0, atol=1e-12)
    assert torch.equal(chain(torch.zeros(1, dtype=torch.float64)), torch.tensor(problem.initial, dtype=torch.float64))
    assert [stop[:16] for stop in trained.stops] == [f"window {i} of 3: l" for i in (1, 2, 3)]


def test_hidden_layers_given_are_kept_and_deep_ones_serve_levenberg_marquardt():
    _, trained, true = train("harmonic", method="levenberg-marquardt", network={"windows": 1, "hidden": [12, 12]})
    assert trained.chain.hidden == (12, 12) and true <= 1e-4
    assert trained.trained_weights == 2 * 12 + 12 * 13 + 2 * 12
    assert trained.method == "levenberg-marquardt"  # the fit to the start solution is no stage of the user's
    _, trained, _ = train("harmonic", method="levenberg-marquardt", network={"windows": 1, "hidden": [70]})
    assert trained.chain.hidden == (70,)


def test_gauss_newton_trains_the_output_layer_alone():
    _, trained, true = train("decay", method="gauss-newton", network={"windows": 2, "hidden": [10, 30]})
    assert true <= 1e-3
    assert trained.trained_weights == 2 * 30


def test_soft_condition_meets_the_start_approximately():
    settings = {"method": "levenberg-marquardt", "network": {"windows": 2}}
    problem, trained, true = train("harmonic", training={"condition": "soft"}, **settings)
    assert true <= 1e-6 and not trained.chain.anchored
    start = trained.chain(torch.zeros(1, dtype=torch.float64))
    assert 0 < (start - torch.tensor(problem.initial, dtype=torch.float64)).abs().max() <= 1e-6


def test_stages_run_in_turn_with_their_own_settings():
    stages = [{"iterations": 30}, {"iterations": 20, "points": 30, "sampling": "uniform"}]
    settings = {"network": {"windows": 1, "hidden": [6]}, "training": stages}
    _, trained, _ = train("decay", method=["adam", "lbfgs"], record=True, **settings)
    runs = [(stage, len(list(rows))) for stage, rows in itertools.groupby(row["stage"] for row in trained.history)]
    assert runs == [("adam", 30), ("lbfgs", 20)]
    assert [row["iteration"] for row in trained.history] == list(range(1, 51))
    assert trained.iterations == 50 and trained.method == "adam, lbfgs" and len(trained.stops) == 2
    np.testing.assert_allclose(trained.check_points, (np.linspace(-1, 1, 30)[1:] + np.linspace(-1, 1, 30)[:-1]) / 2)


def test_float32_trains_in_float32_to_what_it_can():
    _, trained, true = train("decay", method="levenberg-marquardt", dtype="float32", accuracy=1e-4, network={"windows": 1})
    assert trained.chain.starts.dtype == torch.float32
    assert true <= 1e-4


def test_stages_must_agree_on_the_condition():
    training = [{"condition": "soft"}, {"condition": "hard"}]
    with pytest.raises(ProblemError, match="condition: must be the same in every stage"):
        train("decay", method=["adam", "lbfgs"], training=training, network={"windows": 1})


def test_check_points_lie_between_the_training_points_of_every_window():
    _, trained, _ = train("harmonic", method="lbfgs", network={"windows": 2, "hidden": [4]}, training={"iterations": 1})
    n = len(trained.check_points) + 1
    used = -np.cos(np.pi * (np.arange(n) + 0.5) / n)
    assert n >= 64
    np.testing.assert_allclose(trained.check_points, (used[1:] + used[:-1]) / 2, atol=1e-14)


class StopAfter:
    """Interrupts after a number of iterations."""

    def __init__(self, count):
        self.count = count
        self.steps = []

    def update(self, step, snapshot):
        self.steps.append(step)
        if len(self.steps) == self.count:
            raise Interrupted


CASES = {
    "adam": {"method": "adam", "training": {"iterations": 12}, "network": {"windows": 2, "hidden": [5]}},
    "lbfgs": {"method": "lbfgs", "training": {"iterations": 12}, "network": {"windows": 2, "hidden": [5]}},
    "levenberg-marquardt": {"method": "levenberg-marquardt", "network": {"windows": 2}},
    "deep": {
        "method": "levenberg-marquardt",
        "network": {"windows": 2, "hidden": [4, 4]},
        "training": {"iterations": 6, "condition": "soft"},
    },
    "gauss-newton": {"method": "gauss-newton", "network": {"windows": 3, "hidden": [20]}},
    "stages": {
        "method": ["adam", "gauss-newton", "lbfgs"],
        "training": {"iterations": 6, "sampling": "adaptive"},
        "network": {"windows": 2, "hidden": [5]},
    },
}


@pytest.mark.parametrize("case", CASES)
def test_resumed_training_equals_the_uninterrupted_one_bit_for_bit(case):
    listener = StopAfter(10**9)
    _, whole, _ = train("harmonic", progress=listener, record=True, **CASES[case])
    count = len(listener.steps)
    assert count == whole.iterations
    for after in {count // 2, count}:
        _, part, _ = train("harmonic", progress=StopAfter(after), record=True, **CASES[case])
        assert part.iterations == after and part.chain is not None
        file = io.BytesIO()
        torch.save(part.resume, file)
        file.seek(0)
        _, resumed, _ = train("harmonic", state=torch.load(file, weights_only=True), record=True, **CASES[case])
        assert resumed.resume is None and resumed.iterations == whole.iterations and resumed.stops == whole.stops
        for name, tensor in whole.chain.state_dict().items():
            assert torch.equal(resumed.chain.state_dict()[name], tensor), (after, name)
        assert [row["residual"] for row in resumed.history] == [row["residual"] for row in whole.history]
        assert np.array_equal(resumed.check_points, whole.check_points)


@pytest.mark.parametrize("case", CASES)
def test_the_same_seed_gives_the_same_bytes(case):
    first, second = (train("harmonic", **CASES[case])[1] for _ in range(2))
    for name, tensor in first.chain.state_dict().items():
        assert torch.equal(second.chain.state_dict()[name], tensor)


def test_progress_hears_of_every_iteration_in_order():
    listener = StopAfter(10**9)
    train("harmonic", progress=listener, **CASES["stages"])
    assert [step.iteration for step in listener.steps] == list(range(1, len(listener.steps) + 1))
    fractions = [step.fraction for step in listener.steps]
    assert fractions == sorted(fractions) and fractions[0] > 0 and fractions[-1] <= 1
    assert {step.windows for step in listener.steps} == {2} and {step.window for step in listener.steps} == {0, 1}
    assert all(len(step.residual) == 2 for step in listener.steps)


@pytest.mark.parametrize("method", ["adam", "lbfgs", *LEAST_SQUARES])
def test_a_right_hand_side_that_is_not_a_number_is_named_and_ends_the_training(method):
    def f(t, y, p):
        return torch.stack([torch.where(t > 0.6, torch.log(-y[0].abs()), -y[0])])

    problem = Problem(
        System(f, ["u"]), [1.0], (0, 1), method=method, network=NetworkSettings(hidden=(5,), windows=2),
        training=TrainingSettings(iterations=5),
    )  # fmt: skip
    start = Start(lambda t: np.exp(-t)[:, None], np.linspace(0, 1, 3))
    trained = train_windows(problem, start)
    assert trained.reached == 0.5 and trained.chain.windows == 1
    assert trained.failure.startswith(f"window 2 of 2: {method} stopped after 0 iterations")
    assert "the right-hand side of u' is nan at t = 0.6" in trained.failure


def test_a_first_window_that_fails_leaves_no_chain():
    problem = Problem(
        System(lambda t, y, p: y * torch.nan, ["u"]), [1.0], (0, 1), method="lbfgs", network=NetworkSettings(windows=1)
    )
    trained = train_windows(problem, Start(lambda t: np.exp(-t)[:, None], np.array([0.0, 1.0])))
    assert trained.chain is None and trained.reached == 0 and trained.trained_weights == 0
    assert "the right-hand side of u' is nan at t = " in trained.failure
