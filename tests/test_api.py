"""The package as Python users meet it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import pinnsolve

DECAY = {"system": {"equations": {"x'": "-rate*x"}, "parameters": {"rate": 1}}, "initial": {"x": 1}, "time": [0, 1]}


def test_importing_the_package_loads_neither_torch_nor_numpy():
    code = "import sys, pinnsolve; pinnsolve.__version__; dir(pinnsolve); sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    environment = {"PYTHONPATH": str(Path(pinnsolve.__file__).parents[1]), "PATH": ""}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0


@pytest.mark.parametrize("name", pinnsolve.__all__)
def test_every_public_name_is_there(name):
    assert getattr(pinnsolve, name) is not None
    assert name in dir(pinnsolve)


def test_functions_are_functions_and_not_the_modules_of_the_same_name():
    for name in ("solve", "train", "load", "resume", "check_jacobian", "time_derivative"):
        assert callable(getattr(pinnsolve, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'pinnsolve' has no attribute 'slove'"):
        pinnsolve.slove  # noqa: B018


def test_a_dict_is_solved_to_the_accuracy_asked_for():
    solution = pinnsolve.solve(DECAY, accuracy=1e-10)
    times = np.linspace(0, 1, 17)
    assert np.abs(solution(times)[:, 0] - np.exp(-times)).max() <= 1e-10
    assert solution.status == "converged"
    assert solution.accuracy["asked"] == 1e-10
    assert solution.directory is None


def test_solving_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pinnsolve.solve(DECAY)
    assert list(tmp_path.iterdir()) == []


def test_keywords_are_the_keys_of_the_file():
    solution = pinnsolve.solve(DECAY, system={"parameters": {"rate": 2}}, time=[0, 2], name="faster", output={"points": 5})
    assert solution.problem.name == "faster"
    assert solution.problem.output.points == 5
    assert abs(solution(2.0)[0] - np.exp(-4)) < 1e-6


def test_an_unknown_keyword_names_the_nearest_one():
    with pytest.raises(pinnsolve.ProblemError, match=r"'acuracy'.*did you mean 'accuracy'"):
        pinnsolve.solve(DECAY, acuracy=1e-3)


def test_a_problem_error_is_a_value_error_with_every_fault():
    with pytest.raises(ValueError, match="unknown name 'z'") as caught:
        pinnsolve.solve({**DECAY, "system": {"equations": {"x'": "z"}}, "time": [0, 0]})
    assert len(caught.value.faults) == 2


def test_a_problem_made_in_python_is_solved_and_saved(tmp_path):
    def rhs(t, y, p):
        return torch.stack([y[1], -p["k"] * y[0]])

    problem = pinnsolve.Problem(
        system=pinnsolve.System(rhs, states=["x", "v"], parameters={"k": 4.0}), initial=[1.0, 0.0], time=(0, 1), name="spring"
    )
    solution = pinnsolve.train(problem, output=tmp_path, plots=False, accuracy=1e-8)
    times = np.linspace(0, 1, 9)
    assert np.abs(solution(times)[:, 0] - np.cos(2 * times)).max() <= 1e-8
    assert solution.directory == tmp_path / "spring"
    assert np.array_equal(pinnsolve.load(solution.directory)(times), solution(times))
    assert (solution.directory / "config.yaml").exists()


def test_train_takes_the_output_of_the_file_as_well(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    solution = pinnsolve.train(DECAY, output={"directory": "elsewhere", "points": 3}, plots=False, name="decay")
    assert solution.directory == Path("elsewhere") / "decay"
    assert len((solution.directory / "solution.csv").read_text().splitlines()) == 4


def test_time_derivative_and_check_jacobian_take_any_module():
    class Wave(torch.nn.Module):
        def forward(self, t):
            return torch.cat([torch.sin(t), t**2], dim=-1)

    t = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None]
    assert torch.allclose(pinnsolve.time_derivative(Wave(), t), torch.cat([torch.cos(t), 2 * t], dim=-1))
    assert pinnsolve.check_jacobian(Wave(), t).ok
