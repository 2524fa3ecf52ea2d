"""What is decided before training: windows from the march, defaults by method, settings by stage."""

import numpy as np
import pytest

from pinnsolve.solvers.plan import Start, make_plan
from tests.solvers.problems import EXACT


def plan(name="harmonic", march=20, **settings):
    problem = EXACT[name].problem(**settings)
    edges = problem.time[0] + (problem.time[1] - problem.time[0]) * np.linspace(0, 1, march + 1) ** 2
    return make_plan(problem, Start(EXACT[name].solution, edges)), edges


@pytest.mark.parametrize(("method", "windows"), [("levenberg-marquardt", 3), ("adam", 20), ("lbfgs", 20)])
def test_automatic_windows_take_over_whole_windows_of_the_march(method, windows):
    made, edges = plan(method=method)
    assert made.windows == windows
    assert made.edges[0] == edges[0] and made.edges[-1] == edges[-1] and set(made.edges) <= set(edges)


def test_a_number_of_windows_makes_equal_ones_in_the_direction_of_time():
    made, _ = plan("backward", method="lbfgs", network={"windows": 4})
    np.testing.assert_allclose(made.edges, [2, 1, 0, -1, -2])


def test_scale_is_the_largest_value_of_each_state_and_one_where_all_are_zero():
    np.testing.assert_allclose(plan("sizes apart", method="adam")[0].scale, [1e12, 1e-12])
    np.testing.assert_allclose(plan("zero", method="adam")[0].scale, [1, 1])


def test_points_iterations_and_slope_follow_what_happens_in_a_window():
    whole = plan(method="lbfgs", network={"windows": 1})[0]
    share = plan(method="lbfgs")[0]
    assert (whole.stages[0].settings.points, share.stages[0].settings.points) == (500, 64)
    assert (whole.stages[0].settings.iterations, share.stages[0].settings.iterations) == (3000, 671)
    assert whole.slope == 1.0 and share.slope == 1.5 / 16
    assert whole.hidden == share.hidden == (32, 32)


def test_what_is_given_wins_and_belongs_to_its_stage():
    training = [
        {"points": 9, "iterations": 8, "tolerance": 0.5, "condition": "soft", "condition_weight": 7, "time_limit": 3},
        {"sampling": "uniform", "learning_rate": 0.5, "schedule": "constant", "condition": "soft"},
    ]
    made, _ = plan(method=["lbfgs", "adam"], training=training, network={"windows": 1})
    first, second = (stage.settings for stage in made.stages)
    assert (first.points, first.iterations, first.tolerance, first.time_limit) == (9, 8, 0.5, 3)
    assert (second.sampling, second.learning_rate, second.schedule) == ("uniform", 0.5, "constant")
    assert (first.condition_weight, second.condition_weight) == (7, 1) and not made.anchored
    assert (second.points, second.tolerance) == (500, pytest.approx(3e-7))


def test_a_deep_network_is_fitted_before_levenberg_marquardt_only():
    deep = {"windows": 1, "hidden": [4, 4]}
    assert [stage.fits for stage in plan(method="levenberg-marquardt", network=deep)[0].stages] == [True, False]
    assert [stage.fits for stage in plan(method=["adam", "levenberg-marquardt"], network=deep)[0].stages] == [False, False]
    assert [stage.fits for stage in plan(method="gauss-newton", network=deep)[0].stages] == [False]
