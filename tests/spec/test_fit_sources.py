"""Where the data of a fit come from and where they go: files, arrays, run directories, checkpoints."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.problem import Data
from pinnsolve.runs.problems import problem_document, problem_from_document, read_source, write_problem
from pinnsolve.spec import load_problem, to_mapping


def test_the_faults_of_the_data_and_of_the_file_come_together(write_fit):
    path = write_fit(("x': y\n", "x': yy\n"), csv="time,a,b,c\n0,1,2,3\n\nabc,1,2,3\n")
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(path), 3), (str(path.with_name("data.csv")), 4)]


def test_the_data_are_found_beside_the_problem(write_fit, tmp_path, monkeypatch, fit_mapping):
    path = write_fit()
    monkeypatch.chdir(tmp_path.parent)
    assert load_problem(path).fit.data.source == str(tmp_path / "data.csv")
    with pytest.raises(ProblemError, match="there is no file 'data"):
        load_problem(fit_mapping)
    monkeypatch.chdir(tmp_path)
    assert load_problem(fit_mapping).fit.data == load_problem(path).fit.data


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_from_python_the_data_may_be_arrays(kind, fit_mapping):
    nothing = None if kind is not np.array else np.nan
    data = {"time": kind([0.0, 1.0, 2.5]), "a": kind([1.0, nothing, 3]), "b": kind([2, 2, nothing]), "c": kind([3, nothing, 5])}
    fit_mapping["fit"]["data"] = {**data, "other": ["x", "y"]}
    problem = load_problem(fit_mapping)
    np.testing.assert_array_equal(problem.fit.data.columns["a"], [1, np.nan, 3])
    assert problem.fit.data.source == ""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "must be the name of a CSV file, not 3"),
        ({}, "has no columns: give the times and what was measured, such as {t: [...], x: [...]}"),
        ({"time": [0, 1], "a": [1]}, "all columns must have the same number of values: time has 2, a has 1"),
        ({"time": [0, None], "a": [1, 2]}, "a value needs a time: there are gaps in 'time' where other columns have values"),
        ({"time": [0, 1], "a": [1, "two"]}, "column 'a' has 'two', which is not a number (an empty cell is a gap)"),
        ({"time": [0, 1], "a": [1, float("inf")]}, "a[1] is infinite: leave a gap (None or nan) there"),
        (
            {"time": [0, 1], "a": [[1], [2]]},
            "must have one dimension, and has shape (2, 1): give replicates as columns of their own",
        ),
        ({"time": [0, 1], "b": [1, 2]}, "there is no column 'a' (the columns are time, b)"),
        ({"a": [0, 1]}, "there is no column of times 'time' (the columns are a); name it with fit.time"),
        ({"time": [0, 1, 20], "a": [1, 2, 3]}, "the time 20 lies outside the interval of 'time', from 0 to 10: extend time"),
    ],
)
def test_faulty_arrays_have_their_sentences(faults, data, message, fit_mapping):
    fit_mapping["fit"] |= {"data": data, "observe": {"x": "a"}, "parameters": {"mu": {}}, "initial": []}
    fit_mapping["system"]["parameters"]["k"] = 1
    (fault,) = faults(fit_mapping)
    assert message in fault.message
    assert fault.path.startswith("fit.data")


class Column:
    """A column of a data frame: it has keys of its own beside its values."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values

    def keys(self):
        return range(len(self.values))


class Frame:
    """A data frame: a mapping in all but name."""

    def __init__(self, **columns):
        self.columns = {name: Column(values) for name, values in columns.items()}

    def keys(self):
        return self.columns.keys()

    def __getitem__(self, name):
        return self.columns[name]


def test_a_data_frame_is_as_good_as_a_mapping(fit_mapping):
    fit_mapping["fit"]["data"] = Frame(time=[0.0, 1.0, 2.0], a=[1.0, math.nan, 2.0], b=[1, 2, 3], c=[1, 2, 3])
    problem, config = read_source(fit_mapping, {}, False)
    assert problem.fit.data.count == 8
    assert "time: [0.0, 1.0, 2.0]" in config.decode()


def test_the_mapping_gives_the_same_fit_again(write_fit):
    path = write_fit()
    problem = load_problem(path)
    mapping = to_mapping(problem)
    assert mapping["fit"]["data"] == str(path.with_name("data.csv").resolve())
    again = load_problem(mapping)
    assert again.fit == problem.fit
    assert to_mapping(again) == mapping


def test_arrays_are_written_out_in_a_mapping(fit_mapping):
    fit_mapping["fit"]["data"] = {"time": [1, 0], "a": [1, None], "b": [2, 1 / 3], "c": [None, 1e-300]}
    problem = load_problem(fit_mapping)
    assert to_mapping(problem)["fit"]["data"] == {"time": [0, 1], "a": [None, 1], "b": [1 / 3, 2], "c": [1e-300, None]}
    assert load_problem(to_mapping(problem)).fit == problem.fit


@pytest.mark.parametrize("arrays", [False, True])
def test_a_run_has_a_copy_of_the_data_from_which_it_can_be_repeated(write_fit, tmp_path, arrays):
    from pinnsolve.runs.directory import RunDirectory

    problem = load_problem(write_fit())
    if arrays:
        data = problem.fit.data
        plain = Data("", data.times, data.columns, data.time_name)
        problem = problem.with_settings(fit={"data": plain})
    run = RunDirectory.create(tmp_path / "runs", "fit")
    write_problem(run, problem, b"")
    copy = run.path / "config.data.csv"
    assert arrays or copy.read_bytes() == problem.fit.data.text.encode()
    again = load_problem(run.path / "config.resolved.yaml")
    assert again.fit.data.source == str(copy)
    assert again.fit == problem.fit


def test_a_checkpoint_holds_the_data_and_needs_no_file(write_fit):
    path = write_fit()
    problem = load_problem(path)
    document = problem_document(problem)
    path.with_name("data.csv").unlink()
    again = problem_from_document(document, allow_python=False)
    assert again.fit == problem.fit
    assert to_mapping(again, beside=True) == to_mapping(problem, beside=True)
    assert to_mapping(again)["fit"]["data"]["b"] == [2.0, 2.0, None, 4.0]


def test_a_checkpoint_of_a_function_keeps_its_conditions():
    from pinnsolve.problem import Problem, System

    system = System(lambda t, y, p: [y[1], -p["k"] * y[0]], ["x", "y"], {"k": 1.0})
    times = np.linspace(0, 1, 5)
    problems = [
        Problem(system, [1, 0], (0, 1), fit={"parameters": {"k": {}}, "data": {"t": times, "a": times}, "observe": {"x": "a"}}),
        Problem(system, None, (0, 1), boundary=["x(0) = 1", "y(1) = k"]),
        Problem(system, [1, 0], periodic=6.3),
    ]
    for problem in problems:
        again = problem_from_document(problem_document(problem), allow_python=False)
        assert (again.kind, again.initial, again.time) == (problem.kind, problem.initial, problem.time)
        assert (again.fit, again.periodic, again.boundary) == (problem.fit, problem.periodic, problem.boundary)


def test_keywords_replace_what_they_name(write_fit):
    path = write_fit()
    problem, _ = read_source(path, {"fit": {"parameters": {"mu": {"start": 5}}, "observe": {"0.5*x": "c"}, "noise": {}}}, False)
    assert problem.fit.parameters["mu"].start == 5
    assert [item.text for item in problem.fit.observe] == ["0.5*x"]
    changed, _ = read_source(problem, {"fit": {"parameters": {"mu": {"start": 6}}}}, False)
    assert {name: parameter.start for name, parameter in changed.fit.parameters.items()} == {"mu": 6, "k": 1}
    assert changed.system.parameters["mu"] == 6
    changed, _ = read_source(path, {"fit": {"data": {"time": [0, 1], "a": [1, 2], "b": [3, 4], "c": [5, 6]}}}, False)
    assert changed.fit.data.count == 6
