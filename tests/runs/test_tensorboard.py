"""TensorBoard's log holds what the solver told, also after an interruption, and never ends a solve."""

from __future__ import annotations

import errno
import os
import sys

import numpy as np
import pytest

import pinnsolve
from pinnsolve.errors import UsageError
from pinnsolve.progress import Step
from pinnsolve.runs.outcomes import RunInterrupted
from pinnsolve.runs.tensorboard import EventLog

from .helpers import StopAfter

pytest.importorskip("tensorboard")


class Record:
    """Listens and keeps every step."""

    def __init__(self):
        self.steps = []

    def update(self, step, snapshot):
        self.steps.append(step)


def scalars(folder):
    """Tag to (steps, values), as TensorBoard itself reads them; and the texts."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    tags = events.Tags()
    numbers = {tag: tuple(zip(*((e.step, e.value) for e in events.Scalars(tag)), strict=True)) for tag in tags["scalars"]}
    texts = {tag: [(e.step, e.tensor_proto.string_val[0].decode()) for e in events.Tensors(tag)] for tag in tags["tensors"]}
    return numbers, texts


def test_the_log_has_what_the_solver_told(problem_file, tmp_path):
    heard = Record()
    run = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tensorboard=True, progress=heard).directory
    numbers, texts = scalars(run / "tensorboard")
    assert set(numbers) == {"residual/x", "residual/y", "window", "size/gauss-newton"}
    iterations = tuple(step.iteration for step in heard.steps)
    assert len(iterations) > 5
    for column, state in enumerate("xy"):
        steps, values = numbers[f"residual/{state}"]
        assert steps == iterations
        np.testing.assert_allclose(values, [step.residual[column] for step in heard.steps], rtol=1e-6)
    np.testing.assert_allclose(numbers["size/gauss-newton"][1], [step.size for step in heard.steps], rtol=1e-6)
    assert numbers["window"][1] == tuple(step.window for step in heard.steps)
    assert texts == {"stage": [(1, "gauss-newton")]}


def test_stages_are_told_apart_and_names_with_primes_are_kept(tmp_path):
    problem = {
        "system": {"equations": {"x''": "-x"}},
        "initial": {"x": 1, "x'": 0},
        "time": [0, 1],
        "accuracy": 1e-2,
        "method": ["adam", "levenberg-marquardt"],
        "network": {"hidden": [6], "windows": 1},
        "training": [{"iterations": 20}, {"iterations": 5}],
    }
    run = pinnsolve.train(problem, tmp_path, plots=False, tensorboard=True).directory
    numbers, texts = scalars(run / "tensorboard")
    assert {"residual/x", "residual/x'", "size/adam", "size/levenberg-marquardt"} <= set(numbers)
    stages = [stage for _, stage in texts["stage"]]
    assert stages[-2:] == ["adam", "levenberg-marquardt"]


def test_without_the_flag_nothing_is_logged_or_imported(problem_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    run = pinnsolve.train(problem_file, tmp_path / "runs", plots=False).directory
    assert not (run / "tensorboard").exists()


def test_a_missing_package_is_said_before_anything_begins(problem_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UsageError, match=r"--tensorboard needs the package .*: pip install 'pinnsolve\[tensorboard\]'"):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tensorboard=True)
    assert not (tmp_path / "runs").exists()


def test_a_resumed_run_goes_on_with_its_log(problem_file, tmp_path):
    whole = pinnsolve.train(problem_file, tmp_path / "whole", plots=False, tensorboard=True).directory
    with pytest.raises(RunInterrupted):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tensorboard=True, progress=StopAfter(4))
    pinnsolve.api.resume(tmp_path / "runs" / "vdp", plots=False)
    first, second = scalars(whole / "tensorboard")[0], scalars(tmp_path / "runs" / "vdp" / "tensorboard")[0]
    assert first == second


def test_a_resumed_run_goes_on_without_a_package_that_has_gone(problem_file, tmp_path, monkeypatch):
    with pytest.raises(RunInterrupted):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tensorboard=True, progress=StopAfter(4))
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    said = []
    assert pinnsolve.api.resume(tmp_path / "runs" / "vdp", plots=False, tell=said.append).status == "converged"
    assert "going on without TensorBoard's log: tensorboard is not installed any more" in said


def test_an_overwritten_run_loses_its_old_log(problem_file, tmp_path):
    run = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tensorboard=True).directory
    pinnsolve.train(problem_file, tmp_path / "runs", plots=False, overwrite=True)
    assert list((run / "tensorboard").iterdir()) == []


def test_a_log_that_cannot_be_written_is_said_once_and_the_solve_goes_on(tmp_path):
    class Full:
        def write(self, *data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        close = write

    said, heard = [], Record()
    step = Step(0, None, "adam", 1, (0.5,), 0.1, 0.0)
    with EventLog(heard, tmp_path / "events", ["x"], said.append) as log:
        log.update(step, dict)
        log.file.close()
        log.file = log.records._writer = Full()
        for _ in range(3):
            log.update(step, dict)
    assert said == [f"going on without TensorBoard's log in {tmp_path / 'events'}: No space left on device"]
    assert heard.steps == [step] * 4
