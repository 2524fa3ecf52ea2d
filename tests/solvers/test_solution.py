"""What a solution answers when it is called."""

import re

import numpy as np
import pytest
import torch

from pinnsolve.errors import Interrupted, ProblemError
from pinnsolve.solvers import Solution, solve
from pinnsolve.solvers.solution import PIECE
from pinnsolve.solvers.windows.march import STAGNATION, Marcher
from pinnsolve.solvers.windows.state import March
from pinnsolve.solvers.windows.table import table
from pinnsolve.spec import load_problem
from tests.solvers.problems import EXACT


@pytest.fixture(scope="module")
def harmonic():
    return solve(EXACT["harmonic"].problem())


def test_shapes_follow_the_times(harmonic):
    assert harmonic(0.5).shape == (2,)
    assert harmonic(np.array([0.5])).shape == (1, 2)
    assert harmonic(np.linspace(0, 10, 7)).shape == (7, 2)
    assert harmonic.derivative(0.5).shape == harmonic.residual(0.5).shape == harmonic.error(0.5).shape == (2,)
    one = solve(EXACT["decay"].problem())
    assert one(np.array([0.5])).shape == one.derivative(np.array([0.5])).shape == (1, 1)


def test_numpy_in_gives_numpy_out_and_torch_in_gives_torch_out(harmonic):
    assert isinstance(harmonic(np.zeros(3)), np.ndarray)
    value = harmonic(torch.zeros(3, dtype=torch.float32))
    assert value.dtype == torch.float32


def test_whole_times_in_a_torch_tensor_do_not_make_whole_states(harmonic):
    assert harmonic(torch.arange(3))[1, 0].item() == pytest.approx(np.cos(1), abs=1e-6)


def test_reversed_and_read_only_times_are_taken_as_they_are(harmonic):
    t = np.linspace(0, 10, 5)
    t.flags.writeable = False
    assert (harmonic(t[::-1]) == harmonic(t)[::-1]).all()


def test_changing_what_a_solution_hands_out_leaves_the_next_one_alone():
    first = solve(EXACT["harmonic"].problem())
    first.check_points[:] = 0
    assert len(np.unique(solve(EXACT["harmonic"].problem()).check_points)) > 1


def test_derivatives_at_many_times_are_those_at_few(harmonic):
    t = np.linspace(0, 10, PIECE + 1)
    assert (harmonic.derivative(t)[::1000] == harmonic.derivative(t[::1000])).all()


def test_a_torch_solution_can_be_differentiated_by_time(harmonic):
    t = torch.linspace(0.1, 9.9, 20, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(harmonic(t)[:, 0].sum(), t)
    torch.testing.assert_close(slope, -torch.sin(t.detach()), atol=1e-5, rtol=0)
    torch.testing.assert_close(slope, harmonic.derivative(t.detach())[:, 0], atol=1e-12, rtol=0)


def test_the_derivative_agrees_with_central_differences(harmonic):
    t, h = np.linspace(0.5, 9.5, 11), 1e-5
    central = (harmonic(t + h) - harmonic(t - h)) / (2 * h)
    np.testing.assert_allclose(harmonic.derivative(t), central, atol=1e-6)


@pytest.mark.parametrize("t", [-0.1, 10.1, np.nan])
def test_a_time_outside_the_interval_is_refused(harmonic, t):
    with pytest.raises(ValueError, match="lies outside the solved interval"):
        harmonic(t)


def test_a_time_outside_is_answered_when_asked_to_extrapolate(harmonic):
    assert np.isfinite(harmonic(10.01, extrapolate=True)).all()


def test_rounding_of_the_last_time_of_a_grid_is_let_pass(harmonic):
    assert np.isfinite(harmonic(10 * (1 + 1e-15))).all()


def test_state_round_trip_gives_the_same_values_to_the_last_bit(harmonic):
    again = Solution.from_state(harmonic.problem, harmonic.state())
    t = np.linspace(0, 10, 100)
    assert (again(t) == harmonic(t)).all()
    assert (again.error(t) == harmonic.error(t)).all()
    assert again.result() == harmonic.result()


def test_the_network_of_a_window_is_a_plain_module(harmonic):
    module = harmonic.network.module(3)
    tau = torch.tensor([[-1.0], [0.2]], dtype=torch.float64)
    start, value = module(tau).detach()
    chain = harmonic.network
    t = chain.starts[3] + 0.6 * chain.lengths[3]
    expected = chain.offset[3] + chain.scale[3] * (value - start)
    torch.testing.assert_close(harmonic(t.reshape(1))[0], expected, atol=1e-9, rtol=0)


class StopAfter:
    """Interrupts after some updates."""

    def __init__(self, count):
        self.count = count

    def update(self, step, snapshot):
        self.count -= 1
        if self.count == 0:
            raise Interrupted


@pytest.mark.parametrize("windows", [1, 5])
def test_an_interrupted_march_resumes_to_the_same_bits(windows):
    problem = EXACT["harmonic"].problem(accuracy=1e-10)
    whole = solve(problem)
    part = solve(problem, progress=StopAfter(windows))
    assert part.status == "interrupted"
    assert part.windows == windows
    rest = solve(problem, state=part.resume)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name
    assert rest.result()["accuracy"] == whole.result()["accuracy"]
    assert rest.iterations == whole.iterations


def test_a_march_interrupted_in_its_second_pass_remembers_the_first():
    equations = {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8*z/3"}
    problem = load_problem(
        {"system": {"equations": equations}, "initial": {"x": 1, "y": 1, "z": 1}, "time": [0, 20], "accuracy": 1e-6}
    )
    whole = solve(problem, record=True)
    windows = len(whole.history)
    assert windows > whole.windows  # there was more than one pass
    part = solve(problem, progress=StopAfter(windows - 3), record=True)
    assert part.resume["best"] is not None
    rest = solve(problem, state=part.resume, record=True)
    assert torch.equal(whole.network.layer_weights[1], rest.network.layer_weights[1])
    assert (rest.iterations, rest.windows, len(rest.history)) == (whole.iterations, whole.windows, windows)


def test_a_march_carried_on_between_two_looks_for_stagnation_does_not_seem_to_stand_still():
    problem = EXACT["harmonic"].problem()
    marcher = Marcher(problem.system, table(12), np.array(problem.initial), 0.0, 1e8, 1e-8, None, np.empty(0))
    march = marcher.begin()
    marcher.run(march, most=STAGNATION - 1)
    march.stop = None
    carried = March.from_state(march.state())
    marcher.run(carried, most=STAGNATION + 1)
    assert carried.stop.kind == "limit"
    assert len(carried.windows) == STAGNATION + 1


@pytest.mark.parametrize(("key", "value"), [("points", 3), ("iterations", 1), ("condition", "soft"), ("tolerance", 1e-3)])
def test_a_setting_that_automatic_windows_would_ignore_is_a_fault(key, value):
    with pytest.raises(ProblemError, match=f"training.{key}.*has no effect with automatic windows"):
        EXACT["harmonic"].problem(training={key: value})
    assert EXACT["harmonic"].problem(training={key: value}, method="adam").stage_settings[0] is not None


def test_settings_may_be_replaced_by_their_top_level_names():
    problem = EXACT["harmonic"].problem().with_settings(accuracy=1e-3, network={"windows": 2})
    assert problem.accuracy == 1e-3
    assert problem.network.windows == 2
    with pytest.raises(ProblemError, match="unknown key 'acuracy'"):
        problem.with_settings(acuracy=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial": ["a", 0]}, "initial: must be numbers, not"),
        ({"time": None}, "time: needs two values, [start, end], and has 0"),
        ({"accuracy": "fine"}, "accuracy: must be numbers, not"),
        ({"seed": 1.5}, "seed: must be a whole number"),
        ({"name": "nul"}, "name: 'nul' is the name of a device on Windows"),
        ({"network": {"windows": 2.5}}, "network.windows: must be 'auto' or a whole number"),
    ],
)
def test_a_problem_made_in_python_refuses_what_a_file_would(change, message):
    with pytest.raises(ProblemError, match=re.escape(message)):
        EXACT["harmonic"].problem().with_settings(**change)
