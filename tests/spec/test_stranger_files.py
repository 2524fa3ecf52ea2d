"""A file from a stranger is safe: whatever it holds, it runs nothing and ends in a problem or in a ProblemError."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinnsolve.errors import ProblemError
from pinnsolve.spec import fault_to_json, load_problem, parse_override, to_mapping

PIECES = [
    *["system:", "  equations:", "    x': y", "    y': -x", "- x' = y", "initial:", "{x: 1, y: 2}", "time: [0, 1]"],
    *["training: {points: 1}", "network:", "time", "a.b", "[0]", "=", "sin(", ")", ",", "x", "y''", "1e3", "𝑥", "′"],
    *["[", "]", "{", "}", "&a", "*a", "!x", "|", ">-", "'", '"', "\\", "#", " #", ": ", ":", "- ", "? ", "%TAG", "---"],
    *["...", "\t", "\n", "\r\n", " ", "  ", ".inf", "null", "true", "<<: *a", "\u2028", "\x85", "\x07", "\ufeff", "\0"],
    *["boundary: [x(0) = 1, ", "x'(1) = x(0)", "periodic: {period: 3}", "fit: {data: ", "observe: {x: a}", "initial: [x]"],
    *["!!python/object/apply:os.system ['true']", "__import__('os')"],
]
FORBIDDEN = (
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
    "subprocess.Popen",
    "socket.connect",
    "exec",
    "compile",
)

anything = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
data = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(PIECES)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=8,
)
KEYS = [
    "system",
    "initial",
    "time",
    "network",
    "training",
    "output",
    "method",
    "accuracy",
    "name",
    "seed",
    "dtype",
    "device",
    "boundary",
    "periodic.period",
    "fit",
    "fit.data",
    "fit.observe",
    "fit.parameters.x.bounds",
]


guard = {"on": False, "seen": []}


def watch(event, arguments):
    """Note what the interpreter does while the guard is on: running code, starting programs, writing files."""
    if guard["on"] and (event in FORBIDDEN or (event == "open" and set(str(arguments[1])) & set("wax+"))):
        guard["seen"].append(event)


@pytest.fixture(scope="module", autouse=True)
def hook():
    load_problem({"system": {"equations": {"x": "-x"}}, "initial": {"x": 1}, "time": [0, 1]})  # what is imported late
    b"x".decode("utf-8-sig")
    sys.addaudithook(watch)


def outcome(load):
    """Load; a problem must be whole, and a fault must be readable by people and programs."""
    guard["on"] = True
    try:
        problem = load()
    except ProblemError as error:
        guard["on"] = False
        assert error.faults
        for fault in error.faults:
            assert fault.message
            assert str(fault)
            assert set(fault_to_json(fault)) == {"file", "line", "column", "path", "message", "suggestion"}
    else:
        guard["on"] = False
        assert to_mapping(problem)["system"]
    finally:
        guard["on"] = False
    assert not guard["seen"]


@settings(max_examples=300, deadline=None)
@given(anything)
def test_any_text(text):
    outcome(lambda: load_problem("-", stdin_text=text))


@settings(max_examples=200, deadline=None)
@given(
    anything,
    st.sampled_from(["x': y", "mu*(1 - x^2)*y - x", "{mu: 1}", "{x: 2, y: 0}", "[0, 20]", "time", "\n", "initial"]),
)
def test_any_text_in_place_of_a_piece_of_a_good_file(text, piece):
    good = (Path(__file__).parents[2] / "configs" / "van_der_pol.yaml").read_text(encoding="utf-8")
    outcome(lambda: load_problem("-", stdin_text=good.replace(piece, text, 1)))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), data))
def test_any_mapping(mapping):
    outcome(lambda: load_problem(mapping))


@settings(max_examples=100, deadline=None)
@given(system=st.dictionaries(st.sampled_from(["equations", "parameters", "python", "states"]), data))
def test_any_system(system):
    outcome(lambda: load_problem({"system": system, "initial": {"x": 1}, "time": [0, 1]}))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "problem.yaml"
    path.write_bytes(content)
    outcome(lambda: load_problem(path))


@settings(max_examples=200, deadline=None)
@given(anything)
def test_any_override(text):
    def load():
        key, value = parse_override(text)
        return load_problem({"system": {"equations": {"x": "-x"}}, "initial": {"x": 1}, "time": [0, 1]}, overrides={key: value})

    outcome(load)


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['echo']",
        "system: !!python/name:os.system\ninitial: {x: 1}\ntime: [0, 1]",
        "system: {equations: {x': \"__import__('os').system('echo')\"}}\ninitial: {x: 1}\ntime: [0, 1]",
        'system: {equations: {x\': "x.__class__.__bases__[0]"}}\ninitial: {x: 1}\ntime: [0, 1]',
        "system: {python: 'os:system', states: [x]}\ninitial: {x: 1}\ntime: [0, 1]",
        "system: {equations: {x': x}}\ninitial: {x: \"exec('1')\"}\ntime: [0, 1]",
    ],
)
def test_known_ways_to_run_code_are_faults(text):
    with pytest.raises(ProblemError):
        load_problem("-", stdin_text=text)
    outcome(lambda: load_problem("-", stdin_text=text))


def test_the_guard_sees_what_it_is_for():
    def run():
        eval("1")
        raise ProblemError(["faulty"])

    with pytest.raises(AssertionError):
        outcome(run)
    assert "exec" in guard["seen"]
    guard["seen"].clear()
