"""Paths in messages can be copied into a shell."""

from __future__ import annotations

import os
import shlex

import pytest

from pinnsolve.wording import counted, listed, typed


@pytest.mark.parametrize("path", ["runs/vdp-2", "../runs/Räuber_µ", "/a/b.yaml"])
def test_a_plain_path_is_typed_as_it_is(path):
    assert typed(path) == path


@pytest.mark.parametrize("path", ["runs/my run", "runs/a&b", "runs/(1)", "it's", "$HOME/x y", 'a"b', ""])
@pytest.mark.skipif(os.name != "posix", reason="the shell is POSIX")
def test_any_other_path_is_one_word_of_a_shell(path):
    assert shlex.split(typed(path)) == [path]
    assert typed("my run") == '"my run"'


def test_things_are_counted():
    assert [counted(number, "value") for number in (0, 1, 1200)] == ["0 values", "1 value", "1,200 values"]
    assert [counted(number, "pass") for number in (1, 2)] == ["1 pass", "2 passes"]


def test_names_are_listed_as_people_do():
    assert [listed(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
