"""Limit cycles: all in the window, with their periods, stability and multipliers; families of closed orbits are none."""

from __future__ import annotations

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
            f"(0.25 - {R2})*(1 - {R2})*(2.25 - {R2})*0.5",
            "3",
            [(0.5, False, None), (1.0, True, None), (1.5, False, None)],
        ),
        (f"0.0001 - {R2}", "1", [(0.01, True, -4e-4 * np.pi)]),
    ],
)
def test_nested_cycles_are_all_found_with_radius_period_stability_and_multiplier(growth, turning, expected):
    if growth.startswith("(0.25 - (x^2 + y^2))*(1"):
        growth = f"-{growth}"  # so that the innermost is unstable
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
