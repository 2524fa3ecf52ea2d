"""Boundary conditions of a problem file: read as equations between the ends, refused with place, cause and cure."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from pinnsolve.spec import describe, describe_text, load_problem, to_mapping

BEAM = """\
system:
  equations:
    x'': -a*x
  parameters: {a: 4, L: pi/3}
time: [0, L]
boundary:
  - x(0) = 1
  - x'(L) = 2*x(0)
"""
PAIR = "[x(0) = 1, x'(1) = 2*x(0)]"
UNIT = f"system: {{equations: {{x'': -a*x}}, parameters: {{a: 4}}}}\ntime: [0, 1]\nboundary: {PAIR}\n"


@pytest.fixture
def messages(faults):
    """The messages for the unit problem with other conditions."""
    return lambda conditions, more="": [str(fault) for fault in faults(UNIT.replace(PAIR, conditions) + more)]


def test_conditions_are_equations_between_the_ends(read):
    problem = read(BEAM)
    assert (problem.kind, problem.initial) == ("boundary", None)
    assert problem.boundary.texts == ["x(0) = 1", "x'(L) = 2*x(0)"]
    values, da, db = problem.boundary.evaluate(np.array([3.0, 5.0]), np.array([7.0, 11.0]))
    assert values.tolist() == [3 - 1, 11 - 2 * 3]
    assert da.tolist() == [[1, 0], [-2, 0]]
    assert db.tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize("time", ["1", "1.0", "2 - 1", "1/1", "sqrt(a)/2", "1 + 1e-13", "cos(0)"])
def test_a_time_is_any_constant_expression_that_is_an_end(read, time):
    boundary = read(UNIT.replace("x'(1)", f"x'({time})")).boundary
    assert boundary.conditions[1].sides[0].name == "x'(end)"


def test_an_end_is_met_to_twelve_digits_of_the_larger_one(read, faults):
    text = "system: {equations: {x': y, y': -x}}\ntime: [100, 200]\nboundary: [x(100) = 1, y(TIME) = 0]\n"
    assert read(text.replace("TIME", "200 + 1e-10")).kind == "boundary"
    (fault,) = faults(text.replace("TIME", "200 + 1e-9"))
    assert fault.message.startswith("the time 200.000000001 is neither the start (100) nor the end (200)")


def test_backward_in_time_the_start_is_the_larger_end(read):
    problem = read("system: {equations: {x': -x}}\ntime: [1, 0]\nboundary: x(1) = 2\n")
    assert problem.boundary.conditions[0].sides[0].name == "x(start)"


def test_one_condition_may_stand_alone(read):
    assert read("system: {equations: {x': -x}}\ntime: [0, 1]\nboundary: x(0) + x(1) = 2\n").boundary.texts == ["x(0) + x(1) = 2"]


def test_a_condition_with_a_comma_is_to_be_quoted_in_brackets(read, messages):
    assert read(UNIT.replace(PAIR, '["max(x(0), 1) = 3", x(1) = 2]')).boundary.texts[0] == "max(x(0), 1) = 3"
    (found,) = messages("[max(x(0), 1) = 3, x(1) = 2]")
    assert 'the comma ends the value inside […]: quote it, "max(x(0), 1) = 3"' in found


def test_e_is_a_state_where_it_is_declared_and_a_number_elsewhere(read):
    text = "system: {equations: {e': -e}}\ntime: [0, 1]\nboundary: [2*e(1) = e(0)]\n"
    assert read(text).boundary.evaluate(np.array([3.0]), np.array([5.0]))[0] == [2 * 5 - 3]
    text = text.replace("e': -e", "x': -x").replace("2*e(1) = e(0)", "x(1) = e")
    assert read(text).boundary.evaluate(np.zeros(1), np.zeros(1))[0] == [-np.e]


def test_the_initial_values_are_the_guess(read, faults):
    assert read(UNIT + "initial: {x: 1, x': a}\n").initial == (1.0, 4.0)
    (fault,) = faults(UNIT + "initial: {x: 1}\n")
    assert fault.message == "initial has no value for x'"


@pytest.mark.parametrize(
    ("condition", "message", "column"),
    [
        ("x = 1", "x must be taken at one of the end times: write x(0) or x(1)", 12),
        ("x(0) = x", "x must be taken at one of the end times: write x(0) or x(1)", 19),
        ("x(2) = 1", "the time 2 is neither the start (0) nor the end (1) of the interval", 14),
        ("x(t) = 1", "the time t has no place in a condition: write the end time itself, x(0) or x(1)", 14),
        ("x(x(0)) = 1", "the time of x must be a constant", 14),
        ("x(0 > 1) = 1", "a comparison may stand in the first argument of where(condition, a, b) only", 14),
        ("x() = 1", "there is nothing between ( and )", 13),
        ("x(0)", "a condition must read left = right, such as x(0) = 1: it has no =", 12),
        ("x(0) == 1", "a condition must read left = right, such as x(0) = 1: write a single = in place of ==", 17),
        ("x(0) = 1 = 2", "a condition must read left = right, such as x(0) = 1: it has more than one =", 21),
        ("x(0) =", "one side of the condition is empty", 17),
        ("a = 4", "no state stands in this condition: write x(0) = 1 or the like", 12),
        ("z(0) = 1", "'z' is not a state (these are x, x')", 12),
        ("x''(0) = 1", "'x''' is not a state (these are x, x') (did you mean 'x''?)", 12),
        ("a(0) = x(0)", "a is not a function: write a*(...) for a product", 12),
        ("x(0) = q", "unknown name 'q'", 19),
        ("x(0) = 1/0", "1/0 divides by zero", 19),
        ("x(0) = 2 x(1)", "there is no implied multiplication: write 2*x", 19),
        ("3", "boundary[0]: must be a condition such as x(0) = 1, not 3", 12),
        ("null", "boundary[0]: must be a condition such as x(0) = 1, not null (an empty value)", 12),
        ("x(0): 1", "boundary[0]: must be a condition such as x(0) = 1, with = in place of the colon, not a mapping", 12),
    ],
)
def test_a_faulty_condition_has_its_sentence_and_its_place(messages, condition, message, column):
    (found,) = messages(f"[{condition}, x(1) = 0]")
    assert found.splitlines()[0] == f"<stdin>:3:{column}: {message}"


def test_every_fault_of_every_condition_is_reported(messages):
    found = messages("[x(0) = q + r(0), x(3) = y]", "accuracy: 7\n")
    assert [message.split(": ")[0] for message in found] == [
        f"<stdin>:{place}" for place in ("3:19", "3:23", "3:31", "3:36", "4:11")
    ]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ("[x(0) = 1]", "boundary: has 1 condition for 2 states (x, x'): one for each"),
        ("[]", "boundary: has 0 conditions for 2 states (x, x'): one for each"),
        ("[x(0) = 1, x(1) = 1, x'(0) = 1]", "boundary: has 3 conditions for 2 states (x, x'): more cannot hold at the same time"),
        ("[x(0) = 1, x(1) = x(1)]", "this condition always holds, whatever the solution is: its sides must differ in a state"),
        ("[x(0) = 1, x(1) = x(1) + 1]", "this condition never holds, whatever the solution is"),
        ("[x(0) = 1, x(0) - 1 = 0]", "boundary[1]: this condition says the same as condition 1"),
    ],
)
def test_conditions_that_cannot_do_are_refused(messages, conditions, message):
    (found,) = messages(conditions)
    assert message in found


def test_a_comment_that_may_have_cut_a_condition_off_is_reported(messages):
    (found,) = messages("\n  - x(0) = 1\n  - x(1) = 1 #+ x(0)")
    assert found.startswith("<stdin>:5:5: ' #' begins a comment in YAML, so nothing behind it belongs to the condition")


def test_times_are_not_judged_while_the_interval_is_faulty(faults):
    found = faults(UNIT.replace("[0, 1]", "[0, q]").replace("x'(1)", "x'(7)").replace("2*x(0)", "2*z(0)"))
    assert [fault.message for fault in found] == ["time[1]: must be a number, not 'q'", "'z' is not a state (these are x, x')"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("method: adam", "method: a boundary value problem is solved by method auto only: leave 'method' out"),
        ("network: {windows: 3}", "network.windows: a boundary value problem is solved with automatic windows only"),
        ("periodic: {period: 3}", "a problem cannot have 'boundary' and 'periodic': one of them must go"),
        ("training: {condition: soft}", "training.condition: has no effect with automatic windows"),
    ],
)
def test_what_does_not_go_together_with_conditions_is_a_fault(messages, more, message):
    found = messages(PAIR, more + "\n")
    assert any(message in fault for fault in found)
    assert all(fault.startswith("<stdin>:") for fault in found)


def test_an_overridden_interval_is_judged_against_the_conditions(faults):
    (fault,) = faults(UNIT, overrides={"time": [0, 2]})
    assert fault.message == "the time 1 is neither the start (0) nor the end (2) of the interval"
    assert (fault.line, fault.column) == (3, 25)


def test_conditions_can_be_overridden(read, faults):
    assert read(UNIT, overrides={"boundary": ["x(0) = 2", "x(1) = 3"]}).boundary.texts == ["x(0) = 2", "x(1) = 3"]
    (fault,) = faults(UNIT, overrides={"boundary[1]": "x(1) = q"})
    assert str(fault) == "boundary[1]: unknown name 'q'\n    x(1) = q\n           ^"


def test_the_mapping_gives_the_same_conditions_again(read, tmp_path):
    problem = read(BEAM + "initial: {x: 1, x': 0.1}\n")
    mapping = to_mapping(problem)
    assert mapping["boundary"] == ["x(0) = 1", "x'(L) = 2*x(0)"]
    path = tmp_path / "config.resolved.yaml"
    path.write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
    again = load_problem(path)
    assert again.boundary == problem.boundary
    assert to_mapping(again) == {**mapping, "name": mapping["name"]}
    assert "initial" not in to_mapping(read(BEAM))


def test_the_description(read):
    lines = describe_text(read(UNIT)).splitlines()
    assert "time        from 0 to 1" in lines
    assert "boundary    x(0) = 1" in lines
    assert "            x'(1) = 2*x(0)" in lines
    assert "guess       none: a start is chosen" in lines
    assert "guess       x(0) = 1, x'(0) = 2" in describe_text(read(UNIT + "initial: {x: 1, x': 2}\n"))
    facts = describe(read(UNIT))
    assert (facts["kind"], facts["boundary"]) == ("boundary", ["x(0) = 1", "x'(1) = 2*x(0)"])
