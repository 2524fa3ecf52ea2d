"""``pinnsolve export``: the files, what is said about them, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys

import numpy as np
import pytest
import torch

import pinnsolve
from pinnsolve.errors import RunError


@pytest.fixture
def run(finished_run, tmp_path):
    """A run of its own."""
    return shutil.copytree(finished_run, tmp_path / "vdp")


def table(text):
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array(rows, dtype=float)


def test_by_default_the_file_lies_in_the_run_and_is_named_after_the_problem(call, run):
    pytest.importorskip("onnxruntime")
    for form, name in (("csv", "vdp.csv"), ("npz", "vdp.npz"), ("onnx", "vdp.onnx"), ("torch", "vdp.pt2")):
        done = call("export", run, "--format", form, "--quiet")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith(f"{run / name}: ")
        assert (run / name).is_file()
    assert not list(run.glob(".*"))  # no half-written file


def test_a_table_has_the_points_of_the_problem_or_the_times_asked_for(call, run, tmp_path):
    solution = pinnsolve.load(run)
    done = call("export", run, "--format", "csv")
    assert done.out == f"{run / 'vdp.csv'}: x, y at 11 times\n"
    assert (run / "vdp.csv").read_bytes() == (run / "solution.csv").read_bytes()
    done = call("export", run, "--format", "csv", "--times", "0:5:0.5", "--output", "-")
    header, values = table(done.out)
    assert (done.code, done.err, header) == (0, "", ["t", "x", "y"])
    assert np.array_equal(values[:, 1:], solution(values[:, 0]))
    assert call("export", run, "--format", "npz", "--times", "0,1", "--output", tmp_path / "two.npz").code == 0
    with np.load(tmp_path / "two.npz", allow_pickle=False) as data:
        assert data["t"].tolist() == [0.0, 1.0]
        assert np.array_equal(data["error"], solution.error(data["t"]))


def test_times_outside_the_interval_are_refused_unless_asked_for(call, run):
    done = call("export", run, "--format", "csv", "--times", "0,6", "--output", "-")
    assert (done.code, done.out) == (2, "")
    assert "t = 6 lies outside the solved interval [0, 5]" in done.err
    assert call("export", run, "--format", "csv", "--times", "0,6", "--output", "-", "--extrapolate").code == 0


def test_a_function_is_compared_with_the_solution_before_it_is_written(call, run):
    pytest.importorskip("onnxruntime")
    for form in ("onnx", "torch"):
        document = call("export", run, "--format", form, "--json", "--quiet").json()
        assert document["format"] == form
        assert document["states"] == ["x", "y"]
        assert document["interval"] == [0.0, 5.0]
        assert 0 <= document["difference"] <= 1e-7
    done = call("export", run, "--format", "torch", "--overwrite")
    assert done.err == f"{run}: exporting to torch\n"
    assert done.out == f"{run / 'vdp.pt2'}: t (n,) -> x, y (n, 2), float64; differs from the solution by 0 of its largest value\n"


def test_a_table_as_json_says_how_many_rows(call, run):
    document = call("export", run, "--format", "NPZ", "--json").json()
    assert (document["file"], document["format"], document["points"]) == (str(run / "vdp.npz"), "npz", 11)
    assert document["accuracy"]["asked"] == 1e-6


def test_an_existing_file_is_kept_unless_it_may_be_replaced(call, run, tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    done = call("export", run, "--format", "csv", "--output", tmp_path / "mine.csv")
    assert done.code == 2
    assert done.err.endswith("mine.csv exists: choose another name with --output, or replace it with --overwrite\n")
    assert (tmp_path / "mine.csv").read_text() == "mine"
    assert call("export", run, "--format", "csv", "--output", tmp_path / "mine.csv", "--overwrite").code == 0
    assert (tmp_path / "mine.csv").read_text().startswith("t,x,y\n")


def test_a_disk_that_fills_up_leaves_the_old_file(call, run, monkeypatch):
    from pinnsolve.runs.export import write

    (run / "vdp.csv").write_text("old")

    def full(path, data):
        raise RunError(f"cannot write {path}: No space left on device; free some space")

    monkeypatch.setattr(write, "write_file", full)
    done = call("export", run, "--format", "csv", "--overwrite")
    assert (done.code, done.out) == (1, "")
    assert "No space left on device" in done.err
    assert (run / "vdp.csv").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Missing option '--format'. Choose from: csv, npz, onnx, torch; see pinnsolve export --help"),
        (["--format", "pdf"], 2, "'pdf' is not one of 'csv', 'npz', 'onnx', 'torch'; see pinnsolve export --help"),
        (["--format", "torch", "--times", "0,1"], 2, "times are for csv and npz: the torch file is a function"),
        (["--format", "npz", "--output", "-"], 2, "--output - is for csv: the npz file is binary, so name one"),
        (["--format", "npz", "--times", "now"], 2, "--times now: 'now' is not a number"),
        (["--format", "csv", "--output", "."], 2, ". is a directory: --output is the name of a file"),
    ],
)
def test_mistakes_are_one_sentence(call, run, arguments, code, message):
    done = call("export", run, *arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.splitlines()[-1].startswith("error: ")
    assert message in done.err.splitlines()[-1]


def test_json_and_the_table_do_not_share_stdout(call, run):
    done = call("export", run, "--format", "csv", "--output", "-", "--json")
    assert done.code == 2
    assert done.json()["faults"][0]["message"] == "--json and --output - both write to stdout: leave out one"


def test_a_problem_file_is_to_be_trained_first(call, problem_file):
    done = call("export", problem_file, "--format", "csv")
    assert done.code == 2
    said = f"{problem_file} is a problem file, not a run: train it first, with: pinnsolve train {problem_file}"
    assert done.err == f"error: {said}\n"


def test_a_missing_package_is_named_with_its_cure(call, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = call("export", run, "--format", "onnx", "--quiet")
    assert done.code == 2
    assert done.err == ("error: --format onnx needs the package onnx, which is not installed: pip install 'pinnsolve[export]'\n")
    assert not (run / "vdp.onnx").exists()


def test_without_onnxruntime_the_graph_is_written_and_said_to_be_unchecked(call, run, monkeypatch):
    pytest.importorskip("onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    done = call("export", run, "--format", "onnx", "--quiet")
    assert done.code == 0
    assert done.out.endswith("not compared with the solution, because onnxruntime is not installed\n")
    assert "difference" not in call("export", run, "--format", "onnx", "--overwrite", "--json").json()


def test_a_solution_that_is_not_accurate_enough_is_exported_with_a_warning(call, run):
    document = torch.load(run / "checkpoint.pt", weights_only=True)
    document["solution"]["status"] = "not_converged"
    torch.save(document, run / "checkpoint.pt")
    done = call("export", run, "--format", "csv")
    assert done.code == 0
    assert done.err == "the status of this solution is not_converged: it is not as accurate as was asked for\n"
    assert json.loads(call("export", run, "--format", "npz", "--json").out)["status"] == "not_converged"


def test_a_checkpoint_file_is_exported_beside_itself(call, run, tmp_path):
    shutil.copy(run / "checkpoint.pt", tmp_path / "mine.pt")
    assert call("export", tmp_path / "mine.pt", "--format", "csv").code == 0
    assert (tmp_path / "vdp.csv").exists()
