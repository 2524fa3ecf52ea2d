"""Rounding errors: measured as large as they are, carried with the error, and no reason for windows to shrink."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from pinnsolve.solvers import solve
from pinnsolve.solvers.windows import solver
from pinnsolve.solvers.windows.rounding import LIKELY, PROBES, SAMPLES, Rounding, likely
from pinnsolve.solvers.windows.solver import RESOLVED, nodes_for
from pinnsolve.solvers.windows.table import table
from pinnsolve.spec import load_problem

NODES = 16


def measured(f, centre, spread=1e-3):
    """(PROBES, k) rounding errors of f, a function of (k, m) states, around the state `centre` (k,)."""
    rounding = Rounding(len(centre), NODES)
    values = np.array(centre)[:, None] * (1 + spread * np.linspace(-1, 1, 2 * NODES))
    _, states = rounding.points(np.linspace(1, 2, 2 * NODES), values)
    return rounding.measured(f(states))


def problem(equations, initial, end, accuracy):
    source = {"system": {"equations": equations}, "initial": initial, "time": [0, end], "accuracy": accuracy}
    return load_problem(source)


def cancelling(a, b, c):
    """Terms of size 1e4 that leave 1e-4."""
    return a * b - 1e4 * c + 1e-4 * b


@pytest.mark.parametrize("size", [1.0, 1e-8, 1e8])
def test_the_measured_rounding_of_f_is_that_against_fifty_digits(size):
    a, c = 1e4 * np.pi, np.pi * size
    found = np.abs(measured(lambda y: np.array([cancelling(y[0], y[1], y[2])] * 3), [a, size, c])[:, 0])
    places = np.linspace(0.999, 1.001, 400)
    with mpmath.workdps(50):
        exact = [cancelling(*(mpmath.mpf(float(v * p)) for v in (a, size, c))) for p in places]
        true = [abs(float(x - cancelling(a * p, size * p, c * p))) for x, p in zip(exact, places, strict=True)]
    actual = np.sqrt(np.mean(np.square(true)))
    assert actual / 4 < np.sqrt(np.mean(found**2)) < 4 * actual


def test_the_rounding_of_a_shared_term_leaves_a_conserved_sum_alone():
    def exchange(y):
        rate = 1e6 * y[0] * y[1]
        return np.array([-rate, rate])

    found = measured(exchange, [0.3, 0.7])
    assert (np.abs(found) > 1e-12).any()
    np.testing.assert_array_equal(found.sum(axis=1), 0.0)


def test_a_jump_of_f_at_one_node_is_not_taken_for_rounding():
    rounding = Rounding(1, NODES)
    values = np.linspace(1, 2, 2 * NODES)[None]
    _, states = rounding.points(np.linspace(1, 2, 2 * NODES), values)
    at = values[0, NODES - 1]  # the last node: the end of the window
    assert np.abs(rounding.measured(np.where(states > at, 1.0, 0.0))).max() == 0.0


def test_rounding_is_none_where_f_is_not_finite_a_little_further_on():
    with np.errstate(invalid="ignore"):
        found = measured(lambda y: np.sqrt(1.0 - y), [1.0], spread=0.0)
    np.testing.assert_array_equal(found, np.zeros((PROBES, 1)))


@pytest.mark.parametrize("k", [1, 3, 700])
def test_states_and_times_are_moved_to_either_side_without_rounding(k):
    rounding = Rounding(k, NODES)
    values = np.random.default_rng(1).normal(size=(k, 2 * NODES)) * 10.0 ** np.linspace(-12, 12, 2 * NODES)
    t = np.linspace(0.0, 7.0, 2 * NODES)
    for moved in rounding.points(t, values):
        moved = np.atleast_2d(moved)
        middle = 0.5 * (moved[:, -2 * SAMPLES : -SAMPLES] + moved[:, -SAMPLES:])
        whole = np.atleast_2d(t if moved.shape[0] == 1 and k > 1 else moved[:, : 2 * NODES])
        assert all(np.isin(middle[row], whole[row]).all() for row in range(len(whole)))
    for window in (0, 1, 10**6):
        assert rounding.signs(window).shape == (PROBES, k)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_every_pair_of_states_is_moved_together_as_often_as_apart(k):
    rounding = Rounding(k, NODES)
    signs = np.concatenate([rounding.signs(window) for window in range(100)])
    np.testing.assert_array_equal(np.abs(signs), 1.0)
    assert (np.abs(signs.T @ signs - len(signs) * np.eye(k)) < 0.2 * len(signs)).all()


@pytest.mark.parametrize("accuracy", [3e-5, 1e-5, 3e-6, 1e-6])
def test_near_a_saddle_rounding_is_reckoned_with_in_the_unstable_direction(accuracy):
    """A pendulum set on its head but for 3e-6 radians: errors of 1e-16 at the start have grown to 1e-6 when it comes down."""
    solution = solve(problem({"x'": "v", "v'": "-sin(x)"}, {"x": 3.14159, "v": 0}, 40, accuracy))
    with mpmath.workdps(30):
        k = mpmath.sin(mpmath.mpf(3.14159) / 2)  # x = 2 asin(k sn(K - t)), Abramowitz and Stegun, section 17
        quarter = mpmath.ellipk(k**2)
        t = [0.5 * i for i in range(81)]
        exact = np.array([float(2 * mpmath.asin(k * mpmath.ellipfun("cd", mpmath.mpf(x), k=k))) for x in t])
    true = np.abs(solution(np.array(t))[:, 0] - exact).max() / 3.14159
    assert quarter > 13
    assert solution.status == "not_converged" or true <= accuracy
    assert solution.estimated >= true / 3


def test_the_error_reckoned_with_is_a_multiple_of_the_root_mean_square():
    probes = np.arange(24.0).reshape(PROBES, 2, 3)
    np.testing.assert_allclose(likely(probes), LIKELY * np.sqrt((probes**2).mean(axis=0)))


@pytest.mark.parametrize("accuracy", [1e-6, 1e-10])
def test_ten_thousand_radians_later_the_phase_is_right_and_its_error_known(accuracy):
    solution = solve(problem({"x'": "1e3*v", "v'": "-1e3*x"}, {"x": 1, "v": 0}, 10, accuracy))
    t = np.linspace(0, 10, 4001)
    with mpmath.workdps(40):
        exact = np.array([float(mpmath.cos(1000 * mpmath.mpf(float(x)))) for x in t])
    true = np.abs(solution(t)[:, 0] - exact).max()
    assert solution.status == "converged"
    assert true <= 1e-11 if accuracy == 1e-10 else true <= accuracy
    assert true / 3 <= solution.estimated <= 20 * true


@pytest.mark.parametrize("start", [2024.0, 1e6])
def test_at_large_times_a_forcing_is_not_taken_for_noise(start):
    source = {"system": {"equations": {"x'": "-x + sin(t)"}}, "initial": {"x": 1}, "time": [start, start + 50]}
    solution = solve(load_problem(source))
    t = np.linspace(start, start + 50, 501)
    steady = [(np.sin(x) - np.cos(x)) / 2 for x in (t, start)]
    true = np.abs(solution(t)[:, 0] - (steady[0] + (1 - steady[1]) * np.exp(start - t))).max()
    assert solution.status == "converged"
    assert true / 3 <= solution.estimated <= 10 * max(true, 1e-10)


@pytest.mark.parametrize("turns", [0, 10**4, 10**6])
def test_a_phase_that_is_large_is_as_good_as_one_that_is_not(turns):
    begin = 2 * np.pi * turns
    near, far = (
        solve(problem({"a'": "2 + sin(a)", "x'": "cos(a) - x"}, {"a": phase, "x": 1}, 50, 1e-7)) for phase in (0.0, begin)
    )
    assert far.status == "converged"
    t = np.linspace(0, 50, 300)
    assert np.abs(near(t)[:, 1] - far(t)[:, 1]).max() <= 1e-7


def test_windows_end_where_the_next_ones_start_not_a_rounding_error_of_the_time_beside():
    solution = solve(problem({"x'": "v", "v'": "-x"}, {"x": 1, "v": 0}, 1000 / 3, 1e-8))
    starts, lengths = (values.tolist() for values in (solution.network.starts, solution.network.lengths))
    gaps = [Fraction(a) + Fraction(h) - Fraction(b) for a, h, b in zip(starts, lengths, starts[1:], strict=False)]
    assert float(sum(map(abs, gaps))) <= 1e-17 * 1000 / 3


@pytest.mark.parametrize("k", [1, 3, 4, 8, 15, 60])
@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10, 3e-13, 3e-14])
def test_networks_resolve_what_is_asked_of_a_window(k, tolerance):
    n = nodes_for(k, tolerance)
    assert n >= 20 or RESOLVED * table(n).floor <= tolerance


def test_windows_do_not_shrink_where_a_smaller_error_is_not_to_be_had():
    """From zero every state is as small as the window is short, and its relative error always the same."""
    states = [f"x{i}" for i in range(8)]
    equations = {f"{name}'": f"1e4*(sin(6e4*t)/{i + 1} - {name})" for i, name in enumerate(states)}
    solution = solve(problem(equations, dict.fromkeys(states, 0), 1e-3, 3e-12))
    assert solution.status == "converged"
    assert solution.windows < 20


def test_a_state_beside_another_that_grows_to_thirty_powers_of_ten_is_as_accurate():
    solution = solve(problem({"x'": "x", "y'": "-y + 3*cos(40*t)"}, {"x": 1, "y": 0}, 70, 1e-7))
    t = np.linspace(0, 70, 1001)
    y = 3 * (np.cos(40 * t) + 40 * np.sin(40 * t) - np.exp(-t)) / 1601
    assert solution.status == "converged"
    assert np.abs(solution(t)[:, 1] - y).max() <= 1e-7 * np.abs(y).max()
    assert np.abs(solution(t)[:, 0] - np.exp(t)).max() <= 1e-7 * np.exp(70)


def test_an_accuracy_that_rounding_denies_is_said_to_be_denied_by_rounding():
    """Stiff DETEST F5: terms of 4e2 cancel along a slow manifold, and leave the fastest state 2e-9 of itself unknown."""
    equations = {
        "a'": "1e11*(-3*a*b + 0.0012*d - 9*a*c)",
        "b'": "-3e11*a*b + 2e7*d",
        "c'": "1e11*(-9*a*c + 0.001*d)",
        "d'": "1e11*(3*a*b - 0.0012*d + 9*a*c)",
    }
    initial = {"a": 3.365e-7, "b": 8.261e-3, "c": 1.642e-3, "d": 9.38e-6}
    coarse, fine = (solve(problem(equations, initial, 100, accuracy)) for accuracy in (1e-7, 1e-10))
    assert coarse.status == "converged"
    assert fine.status == "not_converged"
    assert "rounding errors of double precision" in fine.message
    difference = np.abs(coarse(np.linspace(0, 100, 300)) - fine(np.linspace(0, 100, 300))).max(axis=0)
    size = np.abs(fine(np.linspace(0, 100, 300))).max(axis=0)
    assert (difference / size).max() <= coarse.estimated + fine.estimated


def test_rounding_is_not_blamed_for_passes_that_were_too_few(monkeypatch):
    monkeypatch.setattr(solver, "PASSES", 1)
    lorenz = {"x'": "10*(y - x)", "y'": "x*(28 - z) - y", "z'": "x*y - 8/3*z"}
    solution = solve(problem(lorenz, {"x": 1, "y": 1, "z": 1}, 25, 1e-7))
    assert solution.status == "not_converged"
    assert "1 passes, each with smaller local errors, did not bring it down; ask for accuracy:" in solution.message
