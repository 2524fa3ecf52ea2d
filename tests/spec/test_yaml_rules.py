"""Scalars follow YAML 1.2: names stay names, numbers are decimal, keys are text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec.yaml_reader import DEEPEST, read_scalar, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1E3", 1000.0),
        ("+1.5e+2", 150.0),
        (".5", 0.5),
        ("-2.", -2.0),
        ("007", 7),
        ("-12", -12),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
    ],
)
def test_core_scalars_are_read(text, value):
    result = read_scalar(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize("text", ["on", "off", "yes", "no", "y", "n", "Y", "N", "0x1F", "0o17", "1_000", "1:30", ".inf", ".nan"])
def test_what_only_older_yaml_reads_otherwise_stays_text(text):
    assert read_scalar(text) == text


def test_a_number_too_large_for_a_float_is_infinite_and_not_an_error():
    assert read_scalar("1" * 5000) == float("inf")


def data_of(text):
    source, faults = read_yaml(text, "f.yaml", Path())
    assert not faults
    return source.data


def test_keys_are_always_text():
    assert data_of("{n: 1, y: 2, 1: 3, true: 4, 1e3: 5}") == {"n": 1, "y": 2, "1": 3, "true": 4, "1e3": 5}


def test_keys_are_normalised_to_their_compatibility_form():
    assert list(data_of("𝑥: 1\nﬁ: 2")) == ["x", "fi"]


def test_quoted_scalars_are_text():
    assert data_of("a: '1'\nb: \"true\"\nc: |\n  2\n") == {"a": "1", "b": "true", "c": "2\n"}


def test_line_ends_of_windows_give_the_same_data():
    text = "a: 1\nb:\n  - x\n  - >\n    folded\n    text\n"
    assert data_of(text.replace("\n", "\r\n")) == data_of(text)


@pytest.mark.parametrize("text", ["", "# a comment\n", "---\n", "---\n...\n"])
def test_an_empty_text_has_no_data(text):
    assert data_of(text) is None


def test_a_duplicate_key_is_a_fault_with_both_places():
    _, faults = read_yaml("a: 1\nb: {c: 1,\n  c: 2}\na: 3\n", "f.yaml", Path())
    assert [str(fault).splitlines()[0] for fault in faults] == [
        "f.yaml:3:3: 'c' is given twice, first in line 2",
        "f.yaml:4:1: 'a' is given twice, first in line 1",
    ]


@pytest.mark.parametrize("text", ["? [1, 2]\n: 3\n", "{a: 1}: 2\n"])
def test_a_key_that_is_no_scalar_is_a_fault(text):
    _, faults = read_yaml(text, "f.yaml", Path())
    assert [fault.message for fault in faults] == ["a key must be a name"]


@pytest.mark.parametrize(("text", "sign"), [("a: &b 1\n", "&"), ("a: *b\n", "*"), ("a: !!python/object:os.system {}\n", "!")])
def test_anchors_aliases_and_tags_are_refused(text, sign):
    _, faults = read_yaml(text, "f.yaml", Path())
    assert len(faults) == 1
    assert f"'{sign}' begins a YAML" in faults[0].message
    assert "quote it" in faults[0].message


def test_aliases_of_aliases_do_not_multiply():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    source, faults = read_yaml(bomb, "f.yaml", Path())
    assert source.data["i"] == [0, 0]
    assert len(faults) == 9 + 2 * 8


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "{a: " * 500, "".join(" " * depth + "a:\n" for depth in range(200))])
def test_nesting_is_limited(text):
    with pytest.raises(ProblemError, match=f"nested deeper than {DEEPEST} levels"):
        read_yaml(text, "f.yaml", Path())


def test_a_second_document_is_refused():
    _, (fault,) = read_yaml("a: 1\n---\nb: 2\n", "f.yaml", Path())
    assert str(fault).startswith("f.yaml:2:1: a second document begins here ('---'): a file holds one problem")
