"""Comparisons of boundary values with `solve_bvp` and of closed orbits with shooting: the true errors are the known ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinnsolve.analysis.compare import compare, reference_for
from pinnsolve.errors import RunError
from pinnsolve.problem import Problem
from pinnsolve.solvers import solve
from tests.solvers.boundary_problems import PERTURBED, boundary, problem, second_order, system, true_error

VAN_DER_POL = {"x": "y", "y": "mu*(1 - x^2)*y - x"}


@pytest.mark.parametrize(("name", "eps"), [("1: layer at the start", 1e-4), ("20: corner layer, nonlinear", 0.01)])
def test_the_true_error_of_boundary_values_is_that_against_the_closed_form(name, eps):
    example = PERTURBED[name]
    solution = solve(problem(example, eps))
    report = compare(solution)
    assert report["ok"] is True
    assert report["scipy"]["method"] == "solve_bvp"
    assert set(report) == {
        "ok", "status", "message", "asked", "estimated", "true", "reference_error", "states", "scipy", "scipy_asked",
        "compared_until",
    }
    exact = true_error(solution, lambda t: example.exact(t, eps))
    assert abs(report["true"] - exact) <= report["reference_error"] + 0.1 * exact


def test_backward_boundary_values_are_compared_in_their_own_direction():
    report = compare(solve(boundary(second_order("-y"), ["y(1) = 1", "y(0) = 0"], (1, 0))))
    assert report["ok"] is True
    assert report["compared_until"] == 0
    assert report["true"] <= 2 * report["reference_error"]


def test_the_report_of_one_solution_of_many_says_that_it_has_not_converged():
    solution = solve(boundary(second_order("-pi^2*y"), ["y(0) = 0", "y(1) = 0"], (0, 1)))
    report = compare(solution)
    assert (report["status"], report["message"]) == ("not_converged", solution.message)
    assert "this is one of many" in report["message"]


def test_a_wrong_solution_of_boundary_values_is_caught():
    solution = solve(boundary(second_order("-y"), ["y(0) = 0", "y(1) = 1"], (0, 1)))
    solution.network.offset.add_(1e-3)
    report = compare(solution)
    assert report["ok"] is False
    assert 5e-4 < report["true"] < 2e-3


def test_where_solve_bvp_gives_up_it_is_said():
    solution = solve(problem(PERTURBED["9: peak"], 1e-4, accuracy=1e-10))
    lost = replace(solution, problem=boundary(second_order("1 + v^2"), ["y(0) = 0", "y(4) = 5"], (0, 4)))
    lost.network.starts.mul_(2)
    with pytest.raises(RunError, match="SciPy's solve_bvp did not solve this problem with 40000 nodes"):
        reference_for(replace(lost, network=solution.network, reached=1.0))


@pytest.mark.parametrize(
    ("equations", "parameters", "start"),
    [
        (VAN_DER_POL, {"mu": 1}, [2, 0]),
        (VAN_DER_POL, {"mu": -1}, [2, 0]),
        ({"x": "x*(1 - y)", "y": "y*(x - 1)"}, {}, [1.5, 1]),
    ],
    ids=["stable", "unstable", "family"],
)
def test_closed_orbits_are_compared_by_shooting_and_their_period_too(equations, parameters, start):
    solution = solve(Problem(system=system(equations, parameters), initial=start, periodic=6, accuracy=1e-8))
    report = compare(solution)
    assert report["ok"] is True
    assert report["reference_error"] < 1e-11
    assert abs(report["period"]["found"] - report["period"]["reference"]) <= 1e-8
    if report["true"] > 1e-12:
        assert 1 / 3 <= report["estimated"] / report["true"] <= 10


def test_a_wrong_period_is_caught():
    solution = solve(Problem(system=system(VAN_DER_POL, {"mu": 1}), initial=[2, 0], periodic=6, accuracy=1e-8))
    solution.period *= 1.0001
    report = compare(solution)
    assert report["ok"] is False
    np.testing.assert_allclose(report["period"]["true"], 1e-4, rtol=0.01)
