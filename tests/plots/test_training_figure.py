"""The history of a training: windows over time for the march, iterations with their stages for everything else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinnsolve.plots import draw_training
from pinnsolve.plots.training import counted_on, is_march, passes
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .samples import assert_legible, drawn, interrupted, solved, unsolved, written


def trained(windows: int, stages: list[str], iterations: int):
    """A solution with the history of a training by iterations."""
    rows = []
    for window in range(windows):
        for stage in stages:
            for _ in range(iterations):
                count = len(rows) + 1
                residual = [10 / count, 20 / count]
                rows.append(
                    {"window": window, "stage": stage, "iteration": count, "residual": residual, "size": 0.1, "seconds": 0.01}
                )
    return replace(solved("harmonic"), history=rows)


def lines(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


@pytest.mark.parametrize("name", ["decay", "van_der_pol", "robertson", "ring", "blow_up"])
def test_no_text_overlaps_or_leaves_the_figure_of_a_march(name):
    assert_legible(drawn("training", name))


@pytest.mark.parametrize(
    ("windows", "stages", "iterations"),
    [
        (1, ["adam"], 1),
        (1, ["adam", "lbfgs"], 800),
        (5, ["levenberg-marquardt"], 9),
        (30, ["adam", "lbfgs"], 3),
        (99, ["adam"], 2),
    ],
)
def test_no_text_overlaps_or_leaves_the_figure_of_a_training(windows, stages, iterations):
    assert_legible(draw_training(trained(windows, stages, iterations)))


def test_march_shows_the_length_of_every_window_where_it_lies():
    solution = solved("van_der_pol")
    lower = drawn("training", "van_der_pol").axes[1]
    x, lengths = lower.lines[0].get_data()
    assert x[::2] == pytest.approx(solution.window_edges[:-1], abs=1e-9)
    assert lengths[::2] == pytest.approx(np.diff(solution.window_edges))


def test_march_backward_runs_from_right_to_left():
    solution = solved("backward")
    x, _ = drawn("training", "backward").axes[1].lines[0].get_data()
    assert x[0] == 10 and x[-1] == pytest.approx(0, abs=1e-9)
    assert len(x) == 2 * solution.windows


def test_passes_begin_where_the_windows_begin_again():
    rows = [{"window": w, "stage": "gauss-newton"} for w in (0, 1, 2, 0, 1, 2, 3)]
    assert is_march(rows)
    assert [len(run) for run in passes(rows)] == [3, 4]


@pytest.mark.parametrize("windows", [[0, 0, 1, 1], [0, 2]])
def test_repeated_or_skipped_windows_are_no_march(windows):
    assert not is_march([{"window": w, "stage": "gauss-newton"} for w in windows])


def test_pass_that_became_the_solution_is_coloured_and_the_others_are_grey():
    solution = solved("van_der_pol")
    other = [row | {"size": 2 * row["size"]} for row in solution.history[: solution.windows // 2]]
    figure = draw_training(replace(solution, history=[*other, *solution.history]))
    upper, lower = figure.axes
    assert "2 passes" in written(figure)
    assert "another pass" in [text.get_text() for text in upper.get_legend().get_texts()]
    grey, kept = lower.lines
    assert len(kept.get_xdata()) == 2 * solution.windows
    assert len(grey.get_xdata()) == 2 * len(other)


def test_stages_of_one_network_are_named_and_divided():
    figure = draw_training(trained(1, ["adam", "lbfgs"], 100))
    upper, lower = figure.axes
    assert [text.get_text() for text in upper.texts if text.get_text()] == ["adam", "lbfgs"]
    assert lower.get_ylabel() == "learning rate or\nstep length"
    dividing = [line for line in upper.lines if line.get_label().startswith("_")]
    assert [line.get_xdata()[0] for line in dividing] == [100.5]
    assert "adam, then lbfgs · one network · 200 iterations" in written(figure)


def test_windows_of_a_training_are_numbered():
    upper, _ = draw_training(trained(3, ["levenberg-marquardt"], 20)).axes
    assert [text.get_text() for text in upper.texts if text.get_text()] == ["window 1", "window 2", "window 3"]


def test_residual_lines_are_the_history():
    upper, _ = draw_training(trained(1, ["adam"], 50)).axes
    assert upper.get_yscale() == "log"
    count = np.arange(1, 51)
    assert lines(upper)["$x$"].get_xdata() == pytest.approx(count)
    assert lines(upper)["$x$"].get_ydata() == pytest.approx(10 / count)
    assert lines(upper)["$v$"].get_ydata() == pytest.approx(20 / count)


def test_long_histories_are_thinned():
    upper, _ = draw_training(trained(1, ["adam"], 5000)).axes
    assert len(lines(upper)["$x$"].get_xdata()) == 1200


def test_of_very_many_windows_the_figure_shows_how_each_ended():
    upper, lower = draw_training(trained(60, ["lbfgs"], 4)).axes
    assert lines(upper)["$x$"].get_ydata() == pytest.approx(10 / np.arange(4, 241, 4))
    assert (lower.lines[0].get_ydata() == 4).all()
    assert lower.get_xlabel() == "window"


def test_one_iteration_has_one_tick():
    _, lower = draw_training(trained(1, ["adam"], 1)).axes
    low, high = lower.get_xlim()
    assert [tick for tick in lower.get_xticks() if low <= tick <= high] == [1]


def test_without_a_history_the_figure_says_how_to_get_one():
    text = written(draw_training(replace(solved("harmonic"), history=[])))
    assert "No history was recorded of this training: solve with record=True, or with pinnsolve train." in text


def test_without_a_solution_the_figure_still_has_its_heading():
    assert "not converged: the right-hand side is not finite" in written(draw_training(unsolved()))


def test_interrupted_march_ends_where_it_stopped():
    assert "stopped at t = " in written(draw_training(interrupted("van_der_pol", 4)))


def test_windows_that_are_solved_together_have_iterations_and_no_march():
    problem = {"system": {"equations": {"u''": "-exp(u)"}}, "boundary": ["u(0) = 0", "u(1) = 0"], "time": [0, 1]}
    solution = solve(load_problem(problem), record=True)
    upper, lower = draw_training(solution).axes
    assert (lower.get_xlabel(), lower.get_ylabel()) == ("iteration", "step length")
    assert upper.get_ylim()[1] < 1e10
    assert lower.get_lines()[0].get_xdata().tolist() == [row["iteration"] for row in solution.history]


def test_iterations_are_counted_on_where_a_part_begins_again():
    rows = [{"iteration": n} for n in (1, 2, 3, 2, 4, 7, 1, 2)]
    assert counted_on(rows).tolist() == [1, 2, 3, 5, 7, 10, 11, 12]
