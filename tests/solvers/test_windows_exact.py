"""Adaptive windows: the true error is at most what was asked for, and the estimate knows it."""

import numpy as np
import pytest

from pinnsolve.solvers import solve
from tests.solvers.problems import EXACT, SWITCHED


@pytest.mark.parametrize("accuracy", [1e-4, 1e-8, 1e-10])
@pytest.mark.parametrize("name", EXACT)
def test_true_error_is_at_most_what_was_asked_for(name, accuracy):
    solution = solve(EXACT[name].problem(accuracy=accuracy))
    assert solution.status == "converged", solution.message
    assert EXACT[name].error(solution) <= accuracy


@pytest.mark.parametrize("accuracy", [1e-4, 1e-10])
@pytest.mark.parametrize("name", SWITCHED)
def test_jumps_and_kinks_cost_no_accuracy(name, accuracy):
    solution = solve(SWITCHED[name].problem(accuracy=accuracy))
    assert solution.status == "converged", solution.message
    assert SWITCHED[name].error(solution) <= accuracy


@pytest.mark.parametrize("name", ["harmonic", "logistic", "explicit time", "backward", "twenty states"])
def test_estimated_error_is_between_a_third_and_ten_times_the_true_one(name):
    solution = solve(EXACT[name].problem(accuracy=1e-6))
    true, estimated = EXACT[name].error(solution, 5001), solution.accuracy["estimated"]
    assert 1 / 3 <= max(estimated, 1e-14) / max(true, 1e-14) <= 10


def test_error_function_bounds_the_error_of_each_state_in_its_own_units():
    exact = EXACT["sizes apart"]
    solution = solve(exact.problem(accuracy=1e-6))
    t = np.linspace(0, 5, 201)
    error = np.abs(solution(t) - exact.solution(t))
    assert (solution.error(t) >= 0).all()
    size = np.abs(exact.solution(t)).max(axis=0)
    assert (error <= 10 * solution.error(t).max(axis=0) + 1e-14 * size).all()


def test_an_error_at_a_switch_is_carried_behind_it():
    """The first window's error moves the time of the switch; with a jump of 1000 that error would be missed without it."""
    exact = SWITCHED["jump in a state"]
    for accuracy in (1e-3, 1e-5):
        solution = solve(exact.problem(accuracy=accuracy))
        assert exact.error(solution) <= 3 * solution.accuracy["estimated"] + 1e-14


def test_a_window_ends_exactly_where_the_right_hand_side_switches():
    edges = solve(SWITCHED["jump in time"].problem(accuracy=1e-6)).window_edges
    assert np.abs(edges - 1.2345678).min() < 1e-14


def test_the_residual_of_the_plain_networks_is_small_between_the_points_trained_on():
    solution = solve(EXACT["harmonic"].problem(accuracy=1e-8))
    t = np.linspace(0, 10, 977)
    assert np.abs(solution.residual(t)).max() < 1e-6
    assert solution.residual_norm() < 1e-6


def test_the_initial_condition_holds_to_the_last_bit():
    solution = solve(EXACT["harmonic"].problem())
    assert solution(0.0).tolist() == [1.0, 0.0]


def test_a_pulse_far_narrower_than_the_interval_is_not_stepped_over():
    width = 0.01
    source = {
        "system": {"equations": {"x": f"exp(-((t - 50)/{width})^2)"}},
        "initial": {"x": 0},
        "time": [0, 100],
        "accuracy": 1e-8,
    }
    from pinnsolve.spec import load_problem

    solution = solve(load_problem(source))
    assert solution(100.0)[0] == pytest.approx(width * np.sqrt(np.pi), rel=1e-8)


def test_ten_times_the_interval_takes_about_ten_times_the_windows():
    counts = []
    for end in (1000, 10000):
        exact = EXACT["harmonic"]
        counts.append(solve(exact.problem(time=[0, end])).windows)
    assert 8 < counts[1] / counts[0] < 12
