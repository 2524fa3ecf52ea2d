"""An interrupted run, carried on, ends with the same bytes as one that was left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import torch

import pinnsolve
from pinnsolve.errors import RunError
from pinnsolve.runs.outcomes import RunInterrupted

from .helpers import VAN_DER_POL, StopAfter

KILLED = """\
import os, signal, sys
import pinnsolve
from pinnsolve.runs import watch

class Kill:
    def __init__(self, iterations): self.left = iterations
    def update(self, step, snapshot):
        self.left -= 1
        if self.left == 0: os.kill(os.getpid(), signal.SIGKILL)

watch.SAVE_EVERY = float(sys.argv[3])
pinnsolve.train(sys.argv[1], sys.argv[2], plots=False, progress=Kill(4))
"""


def weights(run):
    return torch.load(run / "checkpoint.pt", weights_only=True)["solution"]["network"]["tensors"]


def metrics(run):
    """The metrics less their last column, the seconds."""
    return [line.rpartition(",")[0] for line in (run / "metrics.csv").read_text().splitlines()]


def assert_same(run, reference):
    assert (run / "solution.csv").read_bytes() == (reference / "solution.csv").read_bytes()
    ours, theirs = weights(run), weights(reference)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert metrics(run) == metrics(reference)


LORENZ = {
    "system": {"equations": {"x'": "10*(y - x)", "y'": "x*(28 - z) - y", "z'": "x*y - 8/3*z"}},
    "initial": {"x": 1, "y": 1, "z": 1},
    "time": [0, 25],
    "accuracy": 1e-6,
    "name": "vdp",
}
ONE = {
    "network": {"windows": 1, "hidden": [8]},
    "method": "levenberg-marquardt",
    "training": {"iterations": 12},
}
TWO = {**ONE, "network": {"windows": 2, "hidden": [8]}}
STAGES = {
    "network": {"windows": 2, "hidden": [8]},
    "method": ["adam", "lbfgs"],
    "training": [{"iterations": 8}, {"iterations": 6}],
}


@pytest.mark.parametrize(
    ("settings", "after"),
    [({}, 1), ({}, 5), ({}, -1), (ONE, 5), (TWO, 7), (STAGES, 5), (STAGES, 11), (STAGES, 17)],
    ids=["windows 1", "windows 5", "last window", "one network", "two networks", "first stage", "second stage", "second window"],
)
def test_the_result_is_that_of_an_uninterrupted_run(problem_file, tmp_path, settings, after):
    whole = pinnsolve.train(problem_file, tmp_path / "whole", plots=False, **settings)
    after %= len(whole.history)
    with pytest.raises(RunInterrupted):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, progress=StopAfter(after), **settings)
    run = tmp_path / "runs" / "vdp"
    solution = pinnsolve.resume(run, plots=False)
    assert solution.status != "interrupted"
    assert solution.directory == run
    assert_same(run, whole.directory)


def test_a_later_pass_is_carried_on_as_well(tmp_path):
    whole = pinnsolve.train(LORENZ, tmp_path / "whole", plots=False)
    windows = [row["window"] for row in whole.history]
    second = windows.index(0, 1)  # the first iteration of the second pass
    with pytest.raises(RunInterrupted):
        pinnsolve.train(LORENZ, tmp_path / "runs", plots=False, progress=StopAfter(second + 5))
    run = tmp_path / "runs" / "vdp"
    pinnsolve.resume(run, plots=False)
    assert_same(run, whole.directory)


def test_a_signal_in_the_preparation_saves_a_run_that_prepares_again(problem_file, tmp_path, monkeypatch):
    from pinnsolve.runs import watch

    lines, real = [], watch.Watch.prepare

    def stop(self, what, snapshot):
        if what.startswith("laying out"):
            self.guard.received = 1
        real(self, what, snapshot)

    monkeypatch.setattr(watch, "TELL_EVERY", 0.0)
    monkeypatch.setattr(watch, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(watch.Watch, "prepare", stop)
    with pytest.raises(RunInterrupted, match="carry on with: pinnsolve resume") as caught:
        pinnsolve.train(
            problem_file, tmp_path / "runs", plots=False, tell=lines.append, method="levenberg-marquardt", network={"windows": 1}
        )
    monkeypatch.undo()
    run = tmp_path / "runs" / "vdp"
    assert caught.value.exit_code == 129
    assert caught.value.solution.message == "stopped before there was a result; its state is saved"
    assert lines[1].startswith("solving in windows to lay out and judge the networks, ")
    whole = pinnsolve.train(problem_file, tmp_path / "whole", plots=False, method="levenberg-marquardt", network={"windows": 1})
    pinnsolve.resume(run, plots=False)
    assert_same(run, whole.directory)


def test_a_run_can_be_interrupted_many_times(problem_file, tmp_path):
    whole = pinnsolve.train(problem_file, tmp_path / "whole", plots=False).directory
    run = tmp_path / "runs" / "vdp"
    with pytest.raises(RunInterrupted):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, progress=StopAfter(1))
    for _ in range(3):
        with pytest.raises(RunInterrupted):
            pinnsolve.resume(run, plots=False, progress=StopAfter(1))
    pinnsolve.resume(run, plots=False)
    assert_same(run, whole)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("save_every", [0, 1000], ids=["after a checkpoint", "before the first checkpoint"])
def test_a_killed_run_is_readable_and_is_carried_on_to_the_same_bytes(problem_file, tmp_path, save_every):
    whole = pinnsolve.train(problem_file, tmp_path / "whole", plots=False).directory
    command = [sys.executable, "-c", KILLED, str(problem_file), str(tmp_path / "runs"), str(save_every)]
    assert subprocess.run(command, check=False).returncode == -9
    run = tmp_path / "runs" / "vdp"
    assert (run / "config.yaml").read_text(encoding="utf-8") == VAN_DER_POL
    assert (run / "checkpoint.pt").exists() == (save_every == 0)
    pinnsolve.resume(run, plots=False)
    assert_same(run, whole)


def test_a_run_that_was_killed_while_its_files_were_written_gets_the_rest_of_them(finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    for name in ("result.json", "solution.csv"):
        (run / name).unlink()
    shutil.rmtree(run / "plots")
    pinnsolve.resume(run)
    assert (run / "solution.csv").read_bytes() == (finished_run / "solution.csv").read_bytes()
    assert (run / "plots" / "phase.svg").exists()
    assert len(pinnsolve.load(run).history) == len(pinnsolve.load(finished_run).history) > 0


def test_a_finished_run_is_left_as_it_is(finished_run):
    def state():
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in finished_run.rglob("*")}

    before = state()
    solution = pinnsolve.resume(finished_run)
    assert solution.status == "converged"
    assert state() == before


def test_a_run_that_was_stopped_before_its_settings_were_written_says_what_to_do(tmp_path):
    (tmp_path / "vdp").mkdir()
    (tmp_path / "vdp" / "config.yaml").write_text(VAN_DER_POL)
    with pytest.raises(RunError, match=r"was stopped before it began; train .*config\.yaml again"):
        pinnsolve.resume(tmp_path / "vdp")


def test_a_run_without_a_checkpoint_cannot_be_evaluated_yet(tmp_path):
    (tmp_path / "vdp").mkdir()
    (tmp_path / "vdp" / "config.yaml").write_text(VAN_DER_POL)
    with pytest.raises(RunError, match=r"has no checkpoint yet: the run was stopped early; carry it on with: pinnsolve resume"):
        pinnsolve.load(tmp_path / "vdp")
