"""Nullclines: every branch, its vertices on the curve, nothing where there is only a pole or a jump."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.analysis.planar.curves import trace
from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.nullclines import Nullcline, nullclines, scalar
from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import parse
from tests.analysis.planar_systems import SQUARE, system, torch_system


def of(x: str, y: str = "y", window: Window = SQUARE) -> Nullcline:
    return nullclines(Field(system(x, y)), window)[0]


@pytest.mark.parametrize(
    ("x", "branches"),
    [
        ("y", 1),
        ("x^2 + y^2 - 1", 1),
        ("y - x^3/3 + x", 1),
        ("(1 - x^2)*y - x", 3),
        ("x*(3 - x - 2*y)", 2),
        ("1.5*x - x*y", 2),
        ("x^2 - y^2 - 1", 2),
        ("sin(pi*x)", 7),
        ("tan(x) - y", 3),
        ("y^2 - x^2*(x + 1)", 1),
        ("x - 3", 1),  # the edge of the window
    ],
)
def test_every_branch_is_one_polyline_whose_vertices_lie_on_the_curve(x, branches):
    field = Field(system(x, "y"))
    found = of(x)
    assert len(found.curves) == branches
    for curve in found.curves:
        value, jacobian = field.jacobian(curve)
        size = np.hypot(*(jacobian[:, 0] * SQUARE.size).T)
        assert (np.abs(value[:, 0]) <= 1e-8 * size + 1e-6 * (size < 0.1)).all()
        assert SQUARE.inside(curve).all()


@pytest.mark.parametrize(
    "x", ["1/(x - 1)", "1/(x - 1)^2", "1/x + 0*y", "exp(-x^2)", "sign(x + 0.01) + 0*y", "1/sin(x)", "x^2 + y^2 + 1"]
)
def test_poles_jumps_and_positive_functions_make_no_curve(x):
    assert of(x).curves == ()


def test_a_curve_that_passes_a_pole_is_cut_there():
    curves = of("y - 1/(x - 1)").curves
    assert len(curves) == 2
    assert sorted(np.sign(curve[0, 0] - 1) for curve in curves) == [-1, 1]
    for x, y in np.concatenate(curves):
        assert y == pytest.approx(1 / (x - 1), rel=1e-8)


def test_branches_reach_the_edge_of_the_window_and_closed_ones_close():
    (line,) = of("y - x/2").curves
    assert np.allclose(sorted(line[[0, -1], 0]), [-3, 3], rtol=0, atol=1e-9)
    (circle,) = of("x^2 + y^2 - 4").curves
    assert np.array_equal(circle[0], circle[-1])
    length = np.hypot(*np.diff(circle, axis=0).T).sum()
    assert length == pytest.approx(4 * np.pi, rel=1e-3)


def test_a_double_zero_is_found_where_its_factor_shows():
    (line,) = of("(x - y)^2").curves
    assert np.allclose(line[:, 0], line[:, 1])


def test_no_gap_is_wider_than_a_sixtieth_of_the_window():
    for curve in of("x*(3 - x - 2*y)").curves:
        assert SQUARE.distance(curve[1:], curve[:-1]).max() <= 1.1 / 60 + 1 / 240


def test_where_it_is_not_defined_there_is_no_nullcline():
    (curve,) = of("log(x) - y").curves
    assert np.allclose(curve[:, 1], np.log(curve[:, 0]))
    assert of("x", "log(x) - y").curves != ()
    assert of("log(-1 - x^2) - y").curves == ()


def test_a_right_hand_side_that_vanishes_everywhere_or_on_a_region_is_said_to():
    assert of("0*x").everywhere
    assert of("sin(x)^2 + cos(x)^2 - 1").everywhere
    flat = of("max(x, 0)")
    assert (flat.region, flat.everywhere) == (True, False)
    assert not of("x").region


def test_a_python_function_has_its_nullclines_too():
    first, second = nullclines(Field(torch_system()), SQUARE)
    assert (first.state, second.state) == ("x", "y")
    assert np.abs(first.curves[0][:, 1]).max() < 1e-9
    for x, y in np.concatenate(second.curves):
        assert y == pytest.approx(-2 * np.sin(x), abs=1e-8)


def test_tracing_takes_any_function_of_the_plane():
    curves = trace(scalar(parse("a^2 + b^2 - 1", ["a", "b"]), ["a", "b"]), Window((0, 2), (0, 2)))
    assert len(curves) == 1
    assert np.allclose(np.hypot(*curves[0].T), 1)
