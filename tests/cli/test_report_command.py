"""``report`` and ``train --report``."""

from __future__ import annotations

import json


def test_report_prints_the_file_that_it_wrote(call, finished_run, tmp_path):
    done = call("report", finished_run, "--output", tmp_path / "page.html")
    assert (done.code, done.out) == (0, f"{tmp_path / 'page.html'}\n")
    assert done.err == f"{finished_run}: writing the report\n"
    assert (tmp_path / "page.html").stat().st_size < 3_000_000


def test_report_as_json_is_the_file(call, finished_run, tmp_path):
    done = call("report", finished_run, "--output", tmp_path / "page.html", "--json", "--quiet")
    assert (done.code, done.err, json.loads(done.out)) == (0, "", {"file": str(tmp_path / "page.html")})


def test_train_writes_the_report_where_it_is_asked_for(call, problem_file):
    assert call("train", problem_file, "--no-plots", "--report").code == 0
    assert (problem_file.parent / "runs/vdp/report.html").exists()
    assert call("train", problem_file, "--no-plots").code == 0
    assert not (problem_file.parent / "runs/vdp-2/report.html").exists()


def test_report_of_nothing_is_an_error_in_one_line(call, tmp_path):
    done = call("report", tmp_path / "nowhere", "--quiet")
    assert (done.code, done.out) == (1, "")
    assert "there is no run" in done.err
    assert "Traceback" not in done.err


def test_report_into_a_folder_that_is_not_there_says_so(call, finished_run, tmp_path):
    done = call("report", finished_run, "--output", tmp_path / "none/page.html", "--quiet")
    assert done.code == 1
    assert "cannot write" in done.err
