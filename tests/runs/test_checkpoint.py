"""A checkpoint gives the same solution back, or says in one sentence why it cannot."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import pinnsolve
from pinnsolve.errors import RunError, UsageError
from pinnsolve.runs.checkpoint import load_checkpoint, save_checkpoint

TIMES = np.linspace(0, 5, 23)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "vdp.pt"
    solution = pinnsolve.solve(
        {
            "system": {"equations": {"x'": "y", "y'": "(1 - x^2)*y - x"}},
            "initial": {"x": 2, "y": 0},
            "time": [0, 5],
        }
    )
    solution.save(path)
    return path, solution


def changed(path, tmp_path, change):
    """A copy of a checkpoint with its document changed."""
    document = torch.load(path, weights_only=True)
    change(document)
    torch.save(document, tmp_path / "changed.pt")
    return tmp_path / "changed.pt"


def test_the_loaded_solution_is_the_saved_one(checkpoint):
    path, solution = checkpoint
    loaded = pinnsolve.load(path)
    assert np.array_equal(loaded(TIMES), solution(TIMES))
    assert np.array_equal(loaded.derivative(TIMES), solution.derivative(TIMES))
    assert np.array_equal(loaded.residual(TIMES), solution.residual(TIMES))
    assert np.array_equal(loaded.error(TIMES), solution.error(TIMES))
    assert loaded.result() == solution.result()
    assert loaded.history == solution.history
    assert loaded.problem.name == solution.problem.name


def test_it_loads_as_plain_data_alone(checkpoint):
    document = torch.load(checkpoint[0], weights_only=True)
    assert document["format"] == "pinnsolve checkpoint"
    assert document["problem"]["mapping"]["system"]["equations"] == {"x'": "y", "y'": "(1 - x^2)*y - x"}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_named(checkpoint, tmp_path, share):
    content = checkpoint[0].read_bytes()
    (tmp_path / "short.pt").write_bytes(content[: int(share * len(content))])
    with pytest.raises(RunError, match=r"short\.pt is truncated, or no checkpoint at all"):
        load_checkpoint(tmp_path / "short.pt")


@pytest.mark.parametrize("kind", ["text", "other archive", "state dict", "pickled code"])
def test_a_foreign_file_is_named(tmp_path, kind):
    path = tmp_path / "foreign.pt"
    if kind == "text":
        path.write_text("hello")
    elif kind == "other archive":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
    elif kind == "state dict":
        torch.save({"weight": torch.zeros(2)}, path)
    else:
        torch.save({"format": "pinnsolve checkpoint", "version": 1, "bad": io.StringIO}, path)
    with pytest.raises(RunError, match=r"foreign\.pt is (truncated, or no checkpoint|not a checkpoint of pinnsolve)"):
        load_checkpoint(path)


EARLIER = Path(__file__).parents[1] / "data" / "checkpoints"


def test_a_file_of_an_earlier_format_gives_its_solution():
    solution = pinnsolve.load(EARLIER / "format_1_finished.pt")
    assert (solution.status, solution.states) == ("converged", ("u",))
    exact = 0.1 * np.exp(2 * TIMES) / (0.9 + 0.1 * np.exp(2 * TIMES))
    assert np.abs(solution(TIMES[TIMES <= 3])[:, 0] - exact[TIMES <= 3]).max() < 1e-6


@pytest.mark.parametrize(("name", "status"), [("windows", "converged"), ("trained", "not_converged")])
def test_a_run_of_an_earlier_format_is_carried_on(tmp_path, name, status):
    shutil.copy(EARLIER / f"format_1_interrupted_{name}.pt", tmp_path / "checkpoint.pt")
    solution = pinnsolve.resume(tmp_path, plots=False)
    whole = pinnsolve.solve(solution.problem)
    assert (solution.status, solution.iterations) == (status, whole.iterations)
    assert np.allclose(solution(1.0), whole(1.0), rtol=1e-6)


def test_a_key_that_this_version_does_not_know_is_told_with_the_version_that_wrote_it(checkpoint, tmp_path):
    def change(document):
        document["pinnsolve"] = "9.9.9"
        document["problem"]["mapping"]["telepathy"] = True

    path = changed(checkpoint[0], tmp_path, change)
    with pytest.raises(RunError, match=r"cannot be read \(it is from pinnsolve 9\.9\.9, this is .*\): .*unknown key 'telepathy'"):
        load_checkpoint(path)


def test_a_file_of_a_newer_version_says_to_upgrade(checkpoint, tmp_path):
    path = changed(checkpoint[0], tmp_path, lambda document: document.update(version=99, pinnsolve="9.9.9"))
    with pytest.raises(RunError, match=r"written by pinnsolve 9\.9\.9 in format 99; .*reads formats up to 2: upgrade"):
        load_checkpoint(path)


@pytest.mark.parametrize("part", ["problem", "solution", "check", "history"])
def test_a_missing_part_is_damage(checkpoint, tmp_path, part):
    path = changed(checkpoint[0], tmp_path, lambda document: document.pop(part))
    with pytest.raises(RunError, match=r"changed\.pt is damaged: a part of it is missing"):
        load_checkpoint(path)


def test_wrong_weights_are_noticed(checkpoint, tmp_path):
    def disturb(document):
        document["solution"]["network"]["tensors"]["layer_weights.1"] *= 1 + 1e-6

    with pytest.raises(RunError, match="does not give back the values that it was saved with"):
        load_checkpoint(changed(checkpoint[0], tmp_path, disturb))


def test_a_missing_or_unreadable_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"there is no checkpoint .*none\.pt"):
        load_checkpoint(tmp_path / "none.pt")
    with pytest.raises(RunError, match="cannot read"):
        load_checkpoint(tmp_path)


def test_a_solution_of_a_python_function_evaluates_and_says_why_it_has_no_residual(tmp_path):
    def f(t, y, p):
        return [-p["rate"] * y[0]]

    problem = pinnsolve.Problem(pinnsolve.System(f, ["any name"], {"rate": 2.0}), [1.0], (0.0, 1.0), name="decay")
    solution = pinnsolve.solve(problem)
    solution.save(tmp_path / "decay.pt")
    loaded = pinnsolve.load(tmp_path / "decay.pt")
    times = np.linspace(0, 1, 7)
    assert np.array_equal(loaded(times), solution(times))
    assert np.abs(loaded(times)[:, 0] - np.exp(-2 * times)).max() < 1e-6
    assert loaded.states == ("any name",)
    assert loaded.problem.system.parameters == {"rate": 2.0}
    with pytest.raises(RunError, match="was a Python function, which a checkpoint does not hold"):
        loaded.residual(times)


PYTHON = """\
import torch

def rhs(t, y, p):
    return torch.stack([y[1], -p["k"] * y[0]])
"""


def test_a_python_file_travels_inside_the_checkpoint_and_runs_only_if_allowed(tmp_path):
    (tmp_path / "spring.py").write_text(PYTHON)
    (tmp_path / "spring.yaml").write_text(
        "system: {python: 'spring.py:rhs', states: [x, v], parameters: {k: 1}}\ninitial: {x: 1, v: 0}\ntime: [0, 1]\n"
    )
    solution = pinnsolve.train(tmp_path / "spring.yaml", tmp_path / "runs", allow_python=True, plots=False)
    solution.save(tmp_path / "spring.pt")
    run = solution.directory
    assert (run / "spring.py").read_text() == PYTHON
    for path in (tmp_path / "spring.pt", run):
        with pytest.raises(UsageError, match=r"is the Python code of spring\.py: pass --allow-python"):
            pinnsolve.load(path)
    (tmp_path / "spring.py").unlink()
    times = np.linspace(0, 1, 5)
    loaded = pinnsolve.load(tmp_path / "spring.pt", allow_python=True)
    assert np.array_equal(loaded.residual(times), solution.residual(times))
    save_checkpoint(loaded, tmp_path / "again.pt")
    assert np.array_equal(pinnsolve.load(tmp_path / "again.pt", allow_python=True)(times), solution(times))
    again = pinnsolve.train(run / "config.resolved.yaml", tmp_path / "runs", allow_python=True, plots=False)
    assert (again.directory / "solution.csv").read_bytes() == (run / "solution.csv").read_bytes()
