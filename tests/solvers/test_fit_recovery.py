"""From exact data the parameters come back, wherever the search starts and whatever part of the states was measured."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pinnsolve.solvers import solve

from .fit_problems import DECAY, FITZHUGH_NAGUMO, LORENZ, LOTKA_VOLTERRA, estimates, found

MODELS = {"lotka-volterra": LOTKA_VOLTERRA, "fitzhugh-nagumo": FITZHUGH_NAGUMO, "lorenz": LORENZ}
MODEL = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def data_of(model):
    return {"t": model.times, **model.states(model.times)}


def assert_recovered(model, starts, observe):
    got = estimates(model.problem(data_of(model), observe, starts))
    for name, value in model.truth.items():
        assert got[name] == pytest.approx(value, rel=1e-6)


@MODEL
@pytest.mark.parametrize("factor", [0.5, 10])
def test_from_starts_that_are_off_by_a_factor_without_bounds(model, factor):
    starts = {name: value * factor for name, value in model.truth.items()}
    assert_recovered(model, starts, {state: state for state in model.initial})


@MODEL
@pytest.mark.parametrize(("low", "high"), [(1e-3, 1e3), (0, 100)])
def test_from_opposite_corners_of_wide_bounds(model, low, high):
    near = (low * 1.001 or 1.0), high * 0.999
    for corner in (near[1:] * 4, near * 2):
        starts = {name: {"start": start, "bounds": [low, high]} for name, start in zip(model.truth, corner, strict=False)}
        assert_recovered(model, starts, {state: state for state in model.initial})


@MODEL
@pytest.mark.parametrize("factor", [2, 0.5])
def test_with_one_state_observed(model, factor):
    first = next(iter(model.initial))
    assert_recovered(model, {name: value * factor for name, value in model.truth.items()}, {first: first})


def test_mixed_factors_with_the_predators_unseen():
    for factors in itertools.islice(itertools.product((2, 0.5), repeat=4), 1, 16, 5):
        starts = {name: value * f for (name, value), f in zip(LOTKA_VOLTERRA.truth.items(), factors, strict=True)}
        assert_recovered(LOTKA_VOLTERRA, starts, {"x": "x"})


def test_the_intervals_of_exact_data_contain_the_truth_and_are_narrow():
    for model in MODELS.values():
        starts = {name: value * 1.5 for name, value in model.truth.items()}
        solution = solve(model.problem(data_of(model), {state: state for state in model.initial}, starts))
        for name, entry in solution.fit["parameters"].items():
            low, high = entry["interval"]
            assert low <= model.truth[name] <= high
            assert high - low < 1e-6 * model.truth[name]


def test_initial_values_come_back_beside_the_parameters():
    starts = {name: value * 1.5 for name, value in LOTKA_VOLTERRA.truth.items()}
    data = data_of(LOTKA_VOLTERRA)
    problem = LOTKA_VOLTERRA.problem(data, {"x": "x", "y": "y"}, starts, fit_initial=["x", "y"], initial={"x": 8, "y": 4})
    got = estimates(problem)
    for name, value in {**LOTKA_VOLTERRA.truth, **LOTKA_VOLTERRA.initial}.items():
        assert got[name] == pytest.approx(value, rel=1e-8)


def test_initial_values_alone_come_back():
    data = {"t": LOTKA_VOLTERRA.times, "x": LOTKA_VOLTERRA.states(LOTKA_VOLTERRA.times)["x"]}
    problem = LOTKA_VOLTERRA.problem(data, {"x": "x"}, {}, fit_initial=["x", "y"], initial={"x": 3, "y": 3})
    assert estimates(problem) == pytest.approx({"x": 10, "y": 5}, rel=1e-8)


def test_a_start_whose_solution_blows_up_within_the_data():
    growing = type(DECAY)({"x": "k*x^2"}, {"k": 0.15}, {"x": 1}, 5, 12)
    assert estimates(growing.problem(data_of(growing), {"x": "x"}, {"k": 3})) == pytest.approx({"k": 0.15}, rel=1e-8)


def test_stiff_kinetics_over_six_decades_of_time():
    times = np.concatenate([[0], np.logspace(-3, 3, 25)])

    def slope(_t, y):
        back, both = 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
        return [-0.04 * y[0] + back, 0.04 * y[0] - back - both, both]

    y = solve_ivp(slope, (0, 1000), [1, 0, 0], "Radau", times, rtol=1e-11, atol=1e-15).y
    equations = {"a": "-k1*a + k3*b*c", "b": "k1*a - k3*b*c - k2*b^2", "c": "k2*b^2"}
    model = type(DECAY)(equations, {"k1": 0.04, "k2": 3e7, "k3": 1e4}, {"a": 1, "b": 0, "c": 0}, 1000, 0)
    starts = {
        "k1": {"start": 0.4, "bounds": [1e-4, 10]},
        "k2": {"start": 1e6, "bounds": [1e4, 1e9]},
        "k3": {"start": 1e3, "bounds": [1, 1e6]},
    }
    got = estimates(model.problem({"t": times, **dict(zip("abc", y, strict=True))}, {"a": "a", "b": "b", "c": "c"}, starts))
    assert got == pytest.approx(dict(model.truth), rel=1e-6)


def test_a_chaotic_solution_followed_for_twenty_turns():
    times = np.linspace(0, 10, 501)
    model = type(LORENZ)(LORENZ.equations, LORENZ.truth, LORENZ.initial, 10, 501)
    data = {"t": times, **model.states(times)}
    got = estimates(model.problem(data, {s: s for s in "xyz"}, {name: 2 * value for name, value in LORENZ.truth.items()}))
    assert got == pytest.approx(dict(LORENZ.truth), rel=1e-6)


def test_twenty_states_of_which_two_are_observed():
    names = [f"c{i}" for i in range(20)]
    equations = {name: ("1 - k*c0" if i == 0 else f"k*(c{i - 1} - c{i})") for i, name in enumerate(names)}
    chain = type(DECAY)(equations, {"k": 1.3}, dict.fromkeys(names, 0), 30, 31)
    states = chain.states(chain.times)
    data = {"t": chain.times, "u": states["c4"], "v": states["c19"]}
    problem = chain.problem(data, {"c4": "u", "c19": "v"}, {"k": {"start": 0.3, "bounds": [0.01, 10]}})
    assert estimates(problem) == pytest.approx({"k": 1.3}, rel=1e-8)


def test_the_forward_solution_is_the_one_of_the_estimates():
    model = LOTKA_VOLTERRA
    solution = solve(model.problem(data_of(model), {"x": "x"}, {n: 1.2 * v for n, v in model.truth.items()}))
    again = solve(solution.as_initial_value_problem())
    times = np.linspace(0, 20, 77)
    assert np.allclose(solution(times), again(times), rtol=1e-9)
    assert {name: entry["estimate"] for name, entry in found(solution).items()} == again.problem.system.parameters
