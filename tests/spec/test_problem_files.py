"""Files that cannot be read get one clear fault; names and relative paths come from the file."""

from __future__ import annotations

import os

import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec import fault_to_json, load_problem
from pinnsolve.spec.load import LARGEST_FILE


def fault_of(source, **more):
    with pytest.raises(ProblemError) as caught:
        load_problem(source, **more)
    (fault,) = caught.value.faults
    return fault


def test_the_name_is_the_stem_of_the_file(tmp_path, van_der_pol):
    path = tmp_path / "my vdp.v2.yaml"
    path.write_text(van_der_pol, encoding="utf-8")
    assert load_problem(path).name == "my vdp.v2"
    assert load_problem(str(path)).name == "my vdp.v2"


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such file")
def test_a_stem_that_is_no_name_everywhere_is_made_one(tmp_path, van_der_pol):
    path = tmp_path / "a:b?.yaml"
    path.write_text(van_der_pol, encoding="utf-8")
    assert load_problem(path).name == "a-b-"


@pytest.mark.parametrize(("stem", "name"), [("a" * 150, "a" * 100), ("語" * 83, "語" * 80)], ids=["letters", "bytes"])
def test_a_stem_that_is_too_long_for_a_directory_is_cut(tmp_path, van_der_pol, stem, name):
    path = tmp_path / f"{stem}.yaml"
    path.write_text(van_der_pol, encoding="utf-8")
    assert load_problem(path).name == name


def test_standard_input_and_mappings_are_called_problem(read, van_der_pol):
    assert read(van_der_pol).name == "problem"
    assert load_problem({"system": {"equations": {"x'": 1}}, "initial": {"x": 0}, "time": [0, 1]}).name == "problem"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, van_der_pol):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + van_der_pol.replace("mu*", "mue*").replace("\n", "\r\n").encode())
    fault = fault_of(path)
    assert (fault.line, fault.column) == (4, 9)
    path.write_bytes(b"\xef\xbb\xbf" + van_der_pol.encode())
    assert load_problem(path).system.states == ("x", "y")


def test_a_missing_file_suggests_its_neighbour(tmp_path, van_der_pol):
    (tmp_path / "van_der_pol.yaml").write_text(van_der_pol, encoding="utf-8")
    for name in ("van_der_pool.yaml", "van_der_pol", "van_der_pol.yml"):
        fault = fault_of(tmp_path / name)
        assert fault.message == "there is no such file"
        assert fault.suggestion == str(tmp_path / "van_der_pol.yaml")
    assert fault_of(tmp_path / "nowhere" / "x.yaml").suggestion is None


def test_a_directory_is_no_problem_file(tmp_path):
    assert fault_of(tmp_path).message == "is a directory, not a problem file"
    (tmp_path / "config.yaml").write_text("", encoding="utf-8")
    assert fault_of(tmp_path).suggestion == str(tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty: a problem is a mapping with the keys system, initial and time"),
        (b"# nothing\n", "the file is empty: a problem is a mapping with the keys system, initial and time"),
        (b"- a\n- b\n", "a problem is a mapping with the keys system, initial and time, not a list"),
        (b"hello\n", "a problem is a mapping with the keys system, initial and time, not 'hello'"),
        (b"a: \xff\n", "is not UTF-8 text (byte 0xff at position 3): save it as UTF-8"),
        ("a: 1\n".encode("utf-16"), "is not UTF-8 text (byte 0xff at position 0): save it as UTF-8"),
        (b"\x00\x01\x02", "the character U+0000 is not allowed in a YAML file"),
        (b"x" * (LARGEST_FILE + 1), "is larger than 1 MB: this is no problem file"),
    ],
)
def test_content_that_is_no_problem_has_one_fault(tmp_path, content, message):
    path = tmp_path / "problem.yaml"
    path.write_bytes(content)
    fault = fault_of(path)
    assert fault.message == message
    assert fault.file == str(path)


@pytest.mark.parametrize("source", ["a\0b", "system:\n  equations: {}\n", "x" * 1000, ""])
def test_what_is_no_file_name_is_no_traceback(source):
    assert fault_of(source).message


def test_a_fault_is_plain_data_for_programs(faults, van_der_pol):
    (fault,) = faults(van_der_pol.replace("mu*", "mue*"))
    assert fault_to_json(fault) == {
        "file": "<stdin>",
        "line": 4,
        "column": 9,
        "path": "system.equations.y'",
        "message": "unknown name 'mue' in the equation for y'",
        "suggestion": "mu",
    }
