"""Data files as people have them: every usual form is read, everything else is said with its line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinnsolve.errors import ProblemError
from pinnsolve.problem import Data
from pinnsolve.spec import data as data_module
from pinnsolve.spec import fault_to_json, load_problem
from pinnsolve.spec.data import data_text, read_data


@pytest.fixture
def read(tmp_path):
    """The data of a text (or bytes) with the columns t, x and y, or those that are named."""

    def reader(content, time="t", names=("x", "y"), name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_data(path, time, names)

    return reader


@pytest.fixture
def faults(read):
    """Line and message of every fault of a text."""

    def find(content, **more):
        with pytest.raises(ProblemError) as caught:
            read(content, **more)
        assert all(fault.path == "fit.data" for fault in caught.value.faults)
        return [(fault.line, fault.message) for fault in caught.value.faults]

    return find


PLAIN = "t,x,y\n0,1,2\n1,3,4\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ", "),
        "# measured on a Monday\n\n" + PLAIN.replace("1,3", "# in between\n\n1,3") + "\n\n",
        "t,x,y,\n0,1,2,\n1,3,4,\n",
        '"t","x","y"\n"0","1","2"\n"1","3","4"\n',
        "note,y,t,x\nsome text,2,0,1\n\"quoted, with a comma\",4,1,3\n",
        "t,x,y\n+0.0,1.,2e0\n1E0,30e-1,.4e1\n",
        "t,x,y\n1,3,4\n0,1,2\n",
        "t,x,y\n0,1,2\n0.5,,NA\n1,3,4\n",
        "t,x,y,note\n0,1,2,\"of\ntwo lines\"\n1,3,4,\n",
    ],
    ids=[
        "plain", "no last line end", "windows", "old mac", "byte order mark", "semicolons", "tabs", "spaces", "comments",
        "empty last column", "quotes", "other columns", "ways to write numbers", "unsorted", "row of gaps", "line in quotes",
    ],
)  # fmt: skip
def test_a_table_is_read_in_every_usual_form(read, text):
    data = read(text)
    assert data.times.tolist() == [0, 1]
    assert {name: column.tolist() for name, column in data.columns.items()} == {"x": [1, 3], "y": [2, 4]}


@pytest.mark.parametrize("gap", ["", " ", "NA", "na", "NaN", "nan", "N/A", "null", "None", '""'])
def test_a_gap_is_a_gap_however_it_is_written(read, gap):
    data = read(f"t,x,y\n0,{gap},2\n1,3,{gap}\n")
    np.testing.assert_array_equal(data.columns["x"], [np.nan, 3])
    np.testing.assert_array_equal(data.columns["y"], [2, np.nan])
    assert data.count == 2


def test_one_row_and_one_column(read):
    data = read("t,x\n2,3\n", names=("x",))
    assert (data.times.tolist(), data.columns["x"].tolist(), data.count) == ([2], [3], 1)


def test_names_are_compared_in_their_normal_form(read):
    assert read("t, x₁ ,y\n0,1,2\n", names=("x1", "y")).columns["x1"].tolist() == [1]


def test_rows_keep_their_lines_when_they_are_sorted(read):
    assert read("t,x,y\n# comment\n3,1,1\n1,2,2\n\n2,3,3\n").lines == (4, 6, 3)


def test_the_line_is_that_where_a_row_begins_also_behind_line_breaks_in_quotes(faults):
    assert faults('t,x,y,note\n0,1,2,"a\nb\nc"\n1,q,2,\n') == [
        (5, "column 'x' has 'q', which is not a number (an empty cell is a gap)")
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("t,x,y\n0,a,2\n", 2, "column 'x' has 'a', which is not a number (an empty cell is a gap)"),
        ("t,x,y\nq,1,2\n", 2, "column 't' has 'q', which is not a number"),
        ("t;x;y\n0;1,5;2\n", 2, "column 'x' has '1,5', which is not a number (the decimal point is .)"),
        ("t,x,y\n0,1_000,2\n", 2, "column 'x' has '1_000', which is not a number"),
        ("t,x,y\n0,0x10,2\n", 2, "column 'x' has '0x10', which is not a number"),
        ("t,x,y\n0,2*pi,2\n", 2, "column 'x' has '2*pi', which is not a number"),
        ("t,x,y\n0,inf,2\n", 2, "column 'x' has 'inf': a value must be finite; leave the cell empty if there is none"),
        ("t,x,y\n0,-Infinity,2\n", 2, "column 'x' has '-Infinity': a value must be finite"),
        ("t,x,y\n0,1e999,2\n", 2, "column 'x' has '1e999', which is too large for a number"),
        ("t,x,y\n,1,2\n", 2, "the time is missing: column 't' is empty where others have values"),
        ("t,x,y\n0,1\n", 2, "this row has 2 cells and the header has 3: write nothing between two separators for a gap"),
        ("t,x,y\n0,1,2,3\n", 2, "this row has 4 cells and the header has 3: quote a cell with a separator in it"),
        ("0,1,2\n1,2,3\n", 1, "the first row must have the names of the columns, and it has numbers"),
        (
            "# t,x,y\n0,1,2\n",
            2,
            "the first row must have the names of the columns, and it has numbers (a line that begins with #",
        ),
        ("t,x,x\n0,1,2\n", 1, "there are 2 columns 'x': rename all but one"),
        ("t,x,z\n0,1,2\n", 1, "there is no column 'y' (the columns are t, x, z)"),
        ("time,x,y\n0,1,2\n", 1, "there is no column of times 't' (the columns are time, x, y); name it with fit.time"),
        ("", None, "the file is empty: its first row has the names of the columns"),
        ("# only a comment\n\n", None, "the file is empty"),
        ('t,x,y\n0,"1"2,3\n', 2, "a quotation mark is out of place here"),
        ('t,x,y\n0,1,2\n3,"4,5\n6,7,8\n', 3, "a quotation mark is out of place here"),
        (b"\xff\xfet\x00,\x00", 1, "is not UTF-8 text (byte 0xff at position 0): save it as CSV in UTF-8"),
        ("t,x,y\nGröße,1,2\n".encode("latin-1"), 2, "is not UTF-8 text (byte 0xf6 at position 8)"),
        (b"t,x,y\n0,\x00,2\n", None, "is not a text file: save the data as CSV in UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(faults, text, line, message):
    found = [(number, text) for number, text in faults(text) if "column 'y'" not in text or "'y'" in message]
    assert found[0][0] == line
    assert found[0][1].startswith(message)


@pytest.mark.parametrize(("header", "near"), [("t,positon", "positon"), ("t,Position ", "Position"), ("t,velocity", None)])
def test_an_unknown_column_names_the_nearest_one(read, header, near):
    with pytest.raises(ProblemError) as caught:
        read(f"{header}\n0,1\n", names=("position",))
    assert caught.value.faults[0].suggestion == near


def test_all_faults_are_reported_up_to_a_bearable_number(faults):
    found = faults("t,x,y\n" + "".join(f"{row},1,2,{row}\n" for row in range(40)))
    assert [line for line, _ in found[:4]] == [2, 3, 4, 5]
    assert len(found) == 21
    assert found[-1] == (None, "… and 20 more faults")


def test_a_column_that_is_wrong_throughout_is_said_once_with_its_first_cells(faults):
    found = faults("t;x;y\n" + "".join(f"{row};{row},5;{row}\n" for row in range(40)))
    assert [line for line, _ in found] == [2, 3, 4, 5]
    assert found[-1] == (5, "… and 37 more cells of column 'x' from here on")


def test_a_row_of_units_is_taken_for_what_it_is(faults):
    assert faults("t,x,y\nh,mg/L,%\n0,1,2\n") == [
        (2, "this row has no numbers but 'h', 'mg/L', '%': begin it with # if these are units")
    ]


def test_a_file_that_is_not_there_names_the_nearest_one(read, tmp_path):
    read(PLAIN, name="measurements.csv")
    with pytest.raises(ProblemError) as caught:
        read_data(tmp_path / "measurement.csv", "t", ["x"])
    (fault,) = caught.value.faults
    assert fault.message.startswith("there is no file '")
    assert fault.suggestion == "measurements.csv"
    with pytest.raises(ProblemError, match="there is no file"):
        read_data(tmp_path / "nowhere" / "a.csv", "t", ["x"])
    with pytest.raises(ProblemError, match="is not a file"):
        read_data(tmp_path, "t", ["x"])


def test_a_file_that_is_too_large_is_not_read(read, monkeypatch):
    monkeypatch.setattr(data_module, "LARGEST_DATA", 1_000)
    with pytest.raises(ProblemError, match="is larger than 0 MB: thin it out"):
        read(PLAIN + "2,3,4\n" * 200)


PROBLEM = {
    "system": {"equations": {"x'": "-k*x"}, "parameters": {"k": 1}},
    "initial": {"x": 1},
    "time": [0, 10],
    "fit": {"parameters": {"k": {}}, "initial": "x", "data": "data.csv", "observe": {"x": "x"}},
}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            ["0,1", "11,2", "-1,3"],
            [(3, "the time 11 lies outside the interval of 'time', from 0 to 10"), (4, "the time -1 lies outside")],
        ),
        (
            ["0,1", "5,2", "0,3"],
            [(4, "the time 0 is there twice (first in line 2): average these rows, or give replicates as columns")],
        ),
        (["0,1"], [(None, "1 value cannot determine 2 unknowns: measure more, or fit fewer parameters")]),
        (["0,", "5,"], [(None, "column 'x' has no values")]),
        ([], [(None, "column 'x' has no values")]),
    ],
)
def test_data_that_do_not_fit_the_problem_are_refused(tmp_path, rows, found):
    (tmp_path / "data.csv").write_text("t,x\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        load_problem(PROBLEM, directory=tmp_path)
    faults = caught.value.faults
    assert [fault.line for fault in faults] == [line for line, _ in found]
    for fault, (_, message) in zip(faults, found, strict=True):
        assert fault.message.startswith(message)
        assert fault_to_json(fault)["file"] == str(tmp_path / "data.csv")


def test_very_many_times_outside_are_counted(tmp_path):
    (tmp_path / "data.csv").write_text("t,x\n" + "".join(f"{row},1\n" for row in range(100)), encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        load_problem(PROBLEM, directory=tmp_path)
    assert len(caught.value.faults) == 11
    assert caught.value.faults[-1].message == "… and 79 more times outside the interval"


def test_a_time_rounded_at_the_end_of_the_interval_is_inside(tmp_path):
    (tmp_path / "data.csv").write_text("t,x\n0,1\n10.000000000001,2\n", encoding="utf-8")
    assert load_problem(PROBLEM, directory=tmp_path).fit.data.times[-1] > 10
    backward = {**PROBLEM, "time": [10, 0]}
    assert load_problem(backward, directory=tmp_path).fit.data.times.tolist() == [0, 10.000000000001]


numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
tables = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=n, max_size=n, unique=True),
        st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=1, max_size=3),
    )
)


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(["x", "a,b", 'say "x"', "größe", "x y"]))
def test_what_is_written_reads_back_as_the_same_numbers(tmp_path_factory, table, name):
    times, columns = table
    order = np.argsort(times)
    kept = [row for row in order if any(column[row] is not None for column in columns)]
    arrays = {
        f"{name}{j}": np.array([math.nan if column[row] is None else column[row] for row in kept])
        for j, column in enumerate(columns)
    }
    data = Data("", np.array([times[row] for row in kept]), arrays)
    path = tmp_path_factory.mktemp("table") / "data.csv"
    path.write_text(data_text(data), encoding="utf-8", newline="")
    assert read_data(path, "t", list(arrays)) == data


pieces = st.sampled_from([*"tx,;\t\n\"'#0 1.e-", "t,x\n", "nan", "\r", "\x00", "é"])


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=30).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_data_or_a_fault(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "data.csv"
    path.write_bytes(content)
    try:
        data = read_data(path, "t", ["x"])
    except ProblemError as error:
        assert all(fault.message for fault in error.faults)
    else:
        assert np.isfinite(data.times).all()
        assert (np.diff(data.times) >= 0).all()
