"""Settings from the command line win over the file and have faults without a place in it."""

from __future__ import annotations

import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec import parse_override


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("network.windows=1", "network.windows", 1),
        ("accuracy = 1e-3", "accuracy", 1e-3),
        ("name=yes", "name", "yes"),
        ("time=[0, 1e1]", "time", [0, 10.0]),
        ("initial={x: 2*pi, y: 0}", "initial", {"x": "2*pi", "y": 0}),
        ("initial.x'=3", "initial.x'", 3),
        ("system.equations.y'=x == 1", "system.equations.y'", "x == 1"),
        ("description=", "description", None),
        ("description='a: b'", "description", "a: b"),
    ],
)
def test_an_override_is_key_and_yaml_value(text, key, value):
    result = parse_override(text)
    assert result == (key, value)
    assert type(result[1]) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accuracy", "'accuracy' must be key=value, such as network.windows=1"),
        ("=3", "'=3' must be key=value"),
        ("time=[0, 1", "time: the text ends before every '[' and '{' is closed"),
        ("system.equations.x'=*y", "quote it"),
        ("network={a: 1, a: 2}", "network: 'a' is given twice"),
    ],
)
def test_what_is_no_override_has_its_sentence(text, message):
    with pytest.raises(ProblemError) as caught:
        parse_override(text)
    assert message in str(caught.value)


def test_overrides_win_over_the_file(read, van_der_pol):
    problem = read(
        van_der_pol + "training: [{points: 5}, {points: 6}]\nmethod: [adam, lbfgs]\n",
        overrides={
            "system.parameters.mu": 3,
            "system.equations.x'": "2*y",
            "initial.x": "mu",
            "time[1]": 5,
            "training[1].points": 7,
            "network.windows": 2,
            "output": {"points": 9},
            "name": "other",
        },
    )
    assert problem.system.parameters == {"mu": 3.0}
    assert problem.system.source["x'"] == "2*y"
    assert (problem.initial, problem.time, problem.name) == ((3.0, 0.0), (0.0, 5.0), "other")
    assert [stage.points for stage in problem.training] == [5, 7]
    assert (problem.network.windows, problem.output.points) == (2, 9)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"network.windows": "many"}, "network.windows: must be a whole number, not 'many'"),
        ({"network.widnows": 1}, "network.widnows: unknown key 'widnows' in network (did you mean 'windows'?)"),
        ({"netwrk.windows": 1}, "netwrk: unknown key 'netwrk' (did you mean 'network'?)"),
        ({"accuracy": 2}, "accuracy: must lie between 0 and 1, such as 1e-6"),
        ({"time": [1, 1]}, "time: the interval has zero length: start and end are the same"),
        ({"time.end": 1}, "time has no key 'end': it is a list"),
        ({"time[2]": 1}, "time has no entry 2: it has 2 entries"),
        ({"initial[0]": 1}, "initial has no entry 0: it is a mapping"),
        ({"initial.z": 1}, "initial.z: 'z' is not a state (these are x and y)"),
        (
            {"system.parameters.mue": 1},
            "system.parameters.mue: the problem has no parameter 'mue' (did you mean 'mu'?)",
        ),
        (
            {"system.equations.y'": "bad"},
            "system.equations.y': unknown name 'bad' in the equation for y'\n    bad\n    ^~~",
        ),
        ({"mu": 3}, "mu: unknown key 'mu' (did you mean 'system.parameters.mu'?)"),
        ({"initial": {"x": 1}}, "initial has no value for y"),
        ({"a..b": 1}, "a..b: 'a..b' is not a dotted key, such as network.windows or training[1].points"),
    ],
)
def test_a_wrong_override_has_its_sentence_and_no_place(faults, van_der_pol, overrides, message):
    (fault,) = faults(van_der_pol, overrides=overrides)
    assert str(fault) == message
    assert (fault.file, fault.line) == (None, None)


def test_the_file_is_still_checked_beside_the_overrides(faults, van_der_pol):
    found = faults(van_der_pol.replace("mu*", "mue*"), overrides={"accuracy": "abc"})
    assert [fault.line for fault in found] == [None, 4]


def test_an_override_can_mend_the_file(read, van_der_pol):
    text = van_der_pol.replace("mu*", "mue*") + "accuracy: 5\n"
    problem = read(text, overrides={"accuracy": 1e-4, "system.equations.y'": "-x"})
    assert (problem.accuracy, problem.system.source["y'"]) == (1e-4, "-x")
