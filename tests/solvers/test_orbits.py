"""Closed orbits: periods and multipliers against independent integrations, from guesses that are far off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pinnsolve.errors import Interrupted
from pinnsolve.problem import Problem
from pinnsolve.solvers import solve
from tests.solvers.boundary_problems import system

VAN_DER_POL = {"x": "y", "y": "mu*(1 - x^2)*y - x"}
BRUSSELATOR = {"x": "a + x^2*y - (b + 1)*x", "y": "b*x - x^2*y"}
FITZHUGH_NAGUMO = {"v": "v - v^3/3 - w + 0.5", "w": "0.08*(v + 0.7 - 0.8*w)"}
LORENZ = {"x": "s*(y - x)", "y": "x*(r - z) - y", "z": "x*y - 8/3*z"}
LOTKA_VOLTERRA = {"x": "x*(1 - y)", "y": "y*(x - 1)"}
TWO_CYCLES = {"x": "-y + x*(1 - x^2 - y^2)*(4 - x^2 - y^2)", "y": "x + y*(1 - x^2 - y^2)*(4 - x^2 - y^2)"}
PERIOD = 6.66328685932313
"""Of Van der Pol's oscillator with mu = 1 (Andersen and Geer, 1982, and later computations)."""


def orbit(equations, initial, period, parameters=None, **settings):
    """A solved closed orbit."""
    return solve(Problem(system=system(equations, parameters), initial=initial, periodic=period, **settings))


def plain(given):
    """The right-hand side of a system for SciPy."""
    return lambda t, y: np.array(given.kernels.scalar(t, y.tolist()))


def section_period(equations, start, about, parameters=None):
    """The period by integration at 1e-13: a transient, then the time between two passages of a section in the
    same direction, found by Newton's method on the dense output's end.
    """
    f = plain(system(equations, parameters))

    def run(y, span, **options):
        return solve_ivp(f, (0, span), y, "DOP853", rtol=1e-13, atol=1e-15, **options)

    anchor = run(np.array(start, dtype=float), {2: 4, 3: 50}[len(start)] * about).y[:, -1]
    normal = f(0, anchor)
    for _ in range(2):  # the second time from a point that has converged further
        end, time = run(anchor, about).y[:, -1], about
        for _ in range(8):
            time -= normal @ (end - anchor) / (normal @ f(0, end))
            end = run(anchor, time).y[:, -1]
        anchor = end
    return time


def multipliers(solution):
    """The eigenvalues of the variational equation over one period, by SciPy."""
    kernels, k = solution.problem.system.kernels, len(solution.states)

    def f(t, z):
        out = kernels.fj(np.array([t]), z[:k, None], np.zeros((1 + k, k, 1)))[..., 0]
        return np.concatenate([out[0], (out[1:] @ z[k:].reshape(k, k)).ravel()])

    start = np.concatenate([solution(0.0), np.eye(k).ravel()])
    end = solve_ivp(f, (0, solution.period), start, "DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
    values = np.linalg.eigvals(end[k:].reshape(k, k))
    return values[np.argsort(-np.abs(values))]


def assert_closed(solution):
    """Converged, and SciPy comes back to the start after the period."""
    assert solution.status == "converged", solution.message
    t = np.linspace(0, solution.period, 41)
    f = plain(solution.problem.system)
    truth = solve_ivp(f, (0, solution.period), solution(0.0), "DOP853", t, rtol=1e-13, atol=1e-15).y.T
    size = np.abs(solution(np.linspace(0, solution.period, 2001))).max(axis=0)
    growth = max(abs(complex(*m)) for m in solution.orbit["multipliers"])
    allowed = 1.1 * solution.problem.accuracy + 1e-12 * growth
    assert (np.abs(solution(t) - truth) <= allowed * size).all()


@pytest.mark.parametrize("guess", [1.0, 2.2, 6.6, 13.0, 20.0])
def test_the_period_of_van_der_pol_is_found_from_a_guess_three_times_off(guess):
    solution = orbit(VAN_DER_POL, [2, 0], guess, {"mu": 1}, accuracy=1e-10)
    assert_closed(solution)
    assert abs(solution.period - PERIOD) <= 1e-10
    assert solution.orbit["stable"] is True


@pytest.mark.parametrize("start", [[1e-4, 0], [0.5, 0.5], [5, 5], [10, -20], [0, -3]])
def test_the_point_may_be_far_from_the_orbit(start):
    solution = orbit(VAN_DER_POL, start, 3, {"mu": 1}, accuracy=1e-10)
    assert abs(solution.period - PERIOD) <= 1e-10


@pytest.mark.parametrize("start", [[2, 0], [1, 0], [3, 0]])
def test_an_unstable_cycle_is_found_and_called_unstable(start):
    solution = orbit(VAN_DER_POL, start, 5, {"mu": -1}, accuracy=1e-10)
    assert abs(solution.period - PERIOD) <= 1e-10
    assert solution.orbit["stable"] is False
    np.testing.assert_allclose(solution.orbit["multipliers"][0], [1 / 8.5969506e-4, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("equations", "parameters", "start", "about"),
    [
        (VAN_DER_POL, {"mu": 10}, [2.0142853, 0], 19.08),
        (BRUSSELATOR, {"a": 1, "b": 3}, [1, 1], 7.16),
        (FITZHUGH_NAGUMO, {}, [0, 0], 39.5),
        ({"x": "-y - z", "y": "x + 0.1*y", "z": "0.1 + z*(x - 4)"}, {}, [0, -3, 0.1], 6.0),
    ],
    ids=["van der pol 10", "brusselator", "fitzhugh-nagumo", "rossler"],
)
def test_periods_agree_with_a_section_of_scipy(equations, parameters, start, about):
    solution = orbit(equations, start, 1.3 * about, parameters, accuracy=1e-10)
    assert_closed(solution)
    assert abs(solution.period - section_period(equations, start, solution.period, parameters)) <= 1e-10 * solution.period


@pytest.mark.parametrize("share", [0.3, 3.0])
def test_a_guess_far_from_the_period_of_a_relaxation_oscillation_will_do(share):
    """Thirty guessed periods, after which the march has come to the orbit, are more windows than it may have."""
    solution = orbit(VAN_DER_POL, [2, 0], share * 34.68, {"mu": 20}, accuracy=1e-7)
    assert solution.status == "converged", solution.message
    assert solution.period == pytest.approx(34.6823233117, rel=1e-7)


@pytest.mark.parametrize(("mu", "period"), [(20, 34.6823233117), (50, 82.5083338932), (100, 162.83707109237)])
def test_stiff_relaxation_oscillations_are_no_harder(mu, period):
    solution = orbit(VAN_DER_POL, [2, 0], 1.7 * mu, {"mu": mu}, accuracy=1e-8)
    assert solution.status == "converged", solution.message
    assert abs(solution.period - period) <= 1e-9 * period
    values = solution([0.0, solution.period / 2])
    np.testing.assert_allclose(values[1], -values[0], atol=1e-6)  # the orbit is symmetric


@pytest.mark.parametrize(
    ("equations", "parameters", "start", "guess"),
    [
        (VAN_DER_POL, {"mu": 1}, [2, 0], 6),
        (BRUSSELATOR, {"a": 1, "b": 2.05}, [1, 1], 6),
        (LORENZ, {"s": 10, "r": 28}, [-13.76, -19.58, 27], 1.56),
        (LORENZ, {"s": 10, "r": 160}, [10, 10, 160], 1.15),
        ({"x": "-y - z", "y": "x + 0.1*y", "z": "0.1 + z*(x - 6)"}, {}, [0, -8, 0.1], 12),
        (
            {"x": "y", "y": "(1 - x^2)*y - x + 0.1*(u - x)", "u": "v", "v": "(1 - u^2)*v - u + 0.1*(x - u)"}, {},
            [2, 0, 2, 0], 6.6,
        ),
    ],
    ids=["van der pol", "brusselator", "lorenz saddle", "lorenz stable", "rossler doubled", "coupled oscillators"],
)
def test_multipliers_are_those_of_the_variational_equation(equations, parameters, start, guess):
    solution = orbit(equations, start, guess, parameters, accuracy=1e-9)
    assert_closed(solution)
    found = np.array([complex(*pair) for pair in solution.orbit["multipliers"]])
    expected = multipliers(solution)
    np.testing.assert_allclose(found, expected, atol=1e-7 * max(abs(expected[0]), 1))
    others = np.delete(expected, np.argmin(np.abs(expected - 1)))
    assert solution.orbit["stable"] == bool((np.abs(others) < 1).all())


def test_of_two_cycles_the_one_closer_to_the_point_is_found():
    inner, outer = orbit(TWO_CYCLES, [1.1, 0], 6), orbit(TWO_CYCLES, [2.1, 0], 6)
    np.testing.assert_allclose([np.hypot(*inner(0.0)), np.hypot(*outer(0.0))], [1, 2], atol=1e-6)
    assert (inner.orbit["stable"], outer.orbit["stable"]) == (True, False)


@pytest.mark.parametrize("turns", [2, 3])
def test_several_turns_are_one_orbit_gone_around_several_times(turns):
    assert abs(orbit(VAN_DER_POL, [2, 0], turns * PERIOD, {"mu": 1}, accuracy=1e-9).period - PERIOD) <= 1e-8


def pendulum_period(amplitude):
    """4 K(sin(amplitude/2)) by the arithmetic-geometric mean."""
    a, b = 1.0, math.cos(amplitude / 2)
    while abs(a - b) > 1e-15:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return 2 * math.pi / a


@pytest.mark.parametrize(
    ("equations", "start", "guess", "period"),
    [
        ({"x": "y", "y": "-x"}, [1.5, 1], 19, 2 * math.pi),
        ({"x": "y", "y": "-sin(x)"}, [2, 0], 6, pendulum_period(2)),
        ({"x": "y", "y": "-sin(x)"}, [3.1, 0], 20, pendulum_period(3.1)),
        (LOTKA_VOLTERRA, [1.5, 1], 6.3, 6.382567707392814),
        (LOTKA_VOLTERRA, [5, 1], 20, 8.96586049297),
        (
            {"x": "u", "y": "v", "u": "-x/(x^2 + y^2)^1.5", "v": "-y/(x^2 + y^2)^1.5"}, [1, 0, 0, 1.2], 8,
            2 * math.pi * (1 / (2 - 1.44)) ** 1.5,
        ),
    ],
    ids=["harmonic", "pendulum", "pendulum near the top", "lotka-volterra", "lotka-volterra wide", "kepler"],
)
def test_a_conservative_system_is_recognised_and_the_orbit_goes_through_the_point(equations, start, guess, period):
    solution = orbit(equations, start, guess, accuracy=1e-8)
    assert_closed(solution)
    assert abs(solution.period - period) <= 1e-8 * period
    np.testing.assert_allclose(solution(0.0), start, rtol=1e-12, atol=1e-12)
    assert solution.orbit["stable"] is None
    assert "the closed orbits form a family, as in conservative systems: this is the one through the given point" in (
        solution.message
    )


@pytest.mark.parametrize(
    ("equations", "start", "said"),
    [
        ({"x": "y", "y": "(1 - x^2)*y - x"}, [0, 0], "stays at the equilibrium x = 0, y = 0; give a point closer to the orbit"),
        (LOTKA_VOLTERRA, [1, 1], "stays at the equilibrium x = 1, y = 1"),
        ({"x": "-x + y", "y": "-x - y"}, [1, 0], "comes to rest at the equilibrium x = 0, y = 0 and runs"),
        ({"x": "-x + y", "y": "2 - x - y"}, [3, 0], "comes to rest at the equilibrium x = 1, y = 1 and runs"),
        ({"x": "x", "y": "-y"}, [1, 1], "runs away and runs away backward in time"),
        ({"x": "1", "y": "x"}, [1, 0], "no closed orbit was found from the given point and the period 6"),
        ({"x": "1 + x^2", "y": "y"}, [1, 0], "no closed orbit was found"),
        ({"x": "sqrt(x)", "y": "-x"}, [-1, 0], "no closed orbit was found"),
    ],
)
def test_where_there_is_no_closed_orbit_the_message_says_what_happens_instead(equations, start, said):
    solution = orbit(equations, start, 6)
    assert solution.status == "not_converged"
    assert said in solution.message


def test_the_message_has_the_period_as_it_was_given():
    assert "from the given point and the period 1.558;" in orbit({"x": "1", "y": "x"}, [1, 0], 1.558).message.replace(":", ";")


def test_the_solution_covers_one_period_and_repeats_itself():
    solution = orbit(VAN_DER_POL, [2, 0], 6.6, {"mu": 1}, accuracy=1e-10)
    assert solution.interval == (0.0, solution.period)
    t = np.linspace(0, solution.period, 17, endpoint=False)
    for turns in (-3, 1, 100):
        np.testing.assert_allclose(solution(t + turns * solution.period), solution(t), atol=1e-11)
    assert solution(1.0).shape == (2,)
    again = solution.as_initial_value_problem()
    assert again.kind == "initial" and again.time == (0.0, solution.period)


class Stop:
    """Interrupts after some iterations."""

    def __init__(self, after):
        self.after, self.count = after, 0

    def update(self, step, snapshot):
        snapshot()
        self.count += 1
        assert 0 <= step.fraction < 1
        if self.count == self.after:
            raise Interrupted


@pytest.mark.parametrize(
    ("equations", "start", "after"),
    [(VAN_DER_POL, [2, 0], 1), (VAN_DER_POL, [2, 0], 7), (VAN_DER_POL, [2, 0], 8), (LOTKA_VOLTERRA, [1.5, 1], 20)],
)
def test_interrupted_and_resumed_is_the_same_to_the_last_bit(equations, start, after):
    parameters = {"mu": 10} if equations is VAN_DER_POL else {}
    problem = Problem(system=system(equations, parameters), initial=start, periodic=6.6, accuracy=1e-10)
    whole = solve(problem, record=True)
    assert whole.iterations > after
    stopped = solve(problem, progress=Stop(after), record=True)
    assert stopped.status == "interrupted"
    resumed = solve(problem, state=stopped.resume, record=True)
    assert (resumed.period, resumed.orbit, resumed.message) == (whole.period, whole.orbit, whole.message)
    t = np.linspace(0, whole.period, 301)
    assert (resumed(t) == whole(t)).all()
    assert [row["iteration"] for row in resumed.history] == list(range(1, whole.iterations + 1))
