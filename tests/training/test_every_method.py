"""What holds for every method: it trains, it repeats itself, and it resumes to the same bits."""

import io

import pytest
import torch

from pinnsolve.training.protocol import Reason
from pinnsolve.training.stages import METHODS, StageRun
from tests.training.objectives import breaks_after, objective, settings

pytestmark = pytest.mark.parametrize("name", METHODS)


def run(name, iterations, **options):
    made, weights = objective()
    stage = StageRun(settings(name, iterations, **options), made, weights, torch.Generator().manual_seed(1))
    seen = []
    stop = stage.run(seen.append)
    return stage, stop, seen


def test_the_residual_falls_and_the_best_weights_are_kept(name):
    made, weights = objective()
    stage, _, seen = run(name, 40)
    first = made.loss(made.vector(weights))
    assert stage.best.loss < first * (0.2 if name == "adam" else 0.05)
    assert stage.best.loss == min(iterate.loss for iterate in seen)
    assert stage.objective.loss(stage.objective.vector(stage.best.weights)) == pytest.approx(stage.best.loss, rel=1e-9)


def test_every_iterate_says_the_loss_of_its_own_weights(name):
    stage, _, seen = run(name, 8)
    for iterate in seen:
        vector = stage.objective.vector(iterate.weights)
        assert iterate.loss == pytest.approx(stage.objective.loss(vector), rel=1e-9)
        assert sum(r * r for r in iterate.residual) / 2 == pytest.approx(iterate.loss, rel=1e-9)


def test_the_same_seed_gives_the_same_bytes(name):
    first, second = run(name, 12, sampling="adaptive")[0], run(name, 12, sampling="adaptive")[0]
    assert torch.equal(first.best.weights, second.best.weights)
    assert first.best.loss == second.best.loss


class Halt(Exception):
    pass


@pytest.mark.parametrize("sampling", ["chebyshev", "adaptive"])
def test_a_resumed_stage_equals_an_uninterrupted_one_bit_for_bit(name, sampling):
    whole, stop, seen = run(name, 20, sampling=sampling)
    made, weights = objective()
    stage = StageRun(settings(name, 20, sampling=sampling), made, weights, torch.Generator().manual_seed(1))
    after = max(1, len(seen) // 2)

    def halt(iterate):
        if stage.iteration == after:
            raise Halt

    with pytest.raises(Halt):
        stage.run(halt)
    file = io.BytesIO()
    torch.save({"stage": stage.state_dict(), "generator": stage._generator.get_state()}, file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    generator = torch.Generator()
    generator.set_state(state["generator"])
    made, weights = objective()
    resumed = StageRun(settings(name, 20, sampling=sampling), made, weights, generator, state["stage"])
    rest = []
    assert resumed.run(rest.append).sentence == stop.sentence
    assert torch.equal(resumed.best.weights, whole.best.weights)
    assert [iterate.loss for iterate in rest] == [iterate.loss for iterate in seen[after:]]
    assert [iterate.size for iterate in rest] == [iterate.size for iterate in seen[after:]]


def test_a_right_hand_side_that_is_not_a_number_is_named_with_its_time(name):
    made, weights = objective(breaks_after(1.0))
    stage = StageRun(settings(name), made, weights, torch.Generator())
    stop = stage.run(lambda iterate: None)
    assert stage.diverged
    assert stop.reason is Reason.NOT_FINITE
    first = float(made.window.times(made.tau[made.tau > 0].min()))
    assert f"the right-hand side of y' is nan at t = {first:.6g}, where x = " in stop.sentence


def test_no_global_state_is_touched(name):
    before, threads, dtype = torch.random.get_rng_state(), torch.get_num_threads(), torch.get_default_dtype()
    run(name, 2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (torch.get_num_threads(), torch.get_default_dtype()) == (threads, dtype)
