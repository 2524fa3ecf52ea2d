"""The report as a file of a run: where it is written, what it is made from, and what goes wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import pinnsolve
from pinnsolve.errors import Interrupted, RunError, UsageError

from .helpers import VAN_DER_POL, StopAfter


@pytest.fixture
def own_run(finished_run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished_run, tmp_path / "own run")


def test_the_report_lies_in_its_run_and_tells_how_to_repeat_it(own_run):
    file = pinnsolve.write_report(own_run)
    assert file == own_run / "report.html"
    page = file.read_text(encoding="utf-8")
    assert f"pinnsolve train &#34;{own_run / 'config.resolved.yaml'}&#34;" in page
    assert "# a comment that must survive" in page
    assert not list(own_run.glob(".*.tmp"))


def test_the_report_goes_where_it_is_asked_for(own_run, tmp_path):
    file = pinnsolve.write_report(own_run, tmp_path / "page.html")
    assert (file, (own_run / "report.html").exists()) == (tmp_path / "page.html", False)
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_training_writes_the_report_of_its_result(problem_file, tmp_path):
    solution = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, report=True)
    page = (solution.directory / "report.html").read_text(encoding="utf-8")
    assert "s in all" in page
    assert pinnsolve.write_report(solution).read_text(encoding="utf-8") == page


def test_an_overwritten_run_does_not_keep_the_old_report(problem_file, tmp_path):
    pinnsolve.train(problem_file, tmp_path / "runs", plots=False, report=True)
    solution = pinnsolve.train(problem_file, tmp_path / "runs", plots=False, overwrite=True)
    assert not (solution.directory / "report.html").exists()


def test_an_interrupted_run_has_a_report_that_tells_how_to_carry_on(problem_file, tmp_path):
    with pytest.raises(Interrupted):
        pinnsolve.train(problem_file, tmp_path / "runs", plots=False, report=True, progress=StopAfter(2))
    page = (tmp_path / "runs/vdp/report.html").read_text(encoding="utf-8")
    assert "Interrupted" in page
    assert f"pinnsolve resume {tmp_path / 'runs/vdp'}" in page


def test_after_a_comparison_the_report_has_the_true_error(own_run):
    from pinnsolve.runs.comparison import compare_run

    compare_run(own_run, allow_python=False)
    page = pinnsolve.write_report(own_run).read_text(encoding="utf-8")
    assert "against SciPy" in page
    assert "true, against DOP853" in page


def test_a_checkpoint_file_has_a_report_too(own_run, tmp_path):
    solution = pinnsolve.load(own_run)
    solution.save(tmp_path / "alone.pt")
    file = pinnsolve.write_report(tmp_path / "alone.pt")
    assert file == tmp_path / "alone.html"
    page = file.read_text(encoding="utf-8")
    assert "pinnsolve predict" in page
    assert "config.resolved.yaml" not in page


def test_a_function_from_python_is_named_and_its_curves_are_drawn(tmp_path):
    system = pinnsolve.System(lambda t, y, p: [y[1], -y[0]], states=["x", "v"])
    problem = pinnsolve.Problem(system=system, initial=[1.0, 0.0], time=(0, 5))
    pinnsolve.solve(problem).save(tmp_path / "function.pt")
    page = pinnsolve.write_report(tmp_path / "function.pt").read_text(encoding="utf-8")
    assert "The right-hand side is a Python function of 2 states: x, v." in page
    assert '"key": "states-0"' in page


def test_a_run_that_cannot_be_read_says_so(own_run, tmp_path):
    with pytest.raises(RunError, match="there is no run"):
        pinnsolve.write_report(tmp_path / "nowhere")
    (own_run / "result.json").write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match=r"result\.json is damaged"):
        pinnsolve.write_report(own_run)


def test_a_solution_without_a_run_says_how_to_get_one(problem_file):
    problem_file.write_text(VAN_DER_POL, encoding="utf-8")
    with pytest.raises(UsageError, match="this solution has no run directory"):
        pinnsolve.write_report(pinnsolve.solve(problem_file))
