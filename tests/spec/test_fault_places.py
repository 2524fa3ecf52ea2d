"""Messages name the line and the column of the very characters that are wrong."""

from __future__ import annotations

import pytest

from pinnsolve.errors import Fault
from pinnsolve.spec.source import Span, Text


def test_the_message_is_the_one_of_the_contract(tmp_path, monkeypatch, van_der_pol):
    from pinnsolve.errors import ProblemError
    from pinnsolve.spec import load_problem

    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "vdp.yaml").write_text(van_der_pol.replace("mu*", "mue*"), encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        load_problem("configs/vdp.yaml")
    assert str(caught.value) == (
        "configs/vdp.yaml:4:9: unknown name 'mue' in the equation for y' (did you mean 'mu'?)\n"
        "    y': mue*(1 - x^2)*y - x\n"
        "        ^~~"
    )


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("y': 2 + bad", 4, 13),
        ("y': '2 + bad'", 4, 14),
        ('y\': "2 + bad"', 4, 14),
        ('y\': "2\\x20+ \\u0062ad"', 4, 17),
        ("y': '(x) + bad - x'", 4, 16),
        ("y': 2 +\n      bad", 5, 7),
        ("y': '2 +\n\n      bad'", 6, 7),
        ('y\': "2 + \\\n      bad"', 5, 7),
        ("y': >\n      2 +\n      bad", 6, 7),
        ("y': |\n      2 +\n        bad", 6, 9),
        ("y': >-  # folded\n      2 +\n      bad", 6, 7),
    ],
)
def test_an_unknown_name_is_found_in_every_kind_of_scalar(faults, van_der_pol, written, line, column):
    (fault,) = faults(van_der_pol.replace("y': mu*(1 - x^2)*y - x", written))
    assert fault.message == "unknown name 'bad' in the equation for y'"
    assert (fault.line, fault.column) == (line, column)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_are_counted_with_every_line_end(faults, van_der_pol, end):
    (fault,) = faults(van_der_pol.replace("mu*", "mue*").replace("\n", end))
    assert (fault.line, fault.column, fault.width) == (4, 9, 3)
    assert fault.excerpt.strip() == "y': mue*(1 - x^2)*y - x"


def test_primes_doubled_in_single_quotes_count_as_they_stand(faults):
    text = "system: {equations: {x'': 'x'' + bad'}}\ninitial: {x: 1, x': 0}\ntime: [0, 1]\n"
    (fault,) = faults(text)
    assert (fault.column, fault.width) == (text.index("bad") + 1, 3)


def test_a_name_that_normalisation_makes_longer_is_marked_where_it_stands(faults, van_der_pol):
    (fault,) = faults(van_der_pol.replace("x': y\n", "x': y + ﬁx + bad\n"))[1:]
    assert fault.line == 3
    assert fault.excerpt[fault.column - 1 :][: fault.width] == "bad"


def test_equations_in_a_list_have_their_places(faults):
    equations = "    - x' = 2*oops\n    - \"y' =  oops\"\n    - z': oops\n"
    text = f"system:\n  equations:\n{equations}initial: {{x: 1, y: 1, z: 1}}\ntime: [0, 1]\n"
    assert [(fault.line, fault.column) for fault in faults(text)] == [(3, 14), (4, 14), (5, 11)]


def test_faults_come_in_the_order_of_the_file(spoilt):
    messages = spoilt("mu*", "mue*", more="netwrk: 1\nnetwork: {hidden: [a]}\naccuracy: 2\n")
    assert [message.split(":")[1] for message in messages] == ["4", "8", "9", "10"]


def test_a_long_line_is_not_repeated(faults, van_der_pol):
    (fault,) = faults(van_der_pol.replace("x': y\n", f"x': bad + {'y + ' * 200}y\n"))
    assert fault.excerpt is None
    assert str(fault) == "<stdin>:3:9: unknown name 'bad' in the equation for x'"


def test_an_equation_from_python_is_shown_without_a_place(faults):
    (fault,) = faults({"system": {"equations": {"x'": "2*bad"}}, "initial": {"x": 1}, "time": [0, 1]})
    assert str(fault) == "system.equations.x': unknown name 'bad' in the equation for x'\n    2*bad\n      ^~~"
    assert (fault.file, fault.line) == (None, None)


def test_the_place_of_an_index_is_its_line_and_column():
    text = Text("ab\r\nc\n\nd")
    assert [text.place(index) for index in (0, 1, 4, 6, 7)] == [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1)]
    assert [text.line(number) for number in (1, 2, 3, 4, 5)] == ["ab", "c", "", "d", ""]


def test_a_fault_at_the_very_end_of_a_text_has_a_place():
    assert Text("a: 1").fault("m", "f", 4, 4) == Fault("m", "f", 1, 5, excerpt="a: 1")


def test_escapes_are_stepped_over_one_by_one():
    text = '"\\x41b\\\\c\\n\\U0001F600d"'
    span = Span(0, len(text), "Ab\\c\n😀d")
    assert [text[index] for index in span.indices(text)[:7]] == ["\\", "b", "\\", "c", "\\", "\\", "d"]
