"""``train``, ``resume`` and ``plot``: the command is the Python call, and every ending has its exit code."""

from __future__ import annotations

import io
import json
import shutil
import sys

import pytest

import pinnsolve
from pinnsolve.runs.outcomes import RunInterrupted


def test_the_command_writes_the_same_bytes_as_the_python_call(call, problem_file, tmp_path):
    assert call("train", problem_file, "--no-plots", "--output", tmp_path / "a", "--accuracy", "1e-8").code == 0
    solution = pinnsolve.train(problem_file, tmp_path / "b", plots=False, accuracy=1e-8)
    for name in ("solution.csv", "config.yaml", "config.resolved.yaml"):
        assert (tmp_path / "a" / "vdp" / name).read_bytes() == (solution.directory / name).read_bytes()


def test_the_summary_says_what_matters(call, problem_file):
    done = call("train", problem_file, "--no-plots")
    assert done.code == 0
    verdict, empty, *facts = done.out.splitlines()
    assert verdict.startswith("vdp converged: the estimated error")
    assert empty == ""
    labels = [line.split()[0] for line in facts]
    assert labels == ["error", "residual", "networks", "training", "seconds", "files"]
    assert "1e-6 asked for" in facts[0]
    assert facts[-1].endswith("vdp")
    assert done.err.splitlines()[0] == "vdp: 2 states (x, y), t from 0 to 5, accuracy 1e-6, method auto"


def test_json_is_the_result_with_the_run_and_nothing_else(call, problem_file, tmp_path):
    done = call("train", problem_file, "--no-plots", "--json", "--quiet")
    result = json.loads((tmp_path / "runs" / "vdp" / "result.json").read_text())
    assert done.json() == {**result, "run": "runs/vdp".replace("/", "\\" if sys.platform == "win32" else "/")}
    assert done.err == ""


def test_standard_input_is_a_problem_file(call, problem_file, tmp_path, monkeypatch):
    text = problem_file.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert call("train", "-", "--no-plots", "--name", "piped").code == 0
    assert (tmp_path / "runs" / "piped" / "config.yaml").read_bytes() == text


def test_options_change_the_problem(call, problem_file, tmp_path):
    done = call(
        "train", problem_file, "--no-plots", "--json", "--set", "system.parameters.mu=2", "--set", "output.points=3",
        "--seed", "7", "--device", "cpu", "--accuracy", "1e-5", "--name", "changed",
    )  # fmt: skip
    result = done.json()
    assert result["parameters"] == {"mu": 2.0}
    assert (result["seed"], result["device"], result["accuracy"]["asked"]) == (7, "cpu", 1e-5)
    assert len((tmp_path / "runs" / "changed" / "solution.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("methods", [["--method", "adam,lbfgs"], ["--method", "adam", "--method", "lbfgs"]])
def test_methods_run_in_turn(call, problem_file, methods):
    done = call(
        "train", problem_file, "--no-plots", "--json", "--set", "network={windows: 1, hidden: [4]}",
        "--set", "training={iterations: 3}", *methods,
    )  # fmt: skip
    assert done.code == 3
    assert done.json()["status"] == "not_converged"
    assert done.json()["method"].startswith("adam")


def test_a_second_run_gets_a_number_and_overwrite_does_not(call, problem_file, tmp_path):
    for _ in range(2):
        call("train", problem_file, "--no-plots")
    call("train", problem_file, "--no-plots", "--overwrite")
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["vdp", "vdp-2"]


def test_a_singularity_is_exit_code_3_with_its_time(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "blow.yaml").write_text("system: {equations: {x': x^2}}\ninitial: {x: 1}\ntime: [0, 2]\n")
    done = call("train", "blow.yaml", "--no-plots", "--json")
    assert done.code == 3
    assert done.json()["status"] == "diverged"
    assert abs(done.json()["time_reached"] - 1) < 1e-6


def test_an_interrupted_run_is_shown_and_carried_on(call, problem_file, tmp_path, monkeypatch):
    from pinnsolve.runs import watch

    real = watch.Watch.update

    def stop(self, step, snapshot):
        if step.iteration >= 8:
            self.guard.received = 15
        real(self, step, snapshot)

    monkeypatch.setattr(watch.Watch, "update", stop)
    done = call("train", problem_file, "--no-plots")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert done.code == 143
    assert done.out.startswith("vdp interrupted: ")
    assert done.err.splitlines()[-1].startswith("interrupted; carry on with: pinnsolve resume runs")
    done = call("resume", "runs/vdp", "--no-plots", "--json")
    assert (done.code, done.json()["status"]) == (0, "converged")


def test_an_interruption_in_json_is_one_object(call, problem_file, monkeypatch):
    from pinnsolve.runs import watch

    monkeypatch.setattr(watch.InterruptGuard, "check", lambda self: (_ for _ in ()).throw(RunInterrupted.__mro__[1](2)))
    done = call("train", problem_file, "--no-plots", "--json")
    assert done.code == 130
    assert done.json()["status"] == "interrupted"


def test_resume_of_a_finished_run_prints_its_result_again(call, finished_run):
    before = sorted((path, path.stat().st_mtime_ns) for path in finished_run.rglob("*"))
    done = call("resume", finished_run, "--json")
    assert done.code == 0
    assert done.json() == {**json.loads((finished_run / "result.json").read_text()), "run": str(finished_run)}
    assert sorted((path, path.stat().st_mtime_ns) for path in finished_run.rglob("*")) == before


def test_plot_draws_from_the_checkpoint_alone(call, finished_run, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(finished_run / "checkpoint.pt", run)
    done = call("plot", run)
    assert done.code == 0
    assert [line.rpartition("plots")[2][1:] for line in done.out.splitlines()] == [
        "solution.svg", "residual.svg", "training.svg", "phase.svg"
    ]  # fmt: skip
    assert (run / "plots" / "phase.svg").read_bytes().startswith(b"<?xml")


def test_a_result_that_cannot_be_written_is_printed_all_the_same(call, problem_file, monkeypatch):
    from pinnsolve.errors import RunError
    from pinnsolve.runs import train

    def full(*_):
        raise RunError("cannot write checkpoint.pt: No space left on device; free some space")

    monkeypatch.setattr(train, "save_checkpoint", full)
    done = call("train", problem_file, "--no-plots")
    assert done.code == 1
    assert done.out.startswith("vdp converged: the estimated error")
    assert done.err.splitlines()[-1] == (
        "error: the problem was solved, but its run is not complete: "
        "cannot write checkpoint.pt: No space left on device; free some space"
    )
