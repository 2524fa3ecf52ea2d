"""Expressions that YAML reads as something else get a message with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinnsolve.errors import ProblemError
from pinnsolve.spec.yaml_reader import read_yaml


def faults_of(text):
    """The faults of a text, whether reading could step over them or not."""
    try:
        return read_yaml(text, "f.yaml", Path())[1]
    except ProblemError as error:
        return list(error.faults)


@pytest.mark.parametrize(
    "value",
    ["- y", "*y + 1", "[a + b]*2", "{a + b}*c", "%y", "@y", "`y", "|x|", "> 3", "? y", "]", ", x", "&a + b", "!y + 2"],
)
def test_a_value_that_begins_with_a_sign_of_yaml_is_to_be_quoted(value):
    (fault,) = faults_of(f"system:\n  equations:\n    x': {value}\n")
    assert "quote it" in fault.message
    assert (fault.line, fault.column) == (3, 9)


def test_the_message_shows_the_line_as_it_should_be():
    (fault,) = faults_of("x': - y  # minus\n")
    assert fault.message == "a value that begins with '- ' is something else to YAML: quote it, x': \"- y\""
    assert str(fault).endswith("    x': - y  # minus\n        ^~~")


@pytest.mark.parametrize("text", ["{x': - y}", "{x': %y}", "{x': *y}", "time: [0, - 1]\n", "x': [- \n"])
def test_a_sign_inside_brackets_is_found_too(text):
    (fault,) = faults_of(text)
    assert "quote it" in fault.message


@pytest.mark.parametrize(
    ("text", "value", "column"),
    [
        ("{x': atan2(y, x), y': x}", "atan2(y, x)", 6),
        ("{x': where(x > 0, 1, 2)}", "where(x > 0, 1, 2)", 6),
        ("{y': x, x': max(1, min(y, 2))}", "max(1, min(y, 2))", 13),
        ("time: [0, max(1, 2)]", "max(1, 2)", 11),
        ("[x' = atan2(y, x), y' = x]", "x' = atan2(y, x)", 2),
    ],
)
def test_a_comma_inside_brackets_is_to_be_quoted(text, value, column):
    (fault,) = faults_of(text)
    assert "the comma ends the value inside" in fault.message
    assert f'quote it, "{value}"' in fault.message
    assert fault.column == column


def test_what_a_comma_took_apart_is_put_together_again():
    source, _ = read_yaml("{x': atan2(y, x), y': x, z': max(1, 2, 3)}", "f.yaml", Path())
    assert source.data == {"x'": "atan2(y, x)", "y'": "x", "z'": "max(1, 2, 3)"}


def test_a_comma_in_a_line_of_its_own_needs_no_quotes():
    assert not faults_of("x': atan2(y, x)\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("eq:\n  x':y\n  y': -x\n", 2),
        ("eq:\n  y': -x\n  x':y\n", 3),
        ("eq:\n  y': -x\n  x':y\ntime: 3\n", 3),
        ("{x':y, y': x}", 1),
    ],
)
def test_a_missing_space_after_the_colon_is_named(text, line):
    (fault,) = faults_of(text)
    assert fault.message == "a space is missing after the colon of 'x':'"
    assert fault.line == line


@pytest.mark.parametrize("text", ["eq:\n\tx': y\n", "eq:\n  x':\ty\n", "eq:\n  x': y\n\ty': x\n"])
def test_tabs_are_named(text):
    assert "YAML allows no tab here: use spaces" in faults_of(text)[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("description: Van der Pol: an oscillator\n", 'quote it, description: "Van der Pol: an oscillator"'),
        ('x\': "a" + b\n', "text goes on after the closing quotation mark: quote the whole value"),
        ("x': 'abc\n", "the quotation mark ' that opens here is never closed"),
        ("'x'': 3\n", "a key such as x' needs no quotes"),
        ("x': \"a\n", 'the quotation mark " that opens here is never closed'),
        ('a: "\\q"\n', "a backslash inside double quotes begins an escape"),
        ("a: [1, 2\nb: 3\n", "the '[' that opens here is not closed, or a comma is missing, up to line 2"),
        ("a: {x: 1\nb: 3\n", "the '{' that opens here is not closed, or a comma is missing, up to line 2"),
        ("a: [1, 2", "the text ends before every '[' and '{' is closed"),
        ("a: [1, [", "the text ends before every '[' and '{' is closed"),
        ("a: 1\nb\n", "this does not fit the lines above it"),
        ("a: 1\n  b: 2\n", "this does not fit the lines above it"),
        ("a: \x07\n", "the character U+0007 is not allowed in a YAML file"),
        ("%YAML 3.0\n---\na: 1", "not valid YAML: found incompatible YAML document"),
    ],
)
def test_syntax_errors_are_sentences(text, message):
    (fault,) = faults_of(text)
    assert message in fault.message


def test_all_traps_of_a_file_are_reported_at_once():
    text = "a: b: c\nx': *y + 1\ny': - x\nz': @x\nw': &a\n"
    assert sorted(fault.line for fault in faults_of(text)) == [1, 2, 3, 4, 5]


def test_a_trap_hides_no_other_fault(faults, van_der_pol):
    text = van_der_pol.replace("x': y", "x': - y").replace("mu*", "mue*").replace("[0, 20]", "[0, oops]")
    assert [(fault.line, fault.message.split(" in ")[0]) for fault in faults(text)] == [
        (3, "a value that begins with '- ' is something else to YAML: quote it, x': \"- y\""),
        (4, "unknown name 'mue'"),
        (7, "time[1]: must be a number, not 'oops'"),
    ]


def test_a_comment_that_cuts_an_expression_off_is_named(spoilt):
    (message,) = spoilt("mu*(1 - x^2)*y - x", "mu*(1 - x^2 #2)*y - x")
    assert "' #' begins a comment in YAML: if it belongs to the expression, quote it" in message


def test_a_comment_behind_a_whole_expression_is_a_comment(read, van_der_pol):
    problem = read(van_der_pol.replace("x': y\n", "x': y  # the velocity\n"))
    assert problem.system.source["x'"] == "y"


def test_control_characters_never_reach_the_terminal():
    (fault,) = faults_of("a: \x1b[31mred\n")
    assert "\x1b" not in str(fault)


@pytest.mark.parametrize("cut", ["y #1 + 3", "y #- x"])
def test_an_equation_that_a_comment_may_have_cut_off_is_not_taken_silently(cut, read, faults):
    text = f"system:\n  equations:\n    x': {cut}\n    y': -x\ninitial: {{x: 1, y: 0}}\ntime: [0, 1]\n"
    (fault,) = faults(text)
    assert "' #' begins a comment in YAML" in fault.message
    assert "quote the expression" in fault.message
    assert fault.line == 3
    assert read(text.replace(cut, "y # the velocity")).system.states == ("x", "y")
