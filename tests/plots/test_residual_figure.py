"""Residual and estimated error over time: measures, logarithmic axes, zeros, and windows however many there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.collections import PolyCollection

from pinnsolve.network.chain import Chain
from pinnsolve.plots import draw_error, draw_residual
from pinnsolve.plots.residual import FLOOR
from pinnsolve.solvers import Solution

from .samples import assert_legible, drawn, exact_reference, interrupted, solved, unsolved, written


def lines(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def constant_chain(windows: int) -> Solution:
    """Very many windows of the constant solution."""
    still = solved("still")
    edges = torch.linspace(0, 5, windows + 1, dtype=torch.float64)
    value = torch.tensor([[3.0, 0.0]], dtype=torch.float64).expand(windows, 2)
    layers = [(torch.zeros(1, 2, 1), torch.zeros(1, 2)), (torch.zeros(1, 2, 2), torch.zeros(1, 2))]
    layers = [(weight.double(), bias.double()) for weight, bias in layers]
    chain = Chain(edges[:-1], edges.diff(), value, torch.ones_like(value), layers)
    return replace(still, network=chain, error_times=edges.numpy(), error_values=np.full((windows + 1, 2), 1e-9))


@pytest.mark.parametrize("name", ["decay", "van_der_pol", "nothing", "blow_up", "robertson", "ring"])
def test_no_text_overlaps_or_leaves_the_figure(name):
    assert_legible(drawn("residual", name))


def test_both_axes_are_logarithmic_and_the_accuracy_asked_for_is_a_line():
    upper, lower = drawn("residual", "van_der_pol").axes
    assert upper.get_yscale() == lower.get_yscale() == "log"
    assert lines(lower)["asked for: 1e-6"].get_ydata() == pytest.approx([1e-6, 1e-6])


def test_tops_of_the_lines_are_the_residual_and_the_estimate_that_the_solution_reports():
    solution = solved("van_der_pol")
    upper, lower = drawn("residual", "van_der_pol").axes
    residual = max(lines(upper)[name].get_ydata().max() for name in ("$x$", "$y$"))
    assert residual == pytest.approx(solution.residual_norm(), rel=1e-6)
    estimated = max(lines(lower)[name].get_ydata().max() for name in ("$x$", "$y$"))
    assert estimated == pytest.approx(solution.estimated, rel=0.05)


def test_zero_residual_lies_on_the_floor_and_is_called_zero():
    upper, _ = drawn("residual", "nothing").axes
    shown = lines(upper)
    assert set(shown) >= {"$x$ (zero to rounding)", "$y$ (zero to rounding)"}
    assert (shown["$x$ (zero to rounding)"].get_ydata() == FLOOR).all()
    low, high = upper.get_ylim()
    assert 0 < low < FLOOR < high


def test_twenty_states_are_thin_lines_below_the_largest():
    upper, _ = drawn("residual", "ring").axes
    shown = [line for line in upper.lines if len(line.get_xdata()) > 10]
    largest = lines(upper)["largest of them"].get_ydata()
    assert len(shown) == 21
    assert np.array_equal(np.max([line.get_ydata() for line in shown], axis=0), largest)


def test_few_windows_are_shaded_in_turn():
    solution = solved("van_der_pol")
    (shading,) = drawn("residual", "van_der_pol").axes[0].findobj(PolyCollection)
    spans = np.array([path.vertices[:, 0][[0, -2]] for path in shading.get_paths()])
    assert len(spans) == (solution.windows + 1) // 2
    assert np.sort(spans, axis=1)[:, 0] == pytest.approx(solution.window_edges[:-1:2])


def test_ten_thousand_windows_are_a_few_ticks_that_say_how_many_each_stands_for():
    figure = draw_residual(constant_chain(10_000))
    ticks = next(line for line in figure.axes[0].lines if line.get_marker() == "|")
    assert len(ticks.get_xdata()) == 101
    assert "100 windows" in written(figure)
    assert not figure.axes[0].findobj(PolyCollection)


def test_on_the_way_to_a_singularity_the_measure_is_the_largest_so_far():
    figure = drawn("residual", "blow_up")
    upper, lower = figure.axes
    assert upper.get_ylabel().endswith("so far") and lower.get_ylabel().endswith("so far")
    line = lines(upper)["$x$"]
    early = line.get_ydata()[line.get_xdata() < 0.9]
    assert 1e-15 < np.median(early) < 1e-6


def test_unknown_errors_leave_a_gap():
    solution = solved("van_der_pol")
    errors = solution.error_values.copy()
    errors[solution.error_times > 10] = np.inf
    line = lines(draw_residual(replace(solution, error_values=errors)).axes[1])["$x$"]
    x, y = line.get_data()
    assert np.isnan(y[x > 10.1]).all() and np.isfinite(y[x < 9.9]).all()


def test_interrupted_residual_ends_where_the_solve_stopped():
    figure = draw_residual(interrupted("backward", 4))
    assert "stopped at t = " in written(figure)
    assert_legible(figure)


def test_error_figure_shows_estimated_and_true_error_of_every_state():
    solution = solved("harmonic", accuracy=1e-4)
    t = np.linspace(0, 10, 1001)
    exact = np.stack([np.cos(t), -np.sin(t)], axis=1)
    figure = draw_error(solution, exact_reference(t, exact))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["$x$", "$v$"]
    for index, axes in enumerate(figure.axes):
        assert axes.get_yscale() == "log"
        estimated, unsure, true, asked = axes.lines
        assert true.get_ydata().max() == pytest.approx(np.abs(solution(t) - exact)[:, index].max(), rel=1e-2, abs=0)
        assert estimated.get_ydata().max() == pytest.approx(solution.error_values[:, index].max(), rel=1e-2, abs=0)
        assert unsure.get_ydata() == pytest.approx(1e-13, rel=1e-2, abs=0)
        assert asked.get_ydata() == pytest.approx([1e-4, 1e-4])
    assert "true, against DOP853" in written(figure)
    assert_legible(figure)


def test_error_figure_without_a_reference_has_the_estimate_alone():
    figure = draw_error(solved("ring"))
    assert len(figure.axes) == 20
    assert "true" not in written(figure)
    assert_legible(figure)


@pytest.mark.parametrize("draw", [draw_residual, draw_error])
def test_without_a_solution_the_figure_says_so(draw):
    assert "There is no solution to draw." in written(draw(unsolved()))
