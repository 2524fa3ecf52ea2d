"""Boundary value problems: the true error is at most what was asked for, everywhere, or the status says that it is not."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import erf, mathieu_a

from pinnsolve.errors import Interrupted
from pinnsolve.problem import TrainingSettings
from pinnsolve.solvers import solve
from tests.solvers.boundary_problems import (
    EPSILONS,
    ILL_CONDITIONED,
    PERTURBED,
    boundary,
    problem,
    second_order,
    true_error,
)

PI = np.pi
UNDETERMINED = ("17: interior layer of algebraic decay", 0.01)
CASES = [(name, eps) for name in PERTURBED for eps in EPSILONS if (name, eps) != UNDETERMINED]


def assert_solved(given, exact):
    """Converged, and the true error is what was asked for."""
    solution = solve(given)
    assert solution.status == "converged", solution.message
    assert true_error(solution, exact) <= given.accuracy
    return solution


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize(("name", "eps"), CASES)
def test_published_problems_are_solved_whatever_the_layers(name, eps, accuracy):
    example = PERTURBED[name]
    assert_solved(problem(example, eps, accuracy=accuracy), lambda t: example.exact(t, eps))


@pytest.mark.parametrize("name", [name for name in PERTURBED if "smooth" not in name])
def test_the_estimate_is_between_a_third_and_ten_times_the_true_error(name):
    example, eps = PERTURBED[name], 1e-4
    solution = solve(problem(example, eps, accuracy=1e-6))
    true = max(true_error(solution, lambda t: example.exact(t, eps)), 1e-14)
    assert 1 / 3 <= solution.estimated / true <= 10


@pytest.mark.parametrize("accuracy", [1e-4, 1e-10])
@pytest.mark.parametrize("eps", [1.0, 0.1, 0.02, 0.005, 1e-3])
@pytest.mark.parametrize("name", ILL_CONDITIONED)
def test_a_solution_that_double_precision_cannot_determine_is_never_called_converged(name, eps, accuracy):
    example = ILL_CONDITIONED[name]
    solution = solve(problem(example, eps, accuracy=accuracy))
    if solution.status == "converged":
        assert true_error(solution, lambda t: example.exact(t, eps)) <= accuracy
    else:
        assert eps < 0.05 or accuracy < 1e-6


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("power", [2, 6])
def test_a_pulse_between_the_nodes_is_not_stepped_over(power, accuracy):
    width, centre = 10.0 ** (-power / 2), 0.371

    def exact(t):
        z, first, last = (t - centre) / width, -centre / width, (1 - centre) / width
        twice = lambda x: width * np.sqrt(PI) / 2 * (x * erf(x) + np.exp(-x * x) / np.sqrt(PI) + x)  # noqa: E731
        slope = twice(first) - twice(last)
        return twice(z) - twice(first) + slope * t, np.sqrt(PI) / 2 * (erf(z) + 1) + slope

    equations = second_order("exp(-((t - 0.371)/w)^2)/w")
    given = boundary(equations, ["y(0) = 0", "y(1) = 0"], (0, 1), {"w": width}, accuracy=accuracy)
    assert_solved(given, exact)


def bratu(lam, upper):
    """The closed form: y = -2 log(cosh((t - 1/2) a/2) / cosh(a/4)) with a = sqrt(2 lam) cosh(a/4)."""
    a = float(mpmath.findroot(lambda x: x - mpmath.sqrt(2 * lam) * mpmath.cosh(x / 4), 10 if upper else 1.5))
    return lambda t: (-2 * np.log(np.cosh((t - 0.5) * a / 2) / np.cosh(a / 4)), -a * np.tanh((t - 0.5) * a / 2))


BRATU = {"u": "v", "v": "-lam*exp(u)"}


@pytest.mark.parametrize("accuracy", [1e-4, 1e-10])
@pytest.mark.parametrize("lam", [1.0, 2.0, 3.5, 3.5138307])
@pytest.mark.parametrize("upper", [False, True])
def test_the_starting_guess_chooses_between_the_two_solutions_of_bratu(upper, lam, accuracy):
    initial = [0, 10] if upper else None
    given = boundary(BRATU, ["u(0) = 0", "u(1) = 0"], (0, 1), {"lam": lam}, initial=initial, accuracy=accuracy)
    assert_solved(given, bratu(lam, upper))


def test_a_constant_guess_near_the_upper_solution_finds_it():
    given = boundary(BRATU, ["u(0) = 0", "u(1) = 0"], (0, 1), {"lam": 1.0}, initial=[4, 0])
    assert_solved(given, bratu(1.0, upper=True))


def test_beyond_the_fold_of_bratu_there_is_nothing_and_the_message_says_what_to_try():
    solution = solve(boundary(BRATU, ["u(0) = 0", "u(1) = 0"], (0, 1), {"lam": 4.0}))
    assert solution.status == "not_converged"
    assert "no solution of the boundary value problem was found" in solution.message
    assert "there may be none, or give values at the start that are closer to it under initial" in solution.message


@pytest.mark.parametrize("mu", [1, 5, 10, 20])
def test_troesch_agrees_with_an_initial_value_problem_in_many_digits(mu):
    """The slope at the start is found by shooting with 40 digits: y(1) = 1 is what it must lead to."""
    given = boundary(second_order("mu*sinh(mu*y)"), ["y(0) = 0", "y(1) = 1"], (0, 1), {"mu": mu}, accuracy=1e-8)
    solution = solve(given)
    assert solution.status == "converged", solution.message
    with mpmath.workdps(40):
        # y(1) = 2/mu asinh(p/2 sc(mu | 1 - p^2/4)) with p the slope at the start (Roberts and Shipman, 1976)
        def miss(p):
            m = 1 - p * p / 4
            return mpmath.ellipfun("sn", mu, m=m) / mpmath.ellipfun("cn", mu, m=m) * p / 2 - mpmath.sinh(mpmath.mpf(mu) / 2)

        start = float(solution(0.0)[1])
        slope = mpmath.findroot(miss, (mpmath.mpf(start), mpmath.mpf(start) * (1 + mpmath.mpf("1e-6"))), tol=1e-36)
    assert abs(solution(0.0)[1] - float(slope)) <= 1e-8 * np.abs(solution(np.linspace(0, 1, 201))[:, 1]).max()


def sixth(t):
    """The derivatives of t (1 - t) exp(t)."""
    polynomial, columns = np.array([-1.0, 1.0, 0.0]), []
    for _ in range(6):
        columns.append(np.polyval(polynomial, t) * np.exp(t))
        polynomial = np.polyadd(polynomial, np.polyder(polynomial))
    return columns


SHAPES = {
    "one state, periodic forcing": (
        {"x": "-x + cos(t)"}, ["x(0) = x(2*pi)"], (0, 2 * PI), lambda t: ((np.cos(t) + np.sin(t)) / 2,), None
    ),
    "one state, nonlinear, both ends": ({"x": "-x^2"}, ["x(0) + x(1) = 1.5"], (0, 1), lambda t: (1 / (1 + t),), None),
    "beam of four states": (
        {"w": "a", "a": "m", "m": "q", "q": "1"}, ["w(0) = 0", "a(0) = 0", "w(1) = 0", "m(1) = 0"], (0, 1),
        lambda t: (
            t**4 / 24 - 5 * t**3 / 48 + t * t / 16, t**3 / 6 - 5 * t * t / 16 + t / 8, t * t / 2 - 5 * t / 8 + 1 / 8, t - 5 / 8
        ),
        None,
    ),
    "six states (Siddiqi and Twizell, 1996)": (
        {**{f"y{i}": f"y{i + 1}" for i in range(5)}, "y5": "-t*y0 - (24 + 11*t + t^3)*exp(t)"},
        ["y0(0) = 0", "y2(0) = 0", "y4(0) = -8", "y0(1) = 0", "y2(1) = -4*e", "y4(1) = -16*e"], (0, 1), sixth, None,
    ),
    "eigenvalue as a state": (
        {"y": "v", "v": "-l*y", "l": "0"}, ["y(0) = 0", "y(1) = 0", "v(0) = 1"], (0, 1),
        lambda t: (np.sin(PI * t) / PI, np.cos(PI * t), PI**2), [0, 1, 8],
    ),
    "fifth eigenvalue": (
        {"y": "v", "v": "-l*y", "l": "0"}, ["y(0) = 0", "y(1) = 0", "v(0) = 1"], (0, 1),
        lambda t: (np.sin(5 * PI * t) / (5 * PI), np.cos(5 * PI * t), 25 * PI**2), [0, 1, 240],
    ),
    "backward in time": (
        second_order("-y"), ["y(1) = 1", "y(0) = 0"], (1, 0), lambda t: (np.sin(t) / np.sin(1), np.cos(t) / np.sin(1)), None
    ),
    "far from zero": (
        second_order("-y"), ["y(1000001) = 1", "y(1000000) = 0"], (1e6, 1e6 + 1),
        lambda t: (np.sin(t - 1e6) / np.sin(1), np.cos(t - 1e6) / np.sin(1)), None,
    ),
    "a nanosecond": (
        second_order("-1e18*y"), ["y(0) = 0", "y(1e-9) = 1"], (0, 1e-9),
        lambda t: (np.sin(1e9 * t) / np.sin(1), 1e9 * np.cos(1e9 * t) / np.sin(1)), None,
    ),
    "singular at the start (Lane-Emden)": (
        second_order("-2/t*v - y^5"), ["v(0) = 0", "y(1) = sqrt(3)/2"], (0, 1),
        lambda t: (1 / np.sqrt(1 + t * t / 3), -t / 3 * (1 + t * t / 3) ** -1.5), None,
    ),
    "a thousand half waves": (
        second_order("-(pi*1000.5)^2*y"), ["y(0) = 0", "y(1) = sin(pi*1000.5)"], (0, 1),
        lambda t: (np.sin(1000.5 * PI * t), 1000.5 * PI * np.cos(1000.5 * PI * t)), None,
    ),
    "initial values": (second_order("-y"), ["y(0) = 1", "v(0) = 0"], (0, 10), lambda t: (np.cos(t), -np.sin(t)), None),
    "values at the end alone": (
        second_order("-y"), ["y(10) = 1", "v(10) = 0"], (0, 10), lambda t: (np.cos(t - 10), -np.sin(t - 10)), None
    ),
    "zero": (second_order("-y"), ["y(0) = 0", "y(1) = 0"], (0, 1), lambda t: (0 * t, 0 * t), None),
    "constant": (second_order("0"), ["y(0) = 3", "v(1) = 0"], (0, 1), lambda t: (3 + 0 * t, 0 * t), None),
    "jump in time": (
        second_order("where(t < 0.3, 1, -1)"), ["y(0) = 0", "y(1) = 0"], (0, 1),
        lambda t: (
            np.where(t < 0.3, t * t / 2, 0.045 + 0.3 * (t - 0.3) - (t - 0.3) ** 2 / 2) - 0.01 * t,
            np.where(t < 0.3, t, 0.6 - t) - 0.01,
        ),
        None,
    ),
    "kink in a state": (
        second_order("-abs(y)"), ["y(0) = 0", "y(4) = -2"], (0, 4),
        lambda t: (
            2 / np.sinh(4 - PI) * np.where(t < PI, np.sin(t), -np.sinh(t - PI)),
            2 / np.sinh(4 - PI) * np.where(t < PI, np.cos(t), -np.cosh(t - PI)),
        ),
        [0, 3],
    ),
}


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_problem_is_solved(name, accuracy):
    equations, conditions, time, exact, initial = SHAPES[name]
    assert_solved(boundary(equations, conditions, time, initial=initial, accuracy=accuracy), exact)


def test_conditions_may_be_nonlinear_and_mix_both_ends():
    given = boundary(
        second_order("-y"), ["y(0) + 2*v(1) = 1", "v(0)*y(1) = y(0)^2 + v(0)"], (0, 1), initial=[0.3, 1], accuracy=1e-10
    )
    solution = solve(given)
    assert solution.status == "converged", solution.message
    (y0, v0), (y1, v1) = solution(0.0), solution(1.0)
    assert abs(y0 + 2 * v1 - 1) < 1e-12 and abs(v0 * y1 - y0**2 - v0) < 1e-12
    np.testing.assert_allclose([y1, v1], [y0 * np.cos(1) + v0 * np.sin(1), v0 * np.cos(1) - y0 * np.sin(1)], atol=1e-12)


def test_the_eigenvalue_of_mathieu_agrees_with_scipy():
    equations = {"y": "v", "v": "-(l - 10*cos(2*t))*y", "l": "0"}
    solution = solve(boundary(equations, ["v(0) = 0", "v(pi) = 0", "y(0) = 1"], (0, PI), initial=[1, 0, 15], accuracy=1e-10))
    assert solution.status == "converged"
    assert abs(solution(0.0)[2] - mathieu_a(4, 5)) < 1e-9


def test_a_swinging_pendulum_that_ends_at_an_angle_needs_continuation_and_keeps_few_windows():
    solution = solve(boundary({"x": "v", "v": "-sin(x)"}, ["x(0) = 0", "x(10) = 1"], (0, 10), accuracy=1e-9))
    assert solution.status == "converged", solution.message
    assert solution.windows <= 16
    forward = solve_ivp(lambda t, y: [y[1], -np.sin(y[0])], (0, 10), solution(0.0), "DOP853", rtol=1e-13, atol=1e-15)
    assert abs(forward.y[0, -1] - 1) < 1e-8


CASH = {
    "19": (second_order("-(exp(y)*v - pi/2*sin(pi*t/2)*exp(2*y))/eps"), ["y(0) = 0", "y(1) = 0"]),
    "22": (second_order("-(v + y^2)/eps"), ["y(0) = 0", "y(1) = 1/2"]),
    **{
        number: (second_order("(y - y*v)/eps"), [f"y(0) = {left}", f"y(1) = {right}"])
        for number, left, right in (
            ("25", "-1/3", "1/3"), ("26", "1", "-1/3"), ("27", "1", "1/3"), ("28", "1", "3/2"), ("29", "0", "3/2"),
            ("30", "-7/6", "3/2"),
        )
    },
    "32": (
        {"y": "a", "a": "b", "b": "c", "c": "(a*b - y*c)/eps"}, ["y(0) = 0", "a(0) = 0", "y(1) = 1", "a(1) = 0"]
    ),
    "33": (
        {"g": "g1", "g1": "(g*f1 - f*g1)/eps", "f": "f1", "f1": "f2", "f2": "f3", "f3": "-(f*f3 + g*g1)/eps"},
        ["g(0) = -1", "f(0) = 0", "f1(0) = 0", "g(1) = 1", "f(1) = 0", "f1(1) = 0"],
    ),
}


@pytest.mark.parametrize("eps", [0.1, 1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("number", CASH)
def test_nonlinear_layers_without_closed_form_agree_with_a_tighter_solution(number, eps):
    equations, conditions = CASH[number]
    rough, fine = (solve(boundary(equations, conditions, (0, 1), {"eps": eps}, accuracy=a)) for a in (1e-6, 1e-9))
    assert rough.status == fine.status == "converged", (rough.message, fine.message)
    t = np.linspace(0, 1, 5001)
    reference = fine(t)
    assert (np.abs(rough(t) - reference).max(axis=0) <= 1.01e-6 * np.abs(reference).max(axis=0)).all()


@pytest.mark.parametrize(
    ("equations", "conditions", "said"),
    [
        (second_order("-pi^2*y"), ["y(0) = 0", "y(1) = 1"], "the problem is linear and its conditions do not determine"),
        (second_order("0"), ["v(0) = 0", "v(1) = 0"], "there is none, or there are infinitely many"),
        (second_order("-pi^2*y"), ["y(0) = 0", "y(1) = 0"], "this is one of many; change or add what tells them apart"),
        (second_order("y*v"), ["y(0) = 0", "y(0)^2 = 1"], "where the search starts the conditions do not determine it"),
        (second_order("0"), ["sqrt(y(0) - 1) = 1", "y(1) = -1"], "the condition sqrt(y(0) - 1) = 1 is not defined where"),
        (second_order("log(-1 - y^2)"), ["y(0) = 0", "y(1) = -1"], "the right-hand side is not finite where the search starts"),
        (second_order("1 + v^2"), ["y(0) = 0", "y(4) = 5"], "Newton's iteration did not converge from any guess, nor by cont"),
    ],
)
def test_what_has_no_solution_or_many_is_said_to(equations, conditions, said):
    time = (0, 4) if "y(4)" in conditions[1] else (0, 1)
    solution = solve(boundary(equations, conditions, time))
    assert solution.status == "not_converged"
    assert said in solution.message


def test_a_jump_at_an_unknown_place_is_named_as_what_stands_in_the_way():
    solution = solve(boundary(second_order("where(y < 0.3, 1, 5)"), ["y(0) = 0", "y(1) = 1"], (0, 1), accuracy=1e-8))
    assert solution.status == "not_converged"
    assert "the right-hand side switches inside a window" in solution.message


class Stop:
    """Interrupts after some iterations."""

    def __init__(self, after):
        self.after, self.fractions = after, []

    def update(self, step, snapshot):
        self.fractions.append(step.fraction)
        snapshot()
        if len(self.fractions) == self.after:
            raise Interrupted


@pytest.mark.parametrize("after", [1, 5, 9, 25, 60])
def test_interrupted_and_resumed_is_the_same_to_the_last_bit(after):
    example = PERTURBED["20: corner layer, nonlinear"]
    given = problem(example, 1e-3, accuracy=1e-9)
    whole = solve(given, record=True)
    stopped = solve(given, progress=Stop(after), record=True)
    assert stopped.status == "interrupted"
    assert stopped.message == f"interrupted after {after} iterations; resume to carry on"
    resumed = solve(given, state=stopped.resume, record=True)
    t = np.linspace(0, 1, 501)
    assert (resumed(t) == whole(t)).all()
    assert (resumed.status, resumed.iterations, resumed.estimated) == (whole.status, whole.iterations, whole.estimated)
    assert [row["iteration"] for row in resumed.history] == list(range(1, whole.iterations + 1))


def test_residuals_in_the_history_are_measured_against_the_solution_and_not_against_nothing():
    solution = solve(boundary(second_order("6*t"), ["y(0) = 0", "y(1) = 1"], (0, 1)), record=True)  # from a curve at rest
    residuals = np.array([row["residual"] for row in solution.history])
    assert residuals.shape[1] == 2
    assert 0.5 < residuals[0].max() <= 2
    assert (residuals <= 2).all()
    assert residuals[-1].max() < 1e-6
    still = solve(boundary(second_order("0"), ["y(0) = 0", "y(1) = 0"], (0, 1)), record=True)
    assert all(row["residual"] == [0, 0] for row in still.history)


def test_the_fraction_done_never_falls_and_ends_below_one():
    listener = Stop(after=-1)
    solve(problem(PERTURBED["20: corner layer, nonlinear"], 1e-3, accuracy=1e-9), progress=listener)
    assert (np.diff(listener.fractions) >= 0).all()
    assert 0.5 < listener.fractions[-1] < 1


def test_a_time_limit_ends_the_search_with_its_name():
    given = problem(PERTURBED["20: corner layer, nonlinear"], 1e-4, training=TrainingSettings(time_limit=1e-9))
    solution = solve(given)
    assert solution.status == "not_converged"
    assert "the time limit of 1e-09 s is over; raise training.time_limit" in solution.message
