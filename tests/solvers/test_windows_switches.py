"""Marches across jumps and kinks: every switch is found, turned in its order, and what it does to the error is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pinnsolve
from tests.solvers.problems import Exact, columns, file

ACCURACIES = [1e-4, 1e-6, 1e-8, 1e-10]


def one(equation, start, time, exact):
    return Exact(file({"x'": equation}, {"x": start}, time), lambda t: columns(exact(t)))


def modulo(t, period):
    return t - period * np.floor(t / period)


PIECEWISE = {
    "floor equal to a number": one("where(floor(t) == 1, 5, 1)", 0, (0, 3), lambda t: np.interp(t, [0, 1, 2, 3], [0, 1, 6, 7])),
    "floor of the state": one("where(floor(x) == 0, 1, 2)", 0.5, (0, 1), lambda t: np.interp(t, [0, 0.5, 1], [0.5, 1, 2])),
    "parity": one(
        "where(floor(t) - 2*floor(t/2) == 1, 1, 0)", 0, (0, 9.5), lambda t: np.floor(t / 2) + np.clip(modulo(t, 2) - 1, 0, 1)
    ),
    "parity unequal": one(
        "where(floor(t) != 2*floor(t/2), 1, 0)", 0, (0, 9.5), lambda t: np.floor(t / 2) + np.clip(modulo(t, 2) - 1, 0, 1)
    ),
    "sign equal to one": one("where(sign(sin(t)) == 1, 1, 0)", 0, (0, 6), lambda t: np.minimum(t, np.pi)),
    "step unequal to one": one("where(step(t - 1) != 1, 1, 0)", 0, (0, 3), lambda t: np.minimum(t, 1)),
    "clamped to zero": one("where(max(t - 1, 0) == 0, 1, 0)", 0, (0, 3), lambda t: np.minimum(t, 1)),
    "floor at least one": one("where(floor(t) >= 1, 5, 1)", 0, (0, 3), lambda t: np.interp(t, [0, 1, 3], [0, 1, 11])),
    "floor above one": one("where(floor(t) > 1, 5, 1)", 0, (0, 3), lambda t: np.interp(t, [0, 2, 3], [0, 2, 7])),
    "step of a step": one("step(step(t - 1) - 0.5)", 0, (0, 2), lambda t: np.maximum(t - 1, 0)),
    "above zero where it may rest": one("where(max(t - 2, 0) > 0, 1, 0)", 0, (0, 5), lambda t: np.maximum(t - 2, 0)),
    "at most zero where it may rest": one("where(max(t - 2, 0) <= 0, 1, 0)", 0, (0, 5), lambda t: np.minimum(t, 2)),
    "below zero where it may rest": one("where(min(t - 2, 0) < 0, 1, 0)", 0, (0, 5), lambda t: np.minimum(t, 2)),
    "absolute value less the value": one("where(abs(t - 2) - (t - 2) > 0, 1, 0)", 0, (0, 5), lambda t: np.minimum(t, 2)),
    "condition against condition": one(
        "where(where(t < 2, 0, 1) > where(t < 3, 0, 1), 1, 0)", 0, (0, 5), lambda t: np.clip(t - 2, 0, 1)
    ),
    "not equal in words": one(
        "where(not (floor(t) == 2*floor(t/2)), 1, 0)", 0, (0, 9.5), lambda t: np.floor(t / 2) + np.clip(modulo(t, 2) - 1, 0, 1)
    ),
    "sign of what may be zero": one("sign(max(t - 2, 0))", 0, (0, 5), lambda t: np.maximum(t - 2, 0)),
    "floor of a modulo": one("floor(t - 2*floor(t/2))", 0, (0, 7), lambda t: np.floor(t / 2) + np.clip(modulo(t, 2) - 1, 0, 1)),
    "a state that rests at the threshold": one("where(x > 0, 1, 0)", 0, (0, 5), lambda t: 0 * t),
    "modulo below a threshold": one(
        "where(t - 2*floor(t/2) < 0.5, 1, 0)", 0, (0, 5), lambda t: np.floor(t / 2) / 2 + np.minimum(modulo(t, 2), 0.5)
    ),
    "modulo backward in time": one(
        "where(t - 2*floor(t/2) < 0.5, 1, 0)", 1.5, (5, 0), lambda t: np.floor(t / 2) / 2 + np.minimum(modulo(t, 2), 0.5)
    ),
    "undefined behind the switch": one(
        "where(cos(t) > 0, exp(-1/cos(t))*tan(t)/cos(t), 0)",
        math.exp(-1),
        (0, 3),
        lambda t: np.where(t < np.pi / 2, 2 * math.exp(-1) - np.exp(-1 / np.cos(np.minimum(t, 1.5707))), 2 * math.exp(-1)),
    ),
    "undefined just before the switch": Exact(
        file({"s'": "1", "x'": "where(s > 0, exp(-1/s)/s^2, 0)"}, {"s": -1, "x": 0}, (0, 3)),
        lambda t: columns(t - 1, np.where(t > 1, np.exp(-1 / np.maximum(t - 1, 1e-3)), 0)),
    ),
    "touching zero at the end": one("-sqrt(max(x, 0))", 1, (0, 2), lambda t: (1 - t / 2) ** 2),
    "infinite at the end": one(
        "log(1 - t)", 0, (0, 1), lambda t: -t - np.where(t < 1, (1 - t) * np.log1p(-np.minimum(t, 1 - 1e-16)), 0)
    ),
    "coming to rest": one("-sqrt(max(x, 0))", 1, (0, 4), lambda t: np.maximum(1 - t / 2, 0) ** 2),
    "leaving its domain at the end": one("-sqrt(x)", 1, (0, 2), lambda t: (1 - t / 2) ** 2),
}


@pytest.mark.parametrize("accuracy", ACCURACIES)
@pytest.mark.parametrize("name", PIECEWISE)
def test_conditions_hold_where_they_say(name, accuracy):
    exact = PIECEWISE[name]
    solution = pinnsolve.solve({**exact.source, "accuracy": accuracy})
    assert solution.status == "converged", solution.message
    assert exact.error(solution) <= accuracy


@pytest.mark.parametrize("accuracy", ACCURACIES)
def test_doses_twice_a_day_keep_their_times(accuracy):
    decay, rate, pulse = 1.2, 40.0, 0.25
    equation = f"-{decay}*x + where(t - 12*floor(t/12) < {pulse}, {rate}, 0)"
    solution = pinnsolve.solve({**file({"x'": equation}, {"x": 0}, (0, 240)), "accuracy": accuracy})
    t = np.linspace(0, 239.9, 4001)
    before, exact = 0.0, np.zeros_like(t)
    for dose in range(20):
        here, tau = np.floor(t / 12) == dose, t - 12 * dose
        level = rate / decay + (before - rate / decay) * math.exp(-decay * pulse)
        during = rate / decay + (before - rate / decay) * np.exp(-decay * np.minimum(tau, pulse))
        exact = np.where(here, np.where(tau < pulse, during, level * np.exp(-decay * (tau - pulse))), exact)
        before = level * math.exp(-decay * (12 - pulse))
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 0] - exact).max() <= accuracy * exact.max()


@pytest.mark.parametrize("accuracy", ACCURACIES)
@pytest.mark.parametrize("depth", [1e-1, 1e-3, 1e-5])
def test_a_switch_that_is_crossed_twice_between_two_points_is_found(depth, accuracy):
    """x = sin t is above 1 − depth for as short as 0.009."""
    equations = {"x'": "v", "v'": "-x", "z'": f"step(x - {1 - depth!r})"}
    solution = pinnsolve.solve({**file(equations, {"x": 0, "v": 1, "z": 0}, (0, 20)), "accuracy": accuracy})
    t, half = np.linspace(0, 20, 2001), math.acos(1 - depth)
    above = sum(np.clip(t - (np.pi / 2 + 2 * np.pi * turn - half), 0, 2 * half) for turn in range(4))
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 2] - above).max() <= accuracy * above.max()


def test_a_kink_that_is_grazed_costs_no_accuracy():
    equations = {"x'": "v", "v'": "-x", "z'": "abs(x - 0.9995)"}
    solution = pinnsolve.solve({**file(equations, {"x": 0, "v": 1, "z": 0}, (0, 30)), "accuracy": 1e-10})
    t, half = np.linspace(0, 30, 3001), math.acos(0.9995)
    exact = 0.9995 * t - (1 - np.cos(t))
    for turn in range(5):  # where sin t > 0.9995 the integrand has the other sign
        low = np.pi / 2 + 2 * np.pi * turn - half
        high = np.clip(t, low, low + 2 * half)
        exact = exact + 2 * ((np.cos(low) - np.cos(high)) - 0.9995 * (high - low))
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 2] - exact).max() <= 1e-10 * exact.max()


def bounces(t):
    """Height and speed of a ball that falls from 1 on a spring with damping: x'' = −10⁶ x − 100 x' − 9.81 where x < 0."""
    g, spring, damping = 9.81, 1e6, 50.0
    w, rest = math.sqrt(spring - damping**2), -g / spring
    values, begin, x, v, air = np.zeros((len(t), 2)), 0.0, 1.0, 0.0, True
    while begin < t[-1]:
        a, b = x - rest, (v + damping * (x - rest)) / w
        if air:
            length = (v + math.sqrt(v * v + 2 * g * x)) / g
        else:
            low, high = 0.5 * np.pi / w, 1.2 * np.pi / w
            for _ in range(60):
                middle = 0.5 * (low + high)
                value = rest + math.exp(-damping * middle) * (a * math.cos(w * middle) + b * math.sin(w * middle))
                low, high = (middle, high) if value < 0 else (low, middle)
            length = low
        here = (t >= begin) & (t <= begin + length)
        tau = np.append(t[here] - begin, length)
        if air:
            states = np.stack([x + v * tau - g * tau**2 / 2, v - g * tau], 1)
        else:
            e, c, s = np.exp(-damping * tau), np.cos(w * tau), np.sin(w * tau)
            states = np.stack([rest + e * (a * c + b * s), e * ((w * b - damping * a) * c - (w * a + damping * b) * s)], 1)
        values[here] = states[:-1]
        begin, x, v, air = begin + length, 0.0, states[-1, 1], not air
    return values


@pytest.mark.parametrize("accuracy", [1e-4, 1e-8, 1e-10])
def test_what_a_switch_met_a_rounding_error_too_early_costs_is_in_the_estimate(accuracy):
    equations = {"x'": "v", "v'": "where(x < 0, -1e6*x - 100*v, 0) - 9.81"}
    solution = pinnsolve.solve({**file(equations, {"x": 1, "v": 0}, (0, 3)), "accuracy": accuracy})
    t = np.linspace(0, 3, 6001)
    exact = bounces(t)
    true = float((np.abs(solution(t) - exact).max(axis=0) / np.abs(exact).max(axis=0)).max())
    assert true / 3 <= solution.estimated <= 10 * true


def test_a_time_that_is_rounded_is_reckoned_with_where_f_jumps():
    """A pulse of width 0.001 at t = 533.3, where one unit in the last place is 1e-13."""
    solution = pinnsolve.solve({**file({"x'": "where(abs(t - 533.3) < 0.0005, 1, 0)"}, {"x": 0}, (0, 1000)), "accuracy": 1e-8})
    true = abs(solution(1000.0)[0] - 0.001) / 0.001
    assert solution.status == "converged"
    assert true <= solution.estimated <= 1e-9


def test_switches_that_accumulate_are_named():
    equations = {"x'": "v", "v'": "-2*sign(x) - sign(v)"}
    solution = pinnsolve.solve(file(equations, {"x": 1, "v": 0}, (0, 10)))
    assert solution.status == "not_converged"
    assert "the right-hand side switches ever faster there" in solution.message
    assert solution.reached == pytest.approx(4.46142, abs=1e-4)


@pytest.mark.parametrize("accuracy", [1e-4, 1e-8])
@pytest.mark.parametrize("width", [0.3, 0.05, 0.01])
def test_two_crossings_close_together_are_found_in_their_order(width, accuracy):
    """(c − 37.3)² (c − 38.9)² is below the square of the width twice, which a window of half the interval hardly shows."""
    equations = {"c'": "1", "z'": f"where((c - 37.3)^2*(c - 38.9)^2 < {width}^2, 1, 0)"}
    solution = pinnsolve.solve({**file(equations, {"c": 0, "z": 0}, (0, 100)), "accuracy": accuracy})
    outer, inner = math.sqrt(0.64 + width), math.sqrt(0.64 - width)
    t = np.linspace(0, 100, 4001)
    exact = np.clip(t - (38.1 - outer), 0, outer - inner) + np.clip(t - (38.1 + inner), 0, outer - inner)
    assert solution.status == "converged", solution.message
    assert np.abs(solution(t)[:, 1] - exact).max() <= accuracy * exact.max()


@pytest.mark.parametrize("power", [0.3, 0.5])
def test_a_derivative_that_is_infinite_at_the_end_is_solved_as_far_as_rounding_allows(power):
    solution = pinnsolve.solve({**file({"x'": f"(1 - t)^(-{power})"}, {"x": 0}, (0, 1)), "accuracy": 1e-6})
    t = np.linspace(0, 1, 1001)
    exact = (1 - (1 - t) ** (1 - power)) / (1 - power)
    true = np.abs(solution(t)[:, 0] - exact).max() / exact.max()
    assert solution.status == "converged", solution.message
    assert true <= solution.estimated <= 1e-6
