"""Limit cycles: all in the window, with their periods, stability and multipliers; families of closed orbits are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pinnsolve.analysis.planar.classify import classify, origins
from pinnsolve.analysis.planar.cycles import Cycle, find_cycles
from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.fixed_points import find_zeros
from pinnsolve.analysis.planar.flow import Flow
from pinnsolve.analysis.planar.turns import Ray
from pinnsolve.analysis.planar.window import Window
from pinnsolve.problem import System
from pinnsolve.spec import load_problem
from tests.analysis.planar_systems import R2, SQUARE, system


def cycles_of(field: Field, window: Window = SQUARE) -> tuple[list[Cycle], bool]:
    points = classify(field, find_zeros(field, window), window)
    return find_cycles(Flow(field, window.grown(0.5), 1e-9), origins(points), window)


def polar(growth: str, turning: str = "1") -> System:
    """r' = r*growth, angle' = turning, in Cartesian coordinates."""
    return system(f"x*({growth}) - y*({turning})", f"y*({growth}) + x*({turning})")


@pytest.mark.parametrize(
    ("growth", "turning", "expected"),
    [
        # radius, stable, exponent of the multiplier: radius*growth'(radius)*period
        (f"0.25 - {R2}", "2", [(0.5, True, -0.5 * np.pi)]),
        (f"{R2} - 1", "-1", [(1.0, False, 4 * np.pi)]),
        (f"0.3*(1 - {R2})*(4 - {R2})", "1", [(1.0, True, -3.6 * np.pi), (2.0, False, 14.4 * np.pi)]),
        (
            f"-(0.25 - {R2})*(1 - {R2})*(2.25 - {R2})*0.5",
            "3",
            [(0.5, False, None), (1.0, True, None), (1.5, False, None)],
        ),
        (f"0.0001 - {R2}", "1", [(0.01, True, -4e-4 * np.pi)]),
    ],
)
def test_nested_cycles_are_all_found_with_radius_period_stability_and_multiplier(growth, turning, expected):
    cycles, family = cycles_of(Field(polar(growth, turning)))
    assert not family
    assert len(cycles) == len(expected)
    for cycle, (radius, stable, exponent) in zip(sorted(cycles, key=lambda c: np.hypot(*c.at)), expected, strict=True):
        assert np.allclose(np.hypot(*cycle.points.T), radius, rtol=1e-8, atol=0)
        assert cycle.period == pytest.approx(2 * np.pi / abs(float(turning)), rel=1e-8)
        assert cycle.stable == stable
        if exponent is not None:
            assert np.log(cycle.multiplier) == pytest.approx(exponent, rel=1e-6)


def test_a_semi_stable_cycle_is_found_and_not_called_stable():
    cycles, _ = cycles_of(Field(polar(f"(1 - {R2})^2")))
    assert [(cycle.stable, cycle.one_sided) for cycle in cycles] == [(False, True)]
    assert np.allclose(np.hypot(*cycles[0].points.T), 1, rtol=0, atol=1e-4)


@pytest.mark.parametrize("mu", [0.1, 1.0, 5.0])
def test_van_der_pols_cycle_agrees_with_scipy_and_backward_in_time_is_unstable(mu):
    window = Window((-3, 3), (-3 - 2 * mu, 3 + 2 * mu))
    forward, _ = cycles_of(Field(system("y", f"{mu}*(1 - x^2)*y - x")), window)
    backward, _ = cycles_of(Field(system("-y", f"x - {mu}*(1 - x^2)*y")), window)
    assert [(len(found), found[0].stable) for found in (forward, backward)] == [(1, True), (1, False)]
    assert forward[0].period == pytest.approx(_period(mu), rel=1e-7)
    assert backward[0].period == pytest.approx(forward[0].period, rel=1e-7)


def _period(mu: float) -> float:
    """Between the last two upward crossings of x = 0 of a long integration."""

    def crossing(_: float, y: np.ndarray) -> float:
        return y[0]

    crossing.direction = 1.0
    end = 40.0 + 40.0 / mu
    found = solve_ivp(
        lambda _, y: [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]], (0, end), [2, 0], rtol=1e-11, atol=1e-11, events=crossing
    )
    return float(np.diff(found.t_events[0][-2:])[0])


@pytest.mark.parametrize(
    ("x", "y", "window"),
    [
        ("y", "-x", SQUARE),
        ("1.5*x - x*y", "x*y - 3*y", Window((-1, 8), (-1, 6))),
        ("y", "x - x^3", SQUARE),
        ("y", "-sin(x)", Window((-7, 7), (-3, 3))),
    ],
)
def test_the_closed_orbits_of_conservative_systems_are_a_family_and_not_limit_cycles(x, y, window):
    assert cycles_of(Field(system(x, y)), window) == ([], True)


@pytest.mark.parametrize(
    ("x", "y"),
    [("-x", "-y"), ("y", "-x - 0.1*y"), ("x*(3 - x - 2*y)", "y*(2 - x - y)"), (f"y - x*{R2}", f"-x - y*{R2}"), ("1", "y")],
)
def test_no_cycle_where_there_is_none(x, y):
    assert cycles_of(Field(system(x, y))) == ([], False)


def test_both_cycles_of_a_lienard_equation_are_found_where_averaging_says():
    # 0.8 - r^2 + 0.2 r^4 = 0 for r = 1 and 2 (Perko, Differential Equations and Dynamical Systems, section 3.8).
    cycles, _ = cycles_of(Field(system("y - 0.01*(0.8*x - 4/3*x^3 + 8/25*x^5)", "-x")))
    found = [(float(np.hypot(*cycle.points.T).mean()), cycle.stable) for cycle in cycles]
    assert sorted(found) == [(pytest.approx(1, abs=2e-3), False), (pytest.approx(2, abs=2e-3), True)]


def test_an_unstable_cycle_between_a_stable_focus_and_a_stable_cycle_is_found_to_all_digits():
    problem = load_problem(Path(__file__).parents[2] / "configs" / "morris_lecar.yaml")
    cycles, _ = cycles_of(Field(problem.system), Window((-80, 60), (-0.03, 0.58)))
    assert [(cycle.stable, round(cycle.period, 6)) for cycle in cycles] == [(False, 103.843172), (True, 102.727165)]
    for cycle in cycles:
        sign = 1 if cycle.stable else -1
        back = solve_ivp(
            lambda _, y, sign=sign: sign * problem.system.rhs_numpy(np.zeros(1), y[None])[0],
            (0, cycle.period),
            cycle.at,
            method="Radau",
            rtol=1e-10,
            atol=1e-12,
        )
        assert np.allclose(back.y[:, -1], cycle.at, rtol=1e-6, atol=0)


def test_relaxation_oscillations_are_followed_through_their_slow_parts():
    (cycle,), _ = cycles_of(Field(system("y", "100*(1 - x^2)*y - x")), Window((-3, 3), (-160, 160)))
    # The asymptotic period for large mu: (3 - 2 log 2) mu + 7.01432 mu^(-1/3) (Cartwright).
    assert cycle.period == pytest.approx((3 - 2 * np.log(2)) * 100 + 7.01432 / 100 ** (1 / 3), rel=2e-3)


def test_a_cycle_around_three_fixed_points_is_found():
    # Duffing's oscillator with damping that becomes negative where the energy is below that of the outer orbit.
    cycles, _ = cycles_of(Field(system("y", "x - x^3 + y*(1.5 - (y^2/2 - x^2/2 + x^4/4))")))
    (cycle,) = cycles
    x, y = cycle.points.T
    assert cycle.stable
    assert np.allclose(y**2 / 2 - x**2 / 2 + x**4 / 4, 1.5, rtol=0, atol=1e-7)


def test_the_return_map_of_a_spiral_is_exact():
    window = SQUARE
    ray = Ray(Flow(Field(polar("-0.1")), window, 1e-10), np.zeros(2), np.array([1.0, 2.0]), window.size)
    forward, backward = ray.turn(0.2, 1), ray.turn(0.2, -1)
    assert forward is not None
    assert backward is not None
    assert forward.end / 0.2 == pytest.approx(np.exp(-0.2 * np.pi), rel=1e-10)
    assert backward.end / 0.2 == pytest.approx(np.exp(0.2 * np.pi), rel=1e-10)
    assert (forward.time, backward.time) == pytest.approx((2 * np.pi, -2 * np.pi), rel=1e-10)
