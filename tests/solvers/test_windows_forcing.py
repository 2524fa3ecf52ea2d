"""What happens in time is seen: pulses beside larger terms and behind zero factors, and states that wait for them at zero."""

import math

import numpy as np
import pytest
import torch

import pinnsolve
from pinnsolve.expressions import parse, time_terms, to_text
from pinnsolve.solvers.windows.schedule import NEGLIGIBLE, pushed
from pinnsolve.spec import load_problem
from tests.solvers.problems import Exact, columns, file

erf = np.vectorize(math.erf)


def pulse(t, centre, width):
    """The integral of exp(−((t − centre)/width)²)."""
    return width * math.sqrt(math.pi) / 2 * (erf((t - centre) / width) + 1)


def forced(equation, exact):
    return Exact(file({"x'": equation}, {"x": 0}, (0, 100)), lambda t: columns(exact(t)))


PULSES = {
    "times a factor that is zero at first": forced(
        "exp(-((t - 37.3)/0.004)^2)*(1 - x)", lambda t: 1 - np.exp(-pulse(t, 37.3, 0.004))
    ),
    "beside a larger one": forced(
        "exp(-((t - 20)/0.1)^2)*100 + exp(-((t - 70)/0.1)^2)", lambda t: 100 * pulse(t, 20, 0.1) + pulse(t, 70, 0.1)
    ),
    "on a slow background": forced(
        "cos(0.01*t) + exp(-((t - 37.3)/0.05)^2)", lambda t: 100 * np.sin(0.01 * t) + pulse(t, 37.3, 0.05)
    ),
    "as a quotient": forced(
        "cos(0.01*t) + 0.1/(1 + ((t - 37.3)/0.01)^2)",
        lambda t: 100 * np.sin(0.01 * t) + 1e-3 * (np.arctan((t - 37.3) / 0.01) + math.atan(3730)),
    ),
    "as a switch whose tail is rounding": forced(
        "1 + tanh((t - 50)/2)", lambda t: t - 50 + 2 * np.logaddexp((t - 50) / 2, (50 - t) / 2)
    ),
    "as a steep rise": forced(
        "1 + tanh((t - 31)/1e-3)", lambda t: t + 1e-3 * np.logaddexp(1e3 * (t - 31), -1e3 * (t - 31)) - 31
    ),
}


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("name", PULSES)
def test_a_pulse_is_seen(name, accuracy):
    exact = PULSES[name]
    solution = pinnsolve.solve({**exact.source, "accuracy": accuracy})
    assert solution.status == "converged", solution.message
    assert exact.error(solution, 4001) <= accuracy


def test_a_state_that_waits_at_zero_is_not_followed_through_the_tail_of_a_pulse():
    exact = PULSES["times a factor that is zero at first"]
    assert pinnsolve.solve({**exact.source, "accuracy": 1e-10}).windows <= 400


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("sin(t^2) + 3*exp(-t^2)*x", ["sin(t^2)", "exp(-t^2)"]),
        ("sin(3*t + 1)*x - cos(t/2)", []),
        ("sin(2*t*t) + cos((t - 1)^2)", ["sin(2*t*t)", "cos((t - 1)^2)"]),
        ("x*y + 2", []),
        ("t^2 - 3*t*x", []),
        ("1/(1 + t^2)", ["1/(1 + t^2)"]),
        ("where(t < 5, tanh(t), x)", ["tanh(t)"]),
        ("step(exp(-t^2) - y)", ["exp(-t^2)"]),
        ("sin(x + exp(t))", ["exp(t)", "sin(x + exp(t))"]),
        ("x^t", ["x^t"]),
    ],
)
def test_terms_of_time_are_the_functions_of_it_one_by_one(text, terms):
    assert [to_text(term) for term in time_terms([parse(text, ["x", "y"])])] == terms


def test_states_are_negligible_below_a_share_of_what_pushes_them_from_zero():
    system = load_problem(file({"x'": "cos(t) - x", "y'": "x", "z'": "-z + 5*t"}, {"x": 0, "y": 0, "z": 1}, (0, 2))).system
    sizes = pushed(system, np.array([0.0, 0.0, 1.0]), 0.0, 2.0)
    assert sizes == pytest.approx([2 * NEGLIGIBLE, 0, 0], rel=1e-6)


def python_problem(f, initial, accuracy, end=5.0):
    states = [f"y{i}" for i in range(len(initial))]
    return pinnsolve.Problem(system=pinnsolve.System(f, states=states), initial=initial, time=(0, end), accuracy=accuracy)


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8, 1e-10])
def test_a_jump_in_the_state_of_a_python_function_is_seen_also_before_the_first_point_of_a_window(accuracy):
    solution = pinnsolve.solve(python_problem(lambda t, y, p: [y[1], -torch.sign(y[0])], [1.0, 0.0], accuracy))
    t, quarter = np.linspace(0, 5, 2001), math.sqrt(2)
    turn, r = np.floor(t / quarter) % 4, t % quarter
    exact = np.choose(turn.astype(int), [1 - r * r / 2, r * r / 2 - quarter * r, r * r / 2 - 1, quarter * r - r * r / 2])
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 0] - exact).max() <= accuracy


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8])
def test_a_pulse_of_a_python_function_is_seen_beside_a_larger_term(accuracy):
    def f(t, y, p):
        return [100 * torch.sin(0.01 * t) + torch.exp(-(((t - 37.3) / 0.05) ** 2)) - y[0]]

    solution = pinnsolve.solve(python_problem(f, [0.0], accuracy, end=100.0))
    plain = pinnsolve.solve(file({"x'": "100*sin(0.01*t) + exp(-((t - 37.3)/0.05)^2) - x"}, {"x": 0}, (0, 100)), accuracy=1e-10)
    t = np.linspace(36, 40, 801)
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t) - plain(t)).max() <= accuracy * np.abs(plain(np.linspace(0, 100, 101))).max()


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda t, y, p: [1.0 if t > 1.3 else -1.0], "use torch.where"),
        (lambda t, y, p: [float(t) - y[0]], "use torch functions"),
        (lambda t, y, p: [y[0], y[0]], "it must return (1,)"),
    ],
)
def test_a_python_function_that_cannot_be_mapped_is_a_fault_with_its_cure(f, words):
    with pytest.raises(pinnsolve.ProblemError) as error:
        pinnsolve.solve(python_problem(f, [0.0], 1e-6))
    assert words in str(error.value)


@pytest.mark.parametrize("accuracy", [1e-4, 1e-8])
def test_a_python_function_may_jump_while_its_state_is_zero(accuracy):
    solution = pinnsolve.solve(python_problem(lambda t, y, p: [torch.where(t > 1.3, 1.0, 0.0) - y[0]], [0.0], accuracy))
    t = np.linspace(0, 5, 1001)
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 0] - np.where(t > 1.3, 1 - np.exp(1.3 - t), 0)).max() <= accuracy


@pytest.mark.parametrize(("rate", "end"), [(30, 20), (1, 300)])
def test_growth_by_more_than_two_hundred_powers_of_ten_has_an_error_estimate(rate, end):
    solution = pinnsolve.solve(file({"x'": f"{rate}*x"}, {"x": 1}, (0, end)))
    assert solution.status == "converged", solution.message
    assert solution(float(end))[0] == pytest.approx(math.exp(rate * end), rel=1e-6)


def test_a_solution_that_blows_up_at_the_very_end_is_diverged():
    solution = pinnsolve.solve(file({"x'": "x^2"}, {"x": 1}, (0, 1)))
    assert solution.status == "diverged"
    assert "x grows without bound at t = " in solution.message


def test_nothing_is_said_to_be_known_where_the_error_is_as_large_as_the_solution():
    system = {"equations": {"x'": "10*(y - x)", "y'": "x*(28 - z) - y", "z'": "x*y - 8/3*z"}}
    solution = pinnsolve.solve({"system": system, "initial": {"x": 1, "y": 1, "z": 1}, "time": [0, 50]})
    assert solution.status == "not_converged"
    assert "as large as the solution, so little is known about this answer" in solution.message
    assert "shorten the interval" in solution.message
