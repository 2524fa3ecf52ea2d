"""Every shape of data: gaps, replicates, formulas, odd times, few values; and every way in which a fit can end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem, System
from pinnsolve.solvers import Solution, solve

from .fit_problems import DECAY, LOTKA_VOLTERRA, Model, estimates, found, noisy

NEAR = {name: value * 1.3 for name, value in LOTKA_VOLTERRA.truth.items()}
BOTH = {"x": "x", "y": "y"}


def exact(model, times=None):
    times = model.times if times is None else np.asarray(times, dtype=float)
    return {"t": times, **model.states(times)}


def test_gaps_do_not_count():
    data = exact(LOTKA_VOLTERRA)
    holes = np.random.default_rng(0).random((2, 101)) < 0.6
    data["x"], data["y"] = (np.where(hole, np.nan, data[name]) for name, hole in zip("xy", holes, strict=True))
    assert estimates(LOTKA_VOLTERRA.problem(data, BOTH, NEAR)) == pytest.approx(dict(LOTKA_VOLTERRA.truth), rel=1e-8)


def test_gaps_are_the_same_as_rows_that_are_not_there():
    data = noisy(DECAY, "x", 0.03, 1)
    gaps = {"t": data["t"], "x": np.where(np.arange(12) % 3 == 0, np.nan, data["x"])}
    kept = {name: column[np.arange(12) % 3 != 0] for name, column in data.items()}
    one, other = (solve(DECAY.problem(d, {"x": "x"}, {"k": 1})).fit for d in (gaps, kept))
    assert one == other


def test_the_order_of_the_rows_does_not_matter():
    data = noisy(LOTKA_VOLTERRA, "xy", 0.03, 1)
    order = np.random.default_rng(2).permutation(101)
    mixed = {name: column[order] for name, column in data.items()}
    one, other = (solve(LOTKA_VOLTERRA.problem(d, BOTH, NEAR)).fit for d in (data, mixed))
    assert one == other


def test_replicates_weigh_as_their_mean():
    data = noisy(DECAY, "x", 0, 0)
    noise = 0.05 * np.random.default_rng(0).normal(size=(2, 12))
    two = {"t": data["t"], "a": data["x"] + noise[0], "b": data["x"] + noise[1]}
    mean = {"t": data["t"], "m": data["x"] + noise.mean(axis=0)}
    sd = {"a": 0.05, "b": 0.05}
    both = solve(DECAY.problem(two, {"x": ["a", "b"]}, {"k": 1}, fit_noise=sd)).fit["parameters"]["k"]
    one = solve(DECAY.problem(mean, {"x": "m"}, {"k": 1}, fit_noise={"m": 0.05 / np.sqrt(2)})).fit["parameters"]["k"]
    assert both["estimate"] == pytest.approx(one["estimate"], rel=1e-6)
    assert both["standard_error"] == pytest.approx(one["standard_error"], rel=1e-6)


@pytest.mark.parametrize(
    ("text", "value", "more"),
    [
        ("0.5*(x + y)", lambda x, y: 0.5 * (x + y), {}),
        ("x^2", lambda x, y: x**2, {}),
        ("k*x", lambda x, y: 3 * x, {"k": 3}),
        ("log(y)", lambda x, y: np.log(y), {}),
    ],
    ids=["mean", "square", "scaled", "log"],
)
def test_formulas_are_compared_with_the_data(text, value, more):
    states = LOTKA_VOLTERRA.states(LOTKA_VOLTERRA.times)
    data = {"t": LOTKA_VOLTERRA.times, "m": value(states["x"], states["y"]), "y": states["y"]}
    starts = {**NEAR, **dict.fromkeys(more, 1)}
    got = estimates(LOTKA_VOLTERRA.problem(data, {text: "m"} | ({"y": "y"} if more else {}), starts))
    assert got == pytest.approx({**LOTKA_VOLTERRA.truth, **more}, rel=1e-6)


def test_irregular_times_that_leave_both_ends_out():
    times = np.sort(np.random.default_rng(3).uniform(4, 13, 40))
    assert estimates(LOTKA_VOLTERRA.problem(exact(LOTKA_VOLTERRA, times), BOTH, NEAR)) == pytest.approx(
        dict(LOTKA_VOLTERRA.truth), rel=1e-8
    )


def test_backward_time_from_a_state_at_the_end():
    data = exact(DECAY)
    problem = DECAY.problem(data, {"x": "x"}, {"k": 1}, fit_initial=["x"], initial={"x": 1}, time=[5, 0])
    assert estimates(problem) == pytest.approx({"k": 0.7, "x": 3 * np.exp(-3.5)}, rel=1e-9)


def test_data_at_the_start_alone_give_an_initial_value():
    data = {"t": [0.0], "a": [3.2], "b": [3.4]}
    solution = solve(DECAY.problem(data, {"x": ["a", "b"]}, {}, fit_initial=["x"], fit_noise={"a": 0.1, "b": 0.1}))
    assert solution.fit["initial"]["x"]["estimate"] == pytest.approx(3.3)
    assert solution.fit["initial"]["x"]["standard_error"] == pytest.approx(0.1 / np.sqrt(2), rel=1e-6)


def test_a_column_that_does_not_change():
    got = estimates(DECAY.problem({"t": np.arange(6.0), "x": np.full(6, 3.0)}, {"x": "x"}, {"k": 1}))
    assert abs(got["k"]) < 1e-12


def test_noise_as_large_as_half_of_the_data():
    solution = solve(DECAY.problem(noisy(DECAY, "x", 0.5, 1), {"x": "x"}, {"k": 1}, fit_initial=["x"]))
    for name, value in (("k", 0.7), ("x", 3)):
        low, high = found(solution)[name]["interval"]
        assert low < value < high


def test_a_bound_that_the_data_pull_against_is_reported():
    starts = {"k": {"start": 0.3, "bounds": [0, 0.5]}}
    solution = solve(DECAY.problem(noisy(DECAY, "x", 0.02, 1), {"x": "x"}, starts))
    entry = solution.fit["parameters"]["k"]
    assert solution.status == "converged"
    assert (entry["estimate"], entry["at_bound"], entry["standard_error"]) == (0.5, True, None)
    assert "k ended at a bound: widen it if the value is possible" in solution.message


def test_on_a_logarithmic_scale_the_interval_stays_positive():
    data = noisy(DECAY, "x", 0.2, 3)
    solution = solve(DECAY.problem(data, {"x": "x"}, {"k": {"start": 1, "bounds": [1e-4, 1e2]}}))
    entry = solution.fit["parameters"]["k"]
    assert entry["interval"][0] > 0
    assert np.sqrt(np.prod(entry["interval"])) == pytest.approx(entry["estimate"], rel=1e-6)


def test_residuals_that_a_wrong_model_leaves_are_noticed():
    growth = Model({"x": "r*x*(1 - x/50)"}, {"r": 0.8}, {"x": 1}, 10, 15)
    data = exact(growth)
    solution = solve(Model(DECAY.equations, DECAY.truth, {"x": 1}, 10, 15).problem(data, {"x": "x"}, {"k": 1}))
    assert "the residuals are more than noise" in solution.message


def test_residuals_larger_than_the_noise_given_are_noticed():
    data = noisy(DECAY, "x", 0.1, 1)
    assert "more than noise" in solve(DECAY.problem(data, {"x": "x"}, {"k": 1}, fit_noise={"x": 0.01})).message
    assert "more than noise" not in solve(DECAY.problem(data, {"x": "x"}, {"k": 1}, fit_noise={"x": 0.3})).message


def test_a_python_function_is_fitted_like_a_formula():
    def f(_t, y, p):
        return torch.stack([p["a"] * y[0] - p["b"] * y[0] * y[1], p["c"] * y[0] * y[1] - p["d"] * y[1]])

    system = System(f, ["x", "y"], dict.fromkeys("abcd", 1.0))
    data = exact(LOTKA_VOLTERRA)
    fit = {"parameters": {name: {"start": value} for name, value in NEAR.items()}, "data": data, "observe": BOTH}
    problem = Problem(system=system, initial=[10, 5], time=(0, 20), fit=fit)
    assert estimates(problem) == pytest.approx(dict(LOTKA_VOLTERRA.truth), rel=1e-8)


class Stop:
    """Interrupts after some iterations, and keeps the fractions that it hears."""

    def __init__(self, most):
        self.most, self.fractions = most, []

    def update(self, step, snapshot):
        self.fractions.append(step.fraction)
        assert snapshot()["seconds"] > 0
        if len(self.fractions) == self.most:
            raise Interrupted


def test_progress_only_grows_and_ends_near_one():
    heard = Stop(None)
    solve(LOTKA_VOLTERRA.problem(exact(LOTKA_VOLTERRA), BOTH, NEAR), progress=heard)
    assert heard.fractions == sorted(heard.fractions)
    assert heard.fractions[0] > 0
    assert heard.fractions[-1] > 0.9


@pytest.mark.parametrize("most", [1, 15, -1], ids=["first", "middle", "last"])
def test_an_interrupted_fit_resumes_to_the_same_result(most):
    problem = LOTKA_VOLTERRA.problem(noisy(LOTKA_VOLTERRA, "xy", 0.02, 1), BOTH, NEAR)
    whole = Stop(None)
    expected = solve(problem, progress=whole)
    stopped = solve(problem, progress=Stop(most if most > 0 else len(whole.fractions)))
    assert stopped.status == "interrupted"
    assert solve(problem, state=stopped.resume).fit == expected.fit


def test_a_time_limit_ends_a_fit_with_its_cure():
    problem = LOTKA_VOLTERRA.problem(exact(LOTKA_VOLTERRA), BOTH, NEAR, training={"time_limit": 1e-6})
    solution = solve(problem)
    assert solution.status == "not_converged"
    assert "raise training.time_limit" in solution.message


def test_no_parameters_with_which_the_equations_can_be_solved():
    blowing = Model({"x": "k*x^2 + 100"}, {"k": 1}, {"x": 1}, 5, 3)
    data = {"t": [1.0, 3.0, 5.0], "x": [1.0, 1.0, 1.0]}
    solution = solve(blowing.problem(data, {"x": "x"}, {"k": {"start": 5, "bounds": [1, 10]}}))
    assert solution.status == "not_converged"
    assert solution.network is None
    assert "no parameters were found with which the equations can be solved up to the last data" in solution.message


def test_the_result_survives_a_checkpoint():
    solution = solve(DECAY.problem(noisy(DECAY, "x", 0.03, 1), {"x": "x"}, {"k": 1}))
    again = Solution.from_state(solution.problem, solution.state())
    assert again.fit == solution.fit
    assert np.array_equal(again.bands["x"].sd, solution.bands["x"].sd)
    assert again.problem.fit == solution.problem.fit
