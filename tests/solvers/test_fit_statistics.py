"""Standard errors, intervals and noise mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq, least_squares, minimize_scalar
from scipy.stats import binom, chi2, f

from pinnsolve.solvers import solve

from .fit_problems import DECAY, LOTKA_VOLTERRA, Model, found, noisy

BOTH = {"x": "x", "y": "y"}
SHORT = Model(LOTKA_VOLTERRA.equations, LOTKA_VOLTERRA.truth, LOTKA_VOLTERRA.initial, 10, 20)
NEAR = {name: value * 1.3 for name, value in SHORT.truth.items()}


def times_inside(fits, truth, name):
    """How often an interval has the truth, and the least and most that chance allows."""
    count = sum(low <= truth <= high for low, high in (found(fit)[name]["interval"] for fit in fits))
    return count, binom.ppf(1e-4, len(fits), 0.95), binom.ppf(1 - 1e-4, len(fits), 0.95)


@pytest.mark.parametrize("known", [True, False], ids=["noise-known", "noise-estimated"])
def test_intervals_contain_the_truth_as_often_as_they_say(known):
    fits = []
    for seed in range(40):
        data = noisy(SHORT, "xy", 0.05, seed)
        states = SHORT.states(SHORT.times)
        noise = {name: 0.05 * states[name].max() for name in "xy"} if known else {}
        fits.append(solve(SHORT.problem(data, BOTH, NEAR, fit_noise=noise)))
    assert all(fit.status == "converged" for fit in fits)
    for name, value in SHORT.truth.items():
        count, low, high = times_inside(fits, value, name)
        assert low <= count <= high


def test_intervals_of_ten_values_with_their_initial_value_contain_the_truth():
    model = Model(DECAY.equations, DECAY.truth, DECAY.initial, 4, 10)
    fits = [solve(model.problem(noisy(model, "x", 0.05, seed), {"x": "x"}, {"k": 1}, fit_initial=["x"])) for seed in range(60)]
    for name, value in (("k", 0.7), ("x", 3.0)):
        count, low, high = times_inside(fits, value, name)
        assert low <= count <= high


def decay_cost(data, k):
    return float(np.sum((3 * np.exp(-k * data["t"]) - data["x"]) ** 2))


@pytest.mark.parametrize("known", [True, False], ids=["noise-known", "noise-estimated"])
def test_the_interval_agrees_with_the_profile_likelihood(known):
    data, sd = noisy(DECAY, "x", 0.02, 5), 0.06
    entry = solve(DECAY.problem(data, {"x": "x"}, {"k": 1}, fit_noise={"x": sd} if known else {})).fit["parameters"]["k"]
    best = minimize_scalar(lambda k: decay_cost(data, k), bounds=(0.1, 2), method="bounded", options={"xatol": 1e-10})
    freedom = len(data["t"]) - 1
    most = chi2.ppf(0.95, 1) * sd**2 if known else f.ppf(0.95, 1, freedom) * best.fun / freedom
    ends = [brentq(lambda k: decay_cost(data, k) - best.fun - most, best.x, best.x + side) for side in (-0.5, 0.5)]
    assert entry["estimate"] == pytest.approx(best.x, rel=1e-6)
    assert entry["interval"] == pytest.approx(ends, rel=0.01)


def test_standard_errors_and_correlations_are_those_of_scipy():
    data = noisy(SHORT, "xy", 0.03, 2)
    states = SHORT.states(SHORT.times)
    noise = {name: 0.03 * states[name].max() for name in "xy"}
    solution = solve(SHORT.problem(data, BOTH, NEAR, fit_noise=noise))

    def residual(p):
        trial = Model(SHORT.equations, dict(zip(SHORT.truth, p, strict=True)), SHORT.initial, 10, 20).states(SHORT.times)
        return np.concatenate([(trial[name] - data[name]) / noise[name] for name in "xy"])

    other = least_squares(residual, list(SHORT.truth.values()), x_scale="jac", xtol=1e-12, ftol=1e-12, diff_step=1e-5)
    covariance = np.linalg.inv(other.jac.T @ other.jac)
    entries = list(solution.fit["parameters"].values())
    errors = np.sqrt(np.diag(covariance))
    assert [e["estimate"] for e in entries] == pytest.approx(other.x, rel=1e-5)
    assert [e["standard_error"] for e in entries] == pytest.approx(errors, rel=1e-3)
    assert np.array(solution.fit["correlation"]["matrix"]) == pytest.approx(covariance / np.outer(errors, errors), abs=1e-3)


def test_estimated_noise_is_unbiased_in_every_column():
    sums = np.zeros(2)
    for seed in range(30):
        noise = solve(SHORT.problem(noisy(SHORT, "xy", 0.05, seed), BOTH, NEAR)).fit["noise"]
        sums += [noise["x"] ** 2, noise["y"] ** 2]
    states = SHORT.states(SHORT.times)
    true = [(0.05 * states[name].max()) ** 2 for name in "xy"]
    assert sums / 30 == pytest.approx(true, rel=0.25)


def test_the_misfit_of_known_noise_is_distributed_as_chi_square():
    values = []
    for seed in range(30):
        data = noisy(SHORT, "xy", 0.02, seed)
        sizes = {name: 0.02 * SHORT.states(SHORT.times)[name].max() for name in "xy"}
        misfit = solve(SHORT.problem(data, BOTH, NEAR, fit_noise=sizes)).fit["misfit"]
        values.append(sum(20 * (misfit[name] / sizes[name]) ** 2 for name in "xy"))
    freedom = 40 - 4
    assert np.mean(values) == pytest.approx(freedom, abs=4 * np.sqrt(2 * freedom / 30))


def test_noise_that_is_known_does_not_depend_on_the_residuals():
    data = noisy(DECAY, "x", 0.02, 3)
    wide, narrow = (
        solve(DECAY.problem(data, {"x": "x"}, {"k": 1}, fit_noise={"x": sd})).fit["parameters"]["k"]["standard_error"]
        for sd in (0.2, 0.1)
    )
    assert wide == pytest.approx(2 * narrow, rel=1e-6)


def test_a_noisier_column_counts_less():
    exact = DECAY.states(DECAY.times)["x"]
    generator = np.random.default_rng(0)
    good, bad = (exact + sd * generator.normal(size=12) for sd in (0.001, 1.0))
    data = {"t": DECAY.times, "good": good, "bad": bad}
    both = solve(DECAY.problem(data, {"x": ["good", "bad"]}, {"k": 1})).fit
    alone = solve(DECAY.problem(data, {"x": "good"}, {"k": 1})).fit
    assert both["parameters"]["k"]["estimate"] == pytest.approx(alone["parameters"]["k"]["estimate"], rel=1e-4)
    assert both["noise"]["bad"] > 100 * both["noise"]["good"]


def test_the_band_is_the_spread_of_the_fitted_curves_over_many_data_sets():
    fits = [solve(DECAY.problem(noisy(DECAY, "x", 0.02, seed), {"x": "x"}, {"k": 1}, fit_initial=["x"])) for seed in range(80)]
    curves = np.array([fit.bands["x"].value for fit in fits])
    sizes = np.array([fit.bands["x"].sd for fit in fits])
    assert curves.std(axis=0) == pytest.approx(np.sqrt(np.mean(sizes**2, axis=0)), rel=0.25)


def test_as_many_values_as_unknowns_give_estimates_and_no_intervals():
    solution = solve(DECAY.problem({"t": [2.0], "x": [0.5]}, {"x": "x"}, {"k": 1}))
    assert solution.status == "converged"
    entry = solution.fit["parameters"]["k"]
    assert entry["estimate"] == pytest.approx(np.log(6) / 2, rel=1e-9)
    assert entry["standard_error"] is None
    assert entry["interval"] is None
    assert solution.fit["noise"] == {"x": None}
    assert "too few values to estimate their noise" in solution.message


def test_with_the_noise_given_one_value_has_an_interval():
    solution = solve(DECAY.problem({"t": [2.0], "x": [0.5]}, {"x": "x"}, {"k": 1}, fit_noise={"x": 0.01}))
    assert solution.fit["parameters"]["k"]["standard_error"] == pytest.approx(0.01 / (2 * 0.5), rel=1e-6)
