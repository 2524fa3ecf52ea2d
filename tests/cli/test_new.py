"""``new``: every shipped problem and the explained one become files that run; nothing is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

import pinnsolve
from pinnsolve.problem.settings import ACTIVATIONS, METHODS
from pinnsolve.runs import starters
from pinnsolve.runs.starters import starter_names
from pinnsolve.spec import load_problem, to_mapping

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_name_every_key_is_explained_in_a_file_that_trains(call, folder):
    done = call("new", "pendulum.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out == "pendulum.yaml: A mass on a spring\nnext: pinnsolve train pendulum.yaml\n"
    solution = pinnsolve.solve("pendulum.yaml")
    assert (solution.status, solution.problem.name) == ("converged", "pendulum")
    text = Path("pendulum.yaml").read_text()
    for word in (*to_mapping(solution.problem), *METHODS, *ACTIVATIONS, "hidden", "windows", "points", "formats", "directory"):
        assert word in text or word == "name"


@pytest.mark.parametrize("key", ["boundary", "periodic", "fit"])
def test_the_other_kinds_are_explained_in_lines_that_only_need_to_be_uncommented(call, folder, key):
    call("new", "mine.yaml")
    lines = Path("mine.yaml").read_text(encoding="utf-8").splitlines()
    lines = [line.removeprefix("# ") if line.startswith(f"# {key}:") else line for line in lines]
    Path("mine.yaml").write_text("\n".join(line for line in lines if not (key == "periodic" and line.startswith("time:"))))
    Path("my.csv").write_text("t,position\n0,1\n1,0.5\n2,0.3\n")
    assert load_problem("mine.yaml").kind == key


@pytest.mark.parametrize("name", starter_names())
def test_a_shipped_problem_is_the_same_under_its_new_name(call, folder, name):
    assert call("new", "mine.yaml", "--from", name).code == 0
    mine, shipped = to_mapping(load_problem("mine.yaml")), to_mapping(load_problem(CONFIGS / f"{name}.yaml"))
    for mapping in (mine, shipped):
        mapping.get("fit", {}).pop("data", None)
    assert mine == {**shipped, "name": "mine"}
    head = Path("mine.yaml").read_text(encoding="utf-8")
    assert "# Run: pinnsolve train mine.yaml\n" in head
    assert f"configs/{name}.yaml" not in head


def test_the_list_has_every_file_of_configs_with_its_description(call):
    listed = call("new", "--list", "--json").json()["problems"]
    assert [entry["name"] for entry in listed] == sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    for entry in listed:
        assert entry["description"]
        assert entry["about"]
    about = {entry["name"]: entry["about"] for entry in listed}
    assert about["van_der_pol"].endswith("every orbit ends on one limit cycle.")
    lines = call("new", "--list").out.splitlines()
    assert [line.split()[0] for line in lines[2:-2] if not line.startswith("  ")] == [entry["name"] for entry in listed]
    assert "Van der Pol oscillator" in next(line for line in lines if "van_der_pol " in line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine.yaml", "--from", "lorentz"], "error: there is no shipped problem 'lorentz' (did you mean 'lorenz'?)"),
        (["mine.yaml", "--from", "qqqqqqq"], "there is no shipped problem 'qqqqqqq' (pinnsolve new --list shows what there is)"),
        (["nowhere/mine.yaml"], "error: there is no directory nowhere: make it first, or write the file somewhere else"),
        (["."], "error: . is a directory: name a file in it, such as problem.yaml"),
        (["old.yaml"], "error: old.yaml exists already: choose another name, or replace it with --overwrite"),
        (["a\nb.yaml"], r"error: 'a\nb.yaml' cannot name a file: it has characters that cannot be shown"),
        ([], "error: name the file to write, such as: pinnsolve new problem.yaml; --list shows what there is"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(call, folder, arguments, message):
    (folder / "old.yaml").write_text("mine")
    done = call("new", *arguments)
    assert done.code == 2
    assert message in done.err
    assert [path.name for path in folder.iterdir()] == ["old.yaml"]
    assert (folder / "old.yaml").read_text() == "mine"


def test_what_cannot_be_written_has_a_cure_that_this_command_has(call, folder, monkeypatch):
    import errno
    import os

    def refused(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "replace", refused)
    done = call("new", "mine.yaml")
    assert done.code == 1
    assert done.err == "error: cannot write mine.yaml: Permission denied; choose another place, or change its permissions\n"


def test_overwrite_replaces(call, folder):
    (folder / "old.yaml").write_text("mine")
    assert call("new", "old.yaml", "--overwrite").code == 0
    assert load_problem("old.yaml").name == "old"


def test_standard_output_takes_the_text_alone(call, folder):
    done = call("new", "-", "--from", "lorenz")
    assert done.err == ""
    assert done.out.startswith("# Chaos:")
    assert "# Run: pinnsolve train problem.yaml" in done.out
    assert list(folder.iterdir()) == []
    assert call("new", "-", "--from", "lorenz", "--json").json()["text"] == done.out


def test_json_says_what_was_written_and_what_comes_next(call, folder):
    assert call("new", "a b.yaml", "--from", "lorenz", "--json").json() == {
        "file": "a b.yaml",
        "from": "lorenz",
        "data": [],
        "next": 'pinnsolve train "a b.yaml"',
    }


def test_a_schema_beside_the_file_is_named_in_its_first_line(call, folder):
    assert call("schema", "--output", "problem.schema.json").code == 0
    call("new", "mine.yaml")
    assert Path("mine.yaml").read_text().splitlines()[0] == "# yaml-language-server: $schema=problem.schema.json"
    assert load_problem("mine.yaml").name == "mine"


@pytest.fixture
def with_data(tmp_path, monkeypatch):
    """A folder of shipped problems one of which reads a data file."""
    shipped = tmp_path / "shipped"
    (shipped / "data").mkdir(parents=True)
    (shipped / "data" / "hare.csv").write_bytes(b"t,x\n0,1\n")
    (shipped / "hares.yaml").write_text("# Hares.\n# Run: pinnsolve train configs/hares.yaml\nfit: {data: data/hare.csv}\n")
    monkeypatch.setattr(starters, "_folder", lambda: shipped)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_data_are_copied_beside_the_file(call, with_data):
    done = call("new", "mine.yaml", "--from", "hares")
    assert done.code == 0
    assert "with its data in hare.csv" in done.out
    assert "fit: {data: hare.csv}" in (with_data / "mine.yaml").read_text()
    assert (with_data / "hare.csv").read_bytes() == b"t,x\n0,1\n"
    assert call("new", "other.yaml", "--from", "hares").code == 0  # the same data are there already


def test_other_data_of_that_name_are_kept(call, with_data):
    (with_data / "hare.csv").write_text("mine")
    done = call("new", "mine.yaml", "--from", "hares")
    assert (done.code, done.err) == (
        2,
        "error: hare.csv exists already: choose another name, or replace it with --overwrite\n",
    )
    assert not (with_data / "mine.yaml").exists()


def test_data_have_no_place_on_standard_output(call, with_data):
    done = call("new", "-", "--from", "hares")
    assert (done.code, done.out) == (2, "")
    assert "hares reads a data file, which has no place on standard output: name a file to write" in done.err


def test_an_installation_without_its_problems_says_so(call, tmp_path, monkeypatch):
    monkeypatch.setattr(starters, "__file__", str(tmp_path / "pinnsolve" / "runs" / "starters.py"))
    done = call("new", "--list")
    assert done.code == 1
    assert "this installation has lost the shipped problems" in done.err
