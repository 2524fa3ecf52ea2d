"""Adaptive windows against independent integrators on problems without a closed form."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

ROBERTSON = {
    "system": {"equations": {"a": "-0.04*a + 1e4*b*c", "b": "0.04*a - 1e4*b*c - 3e7*b^2", "c": "3e7*b^2"}},
    "initial": {"a": 1, "b": 0, "c": 0},
    "time": [0, 1e11],
}
VAN_DER_POL = {
    "system": {"equations": {"x'": "y", "y'": "mu*(1 - x^2)*y - x"}, "parameters": {"mu": 1}},
    "initial": {"x": 2, "y": 0},
    "time": [0, 20],
}


def test_van_der_pol_agrees_with_dop853():
    solution = solve(load_problem({**VAN_DER_POL, "accuracy": 1e-9}))
    t = np.linspace(0, 20, 301)
    reference = solve_ivp(
        lambda t, y: [y[1], (1 - y[0] ** 2) * y[1] - y[0]], (0, 20), [2, 0], "DOP853", t, rtol=1e-13, atol=1e-14
    ).y.T
    assert (np.abs(solution(t) - reference).max(axis=0) <= 2e-9 * np.abs(reference).max(axis=0)).all()


def test_robertson_to_1e11_agrees_with_radau_and_conserves_mass():
    solution = solve(load_problem({**ROBERTSON, "accuracy": 1e-8}))
    assert solution.status == "converged"
    t = np.array([0.0, *np.logspace(-5, 11, 60)])
    reference = solve_ivp(
        lambda t, y: [
            -0.04 * y[0] + 1e4 * y[1] * y[2],
            0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2,
            3e7 * y[1] ** 2,
        ],
        (0, 1e11),
        [1, 0, 0],
        "Radau",
        t,
        rtol=1e-10,
        atol=[1e-14, 1e-18, 1e-14],
    ).y.T
    assert (np.abs(solution(t) - reference).max(axis=0) <= 5e-8 * np.abs(reference).max(axis=0)).all()
    np.testing.assert_allclose(solution(t).sum(axis=1), 1, atol=1e-8)


def test_stiff_van_der_pol_converges_in_few_windows():
    system = {**VAN_DER_POL["system"], "parameters": {"mu": 1000}}
    solution = solve(load_problem({**VAN_DER_POL, "system": system, "time": [0, 2000]}))
    assert solution.status == "converged"
    assert solution.windows < 200


@pytest.mark.parametrize("accuracy", [1e-4, 1e-5, 1e-6])
def test_an_error_that_a_fast_transition_amplifies_is_estimated_as_large_as_it_is(accuracy):
    system = {**VAN_DER_POL["system"], "parameters": {"mu": 100}}
    problem = load_problem({**VAN_DER_POL, "system": system, "time": [0, 200]})
    fine, solution = (solve(problem.with_settings(accuracy=asked)) for asked in (1e-9, accuracy))
    assert solution.status == "converged"
    inner = solution.window_edges[:-1, None] + np.diff(solution.window_edges)[:, None] * np.arange(20) / 20
    t = inner.ravel()
    exact = fine(t)
    true = (np.abs(solution(t) - exact).max(axis=0) / np.abs(exact).max(axis=0)).max()
    assert true <= accuracy
    assert 1 / 3 <= solution.estimated / true <= 5


def test_lorenz_agrees_with_a_taylor_series_in_thirty_digits():
    """An independent route without any of our code: recurrence of Taylor coefficients in mpmath."""
    import mpmath

    with mpmath.workdps(30):
        y, order, step = [mpmath.mpf(1)] * 3, 30, mpmath.mpf(1) / 50
        for _ in range(500):
            x, v, z = ([value] for value in y)
            for n in range(order):
                xz = mpmath.fsum(x[i] * z[n - i] for i in range(n + 1))
                xv = mpmath.fsum(x[i] * v[n - i] for i in range(n + 1))
                new = 10 * (v[n] - x[n]), 28 * x[n] - v[n] - xz, xv - mpmath.mpf(8) / 3 * z[n]
                for series, value in zip((x, v, z), new, strict=True):
                    series.append(value / (n + 1))
            y = [mpmath.polyval(series[::-1], step) for series in (x, v, z)]
        exact = np.array([float(value) for value in y])
    source = {
        "system": {"equations": {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8*z/3"}},
        "initial": {"x": 1, "y": 1, "z": 1},
        "time": [0, 10],
        "accuracy": 1e-9,
    }
    solution = solve(load_problem(source))
    assert solution.status == "converged"
    assert np.abs(solution(10.0) - exact).max() <= 1e-9 * 50
    assert np.abs(solution(10.0) - exact).max() <= 3 * solution.error(10.0).max() + 1e-13


def test_an_accuracy_beyond_double_precision_is_not_claimed():
    source = {
        "system": {"equations": {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8*z/3"}},
        "initial": {"x": 1, "y": 1, "z": 1},
        "time": [0, 40],
        "accuracy": 1e-8,
    }
    solution = solve(load_problem(source))
    assert solution.status == "not_converged"
    assert "rounding errors" in solution.message
    assert "ask for accuracy:" in solution.message


@pytest.mark.parametrize("method", ["auto", "gauss-newton"])
def test_a_python_right_hand_side_gives_the_same_answer_as_the_equations(method):
    import torch

    from pinnsolve.problem import Problem, System

    system = System(lambda t, y, p: [y[1], p["mu"] * (1 - y[0] ** 2) * y[1] - y[0]], ["x", "y"], {"mu": 1.0})
    solution = solve(Problem(system, [2, 0], (0, 5), method=method))
    same = solve(load_problem({**VAN_DER_POL, "time": [0, 5]}))
    t = torch.linspace(0, 5, 50, dtype=torch.float64)
    assert solution.status == "converged"
    assert float((solution(t) - same(t)).abs().max()) < 1e-6
