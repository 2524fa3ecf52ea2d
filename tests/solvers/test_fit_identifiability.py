"""What the data cannot determine is named in every run, and never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.solvers import solve
from pinnsolve.solvers.fitting.naming import Place, determined

from .fit_problems import LOTKA_VOLTERRA, Model, found, noisy

WIDE = {"start": 1, "bounds": [1e-3, 1e3]}
MODELS = {
    "a*b": ("-a*b*x", {}),
    "a + b": ("-(a + b)*x", {}),
    "a/b": ("-(a/b)*x", {}),
    "a - b": ("-(a - b)*x", {"a": 2}),
    "a*b^2": ("-a*b^2*x", {}),
}


def fitted(right, starts, share, seed, **more):
    model = Model({"x": right}, {"k": 0.6}, {"x": 3}, 4, 21)
    data = noisy(Model({"x": "-k*x"}, {"k": 0.6}, {"x": 3}, 4, 21), "x", share, seed)
    return solve(model.problem(data, {"x": "x"}, starts, **more))


@pytest.mark.parametrize("share", [0, 0.02])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("start", [1.5, {"start": 1.5, "bounds": [1e-3, 1e3]}], ids=["free", "wide-bounds"])
def test_a_combination_that_alone_matters_is_named(name, share, start):
    right, other = MODELS[name]
    starts = {"a": start, "b": 1 if isinstance(start, (int, float)) else WIDE, **other}
    solution = fitted(right, starts, share, 4)
    assert solution.status == "not_converged"
    assert f"the data determine only {name}, not a and b apart" in solution.message
    for entry in solution.fit["parameters"].values():
        assert not entry["identifiable"]
        assert entry["standard_error"] is None
        assert entry["interval"] is None


@pytest.mark.parametrize("share", [0, 0.03])
def test_a_product_is_named_for_every_seed(share):
    for seed in range(12 if share else 1):
        generator = np.random.default_rng(seed)
        starts = {"a": float(generator.uniform(0.1, 5)), "b": float(generator.uniform(0.1, 5))}
        solution = fitted("-a*b*x", starts, share, seed)
        assert solution.status == "not_converged"
        assert "only a*b" in solution.message
        product = np.prod([entry["estimate"] for entry in solution.fit["parameters"].values()])
        assert product == pytest.approx(0.6, rel=0.1)


def test_three_factors_are_one_combination():
    assert "only a*b*c, not a, b and c apart" in fitted("-a*b*c*x", dict.fromkeys("abc", 1), 0.02, 1).message


def test_others_are_determined_beside_an_open_combination():
    data = noisy(LOTKA_VOLTERRA, "x", 0.01, 3)
    starts = {name: value * 1.5 for name, value in LOTKA_VOLTERRA.truth.items()}
    solution = solve(LOTKA_VOLTERRA.problem(data, {"x": "x"}, starts, fit_initial=["x", "y"]))
    assert "only b*y(0), not b and y(0) apart" in solution.message
    entries = found(solution)
    assert [name for name, entry in entries.items() if not entry["identifiable"]] == ["b", "y"]
    for name in ("a", "c", "d"):
        assert entries[name]["interval"][0] < LOTKA_VOLTERRA.truth[name] < entries[name]["interval"][1]


def test_a_scale_and_an_initial_value_are_open_together():
    model = Model({"x": "-k*x"}, {"k": 0.6}, {"x": 3}, 4, 21)
    data = noisy(model, "x", 0.01, 3)
    solution = solve(model.problem(data, {"s*x": "x"}, {"k": 1, "s": 1}, fit_initial=["x"]))
    assert "only s*x(0), not s and x(0) apart" in solution.message
    assert solution.fit["parameters"]["k"]["identifiable"]


def test_a_parameter_without_influence_is_named():
    model = Model({"x": "-k*x", "z": "-b*z"}, {"k": 0.6, "b": 1}, {"x": 3, "z": 1}, 4, 21)
    solution = solve(model.problem(noisy(model, "x", 0.02, 1), {"x": "x"}, {"k": 1, "b": 1}))
    assert "the data say nothing about b" in solution.message
    assert solution.fit["parameters"]["k"]["identifiable"]


def test_what_exact_data_determine_but_noisy_data_do_not_is_said():
    model = Model({"x": "-V*x/(K + x)"}, {"V": 2, "K": 100}, {"x": 1}, 50, 21)
    starts = {name: {"start": 1, "bounds": [1e-3, 1e5]} for name in "VK"}
    exact = solve(model.problem(noisy(model, "x", 0, 0), {"x": "x"}, starts))
    assert exact.status == "converged", exact.message
    noise = solve(model.problem(noisy(model, "x", 0.02, 0), {"x": "x"}, starts))
    assert noise.status == "not_converged"
    assert "hardly determine" in noise.message
    assert not any(entry["identifiable"] for entry in noise.fit["parameters"].values())


def test_names_need_whole_powers_and_the_same_ones_at_both_places():
    def places(f):
        return [Place(np.array(p), f(*p)) for p in ((1.0, 1.0), (1.1, 0.8))]

    product = places(lambda a, b: np.array([[a], [-b]]))
    total = places(lambda _a, _b: np.array([[1.0], [-1.0]]))
    neither = places(lambda a, b: np.array([[1.0], [-(a**2) - b]]))
    assert determined("ab", product, 1e-3, 1e-7) == [("a*b", ["a", "b"])]
    assert determined("ab", total, 1e-3, 1e-7) == [("a + b", ["a", "b"])]
    assert determined("ab", neither, 1e-3, 1e-7) == [("a combination of a and b", ["a", "b"])]
