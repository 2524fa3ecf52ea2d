"""Fixed points: all of them, where they are, what they are."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.analysis.planar.boxes import isolate
from pinnsolve.analysis.planar.classify import classify, eigenvalues
from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.fixed_points import find_zeros, index
from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import parse
from tests.analysis.planar_systems import CASES, SQUARE, Case, system, torch_system

ASYMPTOTIC = {"stable node": True, "stable focus": True, "centre": True}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_all_fixed_points_with_their_places_types_and_eigenvalues(case: Case):
    field = case.field
    found = classify(field, find_zeros(field, case.window), case.window)
    assert [point.type for point in found] == [kind for _, kind, _ in case.points]
    for point, (at, kind, values) in zip(found, case.points, strict=True):
        tolerance = 1e-7 if kind == "degenerate" else 1e-12 * np.abs(values).max()
        assert np.allclose(point.at, at, rtol=0, atol=1e-9 if kind == "degenerate" else 1e-13)
        expected = sorted(np.array(values, dtype=complex), key=lambda value: (value.real, value.imag))
        assert np.allclose(
            sorted(point.eigenvalues, key=lambda value: (value.real, value.imag)), expected, rtol=0, atol=tolerance
        )
        if kind != "degenerate":
            assert point.stable == ASYMPTOTIC.get(kind, False)
            assert point.index == (-1 if kind == "saddle" else 1)


@pytest.mark.parametrize(
    ("x", "y", "stable", "turns"),
    [("-x^3", "-y", True, 1), ("x^2", "-y", False, 0), ("x^2 - y^2", "-2*x*y", False, -2), ("-x^3", "-y^3", True, 1)],
)
def test_degenerate_points_are_stable_if_no_orbit_leaves_and_have_their_index(x, y, stable, turns):
    field = Field(system(x, y))
    (point,) = classify(field, find_zeros(field, SQUARE), SQUARE)
    assert (point.type, point.stable, point.index) == ("degenerate", stable, turns)
    assert np.abs(point.at).max() < 1e-9


def test_a_grid_of_many_points_is_found_completely():
    zeros = find_zeros(Field(system("sin(pi*x)", "sin(pi*y)")), Window((-3.5, 3.5), (-3.5, 3.5)))
    assert {tuple(np.rint(point)) for point in zeros.points} == {(i, j) for i in range(-3, 4) for j in range(-3, 4)}
    assert np.abs(zeros.points - np.rint(zeros.points)).max() < 1e-14


def test_points_on_the_edge_count_and_points_just_outside_do_not():
    field = Field(system("(x - 1)*(x - 1.001)", "y - 1"))
    assert find_zeros(field, Window((0, 1), (0, 1))).points.tolist() == [[1.0, 1.0]]
    assert find_zeros(field, Window((0, 0.999), (0, 1))).points.tolist() == []


def test_two_close_points_are_told_apart():
    zeros = find_zeros(Field(system("x^2 - 1e-8", "y")), SQUARE)
    assert np.allclose(zeros.points, [[-1e-4, 0], [1e-4, 0]], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("x", "y", "lines", "isolated"),
    [
        ("x*y", "y*(x - 1)", 1, 0),  # a factor that both have
        ("x*y", "y*(x - 1) + 0*x", 1, 0),
        ("x*(y - 1)", "x*(x - 1)", 1, 1),  # the line x = 0 and the point (1, 1)
        ("(x^2 - 1)*(y - 1)", "(y^2 - 1)*(x - 3)", 1, 2),  # the line y = 1 and the points (±1, -1)
        ("x^2 + y^2 - 1", "x^2 + exp(0*y)*y^2 - 1", 1, 0),
        ("sin(x)^2 + cos(x)^2 - 1", "y - x", 1, 0),  # zero, but for rounding
        ("y - x", "(y - x)*(2 + x) + (x - y)*x", 1, 0),  # no factor that can be seen
    ],
)
def test_lines_of_fixed_points_are_lines_and_not_thousands_of_points(x, y, lines, isolated):
    field = Field(system(x, y))
    zeros = find_zeros(field, SQUARE)
    assert (len(zeros.lines), len(zeros.points)) == (lines, isolated)
    assert np.abs(field(zeros.lines[0])).max() < 1e-9


def test_a_field_that_vanishes_everywhere_is_said_to():
    assert find_zeros(Field(system("0*x", "x - x")), SQUARE).everywhere


def test_a_python_function_is_searched_from_a_grid_and_checked_by_the_index():
    field = Field(torch_system())
    window = Window((-7.0, 7.0), (-3.0, 3.0))
    zeros = find_zeros(field, window)
    found = classify(field, zeros, window)
    assert np.allclose(zeros.points, [[k * np.pi, 0] for k in range(-2, 3)], rtol=0, atol=1e-13)
    assert [point.type for point in found] == ["stable focus", "saddle", "stable focus", "saddle", "stable focus"]
    assert zeros.complete
    assert index(field, window) == 1


@pytest.mark.parametrize(("x", "y", "turns"), [("x", "y", 1), ("x", "-y", -1), ("x^2 - y^2", "2*x*y", 2), ("1", "0*x", 0)])
def test_the_index_is_the_number_of_turns_of_the_field(x, y, turns):
    assert index(Field(system(x, y)), SQUARE) == turns


def test_interval_newton_proves_simple_zeros_and_leaves_degenerate_ones_open():
    names = ["x", "y"]
    boxes = isolate([parse("x^2 - y", names), parse("y - 1", names)], names, SQUARE)
    assert len(boxes.undecided) == 0
    assert {tuple(np.rint(point)) for point in boxes.proven} == {(-1.0, 1.0), (1.0, 1.0)}
    boxes = isolate([parse("x^2 - y", names), parse("y", names)], names, SQUARE)
    assert len(boxes.proven) == 0
    assert len(boxes.undecided)
    assert np.abs(boxes.undecided).max() < 1e-3


@pytest.mark.parametrize("matrix", [[[1, 2], [3, 4]], [[-1e8, 1], [0, -1e-8]], [[0, 1], [-1, 0]], [[2, 1], [-1, 2]]])
def test_eigenvalues_agree_with_lapack(matrix):
    expected = np.linalg.eigvals(np.array(matrix, dtype=float))
    assert np.allclose(sorted(eigenvalues(np.array(matrix, dtype=float)), key=str), sorted(expected.astype(complex), key=str))
