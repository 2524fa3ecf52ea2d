"""Fits of a problem file: what is estimated, from which columns, and what is said where they do not fit together."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml

from pinnsolve.errors import ProblemError
from pinnsolve.problem import Data
from pinnsolve.runs.problems import problem_document, problem_from_document, read_source, write_problem
from pinnsolve.spec import describe, describe_text, load_problem, to_mapping

FIT = """\
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - k*x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
time: [0, 10]
fit:
  parameters: {mu: {bounds: [0, 10]}, k: {start: 2*0.5}}
  initial: [y]
  data: data.csv
  time: time
  observe: {x: [a, b], x + y: c}
  noise: {a: 0.1}
"""
CSV = 'time,a,b,c,comment\n0,1,2,3,first\n1,,2,,\n2.5,3,NA,5,"a,b"\n4,4,4,4,\n'


@pytest.fixture
def write(tmp_path):
    """Write the problem, with pieces replaced, and its data; gives the path of the problem."""

    def files(*changes, csv=CSV):
        text = FIT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "data.csv").write_text(csv, encoding="utf-8")
        (tmp_path / "fit.yaml").write_text(text, encoding="utf-8")
        return tmp_path / "fit.yaml"

    return files


@pytest.fixture
def messages(write):
    """The faults of the problem with one piece replaced: line:column and message."""

    def find(old, new, csv=CSV):
        path = write((old, new), csv=csv)
        with pytest.raises(ProblemError) as caught:
            load_problem(path)
        return [f"{fault.line}:{fault.column}: {fault.message}" for fault in caught.value.faults]

    return find


def test_what_is_estimated_and_from_what(write):
    problem = load_problem(write())
    fit = problem.fit
    assert problem.kind == "fit"
    assert {name: (p.start, p.bounds) for name, p in fit.parameters.items()} == {
        "mu": (1.0, (0.0, 10.0)),
        "k": (1.0, (-math.inf, math.inf)),
    }
    assert problem.system.parameters == {"mu": 1.0, "k": 1.0}
    assert fit.initial == ("y",)
    assert [(item.text, item.columns) for item in fit.observe] == [("x", ("a", "b")), ("x + y", ("c",))]
    assert fit.noise == {"a": 0.1}
    assert fit.data.times.tolist() == [0, 1, 2.5, 4]
    np.testing.assert_array_equal(fit.data.columns["b"], [2, 2, np.nan, 4])
    assert set(fit.data.columns) == {"a", "b", "c"}
    assert (fit.unknowns, fit.data.count) == (3, 9)


def test_the_start_wins_over_the_value_of_the_parameter(write):
    problem = load_problem(write(("{mu: {bounds: [0, 10]}", "{mu: {start: 3}")))
    assert problem.system.parameters["mu"] == 3
    assert load_problem(write(), overrides={"fit.parameters.mu.start": 4}).fit.parameters["mu"].start == 4


def test_a_parameter_can_be_estimated_from_the_command_line_alone(write):
    path = write((", k: {start: 2*0.5}", ""), ("{mu: 1}", "{mu: 1, k: 2}"))
    assert load_problem(path, overrides={"fit.parameters.k": None}).fit.parameters["k"].start == 2


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("[null, 2]", (-math.inf, 2)),
        ("[0, null]", (0, math.inf)),
        ("[-.inf, .inf]", (-math.inf, math.inf)),
        ("[~, inf]", (-math.inf, math.inf)),
        ("[-1, pi]", (-1, math.pi)),
    ],
)
def test_a_bound_may_be_missing(write, bounds, expected):
    assert load_problem(write(("[0, 10]}", f"{bounds}}}"))).fit.parameters["mu"].bounds == expected


PARAMETERS = "{mu: {bounds: [0, 10]}, k: {start: 2*0.5}}"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (
            "{mu: {}, k: {}}",
            ["9:24: fit.parameters.k needs a start, because system.parameters has no value for it"],
        ),
        ("{mu: 3, k: {start: 1}}", ["9:20: fit.parameters.mu: must be a mapping with the keys start and bounds, not 3"]),
        (
            "{mu: {strt: 3}, k: {start: a, bounds: [1, 2, 3]}}",
            [
                "9:21: unknown key 'strt' in fit.parameters.mu",
                "9:42: fit.parameters.k.start: must be a number, not 'a'",
                "9:53: fit.parameters.k.bounds: needs two values, [low, high], and has 3; null stands for no bound",
            ],
        ),
        (
            "{mu: {start: 3, bounds: [3, 10]}, k: {start: 1, bounds: [2, 1]}}",
            [
                "9:28: fit.parameters.mu.start: 3 must lie between the bounds, 3 and 10, and not on them",
                "9:71: fit.parameters.k.bounds: bounds must be [low, high] with low below high; null where there is none",
            ],
        ),
        (
            "{mu: {}, k: {start: .nan, bounds: [.nan, 3]}}",
            [
                "9:35: fit.parameters.k.start: must be a number, not '.nan': it must be finite",
                "9:50: fit.parameters.k.bounds[0]: must be a number, or null for no bound, not '.nan': it must be finite",
            ],
        ),
        (
            "{mu: {}, k: {start: 1, bounds: 3}}",
            ["9:46: fit.parameters.k.bounds: must be a list of two numbers, [low, high], not 3"],
        ),
        (
            "{mu: {}, k: {start: 1}, nu: {start: 1}}",
            ["9:39: fit.parameters.nu: 'nu' stands in no equation and in nothing observed, so the data say nothing about it"],
        ),
        (
            "{mu: {}, k: {start: 1}, sin: {start: 1}}",
            ["9:39: 'sin' cannot name a parameter: it is a function"],
        ),
        (
            "{mu: {}, k: {start: 1}, y: {start: 1}}",
            ["4:5: 'y' is a state, not a parameter: to estimate its initial value, name it under fit.initial"],
        ),
    ],
)
def test_faulty_parameters_have_their_sentences_and_places(messages, given, found):
    assert messages(PARAMETERS, given) == found


def test_nothing_to_estimate_is_a_fault(messages):
    (found,) = messages(f"  parameters: {PARAMETERS}\n  initial: [y]\n", "  initial: []\n  parameters: {}\n")[1:]
    assert found.startswith("8:1: fit: there is nothing to estimate: name parameters, such as {mu: {start: 1}}, or states")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("[z]", ["10:13: fit.initial[0]: 'z' is not a state (these are x, y)"]),
        ("[y, x, y]", ["10:19: fit.initial[2]: 'y' is named twice"]),
        ("[3]", ["10:13: fit.initial[0]: '3' is not a state (these are x, y)"]),
        ("[[y]]", ["10:13: fit.initial[0]: must be text, not a list"]),
    ],
)
def test_only_the_initial_values_of_states_can_be_estimated(messages, given, found):
    assert messages("[y]", given) == found


def test_one_state_and_one_column_need_no_brackets(write):
    fit = load_problem(write(("[y]", "y"), ("{x: [a, b], x + y: c}", "{x: a}"))).fit
    assert (fit.initial, fit.columns) == (("y",), ("a",))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("{}", ["13:12: fit does not say what was measured, such as observe: {x: column}"]),
        ("{x: []}", ["13:16: fit.observe.x: needs a column of the data, or a list of replicate columns"]),
        ("{z: a}", ["13:13: unknown name 'z' in what was observed"]),
        (
            "{x + foo(q): a}",
            ["13:17: unknown function 'foo' in what was observed", "13:21: unknown name 'q' in what was observed"],
        ),
        ("{mu*t: a}", ["13:13: no state stands here in what was observed: the data would say nothing about the solution"]),
        ("{x: [a, a]}", ["13:3: fit.observe: column 'a' is observed 2 times: once is all that it can be"]),
        ("{x: a, y: a}", ["13:3: fit.observe: column 'a' is observed 2 times: once is all that it can be"]),
        ("{x: a, y: time}", ["13:3: fit.observe: column 'time' has the times: it cannot be observed as well"]),
        ("{x: {a: 1}}", ["13:16: fit.observe.x: must be text, not a mapping"]),
        ("[x]", ["13:12: fit.observe: must be a mapping from what was measured to its column, such as {x: column}, not a list"]),
    ],
)
def test_faulty_observables_have_their_sentences_and_places(messages, given, found):
    assert messages("{x: [a, b], x + y: c}\n  noise: {a: 0.1}", given) == found


def test_an_observable_may_have_the_time_parameters_and_functions(write):
    path = write(("x + y: c", "log(x^2 + mu)*cos(t): c"))
    assert load_problem(path).fit.observe[1].expression.symbols == {"x", "mu", "t"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("{a: -1}", ["14:14: fit.noise.a: must be positive: the standard deviation of the noise; leave it out to estimate it"]),
        ("{q: 1}", ["14:14: fit.noise.q: 'q' is not a column that is observed"]),
        ("{a: zero}", ["14:14: fit.noise.a: must be a number, not 'zero'"]),
        ("0.1", ["14:10: fit.noise: must be a mapping from column to standard deviation, such as {column: 0.1}, not 0.1"]),
    ],
)
def test_faulty_noise_has_its_sentence_and_its_place(messages, given, found):
    assert messages("{a: 0.1}", given) == found


def test_what_is_estimated_cannot_be_used_as_a_number(messages):
    found = messages("{mu: 1}\ninitial: {x: 2, y: 0}", "{mu: 1, nu: 2*mu}\ninitial: {x: mu, y: k^2}")
    sentence = "to be estimated, so it has no value that could be used here: write a number"
    assert found == [
        f"5:29: system.parameters.nu: 'mu' is {sentence}",
        f"6:14: initial.x: 'mu' is {sentence}, or name the state under fit.initial to estimate its initial value",
        f"6:21: initial.y: 'k' is {sentence}, or name the state under fit.initial to estimate its initial value",
    ]


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("  data: data.csv\n", "8:1: fit has no data, such as data: measurements.csv"),
        ("  observe: {x: [a, b], x + y: c}\n", "8:1: fit does not say what was measured, such as observe: {x: column}"),
    ],
)
def test_what_must_be_there_is_asked_for(messages, old, message):
    assert messages(old, "")[0] == message


@pytest.mark.parametrize(
    ("key", "near"), [("data: a.csv", "fit.data"), ("observe: {x: a}", "fit.observe"), ("period: 3", "periodic.period")]
)
def test_a_key_at_the_wrong_place_names_the_right_one(write, key, near):
    path = write(("time: [0, 10]\n", f"time: [0, 10]\n{key}\n"))
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert caught.value.faults[0].suggestion == near


def test_the_faults_of_the_data_and_of_the_file_come_together(write):
    path = write(("x': y\n", "x': yy\n"), csv=CSV.replace("2.5", "abc"))
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(path), 3), (str(path.with_name("data.csv")), 4)]


def test_the_data_are_found_beside_the_problem(write, tmp_path, monkeypatch):
    path = write()
    monkeypatch.chdir(tmp_path.parent)
    assert load_problem(path).fit.data.source == str(tmp_path / "data.csv")
    mapping = yaml.safe_load(FIT)
    with pytest.raises(ProblemError, match="there is no file 'data"):
        load_problem(mapping)
    monkeypatch.chdir(tmp_path)
    assert load_problem(mapping).fit.data == load_problem(path).fit.data


@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_from_python_the_data_may_be_arrays(kind):
    nothing = None if kind is not np.array else np.nan
    data = {"time": kind([0.0, 1.0, 2.5]), "a": kind([1.0, nothing, 3]), "b": kind([2, 2, nothing]), "c": kind([3, nothing, 5])}
    mapping = yaml.safe_load(FIT)
    mapping["fit"]["data"] = {**data, "other": ["x", "y"]}
    problem = load_problem(mapping)
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
def test_faulty_arrays_have_their_sentences(faults, data, message):
    mapping = yaml.safe_load(FIT)
    mapping["fit"] |= {"data": data, "observe": {"x": "a"}, "parameters": {"mu": {}}, "initial": []}
    mapping["system"]["parameters"]["k"] = 1
    (fault,) = faults(mapping)
    assert message in fault.message
    assert fault.path.startswith("fit.data")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("method: adam", "method: a fit is solved by method auto only: leave 'method' out"),
        ("boundary: [x(0) = 1, x(10) = 2]", "fit: a problem cannot have 'boundary' and 'fit': one of them must go"),
    ],
)
def test_what_does_not_go_together_with_a_fit(messages, more, message):
    assert any(message in found for found in messages("time: [0, 10]\n", f"time: [0, 10]\n{more}\n"))


def test_the_mapping_gives_the_same_fit_again(write):
    path = write()
    problem = load_problem(path)
    mapping = to_mapping(problem)
    assert mapping["fit"]["data"] == str(path.with_name("data.csv").resolve())
    again = load_problem(mapping)
    assert again.fit == problem.fit
    assert to_mapping(again) == mapping


def test_arrays_are_written_out_in_a_mapping():
    mapping = yaml.safe_load(FIT)
    mapping["fit"]["data"] = {"time": [1, 0], "a": [1, None], "b": [2, 1 / 3], "c": [None, 1e-300]}
    problem = load_problem(mapping)
    assert to_mapping(problem)["fit"]["data"] == {"time": [0, 1], "a": [None, 1], "b": [1 / 3, 2], "c": [1e-300, None]}
    assert load_problem(to_mapping(problem)).fit == problem.fit


@pytest.mark.parametrize("arrays", [False, True])
def test_a_run_has_a_copy_of_the_data_from_which_it_can_be_repeated(write, tmp_path, arrays):
    from pinnsolve.runs.directory import RunDirectory

    problem = load_problem(write())
    if arrays:
        data = problem.fit.data
        plain = Data("", data.times, data.columns, data.time_name)
        problem = problem.with_settings(fit={"data": plain})
    run = RunDirectory.create(tmp_path / "runs", "fit")
    write_problem(run, problem, b"")
    copy = run.path / "config.data.csv"
    assert arrays or copy.read_text(encoding="utf-8") == CSV
    again = load_problem(run.path / "config.resolved.yaml")
    assert again.fit.data.source == str(copy)
    assert again.fit == problem.fit


def test_a_checkpoint_holds_the_data_and_needs_no_file(write):
    path = write()
    problem = load_problem(path)
    document = problem_document(problem)
    path.with_name("data.csv").unlink()
    again = problem_from_document(document, allow_python=False)
    assert again.fit == problem.fit
    assert to_mapping(again) == to_mapping(problem)


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


def test_keywords_replace_what_they_name(write):
    path = write()
    problem, _ = read_source(path, {"fit": {"parameters": {"mu": {"start": 5}}, "observe": {"0.5*x": "c"}, "noise": {}}}, False)
    assert problem.fit.parameters["mu"].start == 5
    assert [item.text for item in problem.fit.observe] == ["0.5*x"]
    changed, _ = read_source(problem, {"fit": {"parameters": {"mu": {"start": 6}}}}, False)
    assert {name: parameter.start for name, parameter in changed.fit.parameters.items()} == {"mu": 6, "k": 1}
    assert changed.system.parameters["mu"] == 6
    changed, _ = read_source(path, {"fit": {"data": {"time": [0, 1], "a": [1, 2], "b": [3, 4], "c": [5, 6]}}}, False)
    assert changed.fit.data.count == 6


def test_a_function_in_a_file_is_fitted_by_its_parameters(write, tmp_path, faults):
    (tmp_path / "model.py").write_text("def f(t, y, p): return [y[1], -p['k'] * y[0]]\n", encoding="utf-8")
    mapping = yaml.safe_load(FIT)
    mapping["system"] = {"python": "model.py:f", "states": ["x", "y"]}
    mapping["fit"] |= {"parameters": {"k": {"start": 3}}}
    write()
    problem = load_problem(mapping, allow_python=True, directory=tmp_path)
    assert problem.system.parameters == {"k": 3.0}
    changed = problem.with_settings(fit={"parameters": {"k": {"start": 4}}})
    assert changed.system.parameters == {"k": 4.0}
    assert to_mapping(changed)["system"]["python"].endswith("model.py:f")
    mapping["fit"] |= {"parameters": {}}
    (fault,) = faults(mapping, allow_python=True, directory=tmp_path)
    assert "there is no 'k' in system.parameters" in fault.message


def test_the_description(write):
    text = describe_text(load_problem(write()))
    assert text.splitlines()[6:14] == [
        "time        from 0 to 10",
        "initial     x(0) = 2, y(0) = 0",
        "estimated   mu, sought from 1 on, between 0 and 10",
        "            k, sought from 1 on",
        "            y(0), sought from 0 on",
        "data        9 values at 4 times, from data.csv",
        "observed    x: a, b",
        "            x + y: c",
    ]
    assert "noise       a: 0.1, b: estimated, c: estimated" in text
    assert "parameters" not in text
    assert describe(load_problem(write()))["sizes"] == {
        "states": 2,
        "parameters": 2,
        "interval": 10.0,
        "unknowns": 3,
        "times": 4,
        "values": 9,
    }
