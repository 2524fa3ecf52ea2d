"""Problems that cannot be solved say why, where and what to change."""

import numpy as np
import pytest

from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem


def solved(equation, start=1.0, time=(0, 2), **settings):
    system = {"equations": {"x": equation}}
    return solve(load_problem({"system": system, "initial": {"x": start}, "time": list(time), **settings}))


@pytest.mark.parametrize(
    ("equation", "start", "singular"),
    [("x^2", 1, 1.0), ("1 + x^2", 0, np.pi / 2), ("exp(x)", 0, 1.0), ("x^3", 1, 0.5)],
)
def test_blow_up_is_diverged_with_its_time(equation, start, singular):
    solution = solved(equation, start)
    assert solution.status == "diverged"
    assert "x grows without bound at t = " in solution.message
    assert solution.reached == pytest.approx(singular, abs=1e-9)
    assert "end the interval before that time" in solution.message


def test_past_the_singularity_the_solution_is_nan_and_before_it_is_right():
    solution = solved("x^2")
    assert np.isnan(solution(1.5)).all()
    assert solution(0.9)[0] == pytest.approx(10, rel=1e-6)


def test_a_derivative_that_becomes_infinite_is_diverged():
    solution = solved("-1/(2*x)")
    assert solution.status == "diverged"
    assert "the derivative of x becomes infinite at t = " in solution.message
    assert solution.reached == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("equation", "start", "time", "term"),
    [("sqrt(1 - t)", 1, 1.0, "sqrt(1 - t) is not defined"), ("log(x) - 5", 2, 0.3875630, "log(x) is not defined")],
)
def test_leaving_the_domain_names_the_term_and_the_time(equation, start, time, term):
    solution = solved(equation, start)
    assert solution.status == "not_converged"
    assert "leaves the domain of the right-hand side" in solution.message
    assert term in solution.message
    assert solution.reached == pytest.approx(time, abs=1e-6)


def test_a_right_hand_side_that_is_undefined_at_the_start_is_named():
    solution = solved("log(t)")
    assert solution.status == "not_converged"
    assert "not finite at the start, t = 0: log(t) is not defined for t = 0" in solution.message
    assert solution.windows == 0


@pytest.mark.parametrize(("equation", "start"), [("floor(1/x)", 0), ("floor(log(x)) + 1", -1)])
def test_a_switch_that_is_undefined_at_the_start_is_named(equation, start):
    solution = solved(equation, start)
    assert solution.status == "not_converged"
    assert "not finite at the start, t = 0" in solution.message


@pytest.mark.parametrize(("equation", "start", "time"), [("-sign(x)", 1, 1.0), ("where(x > 0.5, -2, 1)", 0, 0.5)])
def test_sliding_along_a_discontinuity_is_named_not_endured(equation, start, time):
    solution = solved(equation, start)
    assert solution.status == "not_converged"
    assert "slides along a discontinuity" in solution.message
    assert solution.reached == pytest.approx(time, abs=1e-9)
    assert solution.windows < 50


def test_a_time_limit_is_kept_and_named():
    solution = solved("-x", time=(0, 1e4), training={"time_limit": 1e-9})
    assert solution.status == "not_converged"
    assert "the time limit of 1e-09 s is over" in solution.message


def test_growth_beyond_double_precision_is_not_claimed():
    solution = solved("x", time=(0, 800))
    assert solution.status != "converged"


def test_a_solution_without_a_window_says_so_when_it_is_called():
    from pinnsolve.errors import RunError

    with pytest.raises(RunError, match="there is no solution to evaluate"):
        solved("log(t)")(1.0)
