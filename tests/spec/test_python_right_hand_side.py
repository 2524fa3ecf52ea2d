"""A right-hand side in a Python file: only with permission, and its mistakes become sentences."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec import PythonSystem, load_problem, to_mapping

GOOD = """
    import torch

    def f(t, y, p):
        return torch.stack([y[1], p["mu"] * (1 - y[0] ** 2) * y[1] - y[0]])
"""

PROBLEM = """\
system:
  python: model.py:f
  states: [x, v]
  parameters: {mu: 2}
initial: {x: 1, v: 0}
time: [0, 1]
"""


@pytest.fixture
def write(tmp_path):
    """Write the problem and its Python file; gives the path of the problem."""

    def files(code, problem=PROBLEM):
        (tmp_path / "model.py").write_text(dedent(code), encoding="utf-8")
        path = tmp_path / "problem.yaml"
        path.write_text(problem, encoding="utf-8")
        return path

    return files


def fault_of(path, **more):
    with pytest.raises(ProblemError) as caught:
        load_problem(path, allow_python=True, **more)
    (fault,) = caught.value.faults
    return fault


def test_the_function_is_the_right_hand_side(write):
    import torch

    problem = load_problem(write(GOOD), allow_python=True)
    assert isinstance(problem.system, PythonSystem)
    assert problem.system.states == ("x", "v")
    value = problem.system.rhs(torch.tensor(0.0), torch.tensor([2.0, 3.0]))
    assert value.tolist() == [3.0, 2 * (1 - 4) * 3 - 2]


def test_nothing_is_run_without_permission(write, tmp_path):
    path = write(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert str(caught.value).startswith(
        f"{path}:2:11: system.python: this runs the code of 'model.py': "
        "pass --allow-python (allow_python=True in Python) to permit it"
    )
    assert not (tmp_path / "ran").exists()


def test_the_file_is_found_beside_the_problem_and_not_in_the_working_directory(write, tmp_path, monkeypatch):
    path = write(GOOD)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_problem(path, allow_python=True).system.file == tmp_path / "model.py"


def test_a_mapping_starts_from_the_working_directory_or_the_one_given(write, tmp_path, monkeypatch):
    write(GOOD)
    mapping = {
        "system": {"python": "model.py:f", "states": ["x", "v"], "parameters": {"mu": 1}},
        "initial": {"x": 1, "v": 0},
        "time": [0, 1],
    }
    assert load_problem(mapping, allow_python=True, directory=tmp_path).system.function == "f"
    monkeypatch.chdir(tmp_path)
    assert load_problem(mapping, allow_python=True).system.function == "f"


def test_loading_leaves_no_trace(write, tmp_path):
    path = write("import helper\n" + dedent(GOOD))
    (tmp_path / "helper.py").write_text("", encoding="utf-8")
    before = list(sys.path)
    try:
        load_problem(path, allow_python=True)
        assert sys.path == before
        assert "model" not in sys.modules
        assert not list(tmp_path.glob("__pycache__/model*"))
    finally:
        sys.modules.pop("helper", None)


def test_a_changed_file_is_read_anew(write):
    path = write("import torch\ndef f(t, y, p): return torch.stack([y[1], y[0] * 2])\n")
    load_problem(path, allow_python=True)
    path = write("import torch\ndef f(t, y, p): return torch.stack([y[1], y[0] * 3])\n")
    import torch

    value = load_problem(path, allow_python=True).system.rhs(torch.tensor(0.0), torch.tensor([1.0, 1.0]))
    assert value.tolist() == [1.0, 3.0]


def test_dataclasses_and_lists_work(write):
    code = """
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class Model:
            k: float = 1.0

            def __call__(self, t, y, p):
                return [y[1], 0]

        f = Model()
    """
    assert load_problem(write(code), allow_python=True).system.k == 2


def test_the_mapping_names_the_file_so_that_it_loads_again(write, tmp_path):
    problem = load_problem(write(GOOD), allow_python=True)
    mapping = to_mapping(problem)
    assert mapping["system"]["python"] == f"{(tmp_path / 'model.py').resolve()}:f"
    assert to_mapping(load_problem(mapping, allow_python=True)) == mapping
    assert to_mapping(problem, beside=True)["system"]["python"] == "model.py:f"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def g(t, y, p): return y\n", "model.py has no function 'f'"),
        ("f = 3\n", "'f' in model.py is not a function"),
        ("def f(t, y, p)\n    return y\n", "model.py:1: expected ':'"),
        ("x = 1\n1/0\n", "model.py cannot be loaded: model.py:2: ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("raise SystemExit(3)\n", "model.py cannot be loaded: model.py:1: SystemExit: 3"),
    ],
)
def test_a_file_that_cannot_be_loaded_has_its_sentence(write, code, message):
    fault = fault_of(write(code))
    assert message in fault.message
    assert (fault.line, fault.path) == (2, "system.python")


def test_the_nearest_function_is_suggested(write):
    assert fault_of(write("def vdp(t, y, p): return y\n", PROBLEM.replace(":f", ":vpd"))).suggestion == "vdp"


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "problem.yaml"
    path.write_text(PROBLEM, encoding="utf-8")
    assert "there is no file" in fault_of(path).message


@pytest.mark.parametrize("reference", ["model.py", "model:f", "os.system", ":f", "model.py:f(x)"])
def test_a_reference_must_name_file_and_function(write, reference):
    assert "must be file.py:function" in fault_of(write(GOOD, PROBLEM.replace("model.py:f", f'"{reference}"'))).message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("dy = torch.zeros(2)\n    dy[0] = y[1]\n    return dy", "return torch.stack([...])"),
        ("y = y.clone()\n    if y[0] > 0:\n        return y\n    return -y", "use torch.where or torch.minimum"),
        ("return torch.stack([y[1], math.sin(y[0])])", "such as torch.sin for math.sin"),
        ("return torch.stack([y[1], torch.tensor(numpy.sin(y[0]))])", "or numpy.sin"),
        ("return torch.tensor([y[1], y[0]])", "it makes a new tensor of tensors: return torch.stack([...])"),
        ("return max(y[0], y[1])*y", "use torch.where or torch.minimum"),
        ("y[0] = 3\n    return y", "changes its argument y: return torch.stack([...])"),
        ("return y[:1]", "returned shape (1,) for 2 states (x, v): it must return (2,)"),
        ("return torch.stack([y, y])", "returned shape (2, 2) for 2 states"),
        ("return [y[0]]", "returned shape (1,) for 2 states"),
        ("return [y[0], y[2]]", "(y has 2 components, y[0] to y[1])"),
        ("return [y[0], p['nu']*y[1]]", "there is no 'nu' in system.parameters"),
        ("return [y[0], undefined]", "NameError: name 'undefined' is not defined"),
        ("return None", "TypeError"),
    ],
)
def test_a_faulty_right_hand_side_has_its_cure(write, body, message):
    fault = fault_of(write(f"import math\nimport numpy\nimport torch\n\ndef f(t, y, p):\n    {body}\n"))
    assert message in fault.message


def test_the_line_of_the_users_file_is_named(write):
    fault = fault_of(write("def f(t, y, p):\n    a = 1\n    return [y[0], a/0]\n"))
    assert fault.message == (
        "system.python: the right-hand side fails at the initial point: model.py:3: ZeroDivisionError: division by zero"
    )


def test_without_initial_values_the_place_of_the_trial_is_named(write):
    problem = PROBLEM.replace("initial: {x: 1, v: 0}", "boundary: [x(0) = 1, x(1) = 2]")
    fault = fault_of(write("def f(t, y, p):\n    return [y[1], 1/0]\n", problem))
    assert fault.message == (
        "system.python: the right-hand side fails where every state is 1, which is tried because the problem has no 'initial': "
        "model.py:2: ZeroDivisionError: division by zero"
    )


def test_tensors_on_another_device_have_their_cure(write, monkeypatch):
    from pinnsolve.spec import python_system

    monkeypatch.setattr(python_system, "_device", lambda problem: "meta")  # which every machine has
    fault = fault_of(write("import torch\ndef f(t, y, p):\n    return torch.ones(2)*y\n"))
    assert fault.message == (
        "system.python: the right-hand side fails at the initial point: model.py:3: "
        "it makes tensors on another device than that of its arguments: make them with device=y.device"
    )
    assert load_problem(write("import torch\ndef f(t, y, p):\n    return torch.ones(2, device=y.device)*y\n"), allow_python=True)


def test_a_function_of_two_arguments_is_told_the_third(write):
    assert "it must take three arguments, f(t, y, p)" in fault_of(write("def f(t, y):\n    return y\n")).message


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ("", "system.python needs system.states"),
        ("states: []", "system.python needs system.states"),
        ("states: [x, x]", "state 'x' is named twice"),
        ("states: [x, mu]", "'mu' is a state and a parameter at the same time"),
        ("states: [x, t]", "'t' cannot name a state: it is the time"),
        ("states: [x, 'a b']", "'a b' cannot name a state"),
        ("states: x", "system.states: must be a list of names, not 'x'"),
        ("states: [x, true]", "system.states[1]: must be text, not true"),
    ],
)
def test_the_states_must_be_named(write, states, message):
    path = write(GOOD, PROBLEM.replace("states: [x, v]", states))
    with pytest.raises(ProblemError) as caught:
        load_problem(path, allow_python=True)
    assert any(message in fault.message for fault in caught.value.faults)


def test_a_function_from_python_says_that_it_has_no_file():
    from pinnsolve.problem import Problem, System

    problem = Problem(System(lambda t, y, p: y, ["x"]), initial=[1.0], time=(0, 1))
    mapping = to_mapping(problem)
    assert "a Python function, not from a file" in mapping["system"]["python"]
    with pytest.raises(ProblemError, match=r"must be file\.py:function"):
        load_problem(mapping, allow_python=True, directory=Path())
