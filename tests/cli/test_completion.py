"""What the Tab key offers, asked for as a shell asks for it."""

from __future__ import annotations

import pytest

from pinnsolve.cli.main import run


@pytest.fixture
def complete(monkeypatch, capsys):
    """The words that bash gets for a command line; the last word is the one being typed."""

    def complete(*words):
        monkeypatch.setenv("_PINNSOLVE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(["pinnsolve", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        capsys.readouterr()
        with pytest.raises(SystemExit, match="0"):
            run([])
        return capsys.readouterr().out.split()

    return complete


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("system: {equations: {x': -k*x}, parameters: {k: 1}}\ninitial: {x: 1}\ntime: [0, 1]\n")
    (tmp_path / "notes.txt").touch()
    for name in ("runs/decay", "runs/decay-2", "runs/no-run", "deep"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "runs/decay/config.yaml").touch()
    (tmp_path / "runs/decay-2/checkpoint.pt").touch()
    (tmp_path / "deep/b.yml").touch()
    return tmp_path


@pytest.mark.parametrize("command", ["train", "validate"])
def test_problem_files(complete, command):
    assert complete(command, "") == ["a.yaml"]
    assert complete(command, "deep/") == ["deep/b.yml"]
    assert complete(command, "no") == []  # the shell goes on with all files
    assert complete(command, "nowhere/") == []


@pytest.mark.parametrize("command", ["resume", "plot", "predict", "compare", "report", "export"])
def test_run_directories(complete, command):
    assert complete(command, "") == ["runs/decay", "runs/decay-2"]
    assert complete(command, "runs/decay-") == ["runs/decay-2"]


def test_runs_beside_us_are_offered_too(complete, folder, monkeypatch):
    monkeypatch.chdir(folder / "runs")
    assert complete("plot", "") == ["decay", "decay-2"]


@pytest.mark.parametrize("command", ["check-jacobian", "portrait"])
def test_both_for_commands_that_take_either(complete, command):
    assert complete(command, "") == ["a.yaml", "runs/decay", "runs/decay-2"]


def test_names_methods_devices_and_commands(complete):
    assert complete("new", "x.yaml", "--from", "lo") == ["logistic", "lorenz", "lotka_volterra", "lotka_volterra_fit"]
    assert complete("train", "a.yaml", "--method", "l") == ["lbfgs", "levenberg-marquardt"]
    assert complete("train", "a.yaml", "--method", "adam,lb") == ["adam,lbfgs"]
    assert complete("train", "a.yaml", "--device", "cu") == ["cuda"]
    assert complete("va") == ["validate"]


def test_keys_to_set_are_those_of_the_schema_and_of_the_file(complete):
    assert complete("train", "a.yaml", "--set", "network.w") == ["network.windows="]
    assert complete("train", "a.yaml", "--set", "system.parameters") == ["system.parameters.k=", "system.parameters="]
    assert complete("train", "a.yaml", "--quiet", "--set", "init") == ["initial.x=", "initial="]
    assert complete("train", "--set", "init") == ["initial="]
    assert complete("train", "notes.txt", "--set", "init") == ["initial="]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_calls_the_command(monkeypatch, capsys, shell):
    monkeypatch.setenv("_PINNSOLVE_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit, match="0"):
        run([])
    assert "_PINNSOLVE_COMPLETE" in capsys.readouterr().out
