"""The command as a process: start-up, pipes, signals, terminals and locales."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import pinnsolve as package

COMMAND = [sys.executable, "-m", "pinnsolve"]
SLOW = """\
system: {equations: {x: y, y: -x}}
initial: {x: 1, y: 0}
time: [0, 1e7]
accuracy: 1e-8
"""


def hear_signals():
    """In a child: undo what a background job of a shell or nohup hands down, signals that are ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def pinnsolve(*arguments, **options):
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments):
    code = (
        "import sys\nfrom pinnsolve.cli.main import run\n"
        f"code = run({arguments!r})\n"
        "heavy = {'torch', 'numpy', 'scipy', 'matplotlib', 'yaml', 'sympy'} & set(sys.modules)\n"
        "print(heavy or 'nothing', file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "nothing\n")
    assert done.stdout


def test_training_without_plots_loads_no_plotting_and_no_integrators(problem_file):
    code = (
        "import sys\nfrom pinnsolve.cli.main import run\n"
        "code = run(['train', 'vdp.yaml', '--no-plots', '--json', '--quiet'])\n"
        "print({'matplotlib', 'scipy.integrate', 'rich'} & set(sys.modules) or 'nothing', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == "nothing\n"
    assert json.loads(done.stdout)["status"] == "converged"


@pytest.mark.skipif(os.name != "posix", reason="signals between processes are POSIX")
@pytest.mark.parametrize("module", ["typer", "pinnsolve.cli.main", "pinnsolve.cli.validate"])
def test_a_ctrl_c_before_the_command_has_been_imported_is_one_word(module):
    code = (
        "import importlib.abc, os, runpy, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which a background job does not have
        "class Interrupting(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "sys.argv = ['pinnsolve', '--version']\n"
        "runpy.run_module('pinnsolve', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


@pytest.mark.skipif(os.name != "posix", reason="signals between processes are POSIX")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_saves_the_run_and_ends_with_its_code(tmp_path, name, code):
    (tmp_path / "slow.yaml").write_text(SLOW)
    child = subprocess.Popen(
        [*COMMAND, "train", "slow.yaml", "--no-plots", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    assert child.stderr.readline().startswith("slow: 2 states")  # the solve begins now
    time.sleep(0.3)
    child.send_signal(getattr(signal, name))
    out, err = child.communicate(timeout=60)
    assert child.returncode == code
    assert json.loads(out)["status"] == "interrupted"
    assert "carry on with: pinnsolve resume runs/slow" in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "runs" / "slow" / "result.json").read_text())["status"] == "interrupted"


@pytest.mark.skipif(os.name != "posix", reason="terminals are POSIX")
def test_a_terminal_that_is_closed_saves_the_run(tmp_path):
    import pty

    (tmp_path / "slow.yaml").write_text(SLOW)
    child, terminal = pty.fork()
    if child == 0:
        hear_signals()
        os.chdir(tmp_path)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [*COMMAND, "train", "slow.yaml", "--no-plots"])
    shown = b""
    while b"window" not in shown:  # the live picture of a solve that goes on
        shown += os.read(terminal, 1000)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    assert json.loads((tmp_path / "runs" / "slow" / "result.json").read_text())["status"] == "interrupted"
    assert "bug" not in (tmp_path / "runs" / "slow" / "log.txt").read_text()


@pytest.mark.skipif(os.name != "posix", reason="the shell is POSIX")
def test_a_reader_that_goes_away_is_no_error(finished_run):
    command = f"{sys.executable} -m pinnsolve predict {finished_run} --times 0:5:0.0001 | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("t,x,y\n0\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_one_sentence(finished_run):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "resume", str(finished_run)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "error: cannot write to standard output: No space left on device\n"


def test_letters_that_the_locale_lacks_do_not_end_a_command(tmp_path):
    problem = {"name": "size", "system": {"equations": {"β'": "-β"}}, "initial": {"β": 1}, "time": [0, 1]}
    run = package.train(problem, tmp_path, plots=False).directory
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = pinnsolve("predict", run, "--times", "0", env=environment)
    assert (done.stdout, done.stderr) == ("t,\\u03b2\n0,1\n", "")
    assert (run / "solution.csv").read_text(encoding="utf-8").startswith("t,β\n")


def test_a_name_that_the_system_cannot_write_is_one_sentence(tmp_path, problem_file):
    problem_file.write_text("name: β\n" + problem_file.read_text(), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    done = pinnsolve("train", "vdp.yaml", "--quiet", "--no-plots", cwd=tmp_path, env=environment)
    if done.returncode:  # a file system of Unicode takes every name
        assert done.returncode == 1
        assert "choose another name with --name, or set PYTHONUTF8=1" in done.stderr
    else:
        assert (tmp_path / "runs" / "β").exists()


@pytest.mark.skipif(os.name != "posix", reason="the shell is POSIX")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [("validate vdp.yaml >&-", 0), ("validate nothing.yaml 2>&-", 2), ("validate - <&-", 2), ("validate - <&- >&- 2>&-", 2)],
)
def test_a_closed_stream_is_like_one_that_leads_nowhere(problem_file, arguments, code):
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m pinnsolve {arguments}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert "bug" not in done.stderr
