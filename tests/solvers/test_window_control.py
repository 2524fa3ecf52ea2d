"""Lengths of windows and the end of a Newton iteration: without any window, and along a march."""

import math

import numpy as np
import pytest
from numpy.polynomial import Legendre

from pinnsolve.solvers import solve
from pinnsolve.solvers.windows.contraction import FAR, NEAR, Contraction
from pinnsolve.solvers.windows.control import CUT, GROWTH, ideal_length, next_length, shorter_length
from pinnsolve.solvers.windows.march import Marcher
from pinnsolve.solvers.windows.table import NODES, table
from pinnsolve.spec import load_problem
from tests.solvers.problems import file


def march(limit, start, end, nodes=20, tolerance=1e-8):
    """Windows of a solution whose error is the tolerance at the length limit(t): their number and the rejected ones."""
    t, length, before, retried, accepted, rejected = start, 0.1 * limit(start), 0.0, False, 0, 0
    while t < end:
        error = tolerance * (length / limit(t)) ** nodes
        if error > tolerance:
            length, retried, rejected = shorter_length(length, error, tolerance, nodes), True, rejected + 1
            continue
        t, accepted = t + length, accepted + 1
        ideal = ideal_length(length, error, tolerance, nodes)
        length, before, retried = next_length(length, ideal, before, retried), ideal, False
    return accepted, rejected


def test_where_the_solution_slows_down_for_ever_windows_grow_as_fast_as_they_may():
    accepted, rejected = march(lambda t: 3 * t, 1.0, 1e12)
    assert accepted <= 1.7 * math.log(1e12) / math.log(4)
    assert rejected <= 0.5 * accepted


def test_before_a_singularity_windows_shrink_without_many_rejections():
    accepted, rejected = march(lambda t: 0.3 * (1 - t), 0.0, 1 - 1e-9)
    assert rejected <= 0.2 * accepted


def test_nothing_grows_after_a_rejection_or_beyond_the_limits():
    assert next_length(1.0, 5.0, 1.0, retried=True) == 1.0
    assert next_length(1.0, GROWTH, 0.5, retried=False) == GROWTH
    assert ideal_length(1.0, 0.0, 1e-8, 20) == GROWTH
    assert shorter_length(1.0, 1.01e-8, 1e-8, 20) <= CUT[1]
    assert shorter_length(1.0, 1e300, 1e-8, 20) == CUT[0]


def added(steps, near=False, spread=1.0, tolerance=1e-8):
    contraction = Contraction(tolerance, near, spread)
    for step in steps:
        contraction.add(step)
    return contraction


@pytest.mark.parametrize(
    ("steps", "converged"),
    [([1e-7], True), ([1e-4], False), ([1e-4, 1e-7], True), ([1e-4, 5e-5], False), ([1e-13, 5e-13, 4e-13], True)],
)
def test_an_iteration_ends_when_what_is_left_is_small(steps, converged):
    assert added(steps).converged is converged


@pytest.mark.parametrize("spread", [1e6, math.inf])
def test_a_small_step_is_not_trusted_where_a_state_is_tiny_or_the_iteration_linear(spread):
    assert not added([1e-7], spread=spread).converged


def test_an_iteration_that_diverges_or_starts_far_from_an_integrated_guess_fails():
    assert added([2 * NEAR], near=True).failed
    assert not added([2 * NEAR]).failed
    assert added([2 * FAR]).failed
    assert added([math.nan]).failed
    assert added([1.0, 0.5, 2.0]).failed


FEATURES = {
    "Lotka–Volterra": ({"x'": "1.5*x - x*y", "y'": "x*y - 3*y"}, {"x": 1, "y": 1}, (0, 30)),
    "Van der Pol": ({"x'": "y", "y'": "(1 - x^2)*y - x"}, {"x": 2, "y": 0}, (0, 30)),
    "Lorenz": ({"x'": "10*(y - x)", "y'": "x*(28 - z) - y", "z'": "x*y - 8/3*z"}, {"x": 1, "y": 1, "z": 1}, (0, 10)),
}


@pytest.mark.parametrize("tolerance", [1e-8, 1e-10])
@pytest.mark.parametrize("name", FEATURES)
def test_few_windows_are_solved_in_vain_where_the_guess_foresees_the_error(name, tolerance):
    """Without foresight it is a third of them."""
    problem = load_problem(file(*FEATURES[name]))
    marcher = Marcher(problem.system, table(24), np.array(problem.initial), *problem.time, tolerance, None, np.empty(0))
    march = marcher.begin()
    marcher.run(march, 1000)
    assert march.stop is None
    assert march.rejected <= 0.25 * len(march.windows)


@pytest.mark.parametrize("n", NODES)
def test_the_tail_of_a_guess_is_its_last_legendre_coefficients(n):
    maps = table(n)
    for place, degree in enumerate((n - 3, n - 2, n - 1)):
        expected = np.eye(3)[place]
        assert Legendre.basis(degree)(maps.tau) @ maps.tail == pytest.approx(expected, abs=1e-9)
    assert np.ones(n) @ maps.tail == pytest.approx(np.zeros(3), abs=1e-9)


def test_states_that_grow_from_zero_do_not_stall_a_march():
    """Ten powers of t beside each other, the highest next to nothing at first: the chain x1 <- sin², x2 <- x1, …"""
    names = [f"x{i}" for i in range(10)]
    equations = {f"{name}'": ("sin(t)^2" if i == 0 else f"625*(x{i - 1} - 2*{name})") for i, name in enumerate(names)}
    solution = solve(load_problem({**file(equations, dict.fromkeys(names, 0), (0, 5)), "accuracy": 1e-8}))
    assert solution.status == "converged", solution.message
    assert solution.windows <= 200


@pytest.mark.parametrize("accuracy", [1e-8, 1e-10])
def test_a_guess_that_is_hardly_stable_does_not_make_windows_short(accuracy):
    """Of the Oregonator's two variables one is fast: Runge–Kutta steps from node to node wiggle without blowing up."""
    equations = {"x'": "(x*(1 - x) - z*(x - 2e-4)/(x + 2e-4))/1e-3", "z'": "x - z"}
    solution = solve(load_problem({**file(equations, {"x": 0.1, "z": 0.1}, (0, 40)), "accuracy": accuracy}))
    assert solution.windows <= 2000
