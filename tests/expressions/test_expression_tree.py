"""Trees are values: immutable, equal when they look equal, folded when they are built, and never changed in value."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings
from reference import SETTINGS, texts

from pinnsolve.expressions import (
    Expression,
    ExpressionError,
    apply,
    compile_numpy,
    compile_scalar,
    compile_torch,
    evaluate_constant,
    free_symbols,
    number,
    parse,
    substitute,
    symbol,
    to_text,
)

x, y = symbol("x"), symbol("y")


def test_equal_trees_are_equal_and_hash_alike():
    a, b = parse("sin(x*y) + 2", ["x", "y"]), parse("sin( x * y )+2.0", ["x", "y"])
    assert a == b
    assert hash(a) == hash(b)
    assert a != parse("sin(y*x) + 2", ["x", "y"])
    assert a != "sin(x*y) + 2"


@settings(SETTINGS, max_examples=50)
@given(texts())
def test_a_copy_and_a_pickle_are_the_same_value(text):
    try:
        expression = parse(text, ["x", "y"])
    except ExpressionError:
        return
    assert copy.deepcopy(expression) is expression
    assert copy.copy(expression) is expression
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert hash(again) == hash(expression)


def test_a_pickle_is_equal_in_a_process_with_other_string_hashes():
    code = (
        "import pickle, sys; from pinnsolve.expressions import parse; "
        "print(pickle.load(sys.stdin.buffer) == parse('sin(x)*t', ['x']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(parse("sin(x)*t", ["x"])), capture_output=True, check=True
    )
    assert done.stdout.strip() == b"True"


def test_nodes_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        x.name = "y"


def test_the_parts_of_a_node_are_there_to_read():
    node = parse("x^2 - mu", ["x", "mu"])
    assert node.operator == "-"
    assert [argument.operator for argument in node.arguments] == ["^", "symbol"]
    assert node.arguments[0].arguments[1].value == 2.0
    assert node.arguments[1].name == "mu"
    assert free_symbols(node) == {"x", "mu"}


def test_comparing_two_trees_of_shared_nodes_takes_no_exponential_time():
    def doubled(levels: int) -> Expression:
        node = apply("sin", x)
        for _ in range(levels):
            node = Expression("*", (node, node))
        return node

    assert doubled(200) == doubled(200)
    assert doubled(200) != doubled(199)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("0*x", "0"),
        ("x*0", "0"),
        ("1*x", "x"),
        ("x/1", "x"),
        ("x + 0", "x"),
        ("0 + x", "x"),
        ("x - 0", "x"),
        ("0 - x", "-x"),
        ("x - x", "0"),
        ("x + x", "2*x"),
        ("--x", "x"),
        ("x*-y", "-x*y"),
        ("-1*x", "-x"),
        ("x + -y", "x - y"),
        ("-x + y", "y - x"),
        ("x - -y", "x + y"),
        ("x^1", "x"),
        ("x^0", "1"),
        ("1^x", "1"),
        ("2*3 + x", "6 + x"),
        ("sin(0)*x + max(1, 2)", "2"),
        ("where(1 < 2, x, y)", "x"),
        ("where(x < 1, y, y)", "y"),
        ("0/x", "0/x"),
        ("x/x", "x/x"),
        ("2*(3*x)", "2*(3*x)"),
    ],
)
def test_trivial_terms_vanish_and_nothing_that_could_change_a_value(text, short):
    assert to_text(parse(text, ["x", "y"])) == short


@pytest.mark.parametrize(
    ("operator", "arguments"),
    [("/", (1, 0)), ("^", (10, 400)), ("log", (-1,)), ("exp", (1000,)), ("^", (0, -1)), ("*", (1e308, 10)), ("^", (-8, 0.5))],
)
def test_a_constant_without_a_value_is_kept_as_it_is(operator, arguments):
    node = apply(operator, *arguments)
    assert node.operator == operator
    assert [argument.value for argument in node.arguments] == list(arguments)


def test_substitution_is_simultaneous_and_folds():
    expression = parse("x*y + sin(x)", ["x", "y"])
    assert substitute(expression, {"x": y, "y": x}) == parse("y*x + sin(y)", ["x", "y"])
    assert substitute(expression, {"x": 0.0, "unused": 1.0}) == number(0)
    assert substitute(parse("mu*x", ["x", "mu"]), {"mu": 1}) == x
    assert substitute(expression, {}) is expression


def test_a_parameter_that_makes_a_term_undefined_gives_a_number_that_is_not_finite_and_not_an_error():
    import numpy as np
    import torch

    expression = substitute(parse("x/a + where(1/a > x, x, y)", ["x", "y", "a"]), {"a": 0.0})
    out = compile_numpy([expression], ["x", "y"], [(0,)])
    with np.errstate(all="ignore"):
        assert not np.isfinite(out(np.zeros(2), np.ones((2, 2)), np.zeros((1, 2)))).any()
    one = torch.ones((), dtype=torch.float64)
    assert not torch.isfinite(compile_torch([expression], ["x", "y"])(one, [one, one])[0])
    constant = substitute(parse("1/a", ["a"]), {"a": 0.0})
    assert compile_scalar([constant], ["x"])(0.0, [1.0])[0] != 0.0


def test_numbers_are_finite_and_zero_has_no_sign():
    with pytest.raises(ValueError, match="finite numbers only, not nan"):
        number(float("nan"))
    assert str(number(-0.0).value) == "0.0"
    assert evaluate_constant("-0") == 0.0


def test_reading_expressions_does_not_import_torch():
    code = (
        "import sys; from pinnsolve.expressions import compile_numpy, compile_scalar, differentiate, parse, to_latex; "
        "e = parse('x*sin(t)', ['x']); compile_scalar([differentiate(e, 'x')], ['x']); to_latex(e); "
        "print('torch' in sys.modules, 'sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"False False"
