"""A mistake gives one clear sentence and its exit code, never a traceback; ``--json`` gives the same as data."""

from __future__ import annotations

import pytest

RUNS = [["plot", "nowhere"], ["report", "nowhere"], ["compare", "nowhere"], ["export", "nowhere", "--format", "csv"]]
EITHER = [["portrait", "nowhere"], ["check-jacobian", "nowhere"], ["portrait", "nowhere.pt"], ["check-jacobian", "nowhere.pt"]]
CONFIGS = ["validate", "portrait", "check-jacobian"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train"], 2, "error: Missing argument 'CONFIG'; see pinnsolve train --help"),
        (["train", "none.yaml"], 2, "none.yaml: there is no such file"),
        (["train", "vdp.yaml", "--bogus"], 2, "error: No such option: --bogus"),
        (["trian", "vdp.yaml"], 2, "error: No such command 'trian'"),
        (["train", "vdp.yaml", "--set", "acuracy=1"], 2, "did you mean 'accuracy'?"),
        (["train", "vdp.yaml", "--set", "nothing"], 2, "'nothing' must be key=value, such as network.windows=1"),
        (["train", "vdp.yaml", "--accuracy", "small"], 2, "accuracy"),
        (["train", "vdp.yaml", "--seed", "1.5"], 2, "seed"),
        (["train", "vdp.yaml", "--method", "newton"], 2, "newton"),
        (["train", "vdp.yaml", "--name", "a/b"], 2, "must be one path component"),
        (["resume", "nowhere"], 1, "error: there is no run nowhere"),
        (["predict", "nowhere", "--times", "0"], 1, "error: there is no run nowhere"),
        *((command, 1, "error: there is no run nowhere") for command in RUNS),
        *((command, 1, "error: there is no problem file and no run nowhere") for command in EITHER),
        *(([command, "vdp"], 1, "no run vdp (did you mean 'vdp.yaml'?)") for command in ("portrait", "check-jacobian")),
        *(([command, "none.yaml"], 2, "none.yaml: there is no such file") for command in CONFIGS),
        (["predict", "vdp.yaml", "--times", "0"], 2, "error: vdp.yaml is a problem file, not a run: train it first, with:"),
        (["plot", "vdp.yaml"], 2, "error: vdp.yaml is a problem file, not a run: train it first, with:"),
        (["predict", "nowhere"], 2, "error: Missing option '--times'"),
        (["check-jacobian", "--points", "0"], 2, "error: Invalid value for '--points'"),
    ],
)
def test_one_sentence_says_what_is_wrong(call, problem_file, arguments, code, message):
    done = call(*arguments)
    assert done.code == code
    assert message in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    as_json = call(*arguments, "--json")
    assert as_json.code == code
    assert as_json.json()["ok"] is False
    fault = as_json.json()["faults"][0]
    assert set(fault) == {"file", "line", "column", "path", "message", "suggestion"}


def test_no_command_at_all_gets_the_help(call):
    done = call()
    assert (done.code, done.err) == (0, "")
    assert "Usage: pinnsolve" in done.out


def test_all_faults_of_a_file_are_shown_with_their_places(call, problem_file):
    problem_file.write_text(problem_file.read_text().replace("mu*(1", "mue*(1").replace("time: [0, 5]", "time: [0]"))
    done = call("validate", "vdp.yaml")
    assert done.code == 2
    assert "vdp.yaml:4:9: unknown name 'mue' in the equation for y' (did you mean 'mu'?)" in done.err.splitlines()
    assert "vdp.yaml:7:" in done.err
    faults = call("validate", "vdp.yaml", "--json").json()["faults"]
    assert [(fault["line"], fault["suggestion"]) for fault in faults] == [(4, "mu"), (7, None)]


def test_verbose_shows_the_traceback(call, problem_file):
    done = call("train", "none.yaml", "--verbose")
    assert done.code == 2
    assert "Traceback (most recent call last)" in done.err
    assert done.err.splitlines()[-1].startswith("none.yaml: there is no such file")


def test_a_bug_is_one_sentence_and_exit_code_1(call, problem_file, monkeypatch):
    from pinnsolve.runs import problems

    def broken(*_, **__):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(problems, "load_problem", broken)
    done = call("validate", "vdp.yaml")
    assert done.code == 1
    assert done.err == (
        "error: this is a bug in pinnsolve (ZeroDivisionError: by zero); run the command again with --verbose for its place\n"
    )


def test_python_code_is_not_run_without_permission(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("import pathlib\npathlib.Path('ran').touch()\ndef f(t, y, p): return [-y[0]]\n")
    (tmp_path / "evil.yaml").write_text("system: {python: 'evil.py:f', states: [x]}\ninitial: {x: 1}\ntime: [0, 1]\n")
    done = call("train", "evil.yaml", "--no-plots")
    assert done.code == 2
    assert "--allow-python" in done.err
    assert not (tmp_path / "ran").exists()
    assert call("train", "evil.yaml", "--no-plots", "--allow-python").code == 0
    for arguments in (["predict", "runs/evil", "--times", "0"], ["plot", "runs/evil"]):
        done = call(*arguments)
        assert done.code == 2
        assert "is the Python code of evil.py: pass --allow-python" in done.err
    assert call("predict", "runs/evil", "--times", "0", "--allow-python").out == "t,x\n0,1\n"
