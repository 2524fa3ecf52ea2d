"""What comes before a training can be stopped as well, and a resume that repeats it comes to the same result."""

from __future__ import annotations

import pytest
import torch

from pinnsolve.errors import Interrupted
from pinnsolve.progress import no_pause, tell_preparation
from pinnsolve.solvers import solve
from tests.solvers.problems import EXACT
from tests.solvers.test_rounds import GROWING
from tests.solvers.test_solution import StopAfter

GUIDE, LAYOUT, HORIZON = "solving in windows", "laying out the networks", "growing the horizon"
ONE = {"network": {"windows": 1}, "method": "levenberg-marquardt"}
LAID_OUT = EXACT["harmonic"].problem(accuracy=1e-7, **ONE, training={"iterations": 5})
GROWN = EXACT["logistic"].problem(accuracy=1e-5, **ONE, training={"start": "horizon", "iterations": 5})


@pytest.fixture(scope="module", autouse=True)
def _few_units():
    """A horizon that grows in a second."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("UNITS", 48), ("GRADED_UNITS", 64), ("GRADINGS", 2), ("ROUNDS", 1)):
            patch.setattr(f"pinnsolve.solvers.horizon.{name}", value)
        yield


class StopIn:
    """Interrupts at the given moment of one part of the preparation."""

    def __init__(self, part, moment):
        self.part, self.left, self.heard = part, moment, []

    def update(self, step, snapshot):
        self.heard.append(step)

    def prepare(self, what, snapshot):
        self.heard.append(what)
        if what.startswith(self.part):
            self.left -= 1
            if self.left == 0:
                self.snapshot = snapshot()
                raise Interrupted


def assert_same(solution, other):
    for name, value in solution.network.state_dict().items():
        assert torch.equal(value, other.network.state_dict()[name]), name
    assert (solution.iterations, solution.message) == (other.iterations, other.message)


@pytest.mark.parametrize(
    ("part", "moment", "problem"),
    [(GUIDE, 1, LAID_OUT), (LAYOUT, 1, LAID_OUT), (LAYOUT, 3, LAID_OUT), (HORIZON, 55, GROWN)],
    ids=["first window", "first width", "third width", "horizon"],
)
def test_a_preparation_that_is_stopped_is_repeated_to_the_same_bits(part, moment, problem):
    listener = StopIn(part, moment)
    stopped = solve(problem, progress=listener, record=True)
    assert (stopped.status, stopped.network, stopped.iterations) == ("interrupted", None, 0)
    assert listener.heard[-1].startswith(part)
    assert stopped.resume.keys() == listener.snapshot.keys()
    assert_same(solve(problem, state=stopped.resume, record=True), solve(problem, record=True))


def test_the_preparation_before_a_resume_can_be_stopped_too():
    whole = solve(GROWING.problem(accuracy=1e-6, network={"windows": 1}), record=True)
    part = solve(whole.problem, progress=StopAfter(4), record=True)
    again = solve(whole.problem, progress=StopIn(GUIDE, 2), state=part.resume, record=True)
    assert (again.status, len(again.history)) == ("interrupted", 4)
    rest = solve(whole.problem, state=again.resume, record=True)
    assert_same(rest, whole)
    assert len(rest.history) == len(whole.history)


def test_the_layout_of_a_later_round_can_be_stopped():
    listener = StopIn(LAYOUT, 10**9)
    whole = solve(GROWING.problem(accuracy=1e-6, network={"windows": 1}), progress=listener, record=True)
    first = next(number for number, heard in enumerate(listener.heard) if not isinstance(heard, str))
    before, after = listener.heard[:first].count(LAYOUT), listener.heard[first:].count(LAYOUT)
    assert after > 0  # there was a second round
    stopped = solve(whole.problem, progress=StopIn(LAYOUT, before + 1), record=True)
    assert (stopped.status, stopped.iterations) == ("interrupted", len(stopped.history))
    assert stopped.iterations > 0
    assert_same(solve(whole.problem, state=stopped.resume, record=True), whole)


def test_a_listener_of_iterations_alone_hears_nothing_of_it():
    listener = StopAfter(10**9)
    solution = solve(LAID_OUT, progress=listener, record=True)
    assert 10**9 - listener.count == len(solution.history)
    assert tell_preparation(listener, GUIDE, dict) is tell_preparation(None, GUIDE, dict) is no_pause() is None
