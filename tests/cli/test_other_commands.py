"""``predict``, ``compare``, ``validate``, ``check-jacobian`` and ``doctor``."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import pinnsolve
from pinnsolve.analysis.check_jacobian import JacobianReport, RouteReport


def table(text):
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array(rows, dtype=float)


def test_predict_writes_the_solution_in_full_precision(call, finished_run):
    done = call("predict", finished_run, "--times", "0:5:0.25")
    header, values = table(done.out)
    assert (done.code, done.err, header, len(values)) == (0, "", ["t", "x", "y"], 21)
    assert np.array_equal(values[:, 1:], pinnsolve.load(finished_run)(values[:, 0]))


def test_predict_writes_to_a_file_and_leaves_stdout_empty(call, finished_run, tmp_path):
    done = call("predict", finished_run, "--times", "0,1", "--output", tmp_path / "out.csv")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"2 rows written to {tmp_path / 'out.csv'}\n"
    assert table((tmp_path / "out.csv").read_text())[0] == ["t", "x", "y"]


def test_predict_outside_the_interval_is_refused_unless_asked_for(call, finished_run):
    done = call("predict", finished_run, "--times", "0,6")
    assert (done.code, done.out) == (2, "")
    assert "t = 6 lies outside the solved interval [0, 5]" in done.err
    assert call("predict", finished_run, "--times", "0,6", "--extrapolate").code == 0


def test_predict_as_json(call, finished_run):
    document = call("predict", finished_run, "--times", "0", "--json").json()
    assert document == {"times": [0.0], "states": {"x": [2.0], "y": [0.0]}}


def test_predict_of_a_checkpoint_file(call, finished_run):
    assert call("predict", finished_run / "checkpoint.pt", "--times", "0").out == "t,x,y\n0,2,0\n"


@pytest.mark.parametrize(
    ("command", "hint"),
    [("predict", "RANGE|LIST|FILE"), ("export", "RANGE|LIST|FILE"), ("portrait", "X=A:B,Y=C:D")],
)
def test_the_help_hints_at_the_form_of_times_and_windows(call, command, hint):
    assert hint in call(command, "--help").out


@pytest.fixture
def own_run(finished_run, tmp_path):
    return shutil.copytree(finished_run, tmp_path / "own")


def test_compare_shows_true_beside_estimated_errors_and_keeps_the_report(call, own_run):
    done = call("compare", own_run, "--json")
    report = done.json()
    assert done.code == 0
    assert report["true"] <= report["asked"] == 1e-6
    assert set(report["states"]) == {"x", "y"}
    assert json.loads((own_run / "compare.json").read_text()) == report


def test_compare_for_reading_and_the_reference_in_the_plots(call, own_run):
    done = call("compare", own_run)
    assert "within the 1e-6 asked for" in done.out.splitlines()[0]
    assert [line.split()[0] for line in done.out.splitlines()[2:5]] == ["state", "x", "y"]
    files = call("plot", own_run, "--json").json()["files"]
    assert any(name.endswith("error.svg") for name in files)


def test_compare_does_not_praise_a_run_that_has_not_converged(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many.yaml").write_text("system: {equations: {x'': -pi^2*x}}\ntime: [0, 1]\nboundary: [x(0) = 0, x(1) = 0]\n")
    assert call("train", "many.yaml", "--no-plots").code == 3
    done = call("compare", "runs/many")
    first, second = done.out.splitlines()[:2]
    assert first.startswith("the run has not converged, so agreement with SciPy is no verdict: ")
    assert first.endswith("this is one of many; change or add what tells them apart")
    assert second.startswith("difference from SciPy's solution ")
    assert "(1e-6 was asked for)" in second
    assert "within" not in done.out


def test_compare_of_a_solution_that_is_wrong_is_exit_code_4(call, own_run, monkeypatch):
    import torch

    path = own_run / "checkpoint.pt"
    document = torch.load(path, weights_only=True)
    document["solution"]["network"]["tensors"]["offset"] += 1e-3
    document["check"]["values"] += 1e-3
    torch.save(document, path)
    assert call("compare", own_run).code == 4


def test_validate_shows_the_problem_in_our_words(call, problem_file):
    done = call("validate", problem_file, "--set", "system.parameters.mu=4")
    assert done.code == 0
    assert "2 states: x, y" in done.out
    assert "mu = 4" in done.out


def test_validate_as_json(call, problem_file):
    document = call("validate", problem_file, "--json").json()
    assert document["ok"] is True
    assert document["states"] == ["x", "y"]


def test_check_jacobian_of_every_kind_of_network(call, finished_run, problem_file):
    for arguments in (
        [],
        ["--points", 1, "--states", 1],
        ["--states", 3, "--hidden", "8"],
        [problem_file],
        [finished_run],
    ):
        done = call("check-jacobian", *arguments, "--json")
        assert (done.code, done.json()["ok"]) == (0, True), arguments
        assert len(done.json()["routes"]) == 7


def test_plot_and_resume_take_the_checkpoint_of_a_run(call, own_run):
    files = call("plot", own_run / "checkpoint.pt", "--json").json()["files"]
    assert {own_run / "plots" / "solution.svg"} <= {Path(file) for file in files}
    assert call("resume", own_run / "checkpoint.pt", "--json").json()["run"] == str(own_run)


def test_check_jacobian_takes_the_settings_of_a_problem(call, problem_file, monkeypatch):
    seen = []
    from pinnsolve.runs import jacobian

    monkeypatch.setattr(jacobian, "check_jacobian", lambda network, t: seen.append(network) or jacobian_report())
    changes = ["--set", "network.hidden=[7, 5]", "--set", "network.windows=1", "--set", "system.parameters.mu=2"]
    for seed in (3, 3, 4):
        assert call("check-jacobian", problem_file, *changes, "--device", "cpu", "--seed", seed).code == 0
    first, same, other = (network.vector() for network in seen)
    assert seen[0].hidden == (7, 5)
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_check_jacobian_takes_a_seed_and_a_device_without_a_problem(call, finished_run, tmp_path, monkeypatch):
    seen = []
    from pinnsolve.runs import jacobian

    monkeypatch.setattr(jacobian, "check_jacobian", lambda network, t: seen.append(network) or jacobian_report())
    for arguments in (["--seed", 1], ["--seed", 1, "--device", "cpu"], [], [finished_run, "--device", "cpu"]):
        assert call("check-jacobian", *arguments).code == 0
    first, same, default, trained = seen
    assert np.array_equal(first.vector(), same.vector())
    assert not np.array_equal(first.vector(), default.vector())
    assert trained.starts.device.type == "cpu"


def jacobian_report():
    """A report without its cost."""
    return JacobianReport((2, 1), True, (RouteReport("vmap(jacfwd(f))", (2, 1), 0.0, 0.0, 0, True, True, None),), "fine")


def test_check_jacobian_explains_the_wrong_shapes(call):
    done = call("check-jacobian", "--points", 4, "--states", 2)
    assert "(4, 2, 4, 1)" in done.out
    assert "(n, 1): one gradient of all outputs at once is the sum over the k components" in done.out
    assert "wrong, as expected" in done.out


MODELS = """\
import torch

class Good(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 2, dtype=torch.float64)
    def forward(self, t):
        return torch.sin(self.layer(t))

good = Good()

def make():
    return torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)).double()

def plain(t):
    return torch.cat([t, t**2], dim=-1)
"""


@pytest.mark.parametrize(("name", "code"), [("Good", 0), ("good", 0), ("plain", 0), ("make", 4)])
def test_check_jacobian_of_the_users_own_module(call, tmp_path, name, code):
    (tmp_path / "models.py").write_text(MODELS)
    done = call("check-jacobian", "--model", f"{tmp_path / 'models.py'}:{name}", "--points", 6, "--json")
    assert done.code == code
    assert done.json()["ok"] is (code == 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "none.py:f"], "--model none.py:f: there is no file 'none.py'"),
        (["--model", "none"], "--model none: must be file.py:function"),
        (["--hidden", "a"], "--hidden a: give the widths of the hidden layers with commas, such as 32,32"),
        (["vdp.yaml", "--states", "3"], "--states is for a network of its own: leave out either it or vdp.yaml"),
        (["--model", "a.py:b", "--hidden", "3"], "--hidden is for a fresh network: leave it out with --model"),
        (["--model", "a.py:b", "--seed", "3"], "--seed changes a problem, not your own module: name a problem file, or"),
        (["--set", "accuracy=1"], "--set accuracy changes a problem, not a fresh network: name a problem file, or leave it out"),
        (["--seed", "1.5"], "--seed 1.5: must be a whole number"),
        (["--device", "gpu"], "'gpu' is no device: give cpu, cuda, cuda:1 (or another number) or mps"),
        (["--device", "cuda:99"], "device 'cuda:99' is not available: there"),
        (["--model", "models.py:plain", "--device", "cpu"], "--device moves a torch module; a plain function"),
    ],
)
def test_check_jacobian_refuses_options_that_do_not_belong_together(call, problem_file, arguments, message):
    (problem_file.parent / "models.py").write_text(MODELS)
    done = call("check-jacobian", *arguments)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(f"error: {message}")


def test_check_jacobian_of_a_run_refuses_what_would_train_it_anew(call, finished_run):
    done = call("check-jacobian", finished_run, "--set", "accuracy=1e-3", "--quiet")
    assert done.code == 2
    assert done.err == (
        f"error: --set accuracy changes a problem, not {finished_run}, which is trained already: "
        "name a problem file, or leave it out\n"
    )


def test_doctor_tests_this_installation(call):
    done = call("doctor", "--json")
    report = done.json()
    assert (done.code, report["ok"]) == (0, True)
    assert [check["name"] for check in report["checks"]] == ["solve", "derivative"]
    assert report["devices"][0] == {**report["devices"][0], "device": "cpu", "float64": True}


def test_doctor_for_reading(call, monkeypatch):
    from pinnsolve.runs import doctor

    monkeypatch.setattr(doctor, "_solve", lambda: (False, "it did not"))
    done = call("doctor")
    assert done.code == 4
    assert "solve       FAILED: it did not" in done.out
