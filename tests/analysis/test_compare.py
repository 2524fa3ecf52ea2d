"""`compare` measures the true error with a ruler of known error, and fails a solution only beyond that."""

import json
import math

import numpy as np
import pytest

from pinnsolve.analysis.compare import compare, reference_for
from pinnsolve.errors import RunError
from pinnsolve.solvers import Solution, solve

from .systems import line, problem

KEYS = {"ok", "asked", "estimated", "true", "reference_error", "states", "scipy"}


@pytest.fixture
def straight():
    """x' = 2, y' = -1 from (1, 4): the largest values are 5 and 4."""
    return problem({"x": "2", "y": "-1"}, [1.0, 4.0], (0, 2), accuracy=1e-3)


def test_an_exact_solution_has_no_error_and_the_report_is_the_json_of_the_contract(straight):
    report = json.loads(json.dumps(compare(line(straight, [2.0, -1.0])), allow_nan=False))
    assert set(report) >= KEYS
    assert report["ok"] is True
    assert report["asked"] == 1e-3
    assert report["true"] < 1e-13
    assert report["states"].keys() == {"x", "y"}
    assert report["states"]["x"].keys() == {"true", "estimated"}
    assert report["scipy"].keys() == {"method", "rtol", "seconds"}
    assert report["scipy"]["method"] == "DOP853"
    assert {"method", "rtol", "seconds", "true"} == set(report["scipy_asked"])
    assert report["scipy_asked"]["rtol"] == 1e-3
    assert report["compared_until"] == 2.0


@pytest.mark.parametrize(("error", "ok"), [(3.9e-3, True), (4.1e-3, False)])
def test_each_state_is_measured_against_its_own_largest_value(straight, error, ok):
    report = compare(line(straight, [2.0, -1.0], error=error, estimated=0.002))
    assert report["states"]["x"]["true"] == pytest.approx(error / 5, rel=1e-9)
    assert report["states"]["y"]["true"] == pytest.approx(error / 4, rel=1e-9)
    assert report["states"]["y"]["estimated"] == pytest.approx(0.002 / 4, rel=1e-9)
    assert report["true"] == pytest.approx(error / 4, rel=1e-9)
    assert report["ok"] is ok


def test_a_solution_is_not_failed_for_the_error_of_the_reference(straight):
    solution = line(straight, [2.0, -1.0], error=4.1e-3)
    reference = reference_for(solution)
    reference.error[5] = 4e-4
    report = compare(solution, reference)
    assert report["reference_error"] == pytest.approx(1e-4)
    assert report["ok"] is True


def test_a_solution_that_ends_early_is_compared_up_to_there(straight):
    report = compare(line(straight, [2.0, -1.0], reached=1.0, estimated=math.inf))
    assert report["compared_until"] == pytest.approx(0.99)
    assert report["true"] < 1e-13
    assert report["ok"] is True
    assert report["estimated"] is None
    assert report["states"]["x"]["estimated"] is None


def test_backward_in_time(straight):
    backward = problem({"x": "2", "y": "-1"}, [5.0, 2.0], (2, 0))
    solution = line(backward, [2.0, -1.0])
    assert (np.diff(reference_for(solution).times) < 0).all()
    assert compare(solution)["true"] < 1e-13


def test_nothing_to_compare_is_said(straight):
    empty = Solution(
        straight, None, "diverged", "f is not finite", math.inf, np.empty(0), np.empty((0, 2)), 0.0, "", 0, 0, 0.0, "cpu"
    )
    with pytest.raises(RunError, match="there is no solution to compare: f is not finite"):
        compare(empty)


def test_a_system_that_scipy_cannot_start_is_said():
    p = problem({"x": "log(x)"}, [-1.0], (0, 1))
    with pytest.raises(RunError, match="SciPy could not integrate this system beyond its start"):
        compare(line(p, [1.0]))


@pytest.mark.parametrize(
    ("equations", "initial", "time"),
    [
        ({"x": "y", "y": "(1 - x^2)*y - x"}, [2.0, 0.0], (0, 20)),
        ({"x": "x*(1.1 - 0.4*y)", "y": "y*(0.1*x - 0.4)"}, [10.0, 5.0], (10, 0)),
        ({"x": "-1e4*(x - cos(t))"}, [2.0], (0, 3)),
    ],
)
def test_a_solve_keeps_its_word(equations, initial, time):
    solution = solve(problem(equations, initial, time, accuracy=1e-7))
    report = compare(solution)
    assert report["ok"]
    assert report["true"] <= 1e-7
    assert report["true"] <= 3 * report["estimated"] + report["reference_error"]


def test_close_to_a_singularity_nothing_is_measured():
    report = compare(solve(problem({"y": "y^2"}, [1.0], (0, 2))))
    assert report["compared_until"] == pytest.approx(0.99, abs=1e-3)
    assert report["true"] < 1e-6
    assert report["ok"]


def test_the_start_of_a_stiff_problem_is_looked_at_closely():
    solution = solve(problem({"x": "-1e6*(x - cos(t))"}, [0.0], (0.0, 100.0)))
    first = solution.window_edges[1]
    times = reference_for(solution).times
    assert 100 * first < 10**-2 * solution.reached
    assert np.diff(np.log(times[times > first / 100])).max() < 0.1
