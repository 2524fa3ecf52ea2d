"""The phase plane: two states only, arrows the right way, ends marked, and a sensible view of every trajectory."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch
from matplotlib.quiver import Quiver

from pinnsolve.errors import UsageError
from pinnsolve.plots import draw_phase, render
from pinnsolve.problem import Problem, System
from pinnsolve.solvers import solve

from .samples import assert_legible, drawn, interrupted, solved, unsolved, written

PLANAR = ("van_der_pol", "backward", "forced", "nothing", "blow_up", "greek")


def tails_and_tips(axes):
    """The points that the arrow heads on the trajectory were made of, (m, 2, 2) in the coordinates of the states."""
    return np.array([patch._posA_posB for patch in axes.patches if isinstance(patch, FancyArrowPatch)])


def rate(solution, points):
    return solution.problem.system.rhs_numpy(np.zeros(len(points)), points)


@pytest.mark.parametrize("name", PLANAR)
def test_no_text_overlaps_or_leaves_the_figure(name):
    assert_legible(drawn("phase", name))


@pytest.mark.parametrize("name", ["decay", "robertson"])
def test_needs_exactly_two_states(name):
    with pytest.raises(UsageError, match=r"the phase plane needs two states, and this system has \d"):
        draw_phase(solved(name))


def test_axes_are_named_after_the_states():
    axes = drawn("phase", "greek").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\beta_1$", r"$\omega$")


@pytest.mark.parametrize(("name", "sign"), [("harmonic", 1), ("van_der_pol", 1), ("backward", -1)])
def test_arrow_heads_point_the_way_the_solve_went(name, sign):
    arrows = tails_and_tips(drawn("phase", name).axes[0])
    assert len(arrows) >= 3
    along = arrows[:, 1] - arrows[:, 0]
    assert (sign * (along * rate(solved(name), arrows[:, 1])).sum(axis=1) > 0).all()


@pytest.mark.parametrize("name", ["harmonic", "van_der_pol", "still"])
def test_vector_field_has_the_direction_of_the_right_hand_side_as_it_looks(name):
    figure = drawn("phase", name)
    axes = figure.axes[0]
    render(figure, "png")
    (field,) = axes.findobj(Quiver)
    points = np.stack([field.X, field.Y], axis=1)
    pixels = axes.transData.transform(points + 1e-6 * rate(solved(name), points)) - axes.transData.transform(points)
    cosine = (pixels[:, 0] * field.U + pixels[:, 1] * field.V) / np.hypot(*pixels.T)
    assert cosine == pytest.approx(1, abs=1e-3)


def test_circle_looks_like_a_circle():
    axes = drawn("phase", "harmonic").axes[0]
    x, y = axes.transData.transform([[1, 0], [0, 0], [0, 1]])[[0, 2]] - axes.transData.transform([0, 0])
    assert np.hypot(*x) == pytest.approx(np.hypot(*y), rel=1e-3)


def test_start_and_end_are_marked_with_their_times():
    axes = drawn("phase", "backward").axes[0]
    entries = [text.get_text() for text in axes.get_legend().get_texts()]
    assert entries == ["start, t = 10", "end, t = 0", "vector field"]
    start, end = (line for line in axes.lines if line.get_marker() in ("o", "s"))
    solution = solved("backward")
    assert np.array_equal(np.ravel(start.get_data()), solution(10.0))
    assert np.array_equal(np.ravel(end.get_data()), solution(0.0))


@pytest.mark.parametrize("name", ["still", "nothing"])
def test_a_point_that_stays_where_it_is_lies_in_the_middle_of_its_surroundings(name):
    axes = drawn("phase", name).axes[0]
    assert np.mean(axes.get_xlim()) == pytest.approx(3)
    assert np.mean(axes.get_ylim()) == pytest.approx(0, abs=1e-9)
    assert not [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(axes.findobj(Quiver)[0].U) > 100 if name == "still" else "vector field" not in written(axes.figure)


def test_a_field_that_changes_with_time_is_left_out_and_the_figure_says_so():
    figure = drawn("phase", "forced")
    assert not figure.axes[0].findobj(Quiver)
    assert "No vector field: the right-hand side depends on t." in written(figure)


def test_a_python_function_without_time_has_its_field():
    def turn(t, y, p):
        return [y[1], -y[0]]

    problem = Problem(System(turn, states=["x", "y"]), initial=[1.0, 0.0], time=(0, 1))
    assert draw_phase(solve(problem)).axes[0].findobj(Quiver)


def test_a_trajectory_to_infinity_is_cut_where_it_leaves_the_usual():
    axes = drawn("phase", "blow_up").axes[0]
    assert axes.get_xlim()[1] < 100
    text = written(axes.figure)
    assert "The trajectory leaves the part of the plane that is shown." in text
    assert "end, t = 1 (outside)" in text
    line = max(axes.lines, key=lambda line: len(line.get_xdata()))
    x, y = line.get_data()
    inside = (x > 2) & (x < 60)
    assert inside.sum() > 100
    assert y[inside] == pytest.approx(solved("blow_up")(1 - 1 / x[inside])[:, 1], abs=1e-2)


def test_interrupted_trajectory_ends_where_it_stopped():
    solution = interrupted("van_der_pol", 4)
    assert f"end, t = {solution.reached:.6g}" in written(draw_phase(solution))


def test_a_long_trajectory_keeps_the_vector_file_small():
    figure = draw_phase(solved("van_der_pol", time=(0.0, 400.0)))
    assert len(render(figure, "svg")) < 400_000


def test_without_a_solution_the_figure_says_so():
    assert "There is no solution to draw." in written(draw_phase(unsolved()))
