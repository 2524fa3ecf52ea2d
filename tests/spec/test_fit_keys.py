"""Fits of a problem file: what is estimated, from which columns, and what is said where they do not fit together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec import describe, describe_text, load_problem, to_mapping


@pytest.fixture
def messages(write_fit):
    """The faults of the problem with one piece replaced: line:column and message."""

    def find(old, new):
        path = write_fit((old, new))
        with pytest.raises(ProblemError) as caught:
            load_problem(path)
        return [f"{fault.line}:{fault.column}: {fault.message}" for fault in caught.value.faults]

    return find


def test_what_is_estimated_and_from_what(write_fit):
    problem = load_problem(write_fit())
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


def test_the_start_wins_over_the_value_of_the_parameter(write_fit):
    problem = load_problem(write_fit(("{mu: {bounds: [0, 10]}", "{mu: {start: 3}")))
    assert problem.system.parameters["mu"] == 3
    assert load_problem(write_fit(), overrides={"fit.parameters.mu.start": 4}).fit.parameters["mu"].start == 4


def test_a_parameter_can_be_estimated_from_the_command_line_alone(write_fit):
    path = write_fit((", k: {start: 2*0.5}", ""), ("{mu: 1}", "{mu: 1, k: 2}"))
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
def test_a_bound_may_be_missing(write_fit, bounds, expected):
    assert load_problem(write_fit(("[0, 10]}", f"{bounds}}}"))).fit.parameters["mu"].bounds == expected


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


STARTS = "the search starts from the values under 'initial', and bounds are for parameters only"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("[z]", ["10:13: fit.initial[0]: 'z' is not a state (these are x, y)"]),
        ("[y, x, y]", ["10:19: fit.initial[2]: 'y' is named twice"]),
        ("[3]", ["10:13: fit.initial[0]: '3' is not a state (these are x, y)"]),
        ("[[y]]", ["10:13: fit.initial[0]: must be text, not a list"]),
        ("{y: {start: 3}}", ["10:12: fit.initial: must be a list of states, such as [y], not a mapping: " + STARTS]),
        ("[{x: 3, y: 1}]", ["10:12: fit.initial: must be a list of states, such as [x, y], not a mapping: " + STARTS]),
    ],
)
def test_only_the_initial_values_of_states_can_be_estimated(messages, given, found):
    assert messages("[y]", given) == found


def test_one_state_and_one_column_need_no_brackets(write_fit):
    fit = load_problem(write_fit(("[y]", "y"), ("{x: [a, b], x + y: c}", "{x: a}"))).fit
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


def test_an_observable_may_have_the_time_parameters_and_functions(write_fit):
    path = write_fit(("x + y: c", "log(x^2 + mu)*cos(t): c"))
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
def test_a_key_at_the_wrong_place_names_the_right_one(write_fit, key, near):
    path = write_fit(("time: [0, 10]\n", f"time: [0, 10]\n{key}\n"))
    with pytest.raises(ProblemError) as caught:
        load_problem(path)
    assert caught.value.faults[0].suggestion == near


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("method: adam", "method: a fit is solved by method auto only: leave 'method' out"),
        ("boundary: [x(0) = 1, x(10) = 2]", "fit: a problem cannot have 'boundary' and 'fit': one of them must go"),
    ],
)
def test_what_does_not_go_together_with_a_fit(messages, more, message):
    assert any(message in found for found in messages("time: [0, 10]\n", f"time: [0, 10]\n{more}\n"))


def test_a_function_in_a_file_is_fitted_by_its_parameters(write_fit, tmp_path, faults, fit_mapping):
    (tmp_path / "model.py").write_text("def f(t, y, p): return [y[1], -p['k'] * y[0]]\n", encoding="utf-8")
    mapping = fit_mapping
    mapping["system"] = {"python": "model.py:f", "states": ["x", "y"]}
    mapping["fit"] |= {"parameters": {"k": {"start": 3}}}
    write_fit()
    problem = load_problem(mapping, allow_python=True, directory=tmp_path)
    assert problem.system.parameters == {"k": 3.0}
    changed = problem.with_settings(fit={"parameters": {"k": {"start": 4}}})
    assert changed.system.parameters == {"k": 4.0}
    assert to_mapping(changed)["system"]["python"].endswith("model.py:f")
    mapping["fit"] |= {"parameters": {}}
    (fault,) = faults(mapping, allow_python=True, directory=tmp_path)
    assert "there is no 'k' in system.parameters" in fault.message


def test_the_description(write_fit):
    text = describe_text(load_problem(write_fit()))
    assert text.splitlines()[6:14] == [
        "time        from 0 to 10",
        "initial     x(0) = 2",
        "estimated   mu, sought from 1, between 0 and 10",
        "            k, sought from 1",
        "            y(0), sought from 0",
        "data        9 values at 4 times, from data.csv",
        "observed    x: a, b",
        "            x + y: c",
    ]
    assert "noise       a: 0.1, b: estimated, c: estimated" in text
    assert "parameters" not in text
    assert describe(load_problem(write_fit()))["sizes"] == {
        "states": 2,
        "parameters": 2,
        "interval": 10.0,
        "unknowns": 3,
        "times": 4,
        "values": 9,
    }
