"""What `train` leaves on disk: complete, readable without the package, and good for repeating the run."""

from __future__ import annotations

import csv
import errno
import json
import math
import os

import numpy as np
import pytest
import torch

import pinnsolve
from pinnsolve.errors import DeviceError, ProblemError, RunError
from pinnsolve.runs import files
from pinnsolve.runs.outcomes import RunInterrupted, UnwrittenError

from .helpers import VAN_DER_POL, StopAfter


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_run_has_every_file_of_the_contract(finished_run):
    found = sorted(str(path.relative_to(finished_run)) for path in finished_run.rglob("*") if path.is_file())
    plots = [os.path.join("plots", f"{name}.svg") for name in ("phase", "residual", "solution", "training")]
    assert found == [
        "checkpoint.pt", "config.resolved.yaml", "config.yaml", "log.txt", "metrics.csv", *plots, "result.json", "solution.csv"
    ]  # fmt: skip


def test_config_is_the_file_byte_for_byte(tmp_path):
    content = VAN_DER_POL.replace("\n", "\r\n").encode() + "# ünïcode, and no end of line".encode()
    (tmp_path / "vdp.yaml").write_bytes(content)
    solution = pinnsolve.train(tmp_path / "vdp.yaml", tmp_path / "runs", plots=False)
    assert (solution.directory / "config.yaml").read_bytes() == content


def test_the_resolved_settings_repeat_the_run(problem_file, tmp_path):
    first = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, accuracy=1e-8, seed=3)
    again = pinnsolve.train(first.directory / "config.resolved.yaml", tmp_path / "runs", plots=False)
    assert again.directory.name == "vdp-2"
    assert (again.directory / "solution.csv").read_bytes() == (first.directory / "solution.csv").read_bytes()
    assert (again.directory / "config.resolved.yaml").read_bytes() == (first.directory / "config.resolved.yaml").read_bytes()


def test_the_same_seed_gives_the_same_bytes(problem_file, tmp_path):
    first, second = (pinnsolve.train(problem_file, tmp_path / "runs", plots=False).directory for _ in range(2))
    assert (first / "solution.csv").read_bytes() == (second / "solution.csv").read_bytes()


def test_the_result_has_every_field_and_is_strict_json(finished_run):
    def refuse(text):
        raise AssertionError(text)

    result = json.loads((finished_run / "result.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert list(result) == [
        "status", "message", "accuracy", "states", "parameters", "method", "windows", "weights", "iterations", "residual",
        "seconds", "device", "dtype", "seed", "versions", "network", "time_reached",
    ]  # fmt: skip
    assert result["status"] == "converged"
    assert set(result["seconds"]) == {"import", "solve", "plot", "total"}
    assert 0 < result["seconds"]["solve"] < result["seconds"]["total"]
    assert result["seconds"]["plot"] > 0
    assert result["accuracy"]["estimated"] <= result["accuracy"]["asked"] == 1e-6
    assert 0 < result["residual"] < 1e-3
    assert set(result["versions"]) >= {"pinnsolve", "python", "torch", "numpy", "scipy"}


def test_the_table_of_the_solution_reads_back_as_the_same_numbers(finished_run):
    header, *table = rows(finished_run / "solution.csv")
    assert header == ["t", "x", "y"]
    values = np.array(table, dtype=float)
    assert np.array_equal(values[:, 0], np.linspace(0, 5, 11))
    assert np.array_equal(values[:, 1:], pinnsolve.load(finished_run)(values[:, 0]))


def test_the_metrics_have_a_row_an_iteration(finished_run):
    header, *table = rows(finished_run / "metrics.csv")
    assert header == ["iteration", "window", "stage", "residual_x", "residual_y", "size", "seconds"]
    iterations = [int(row[0]) for row in table]
    assert iterations == sorted(iterations)
    assert [float(row[-1]) for row in table] == sorted(float(row[-1]) for row in table)
    assert all(math.isfinite(float(row[3])) for row in table)


def test_the_log_has_times_and_the_verdict(finished_run):
    lines = (finished_run / "log.txt").read_text(encoding="utf-8").splitlines()
    assert "vdp: 2 states (x, y), t from 0 to 5, accuracy 1e-6, method auto" in lines[0]
    assert any("vdp converged" in line for line in lines)
    assert all(line[:2] == "20" and line[4] == "-" for line in lines)


def test_no_plots_means_no_plots(problem_file, tmp_path):
    solution = pinnsolve.train(problem_file, tmp_path / "runs", plots=False)
    assert not (solution.directory / "plots").exists()
    assert json.loads((solution.directory / "result.json").read_text())["seconds"]["plot"] is None


def test_the_problem_is_on_disk_before_the_solve_begins(problem_file, tmp_path):
    found = []

    class Look:
        def update(self, step, snapshot):
            found.append(sorted(path.name for path in (tmp_path / "runs" / "vdp").iterdir()))

    pinnsolve.train(problem_file, tmp_path / "runs", plots=False, progress=Look())
    assert {"config.yaml", "config.resolved.yaml"} <= set(found[0])


def test_a_disk_that_fills_up_keeps_the_result_in_hand(problem_file, tmp_path, monkeypatch):
    real = os.replace

    def full(source, target):
        if os.fspath(target).endswith("solution.csv"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(UnwrittenError, match=r"its run is not complete: cannot write .*solution\.csv: No space left") as caught:
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False)
    assert caught.value.result["status"] == "converged"
    assert caught.value.solution(0.0).tolist() == [2.0, 0.0]
    assert (tmp_path / "runs" / "vdp" / "checkpoint.pt").exists()


def test_a_disk_that_fills_up_on_the_way_does_not_end_the_solve(problem_file, tmp_path, monkeypatch):
    from pinnsolve.runs import watch

    said = []

    def full(*_):
        raise RunError("cannot write checkpoint.pt: No space left on device")

    monkeypatch.setattr(watch, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(watch, "save_checkpoint", full)
    solution = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, tell=said.append)
    assert solution.status == "converged"
    assert any("going on without a checkpoint: cannot write checkpoint.pt" in line for line in said)


def test_a_faulty_problem_leaves_no_directory(tmp_path):
    with pytest.raises(ProblemError, match="unknown name 'z'"):
        pinnsolve.train({"system": {"equations": {"x'": "z"}}, "initial": {"x": 1}, "time": [0, 1]}, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_device_that_is_not_there_leaves_no_directory(problem_file, tmp_path, monkeypatch):
    from pinnsolve.runs import train

    def missing(*_, **__):
        raise DeviceError("there is no cuda device")

    monkeypatch.setattr(train, "solve_problem", missing)
    with pytest.raises(DeviceError, match="there is no cuda device"):
        pinnsolve.train(problem_file, tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
def test_a_device_that_is_not_there_costs_an_old_run_none_of_its_files(problem_file, tmp_path):
    run = pinnsolve.train(problem_file, tmp_path / "runs", plots=False).directory
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(DeviceError, match="device 'cuda' is not available"):
        pinnsolve.train(problem_file, tmp_path / "runs", overwrite=True, device="cuda")
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_an_interrupted_run_is_saved_and_says_how_to_carry_on(problem_file, tmp_path):
    with pytest.raises(RunInterrupted, match=r"carry on with: pinnsolve resume .*vdp") as caught:
        pinnsolve.train(problem_file, tmp_path / "runs", progress=StopAfter(3))
    run = tmp_path / "runs" / "vdp"
    assert caught.value.exit_code == 130
    assert json.loads((run / "result.json").read_text())["status"] == "interrupted"
    assert pinnsolve.load(run).status == "interrupted"
    assert len(rows(run / "metrics.csv")) == 1 + 3


def test_a_solution_without_networks_has_a_table_of_nan(tmp_path):
    problem = {"system": {"equations": {"x'": "1/t"}}, "initial": {"x": 1}, "time": [0, 1], "output": {"points": 3}}
    solution = pinnsolve.train(problem, tmp_path / "runs")
    assert solution.status in ("not_converged", "diverged")
    assert rows(solution.directory / "solution.csv")[1:] == [["0", "nan"], ["0.5", "nan"], ["1", "nan"]]
    result = json.loads((solution.directory / "result.json").read_text())
    assert result["accuracy"]["estimated"] is None
    assert result["residual"] is None
