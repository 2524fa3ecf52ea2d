"""Run directories are numbered, never shared, and overwritten only on request."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from pinnsolve.errors import RunError, UsageError
from pinnsolve.runs.directory import RunDirectory


def test_a_second_run_of_a_name_gets_a_number(tmp_path):
    made = [RunDirectory.create(tmp_path / "runs", "vdp").path.name for _ in range(3)]
    assert made == ["vdp", "vdp-2", "vdp-3"]


def test_runs_that_begin_together_never_share_a_directory(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: RunDirectory.create(tmp_path, "vdp").path, range(50)))
    assert len(set(made)) == 50


def test_overwrite_takes_the_old_files_away_and_leaves_those_of_the_user(tmp_path):
    run = RunDirectory.create(tmp_path, "vdp")
    for name in ("config.yaml", "checkpoint.pt", "result.json", "plots/solution.png", "notes.txt"):
        run.write(name, "old")
    again = RunDirectory.create(tmp_path, "vdp", overwrite=True)
    assert again.path == run.path
    assert sorted(path.name for path in again.path.rglob("*")) == ["notes.txt", "plots"]


def test_overwrite_of_a_new_name_is_a_new_run(tmp_path):
    assert RunDirectory.create(tmp_path, "vdp", overwrite=True).path == tmp_path / "vdp"


def test_overwrite_refuses_what_is_no_run(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    with pytest.raises(RunError, match=r"photos is not a run directory \(it has no config\.yaml\), so it is not overwritten"):
        RunDirectory.create(tmp_path, "photos", overwrite=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file is not a directory, so it is not overwritten"):
        RunDirectory.create(tmp_path, "file", overwrite=True)
    assert (tmp_path / "photos" / "cat.jpg").exists()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunError, match=r"cannot make the run directory .*vdp: .*choose another place with --output"):
        RunDirectory.create(tmp_path / "runs", "vdp")


@pytest.mark.skipif(os.name != "posix", reason="the length of a name is that of POSIX")
def test_a_name_that_is_too_long_has_its_option(tmp_path):
    with pytest.raises(RunError, match=r"choose a shorter name with --name$"):
        RunDirectory.create(tmp_path, "x" * 300)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_named_with_the_cure(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match="Permission denied; choose another place with --output"):
        RunDirectory.create(tmp_path, "vdp")
    tmp_path.chmod(0o700)


def test_a_missing_run_names_the_nearest_one(tmp_path):
    RunDirectory.create(tmp_path, "van_der_pol")
    with pytest.raises(RunError, match=r"there is no run .*van_der_pool \(did you mean '.*van_der_pol'\?\)"):
        RunDirectory.open(tmp_path / "van_der_pool")


def test_a_bare_name_is_looked_for_among_the_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    RunDirectory.create(Path("runs"), "vdp").write("config.yaml", "")
    with pytest.raises(RunError, match=r"there is no run vdp \(did you mean 'runs.vdp'\?\)"):
        RunDirectory.open(Path("vdp"))


def test_a_problem_file_or_another_directory_is_no_run(tmp_path):
    (tmp_path / "vdp.yaml").write_text("")
    with pytest.raises(UsageError, match=r"vdp\.yaml is a problem file, not a run: train it first, with: pinnsolve train"):
        RunDirectory.open(tmp_path / "vdp.yaml")
    (tmp_path / "mine.pt").write_text("")
    with pytest.raises(RunError, match=r"mine\.pt is a file, not a run directory and not the checkpoint\.pt of one"):
        RunDirectory.open(tmp_path / "mine.pt")
    with pytest.raises(RunError, match=r"is not a run directory: it has no config\.yaml and no checkpoint\.pt"):
        RunDirectory.open(tmp_path)


def test_the_checkpoint_in_a_run_stands_for_the_run(tmp_path):
    run = RunDirectory.create(tmp_path, "vdp")
    run.write("checkpoint.pt", b"")
    assert RunDirectory.open(tmp_path / "vdp" / "checkpoint.pt") == run


def test_overwriting_removes_what_was_exported_from_the_old_solution(tmp_path):
    run = RunDirectory.create(tmp_path, "vdp")
    for name in ("config.yaml", "vdp.csv", "vdp.onnx", "vdp.npz", "vdp.pt2", "tensorboard/events.out.tfevents.1", "notes.txt"):
        run.write(name, "")
    RunDirectory.create(tmp_path, "vdp", overwrite=True)
    assert [path.name for path in run.path.rglob("*") if path.is_file()] == ["notes.txt"]


def test_a_run_is_finished_only_with_its_verdict_and_all_files(tmp_path):
    run = RunDirectory.create(tmp_path, "vdp")
    assert not run.finished
    for status, total, finished in (
        ("interrupted", 1.0, False),
        ("converged", None, False),
        ("converged", 1.0, True),
        ("diverged", 1.0, True),
    ):
        run.write_json("result.json", {"status": status, "seconds": {"total": total}})
        assert run.finished is finished


@pytest.mark.parametrize("text", ["{", "[1]", '"text"', "\x00"])
def test_a_damaged_json_file_is_named(tmp_path, text):
    run = RunDirectory.create(tmp_path, "vdp")
    run.write("result.json", text)
    with pytest.raises(RunError, match=r"result\.json is damaged: it is not"):
        run.read_json("result.json")


def test_sweeping_removes_what_a_killed_process_left(tmp_path):
    run = RunDirectory.create(tmp_path, "vdp")
    run.write("plots/solution.png", "x")
    for name in (".12-34.tmp", "plots/.12-34.tmp"):
        (run.path / name).write_text("half")
    run.sweep()
    assert [path.name for path in run.path.rglob("*.*")] == ["solution.png"]
