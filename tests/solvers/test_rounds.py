"""Trained networks are judged by their error, not by their residual, and asked for a smaller one where that helps."""

import numpy as np
import pytest
import torch

from pinnsolve.problem import NetworkSettings
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
from tests.solvers.problems import EXACT, Exact, columns, file
from tests.solvers.test_solution import StopAfter

GROWING = Exact(file({"x": "4*(x - sin(t)) + cos(t)"}, {"x": 0}, [0, 3]), lambda t: columns(np.sin(t)))
"""Errors grow by e^12 along this solution."""
ONE = NetworkSettings(windows=1)


@pytest.mark.parametrize("method", ["auto", "levenberg-marquardt", "gauss-newton"])
@pytest.mark.parametrize("name", ["decay", "harmonic", "logistic", "explicit time", "backward", "far from zero", "zero"])
def test_one_network_over_the_whole_interval_meets_the_accuracy_asked_for(name, method):
    solution = solve(EXACT[name].problem(accuracy=1e-6, method=method, network={"windows": 1}))
    assert solution.status == "converged", solution.message
    assert solution.windows == 1
    assert EXACT[name].error(solution) <= 1e-6


def test_an_initial_value_that_single_precision_cannot_hold_is_met_exactly():
    exact = Exact(file({"x": "-x"}, {"x": "pi/10"}, [0, 2]), lambda t: columns(np.pi / 10 * np.exp(-t)))
    solution = solve(exact.problem(accuracy=1e-9, method="levenberg-marquardt"))
    assert solution(0.0)[0] == np.pi / 10
    assert exact.error(solution) <= 1e-9


def test_another_round_is_trained_where_a_small_residual_allows_a_large_error():
    solution = solve(GROWING.problem(accuracy=1e-6, network={"windows": 1}), record=True)
    assert solution.status == "converged", solution.message
    assert GROWING.error(solution) <= 1e-6
    iterations = [row["iteration"] for row in solution.history]
    assert iterations == list(range(1, len(iterations) + 1))


def test_a_tolerance_given_by_the_user_is_kept_and_the_verdict_says_what_came_of_it():
    settings = {"network": {"windows": 1}, "training": {"tolerance": 1e-3}, "method": "levenberg-marquardt"}
    solution = solve(GROWING.problem(accuracy=1e-9, **settings))
    assert solution.status == "not_converged"
    assert "exceeds the accuracy 1e-9 asked for" in solution.message
    assert "network.windows: auto" in solution.message


def test_the_verdict_quotes_the_first_window_that_missed_its_tolerance():
    """The right-hand side is a peak in the second of three windows; the other two are trained in no time."""
    network, training = {"windows": 3, "hidden": [8]}, {"tolerance": 1e-4, "iterations": 5}
    source = {**file({"x": "50*exp(-((t - 1.5)/0.05)^2)"}, {"x": 1}, [0, 3]), "network": network, "training": training}
    solution = solve(load_problem({**source, "method": "levenberg-marquardt", "accuracy": 1e-9}))
    assert solution.status == "not_converged"
    assert "(window 2 of 3: levenberg-marquardt ended after 5 iterations" in solution.message


def test_the_estimate_is_the_true_error_also_on_a_wrong_branch():
    """A handful of Adam steps leave a network that is wrong everywhere, and the estimate says how wrong."""
    exact = EXACT["harmonic"]
    solution = solve(exact.problem(method="adam", network={"windows": 1}, training={"iterations": 20}))
    assert solution.status == "not_converged"
    assert exact.error(solution) > 0.1
    assert solution.accuracy["estimated"] == pytest.approx(exact.error(solution, 5001), rel=1e-2)


def test_nothing_is_trained_beyond_a_singularity():
    problem = load_problem({"system": {"equations": {"x": "x^2"}}, "initial": {"x": 1}, "time": [0, 2], "method": "adam"})
    solution = solve(problem)
    assert solution.status == "diverged"
    assert "nothing was trained" in solution.message
    assert solution(0.5)[0] == pytest.approx(2, rel=1e-6)


def test_an_interruption_in_a_later_round_remembers_the_best_before_it(monkeypatch):
    monkeypatch.setattr("pinnsolve.solvers.rounds.SHARE", 1e-3)  # later rounds ask for so much that they get worse
    problem = GROWING.problem(accuracy=1e-7, network={"windows": 1}, method="gauss-newton")
    whole = solve(problem, record=True)
    part = solve(problem, progress=StopAfter(len(whole.history)), record=True)
    assert part.status == "interrupted"
    rest = solve(problem, state=part.resume, record=True)
    assert rest.accuracy == whole.accuracy
    assert rest.result()["message"] == whole.result()["message"]
    assert torch.equal(rest.network.layer_weights[-1], whole.network.layer_weights[-1])


@pytest.mark.parametrize("updates", [1, 4])
def test_interrupted_rounds_resume_to_the_same_bits(updates):
    problem = GROWING.problem(accuracy=1e-6, network={"windows": 1})
    whole = solve(problem, record=True)
    part = solve(problem, progress=StopAfter(updates), record=True)
    assert part.status == "interrupted"
    assert len(part.history) == updates
    rest = solve(problem, state=part.resume, record=True)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name
    assert (rest.iterations, len(rest.history)) == (whole.iterations, len(whole.history))
