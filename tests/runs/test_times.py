"""``--times``: ranges, lists and files, each with the end that the user wrote."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pinnsolve.errors import UsageError
from pinnsolve.runs.times import parse_times


@pytest.mark.parametrize(
    ("text", "count", "last"),
    [
        ("0:20:0.01", 2001, 20.0),
        ("0:1:0.1", 11, 1.0),
        ("0:1:0.3", 5, 1.0),  # 0, 0.3, 0.6, 0.9 and the end
        ("20:0:-5", 5, 0.0),
        ("0:2*pi:pi/2", 5, 2 * math.pi),
        ("0:1:5", 2, 1.0),
        ("3:3:1", 1, 3.0),
    ],
)
def test_a_range_includes_its_end(text, count, last):
    times = parse_times(text)
    assert len(times) == count
    assert times[-1] == last


def test_the_points_of_a_range_are_equidistant():
    assert np.allclose(parse_times("-1:1:0.25"), np.linspace(-1, 1, 9), rtol=0, atol=1e-15)


def test_a_list_keeps_its_order_and_takes_constant_expressions():
    assert parse_times("2, 0,1e-3,sqrt(2)").tolist() == [2.0, 0.0, 1e-3, math.sqrt(2)]
    assert parse_times("5").tolist() == [5.0]


def test_a_file_gives_its_column_t(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes("\ufeffx, t\r\n9,0.5\r\n8,1\r\n".encode())
    assert parse_times(str(path)).tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0:1", "a range has three parts, start:end:step"),
        ("0:1:0", "the step must not be zero"),
        ("0:1:-0.1", "a step of -0.1 does not lead from 0 to 1; change its sign"),
        ("0:1:1e-30", "more than 50,000,000; choose a larger step"),
        ("0,one", "'one' is not a number; give a range 0:20:0.01, a list 0,1,2 or a CSV file with a column t"),
        ("", "'' is not a number"),
        ("1/0", "is not a"),
        ("missing.csv", "there is no file missing.csv"),
    ],
)
def test_what_is_no_time_is_named(text, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        parse_times(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "has no column t; its columns are a, b"),
        ("", "has no column t; its columns are none"),
        ("t\n1\n\nx\n", "times.csv:4: 'x' in the column t is not a finite number"),
        ("t\nnan\n", "times.csv:2: 'nan' in the column t is not a finite number"),
        ("a,t\n1\n", "times.csv:2: '' in the column t"),
    ],
)
def test_a_faulty_file_is_named_with_its_line(tmp_path, content, message):
    (tmp_path / "times.csv").write_text(content)
    with pytest.raises(UsageError) as caught:
        parse_times(str(tmp_path / "times.csv"))
    assert message in str(caught.value)
