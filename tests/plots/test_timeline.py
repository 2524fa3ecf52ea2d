"""Points and times: dense where windows are short, thinned to what a figure can show, and always inside the solution."""

from __future__ import annotations

import numpy as np
import pytest

from pinnsolve.plots.timeline import Timeline, in_pieces

from .samples import interrupted, solved

PLAIN = Timeline(0.0, 1.0, 1.0, False, 1e-3)
DECADES = Timeline(0.0, 1.0, 1.0, True, 1e-6)


def test_thinning_keeps_first_last_smallest_and_largest_of_every_column():
    generator = np.random.default_rng(0)
    t = np.sort(generator.uniform(0, 1, 50_000))
    values = generator.normal(size=50_000)
    keep = PLAIN.thinned(t, values, columns=100)
    assert len(keep) <= 400
    assert {0, len(t) - 1, int(values.argmin()), int(values.argmax())} <= set(keep.tolist())
    column = np.minimum((t - t[0]) / (t[-1] - t[0]) * 100, 99).astype(int)
    for number in range(100):
        inside = column == number
        assert values[keep][column[keep] == number].max() == values[inside].max()
        assert values[keep][column[keep] == number].min() == values[inside].min()


def test_thinning_leaves_short_lines_alone():
    assert PLAIN.thinned(np.linspace(0, 1, 150), np.zeros(150), columns=100).tolist() == list(range(150))


@pytest.mark.parametrize("axis", [PLAIN, DECADES])
@pytest.mark.parametrize("direction", [1, -1])
def test_envelope_is_the_largest_of_every_column(axis, direction):
    t = np.geomspace(1e-6, 1, 999)[::direction]
    values = np.stack([np.sin(50 * t) ** 2, np.ones_like(t)], axis=1)
    position, top = axis.envelope(t, values, 20)
    assert len(position) <= 20 and (np.diff(position) > 0).all()
    assert top[:, 0].max() == values[:, 0].max()
    assert (top[:, 1] == 1).all()


def test_envelope_leaves_out_what_is_not_finite():
    t = np.linspace(0, 1, 100)
    values = np.ones((100, 1))
    values[::2] = np.inf
    values[50:] = np.nan
    _, top = PLAIN.envelope(t, values, 10)
    assert (top[:5] == 1).all() and np.isnan(top[5:]).all()


@pytest.mark.parametrize("axis", [PLAIN, DECADES])
def test_positions_and_times_are_inverse(axis):
    t = np.array([1e-5, 0.1, 1.0])
    assert axis.time(axis.position(t)) == pytest.approx(t)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [(0, 1, "$t$"), (0, -1, "$-t$"), (5, 9, r"$t\ -$ 5"), (-5, 9, r"$t\ +$ 5"), (5, 0, r"5 $-\ t$"), (-5, -9, r"$-t\ -$ 5")],
)
def test_logarithmic_time_says_from_where_it_counts(start, end, text):
    assert Timeline(start, end, end, True, 1e-3).label == text


def test_sparse_points_are_not_joined():
    x, y = PLAIN.broken(np.array([0.0, 0.01, 0.5, 0.51]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert np.array_equal(x, [0.0, 0.01, np.nan, 0.5, 0.51], equal_nan=True)
    assert np.array_equal(y, [1.0, 2.0, np.nan, 3.0, 4.0], equal_nan=True)


@pytest.mark.parametrize("name", ["decay", "van_der_pol", "backward", "robertson", "blow_up"])
def test_every_window_is_looked_at_and_nothing_outside(name):
    solution = solved(name)
    times = Timeline.of(solution).times(solution)
    low, high = sorted((solution.problem.time[0], solution.reached))
    assert times.min() >= low and times.max() <= high
    inside, _ = np.histogram(times, np.sort(solution.window_edges))
    assert inside[np.diff(np.sort(solution.window_edges)) > 1e-9].min() >= 30


def test_an_interrupted_solution_is_looked_at_only_where_it_has_values():
    solution = interrupted("backward", 4)
    assert np.isfinite(solution(Timeline.of(solution).times(solution))).all()


def test_a_long_rest_that_was_not_reached_takes_little_of_the_axis():
    low, high = Timeline(0.0, 1.0, 1e6, False, 1e-3).limits
    assert low < 0 and 1.1 < high < 1.25
    assert Timeline(0.0, 1e3, 1e9, True, 1e-3).limits == pytest.approx((1e-3, 4.4e3))


def test_evaluation_in_pieces_is_the_evaluation():
    t = np.linspace(0, 1, 1000)
    assert np.array_equal(in_pieces(lambda t: np.stack([t, t**2], axis=1), t, size=7), np.stack([t, t**2], axis=1))
