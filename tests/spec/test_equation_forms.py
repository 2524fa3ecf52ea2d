"""Equations in all their forms, and what is said of those that are none."""

from __future__ import annotations

import pytest

from pinnsolve.expressions import to_text


def first_order(problem):
    return {state: to_text(right) for state, right in problem.system.equations.items()}


FORMS = {
    "mapping": "{x': y, y': -x}",
    "without primes": "{x: y, y: -x}",
    "list of mappings": "[{x': y}, {y': -x}]",
    "list of equations": '["x\' = y", "y\' = -x"]',
    "one mapping in a list": "[{x': y, y': -x}]",
    "mixed": "[x' = y, {y: -x}]",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_system(read, form):
    problem = read(f"system:\n  equations: {form}\ninitial: {{x: 1, y: 0}}\ntime: [0, 1]\n")
    assert problem.system.states == ("x", "y")
    assert first_order(problem) == {"x": "y", "y": "-x"}


def test_an_equality_in_a_comparison_is_not_the_equals_sign(read):
    problem = read('system: {equations: ["x\' = where(x == 1, 1, 2)"]}\ninitial: {x: 1}\ntime: [0, 1]\n')
    assert first_order(problem) == {"x": "where(x == 1, 1, 2)"}


def test_higher_orders_bring_their_derivatives_in_place(read):
    problem = read(
        "system:\n  equations:\n    z': x''\n    x''': -x'' + y - x'\n    y: x\n"
        "initial: {z: 0, x: 1, x': 2, x'': 3, y: 4}\ntime: [0, 1]\n"
    )
    assert problem.system.states == ("z", "x", "x'", "x''", "y")
    assert problem.initial == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert first_order(problem) == {"z": "x''", "x": "x'", "x'": "x''", "x''": "y - x'' - x'", "y": "x"}


def test_the_lowered_system_has_the_derivatives_of_the_higher_order(read):
    import numpy as np

    problem = read("system: {equations: {x'': -4*x - x'*t}}\ninitial: {x: 1, x': 0}\ntime: [0, 1]\n")
    values = problem.system.rhs_numpy(np.array([2.0]), np.array([[3.0, 5.0]]))
    np.testing.assert_array_equal(values, [[5.0, -22.0]])


def test_the_order_of_the_file_is_the_order_of_the_states(read):
    problem = read("system: {equations: {b': a, a': b, c': 1}}\ninitial: {a: 1, c: 3, b: 2}\ntime: [0, 1]\n")
    assert problem.system.states == ("b", "a", "c")
    assert problem.initial == (2.0, 1.0, 3.0)


def test_names_are_compared_in_their_compatibility_form(read):
    problem = read("system: {equations: {𝑥': µ*x}, parameters: {μ: 2}}\ninitial: {ｘ: 1}\ntime: [0, 1]\n")
    assert (problem.system.states, problem.system.parameters) == (("x",), {"μ": 2.0})


def test_greek_letters_and_words_of_python_are_names(read):
    problem = read(
        "system: {equations: {S': lambda*I, I': -β*E, E': gamma}, parameters: {lambda: 1, β: 2, gamma: 3}}\n"
        "initial: {S: 1, I: 2, E: 3}\ntime: [0, 1]\n"
    )
    assert problem.system.states == ("S", "I", "E")


def test_the_equations_are_kept_as_written(read):
    problem = read(
        "system:\n  equations:\n    x': 1e-3*x  # slow\n    y': 2\n    - 1\n".replace("\n    - 1", "")
        + "initial: {x: 1, y: 2}\ntime: [0, 1]\n"
    )
    assert problem.system.source == {"x'": "1e-3*x", "y'": "2"}


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        (
            "{dx/dt: 1}",
            "'dx/dt' is not the left side of an equation: write x' for the derivative of x (did you mean 'x''?)",
        ),
        ("{d2x/dt2: 1}", "(did you mean 'x'''?)"),
        ("{x(t): 1}", "(did you mean 'x'?)"),
        ("{x’: 1}", "'x’' is not the left side of an equation"),
        ("{2x: 1}", "'2x' is not the left side of an equation"),
        ("{x': 1, x: 2}", "there are two equations for x: x' and x"),
        ("{x'': 1, x': 2}", "there are two equations for x: x'' and x'"),
        ("[x' = 1, x' = 2]", "there are two equations for x: x' and x'"),
        ("{x': 1, x': 2}", "'x'' is given twice, first in line 2"),
        ("{t': 1}", "'t' cannot name a state: it is the time"),
        ("{sin': 1}", "'sin' cannot name a state: it is a function"),
        ("{pi': 1}", "'pi' cannot name a state: it is a constant"),
        ("{and': 1}", "'and' cannot name a state: it is a word of the expressions"),
        ("{mu': 1}", "'mu' is a state and a parameter at the same time: rename one of them"),
        ("{x': }", "the equation for x' has no right-hand side"),
        ("{x': ''}", "the equation for x' has no right-hand side"),
        ("{x': true}", "the equation for x' must be an expression, not true"),
        ("{x': [1, 2]}", "the equation for x' must be an expression, not a list"),
        ("[x' =]", "the equation for x' has no right-hand side"),
        ("[foo]", "an equation must read x' = expression, not 'foo'"),
        ("[3]", "an equation must read x' = expression, not 3"),
        ("3", "must be a mapping such as {x': y, y': -x}, or a list such as [x' = y, y' = -x], not 3"),
        ('"x\':y"', "a space must follow the colon"),
        ("{}", "there must be at least one equation"),
        ("[]", "there must be at least one equation"),
        ("{x': x'}", "in the equation for x': it may be used only where x'' or a higher derivative has an equation"),
        ("{x': 2x}", "there is no implied multiplication in the equation for x': write 2*x"),
        ("{x': sin(x}", "in the equation for x'"),
        ("{x': 1e999}", "in the equation for x'"),
        ("{x''''''''''''''''''''''': 1}", "an order of 23 is higher than 20"),
        (f"{{x': {'(' * 5000}x{')' * 5000}}}", "in the equation for x'"),
    ],
)
def test_what_is_no_equation_has_its_sentence(faults, equations, message):
    text = f"system:\n  equations: {equations}\n  parameters: {{mu: 1}}\ninitial: {{x: 1}}\ntime: [0, 1]\n"
    first, *others = [fault for fault in faults(text) if fault.path != "initial" and fault.path != "initial.x"]
    assert message in str(first)
    assert not others
    assert first.line == 2


def test_every_unknown_name_of_an_equation_is_reported_once(faults):
    text = "system: {equations: {x': a*b + a*c*x}}\ninitial: {x: 1}\ntime: [0, 1]\n"
    assert [fault.message.split(" ")[2] for fault in faults(text)] == ["'a'", "'b'", "'c'"]


def test_a_left_side_in_another_notation_brings_no_other_faults(faults):
    text = "system: {equations: {dx/dt: y, dy/dt: -x}}\ninitial: {x: 1, y: 0}\ntime: [0, 1]\n"
    assert [fault.suggestion for fault in faults(text)] == ["x'", "y'"]


@pytest.mark.parametrize(
    ("initial", "messages"),
    [
        ("{x: 1}", ["initial has no value for x' and y"]),
        ("{x: 1, x': 2, y: 3, z: 4}", ["initial.z: 'z' is not a state (these are x, x' and y)"]),
        ("{x: 1, v: 2, y: 3}", ["initial has no value for x'", "initial.v: 'v' is not a state (these are x, x' and y)"]),
        ("{}", ["initial has no value for x, x' and y"]),
        ("[1, 2, 3]", ["initial: must be a mapping from state to value, such as {x: 2, y: 0}, not a list"]),
        ("3", ["initial: must be a mapping from state to value, such as {x: 2, y: 0}, not 3"]),
        ("{x: 1, x': 2, y: .nan}", ["initial.y: must be a number, not '.nan': it must be finite"]),
        ("{x: 1, x': , y: 3}", ["initial.x': must be a number, not null (an empty value)"]),
    ],
)
def test_initial_values_fit_the_states(faults, initial, messages):
    text = f"system: {{equations: {{x'': y, y': -x}}}}\ninitial: {initial}\ntime: [0, 1]\n"
    assert [fault.message for fault in faults(text)] == messages


def test_the_nearest_missing_state_is_suggested(faults):
    text = "system: {equations: {theta': omega, omega': 1}}\ninitial: {theta: 1, omga: 3}\ntime: [0, 1]\n"
    assert [fault.suggestion for fault in faults(text)] == [None, "omega"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("{a: b, b: 1}", "system.parameters.a: 'b' cannot be used here: only earlier parameters can"),
        ("{a: 2*b, b: 1}", "system.parameters.a: 'b' cannot be used here: only earlier parameters can"),
        ("{a: bb, b: 1}", "system.parameters.a: must be a number, not 'bb'"),
        ("{a: 1/0}", "system.parameters.a: "),
        ("{a: true}", "system.parameters.a: must be a number, not true"),
        ("{t: 1}", "'t' cannot name a parameter: it is the time"),
        ("{max: 1}", "'max' cannot name a parameter: it is a function"),
        ("{a b: 1}", "'a b' cannot name a parameter: a name has letters, digits and _, and begins with a letter"),
        ("{a': 1}", "'a'' cannot name a parameter"),
        ("3", "system.parameters: must be a mapping from name to number, such as {mu: 1}, not 3"),
    ],
)
def test_what_is_no_parameter_has_its_sentence(faults, parameters, message):
    text = f"system:\n  equations: {{x': -x}}\n  parameters: {parameters}\ninitial: {{x: 1}}\ntime: [0, 1]\n"
    (fault,) = faults(text)
    assert message in fault.message
    assert fault.line == 3


def test_equations_and_python_exclude_each_other(faults):
    text = "system: {equations: {x': 1}, python: 'a.py:f', states: [x]}\ninitial: {x: 1}\ntime: [0, 1]\n"
    assert [fault.message for fault in faults(text)] == ["system has equations and python: one of them must go"]


def test_states_are_named_by_the_equations(faults):
    text = "system: {equations: {x': 1}, states: [x]}\ninitial: {x: 1}\ntime: [0, 1]\n"
    assert [fault.message for fault in faults(text)] == [
        "system.states is for python systems: with equations, these name the states"
    ]


@pytest.mark.parametrize("system", ["{}", "", "{parameters: {a: 1}}"])
def test_a_system_needs_equations(faults, system):
    (fault,) = faults(f"system: {system}\ninitial: {{x: 1}}\ntime: [0, 1]\n")
    assert fault.message.startswith("system has no equations")


def test_a_right_hand_side_that_is_infinite_at_the_start_is_no_fault_of_the_file(read):
    assert read("system: {equations: {x': 1/x}}\ninitial: {x: 0}\ntime: [0, 1]\n").initial == (0.0,)


@pytest.mark.parametrize(
    ("right", "message"),
    [
        ("x/k", "x/k in the equation for y' is not defined for k = 0"),
        ("x*log(k - m)", "log(k - m) in the equation for y' is not defined for k = 0, m = 2"),
        ("x/0", "x/0 divides by zero in the equation for y'"),
    ],
)
def test_a_term_that_is_never_defined_is_a_fault(faults, right, message):
    text = f"system:\n  equations: {{x': y, y': {right}}}\n  parameters: {{k: 0, m: 2}}\ninitial: {{x: 1, y: 0}}\ntime: [0, 1]\n"
    (fault,) = faults(text)
    assert (fault.message, fault.line, fault.column) == (message, 2, 26)


def test_a_side_of_a_condition_may_be_undefined(read):
    text = "system: {equations: {x': 'where(k > 0, x/k, 0)'}, parameters: {k: 0}}\ninitial: {x: 1}\ntime: [0, 1]\n"
    assert read(text).system.parameters == {"k": 0.0}


def test_all_unknown_functions_of_a_file_are_reported(faults):
    found = faults("system: {equations: {x': ln(x) + foo(y), y': bar(x)}}\ninitial: {x: 1, y: 0}\ntime: [0, 1]\n")
    assert [(fault.message, fault.suggestion) for fault in found] == [
        ("unknown function 'ln' in the equation for x'", "log"),
        ("unknown function 'foo' in the equation for x'", None),
        ("unknown function 'bar' in the equation for y'", None),
    ]
