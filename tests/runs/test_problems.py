"""Sources of every kind become the same problem, and YAML text that reads back as itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinnsolve.errors import ProblemError
from pinnsolve.runs.problems import read_source, to_yaml
from pinnsolve.spec import load_problem, to_mapping
from pinnsolve.spec.yaml_reader import read_yaml

from .helpers import VAN_DER_POL


@pytest.mark.parametrize("kind", ["path", "text", "binary", "mapping"])
def test_every_source_is_the_same_problem(problem_file, kind):
    expected = to_mapping(load_problem(problem_file))
    source = {
        "path": problem_file,
        "text": io.StringIO(VAN_DER_POL),
        "binary": io.BytesIO(b"\xef\xbb\xbf" + VAN_DER_POL.encode()),
        "mapping": expected,
    }[kind]
    problem, _ = read_source(source, {"name": "vdp"}, allow_python=False)
    assert to_mapping(problem) == expected


def test_settings_change_only_the_keys_that_they_name(problem_file):
    problem, _ = read_source(
        problem_file,
        {"accuracy": 1e-3, "output": {"points": 7}, "system.parameters.mu": 3, "time": (0, np.float64(2))},
        False,
    )
    assert problem.accuracy == 1e-3
    assert (problem.output.points, problem.output.formats) == (7, ("svg",))
    assert problem.system.parameters == {"mu": 3.0}
    assert problem.time == (0.0, 2.0)


def test_settings_of_a_problem_change_only_the_keys_that_they_name(problem_file):
    problem = load_problem(problem_file)
    changed, config = read_source(problem, {"output": {"points": 7}, "accuracy": 1e-3}, False)
    assert (changed.output.points, changed.output.formats, changed.accuracy) == (7, ("svg",), 1e-3)
    assert to_mapping(load_problem(read_yaml(config.decode(), None, None)[0].data)) == to_mapping(changed)


@pytest.mark.parametrize("as_problem", [False, True])
@pytest.mark.parametrize(
    ("settings", "near"),
    [({"acuracy": 1e-3}, "accuracy"), ({"network": {"window": 1}}, "windows")],
    ids=["top", "nested"],
)
def test_an_unknown_keyword_names_the_nearest_key(problem_file, as_problem, settings, near):
    source = load_problem(problem_file) if as_problem else problem_file
    with pytest.raises(ProblemError, match=f"unknown key .*did you mean '{near}'") as caught:
        read_source(source, settings, False)
    assert caught.value.exit_code == 2


def test_input_that_is_not_text_is_a_fault():
    with pytest.raises(ProblemError, match="<stdin>: is not UTF-8 text: save it as UTF-8"):
        read_source(io.BytesIO(b"\xff\xfe\x00"), {}, False)


PLAIN = st.recursive(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(["1e-3", "on", "no", "null", "~", "true", "- x", "*a", "x # y", "0x10", "1_000", "12:30:00", "=", "2*y"]),
        st.integers(-(10**6), 10**6),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
    ).filter(lambda value: not isinstance(value, str) or value.isprintable()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abxy' .", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["a", "y", "on", "x'"]), PLAIN, min_size=1))
def test_written_yaml_reads_back_as_the_same_data(data):
    assert read_yaml(to_yaml(data), None, None)[0].data == data
