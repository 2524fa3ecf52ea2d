"""Networks trained from the problem alone, on a growing horizon: the windowed solution only judges them."""

import numpy as np
import pytest
import torch

from pinnsolve.analysis.reference import reference_solution
from pinnsolve.errors import ProblemError
from pinnsolve.problem import TrainingSettings
from pinnsolve.solvers import rounds, solve
from pinnsolve.solvers.horizon import horizon_start
from pinnsolve.spec import load_problem
from tests.solvers.problems import EXACT, file
from tests.solvers.test_solution import StopAfter

SETTINGS = {"network": {"windows": 1}, "training": {"start": "horizon"}}
ORBITS = {
    "Lotka-Volterra": file({"x": "1.5*x - x*y", "y": "-3*y + x*y"}, {"x": 1, "y": 1}, [0, 10]),
    "Van der Pol": file({"x": "y", "y": "(1 - x^2)*y - x"}, {"x": 2, "y": 0}, [0, 10]),
}


def error(problem, values):
    """True error against SciPy in the measure of `accuracy`."""
    t = np.linspace(*problem.time, 501)
    exact = reference_solution(problem, t).values
    return (np.abs(values(t) - exact).max(axis=0) / np.abs(exact).max(axis=0)).max()


@pytest.mark.parametrize("name", ["harmonic", "backward", "far from zero", "zero", "sizes apart"])
def test_closed_forms_are_met_from_the_equations_alone(name):
    solution = solve(EXACT[name].problem(accuracy=1e-7, **SETTINGS))
    assert solution.status == "converged", solution.message
    assert EXACT[name].error(solution) <= 1e-7


@pytest.mark.parametrize("name", ORBITS)
def test_nonlinear_orbits_are_met_from_the_equations_alone(name):
    problem = load_problem({**ORBITS[name], "accuracy": 1e-7, **SETTINGS})
    solution = solve(problem)
    assert solution.status == "converged", solution.message
    assert error(problem, solution) <= 1e-7


@pytest.mark.parametrize("windows", [1, 3])
def test_the_start_itself_solves_the_problem_on_every_window(windows):
    problem = load_problem({**ORBITS["Van der Pol"], **SETTINGS, "network": {"windows": windows}})
    start = horizon_start(problem)
    assert error(problem, start.values) <= 1e-6
    assert start.edges[0] == 0
    assert start.edges[-1] == 10
    assert (np.diff(start.edges) > 0).all()


@pytest.mark.parametrize(("start", "calls"), [("windows", 0), ("horizon", 1)])
def test_the_training_begins_from_the_start_that_was_asked_for(monkeypatch, start, calls):
    made, used = [], []

    def make(problem, pause):
        made.append(horizon_start(problem, pause))
        return made[-1]

    def train(problem, begin, **rest):
        used.append(begin)
        return original(problem, begin, **rest)

    original = rounds.train_windows
    monkeypatch.setattr(rounds, "horizon_start", make)
    monkeypatch.setattr(rounds, "train_windows", train)
    solve(EXACT["logistic"].problem(network={"windows": 1}, training={"start": start}))
    assert len(made) == calls
    assert all((begin is made[0]) if made else isinstance(begin.values, rounds.Solution) for begin in used)
    assert used


def test_layout_and_weights_do_not_depend_on_the_windowed_solution(monkeypatch):
    """A windowed solution of another problem changes the verdict and nothing else."""
    problem = EXACT["logistic"].problem(accuracy=1e-5, **SETTINGS)
    monkeypatch.setattr(rounds, "ROUNDS", 1)  # the verdict may ask for another round
    whole = solve(problem)
    wrong = solve(EXACT["logistic"].problem(initial={"u": 0.02}))
    monkeypatch.setattr(rounds.Rounds, "_guide", lambda _: wrong)
    misjudged = solve(problem)
    assert misjudged.status == "not_converged"
    assert "use training.start: windows" in misjudged.message
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, misjudged.network.state_dict()[name]), name


def test_an_interrupted_training_resumes_to_the_same_bits():
    problem = EXACT["logistic"].problem(accuracy=1e-7, **SETTINGS)
    whole = solve(problem)
    part = solve(problem, progress=StopAfter(2))
    assert part.status == "interrupted"
    rest = solve(problem, state=part.resume)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name
    assert rest.result()["accuracy"] == whole.result()["accuracy"]


def test_a_horizon_that_stops_growing_is_a_status_with_a_cure():
    stiff = file({"x": "y", "y": "1000*(1 - x^2)*y - x"}, {"x": 2, "y": 0}, [0, 2000])
    solution = solve(load_problem({**stiff, **SETTINGS}))
    assert solution.status == "not_converged"
    assert "the growing horizon stopped at t = " in solution.message
    assert "use training.start: windows, or more network.windows" in solution.message
    assert solution.result()["status"] == "not_converged"


def test_nothing_but_a_number_of_windows_and_levenberg_marquardt_has_this_start():
    def sentence(**settings):
        with pytest.raises(ProblemError) as caught:
            EXACT["harmonic"].problem(**settings)
        return str(caught.value)

    horizon = {"start": "horizon"}
    assert "set network.windows to a number" in sentence(training=horizon)
    assert "horizon is a start for levenberg-marquardt" in sentence(training=horizon, network={"windows": 1}, method="adam")
    assert "must be the same in every stage" in sentence(
        training=[horizon, {}], network={"windows": 1}, method=["levenberg-marquardt", "lbfgs"]
    )
    (fault,) = TrainingSettings(start="middle").faults()
    assert str(fault) == "training.start: must be one of windows, horizon"
