"""The whole portrait: its window, separatrices, trajectories, facts and notes, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pinnsolve
from pinnsolve.analysis.planar.portrait import Portrait, portrait
from pinnsolve.analysis.planar.projection import project
from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import UsageError
from pinnsolve.problem import Problem
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
from tests.analysis.planar_systems import R2, SQUARE, problem, torch_system

LORENZ = {
    "system": {"equations": {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8/3*z"}},
    "initial": {"x": 1, "y": 1, "z": 1},
    "time": [0, 5],
}


@pytest.fixture(scope="module")
def species() -> Portrait:
    return portrait(problem("x*(3 - x - 2*y)", "y*(2 - x - y)", (0.5, 0.55), (0, 30)))


def test_the_window_takes_in_the_trajectory_and_the_fixed_points_around_it(species):
    assert species.window.inside(np.array([[0, 0], [0, 2], [1, 1], [3, 0], [0.5, 0.55]])).all()
    assert species.window.size.max() < 5


def test_separatrices_join_the_saddle_to_the_nodes(species):
    assert [point.type for point in species.fixed_points] == ["unstable node", "stable node", "saddle", "stable node"]
    ends = {(branch.saddle, branch.stable, branch.end, branch.number) for branch in species.separatrices}
    assert ends == {
        (2, False, "fixed point", 1),
        (2, False, "fixed point", 3),
        (2, True, "fixed point", 0),
        (2, True, "leaves", None),
    }


def test_the_facts_are_json_of_the_agreed_shape(species):
    facts = json.loads(json.dumps(species.to_dict(), allow_nan=False))
    assert set(facts) >= {"fixed_points", "limit_cycles", "nullclines"}
    assert facts["fixed_points"][1] == {
        "at": {"x": 0.0, "y": 2.0},
        "type": "stable node",
        "eigenvalues": [[-1.0, 0.0], [-2.0, 0.0]],
        "stable": True,
    }
    assert facts["limit_cycles"] == []
    assert [len(facts["nullclines"][state]) for state in ("x", "y")] == [2, 2]
    assert all(len(vertex) == 2 for curve in facts["nullclines"]["x"] for vertex in curve)


def test_trajectories_cover_the_window_and_each_solves_the_equations(species):
    assert len(species.trajectories) > 10
    own = species.trajectories[0]
    assert own.asked
    assert own.start.tolist() == [0.5, 0.55]
    for trajectory in species.trajectories:
        assert np.allclose(trajectory.points[trajectory.first], trajectory.start)
        step = np.diff(trajectory.points, axis=0)
        middle = 0.5 * (trajectory.points[1:] + trajectory.points[:-1])
        speed = species.problem.system.rhs_numpy(np.zeros(len(middle)), middle)
        long = np.hypot(*step.T) > 1e-6
        cosine = (step * speed).sum(axis=1)[long] / np.hypot(*step.T)[long] / np.hypot(*speed.T)[long]
        assert np.median(cosine) > 0.999
        assert cosine.min() > 0


def test_a_homoclinic_saddle_is_joined_to_itself():
    found = portrait(problem("y", "x - x^2", (0.5, 0.0)))
    assert [point.type for point in found.fixed_points] == ["saddle", "centre"]
    inner = [branch for branch in found.separatrices if branch.end == "fixed point"]
    assert [(branch.stable, branch.number) for branch in inner] == [(True, 0), (False, 0)]
    for branch in inner:
        x, y = branch.points.T
        assert np.abs(y**2 / 2 - x**2 / 2 + x**3 / 3).max() < 1e-6
        assert x.max() == pytest.approx(1.5, abs=5e-3)


def test_an_unstable_manifold_that_winds_to_a_limit_cycle_says_so():
    found = portrait(problem("x*(1 - x/5) - x*y/(1 + x)", "y*(x/(1 + x) - 0.4)"))
    assert [cycle.stable for cycle in found.cycles] == [True]
    assert ("limit cycle", 0) in {(branch.end, branch.number) for branch in found.separatrices if not branch.stable}


def test_the_window_grows_to_show_a_limit_cycle_that_the_trajectory_has_not_reached():
    found = portrait(problem("y", "(1 - x^2)*y - x", (0.5, 0.0), (0, 3)))
    assert len(found.cycles) == 1
    assert found.window.inside(found.cycles[0].points).all()


@pytest.mark.parametrize(
    ("x", "y", "initial"),
    [("x", "-y", (1.0, 1.0)), ("x^2", "-y", (1.0, 1.0)), ("3 - x", "0*y", (3.0, 0.0)), ("0*x", "0*y", (1.0, 1.0))],
)
def test_a_trajectory_that_runs_away_or_rests_still_gives_a_sensible_window(x, y, initial):
    window = portrait(problem(x, y, initial, (0, 20))).window
    assert window.inside(np.array(initial))
    assert (window.size > 0.5).all()
    assert (window.size < 50).all()


@pytest.mark.parametrize(
    ("x", "y", "note"),
    [
        ("0*x", "y - x", "The right-hand side of x vanishes everywhere: x does not change."),
        ("0*x", "0*y", "Both right-hand sides vanish everywhere: every point is a fixed point."),
        ("x*y", "-y", "There are lines of fixed points, which are not isolated and have no type."),
        ("y", "-x", "There is a family of closed orbits, which are not limit cycles."),
        (
            f"y - x*{R2}",
            f"-x - y*{R2}",
            "Fixed point 1 is a weak focus: its linear part is a centre, the higher terms make it spiral.",
        ),
        ("max(x, 0)", "-y", "The right-hand side of x vanishes on a whole region, of which the nullcline is the edge."),
    ],
)
def test_what_the_facts_alone_do_not_say_is_said_in_a_note(x, y, note):
    assert note in portrait(problem(x, y), window=SQUARE).notes


def test_given_starts_replace_the_trajectories_that_fill_the_window():
    found = portrait(problem("y", "-x"), window=SQUARE, starts=[(1, 0), (0, 2)])
    assert [trajectory.start.tolist() for trajectory in found.trajectories] == [[1, 0], [0, 2]]
    for trajectory, radius in zip(found.trajectories, (1, 2), strict=True):
        assert np.allclose(np.hypot(*trajectory.points.T), radius, rtol=1e-6)


def test_a_python_function_has_a_portrait_unless_it_depends_on_the_time():
    found = portrait(Problem(system=torch_system(), initial=(1.0, 0.0), time=(0, 5)), window=Window((-4, 4), (-3, 3)))
    assert [point.type for point in found.fixed_points] == ["saddle", "stable focus", "saddle"]
    assert "their indices add up to that of the window" in found.notes[-1]
    with pytest.raises(UsageError, match="the right-hand side depends on t"):
        portrait(Problem(system=torch_system(time=True), initial=(1.0, 0.0), time=(0, 5)), window=SQUARE)


def test_a_trained_solution_lends_its_trajectory():
    solved = solve(problem("y", "-x", (0.0, 2.0), (0, 3)))
    found = portrait(solved.problem, solution=solved)
    own = found.trajectories[0]
    assert np.allclose(own.points[-1], solved(3.0))


def test_a_closed_orbit_and_a_boundary_value_problem_have_portraits_too():
    orbit = load_problem(
        {"system": {"equations": {"x": "y", "y": "(1 - x^2)*y - x"}}, "initial": {"x": 2, "y": 0}, "periodic": {"period": 6.6}}
    )
    assert portrait(orbit).cycles[0].period == pytest.approx(6.66328686, rel=1e-8)
    boundary = load_problem(
        {"system": {"equations": {"x": "y", "y": "-sin(x)"}}, "boundary": ["x(0) = 1", "x(1) = 2"], "time": [0, 1]}
    )
    found = portrait(boundary)
    assert found.trajectories[0].start[0] == pytest.approx(1, abs=1e-6)
    assert found.trajectories[0].points[-1, 0] == pytest.approx(2, abs=1e-6)


def test_a_larger_system_is_refused_with_the_projection_as_the_way_out():
    with pytest.raises(UsageError, match=r"needs two states, and this system has 3 \(x, y, z\); .* add --project x,y"):
        portrait(load_problem(LORENZ))
    with pytest.raises(UsageError, match=r"needs two states, and this system has one \(c\)"):
        portrait(load_problem({"system": {"equations": {"c": "-c"}}, "initial": {"c": 1}, "time": [0, 1]}))


def test_a_projection_shows_trajectories_of_the_whole_system_and_claims_nothing_else():
    found = project(load_problem(LORENZ), ("x", "z"), starts=[(1, 1, 1), (5, 5, 20)])
    assert [path.shape[1] for path in found.paths] == [3, 3]
    assert found.window.inside(np.concatenate(found.paths)[:, [0, 2]]).all()
    facts = found.to_dict()
    assert (facts["projection"], facts["fixed_points"], facts["limit_cycles"], facts["nullclines"]) == (["x", "z"], [], [], {})
    assert facts["trajectories"][1]["start"] == pytest.approx({"x": 5.0, "y": 5.0, "z": 20.0})


def test_portraits_in_one_line_of_python():
    found = pinnsolve.portrait(
        {"system": {"equations": {"x": "y", "y": "-x"}}, "initial": {"x": 1, "y": 0}, "time": [0, 1]},
        window={"x": (-2, 2), "y": (-2, 2)},
        starts=["1, 0"],
    )
    assert found.fixed_points[0].type == "centre"
    assert (found.window.x, found.window.y) == ((-2, 2), (-2, 2))
