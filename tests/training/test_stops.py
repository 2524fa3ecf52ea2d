"""How a stage ends, by its reason and its words."""

import math

import pytest
import torch

from pinnsolve.training.protocol import Iterate, Method, Reason
from pinnsolve.training.stages import METHODS, StageRun
from tests.training.objectives import objective, settings


def stage(name="levenberg-marquardt", made=None, **options):
    default, weights = objective()
    return StageRun(settings(name, **options), made or default, weights, torch.Generator())


def test_tolerance_ends_the_stage():
    run = stage(tolerance=1e-4)
    stop = run.run(lambda iterate: None)
    assert stop.reason is Reason.TOLERANCE
    assert math.sqrt(run.best.loss) <= 1e-4
    assert stop.sentence.startswith(f"levenberg-marquardt met its tolerance after {run.iteration} iterations with")


def test_iterations_end_the_stage():
    run = stage("adam", iterations=7)
    assert run.run(lambda iterate: None).reason is Reason.ITERATIONS
    assert run.iteration == 7


def test_one_iteration_is_not_called_iterations():
    assert "after 1 iteration, all" in stage("adam", iterations=1).run(lambda iterate: None).sentence


def test_time_ends_the_stage():
    run = stage("adam", time_limit=1e-9)
    stop = run.run(lambda iterate: None)
    assert stop.reason is Reason.TIME and run.iteration == 1
    assert "by the time limit of 1e-09 s" in stop.sentence


def test_a_stall_ends_the_stage():
    run = stage("gauss-newton")
    stop = run.run(lambda iterate: None)
    assert stop.reason is Reason.STALLED and run.iteration < 100
    assert "its hidden layers offer no more" in stop.sentence


def test_little_progress_for_long_is_a_stall():
    made, weights = objective(hidden=(2,))
    run = StageRun(settings("levenberg-marquardt", iterations=10_000), made, weights, torch.Generator())
    stop = run.run(lambda iterate: None)
    assert stop.reason is Reason.STALLED and run.iteration < 5000


class Faulty(Method):
    """Steps to a loss that is not finite at its third step."""

    name = "faulty"

    def start(self):
        return Iterate(self.weights, 1.0, (1.0, 1.0), 0.0)

    def step(self):
        self.count = getattr(self, "count", 0) + 1
        return Iterate(self.weights + self.count, math.nan if self.count == 3 else 1 / (1 + self.count), (1.0, 1.0), 0.0)

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass


def test_a_step_that_is_not_finite_ends_the_stage_with_the_best_weights(monkeypatch):
    monkeypatch.setitem(METHODS, "faulty", Faulty)
    made, weights = objective()
    run = StageRun(settings("faulty"), made, weights, torch.Generator())
    stop = run.run(lambda iterate: None)
    assert stop.reason is Reason.NOT_FINITE and not run.diverged
    assert torch.equal(run.best.weights, weights + 2) and run.best.loss == pytest.approx(1 / 3)


def test_weights_that_are_not_finite_are_named_before_the_right_hand_side():
    made, weights = objective()
    broken = weights.clone()
    broken[-1] = math.inf
    stop = StageRun(settings("lbfgs"), made, broken, torch.Generator()).run(lambda iterate: None)
    assert stop.reason is Reason.NOT_FINITE
    assert "the network's value of y is " in stop.sentence


def test_adaptive_points_move_and_the_best_is_judged_anew():
    made, weights = objective()
    run = StageRun(settings("adam", 20, sampling="adaptive"), made, weights, torch.Generator().manual_seed(0))
    points = []
    run.run(lambda iterate: points.append(run.objective.tau))
    assert len({tuple(tau.tolist()) for tau in points}) == 10
    vector = run.objective.vector(run.best.weights)
    assert run.best.loss == pytest.approx(run.objective.loss(vector), rel=1e-9)


def test_a_stage_that_starts_good_enough_keeps_its_weights_unless_the_method_insists():
    good = stage(tolerance=1e-4)
    good.run(lambda iterate: None)
    made, _ = objective()
    for name, least in (("adam", 0), ("lbfgs", 0), ("gauss-newton", 1), ("levenberg-marquardt", 3)):
        again = StageRun(settings(name, tolerance=1e-3), made, good.best.weights, torch.Generator())
        assert again.run(lambda iterate: None).reason is Reason.TOLERANCE
        assert again.iteration <= least
