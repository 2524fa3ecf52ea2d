"""The states over time: who shares a panel, what the axes are, what is written and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection, QuadMesh

from pinnsolve.plots import draw_solution
from pinnsolve.plots.solution import by_size, turns

from .samples import assert_legible, drawn, exact_reference, interrupted, shown_texts, solved, unsolved, written

EVERY_KIND = ("decay", "van_der_pol", "still", "nothing", "blow_up", "robertson", "ring", "crowd")


def lines(axes):
    """The lines of the states by label, without what has none."""
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


@pytest.mark.parametrize("name", EVERY_KIND)
def test_no_text_overlaps_or_leaves_the_figure(name):
    assert_legible(drawn("solution", name))


def test_states_are_named_as_the_user_named_them():
    assert list(lines(drawn("solution", "greek").axes[0])) == [r"$\beta_1$", r"$\omega$"]


def test_lines_lie_on_the_solution():
    solution = solved("van_der_pol")
    for column, line in zip(range(2), lines(drawn("solution", "van_der_pol").axes[0]).values(), strict=True):
        assert np.array_equal(line.get_ydata(), solution(line.get_xdata())[:, column])
        assert len(line.get_xdata()) <= 4001


def test_states_of_one_size_share_a_panel_and_others_do_not():
    upper, lower = drawn("solution", "robertson").axes
    assert list(lines(upper)) == ["$A$", "$C$"]
    assert list(lines(lower)) == ["$B$"]


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [([1, 2, 3], [[0, 1, 2]]), ([1, 1e3, 1e-3], [[0], [1], [2]]), ([0, 5], [[0, 1]]), ([0, 0], [[0, 1]]), ([7], [[0]])],
)
def test_groups_of_like_size_keep_the_order_of_the_states(sizes, groups):
    assert by_size(np.array(sizes, dtype=float)) == groups


def test_time_is_logarithmic_where_everything_happens_at_the_start_and_only_there():
    assert drawn("solution", "robertson").axes[0].get_xscale() == "log"
    for name in ("harmonic", "decay", "van_der_pol", "ring"):
        assert drawn("solution", name).axes[0].get_xscale() == "linear"


def test_logarithmic_time_shows_the_rise_from_zero():
    line = lines(drawn("solution", "robertson").axes[1])["$B$"]
    x, y = line.get_data()
    assert x[0] > 0 and (np.diff(x) > 0).all()
    assert y[0] < 0.1 * y.max()


def test_twenty_states_get_a_named_panel_each():
    figure = drawn("solution", "ring")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"$u_{{{i}}}$" if i > 9 else f"$u_{i}$" for i in range(1, 21)]


def test_more_states_than_panels_become_one_image():
    solution = solved("crowd")
    axes = drawn("solution", "crowd").axes[0]
    (mesh,) = axes.findobj(QuadMesh)
    image = mesh.get_array().reshape(33, -1)
    x = np.linspace(0, 1, image.shape[1])
    assert np.abs(image - solution(x).T).max() < 1e-4


def test_backward_time_runs_from_left_to_right():
    axes = drawn("solution", "backward").axes[0]
    low, high = axes.get_xlim()
    assert low < 0 < 10 < high
    assert lines(axes)["$x$"].get_xdata()[[0, -1]].tolist() == [10.0, 0.0]


def test_a_solution_that_runs_off_to_infinity_is_on_a_logarithmic_axis_and_marked_where_it_ends():
    figure = drawn("solution", "blow_up")
    assert figure.axes[0].get_yscale() == "log"
    assert figure.axes[0].get_xlim()[1] == pytest.approx(1.15, abs=0.05)
    text = written(figure)
    assert "stopped at t = 1" in text
    assert "diverged: x grows without bound" in text
    assert "Covers t from 0 to 1 of [0, 3]." in text


@pytest.mark.parametrize("name", ["van_der_pol", "backward", "robertson"])
def test_an_interrupted_solution_is_drawn_up_to_where_it_stopped(name):
    solution = interrupted(name, 4)
    figure = draw_solution(solution)
    elapsed = np.abs(solution.reached - solution.problem.time[0])
    x = np.concatenate([line.get_xdata() for line in lines(figure.axes[0]).values()])
    assert np.isfinite(x).all()
    assert np.ptp(x) == pytest.approx(elapsed, rel=0.02)
    assert "stopped at t = " in written(figure)
    assert_legible(figure)


def test_the_error_is_a_band_where_it_can_be_seen():
    solution = solved("van_der_pol")
    assert "± estimated error" not in written(drawn("solution", "van_der_pol"))
    errors = np.zeros_like(solution.error_values)
    errors[solution.error_times > 10] = 0.3
    figure = draw_solution(replace(solution, error_values=errors))
    band = figure.axes[0].findobj(PolyCollection)[0]
    vertices = np.concatenate([path.vertices for path in band.get_paths()])
    assert 9 < vertices[:, 0].min() < 11
    assert "± estimated error" in written(figure)


def test_the_reference_is_a_thin_dashed_line_on_the_solution():
    solution = solved("harmonic")
    t = np.linspace(0, 10, 201)
    reference = exact_reference(t, np.stack([np.cos(t), -np.sin(t)], axis=1))
    axes = draw_solution(solution, reference).axes[0]
    dashed = [line for line in axes.lines if line.is_dashed() and len(line.get_xdata())]
    assert len(dashed) == 2
    for line, column in zip(dashed, reference.values.T, strict=True):
        assert np.array_equal(line.get_ydata(), column)
        assert line.get_linewidth() < 1
    assert "SciPy DOP853" in [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_sparse_reference_is_not_joined_by_a_guess():
    solution = solved("robertson")
    t = np.linspace(0, 1e8, 50)
    reference = exact_reference(t, solution(t))
    axes = draw_solution(solution, reference).axes[0]
    dashed = next(line for line in axes.lines if line.is_dashed())
    x, y = dashed.get_data()
    assert np.isnan(y[1]) and np.isnan(x[1])


def test_states_that_swing_too_often_for_one_panel_get_one_each():
    solution = solved("harmonic", time=(0.0, 700.0))
    figure = draw_solution(solution)
    assert [list(lines(axes)) for axes in figure.axes] == [["$x$"], ["$v$"]]
    assert lines(figure.axes[0])["$x$"].get_ydata().max() == pytest.approx(1, abs=1e-3)


def test_turns_counts_swings_and_not_rounding():
    t = np.linspace(0, 1, 2001)
    assert turns(np.cos(20 * np.pi * t)[:, None]) == 19
    assert turns((3 + 1e-14 * np.cos(1e4 * t))[:, None]) == 0


def test_without_a_solution_the_figure_says_so():
    text = written(draw_solution(unsolved()))
    assert "There is no solution to draw." in text
    assert "not converged: the right-hand side is not finite at the start" in text


def test_heading_has_name_description_and_verdict():
    problem = solved("harmonic").problem.with_settings(description="A very long story. " * 40)
    figure = draw_solution(replace(solved("harmonic"), problem=problem))
    heading = [text.get_text() for text in figure.texts]
    assert heading[0] == "harmonic: solution"
    assert heading[1].startswith("A very long story.") and heading[3].endswith("…")
    assert heading[4].startswith("converged · relative error asked for 1e-6, estimated ")
    assert_legible(figure)


def test_dollars_and_braces_in_names_and_descriptions_are_only_letters():
    problem = solved("harmonic").problem.with_settings(name="cost in $", description=r"$\undefined{ and 100 % _x^ $")
    figure = draw_solution(replace(solved("harmonic"), problem=problem))
    assert "cost in $: solution" in [text.get_text() for text in shown_texts(figure)]
