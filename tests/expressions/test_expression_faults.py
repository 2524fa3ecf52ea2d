"""What is wrong with a text is said in one sentence, with the place and the cure, and nothing is ever executed."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from reference import SETTINGS, texts

from pinnsolve.errors import PinnsolveError
from pinnsolve.expressions import (
    Expression,
    ExpressionError,
    compile_numpy,
    compile_scalar,
    compile_torch,
    differentiate,
    evaluate_constant,
    parse,
    to_latex,
    to_text,
)

NAMES = ["x", "y", "mu", "x'", "S"]


def fault(text, names=NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, names)
    assert 0 <= caught.value.start <= caught.value.end <= len(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("mue*(1 - x^2)", "unknown name 'mue' (did you mean 'mu'?)", "mue"),
        ("x + X2", "unknown name 'X2' (did you mean 'x'?)", "X2"),
        ("q", "unknown name 'q'", "q"),
        ("2x", "there is no implied multiplication: write 2*x", "2x"),
        ("2 x", "there is no implied multiplication: write 2*x", "2 x"),
        ("1 + x y", "there is no implied multiplication: write x*y", "x y"),
        ("2(x + y)", "there is no implied multiplication: write 2*(...)", "2("),
        ("(x)(y)", "there is no implied multiplication: write )*(", ")("),
        ("(x)y", "there is no implied multiplication: write )*y", ")y"),
        ("2e", "there is no implied multiplication: write 2*e", "2e"),
        ("1.2.3", "an operator is missing between 1.2 and .3", "1.2.3"),
        ("0x1F", "numbers are decimal", "0x1F"),
        ("1_000", "write the digits of a number without _", "1_000"),
        ("1,5", "a comma separates the arguments of a function; the decimal point is .", ","),
        ("x(3)", "x is not a function: write x*(...) for a product", "x"),
        ("pi(3)", "pi is not a function: write pi*(...) for a product", "pi"),
        ("sine(x)", "unknown function 'sine' (did you mean 'sin'?)", "sine"),
        ("ln(x)", "unknown function 'ln' (did you mean 'log'?)", "ln"),
        ("foo(x)", "unknown function 'foo'", "foo"),
        ("sin x", "sin is a function: write sin(x)", "sin"),
        ("2*atan2", "atan2 is a function: write atan2(x, y)", "atan2"),
        ("sin(x, y)", "sin takes 1 argument, not 2", "sin(x, y)"),
        ("1 + sin()", "sin takes 1 argument, not 0", "sin()"),
        ("atan2(x)", "atan2 takes 2 arguments, not 1", "atan2(x)"),
        ("max(x)", "max takes 2 or more arguments, not 1", "max(x)"),
        ("where(x < 1, 2)", "where takes 3 arguments, not 2", "where(x < 1, 2)"),
        ("", "the expression is empty", ""),
        ("  ", "the expression is empty", "  "),
        ("1 + (x*(y)", "this ( is never closed", "("),
        ("sin(x", "this ( is never closed", "("),
        ("x)", "this ) has no (", ")"),
        ("()", "there is nothing between ( and )", "()"),
        ("x +", "the expression ends after '+': something is missing", "+"),
        ("x + * y", "a number, a name or ( must stand here, not '*'", "*"),
        ("sin(x,)", "a number, a name or ( must stand here, not ')'", ")"),
        ("x // y", "there is no operator '//': write floor(x/y)", "//"),
        ("x.y", "attribute access has no place in an expression", "."),
        ("x.__class__", "attribute access has no place in an expression", "."),
        (
            "x[0]",
            "subscripts have no place in an expression: write (...) for grouping and x1 for a name with a number",
            "[",
        ),
        ("'x'", "strings have no place in an expression", "'"),
        ('"x"', "strings have no place in an expression", '"'),
        ("x = 2", "'=' has no place in an expression: write == to compare", "="),
        ("x & y", "'&' has no place in an expression: write and", "&"),
        ("x % y", "'%' has no place in an expression: the remainder of x/y is x - y*floor(x/y)", "%"),
        ("x − y", "unexpected character '−': write -", "−"),
        ("x·y", "unexpected character '·': write *", "·"),
        ("x; y", "unexpected character ';'", ";"),
        ("x\x00", "unexpected character 'U+0000'", "\x00"),
        ("y²", "write a power with ^: y^2", "y²"),
        ("x < y", "a comparison may stand in the first argument of where(condition, a, b) only", "x < y"),
        ("1 + (x < y)", "a comparison may stand in the first argument of where(condition, a, b) only", "(x < y)"),
        ("where(x, 1, 2)", "a condition must stand here, such as x > 0", "x"),
        ("where(x < 1 and y, 1, 2)", "a condition must stand here, such as x > 0", "y"),
        ("where(0 < x < 1, 1, 2)", "comparisons cannot be chained: write a < b and b < c", "<"),
        ("where(x < 1, 2 < x, 2)", "a comparison may stand in the first argument of where(condition, a, b) only", "2 < x"),
        ("x and y", "a condition must stand here, such as x > 0", "x"),
        ("not x", "a condition must stand here, such as x > 0", "x"),
        ("where(x not < 1, 1, 2)", "not stands before a whole comparison: not x > 0", "not"),
        ("y'", "unknown name y': it may be used only where y'' or a higher derivative has an equation", "y'"),
        ("1e400", "1e400 is too large for a floating-point number (the largest is about 1.8e308)", "1e400"),
        ("x + 10^400", "10^400 is too large for a floating-point number (the largest is about 1.8e308)", "10^400"),
        ("x + 1/(2 - 2)", "1/(2 - 2) divides by zero", "1/(2 - 2)"),
        ("log(-1)*x", "log(-1) is not a real number", "log(-1)"),
        ("(-8)^(1/3)", "(-8)^(1/3) is not a real number", "(-8)^(1/3)"),
        ("exp(1e3)", "exp(1e3) is too large for a floating-point number (the largest is about 1.8e308)", "exp(1e3)"),
    ],
)
def test_each_mistake_has_its_own_sentence_and_place(text, message, marked):
    error = fault(text)
    place = text.find(marked) if marked not in ("<", ")") else text.rfind(marked)
    assert str(error) == message
    assert (error.start, error.end) == (place, place + len(marked))
    assert text[error.start : error.end] == marked


def test_offsets_are_those_of_the_text_as_written_also_behind_letters_that_normalise_to_several():
    error = fault("x*ﬃne + mue")
    assert error.message == "unknown name 'ffine'"
    assert (error.start, error.end) == (2, 5)
    error = fault("ﬁ + mue", ["fi", "mu"])
    assert (error.start, error.end) == (4, 7)


def test_the_error_is_one_of_pinnsolve_with_the_exit_code_of_a_faulty_problem():
    error = fault("mue")
    assert isinstance(error, PinnsolveError) and isinstance(error, ValueError)
    assert (error.exit_code, error.message, error.suggestion) == (2, "unknown name 'mue'", "mu")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "nan is not a finite number"),
        (math.inf, "inf is not a finite number"),
        (10**400, "the number is too large for a floating-point number"),
        ("2*t", "the time t has no place here: this must be a constant"),
        ("2*b", r"unknown name 'b'"),
        ("1/a", "1/a divides by zero"),
        ("log(a)", r"log\(a\) is not a real number"),
        ("1e308*10", r"1e308\*10 is too large for a floating-point number"),
        ("a < 1", "a comparison may stand in the first argument of where"),
    ],
)
def test_a_constant_without_a_value_is_a_fault(value, message):
    with pytest.raises(ExpressionError, match=message):
        evaluate_constant(value, {"a": 0.0})


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "x" + ")" * 200,
        "sin(" * 5000 + "x" + ")" * 5000,
        "(" * 100_000,
        "where(x<1,1," * 300 + "x" + ")" * 300,
    ],
)
def test_deep_nesting_is_a_fault_and_not_a_crash(text):
    assert str(fault(text)) == "the expression is nested more than 100 levels deep: split it up"


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["x*y"] * 5000),
        "*".join(["x"] * 2000),
        "^".join(["x"] * 1500),
        "-" * 5001 + "x",
        "-x^" * 1200 + "x",
        "max(" + ", ".join(f"x + {i}" for i in range(1500)) + ")",
        "where(" + " and ".join(["x < 1"] * 2000) + ", 1, 2)",
        "where(" + "not " * 2000 + "x < 1, 1, 2)",
        "(" * 100 + "x" + ")" * 100,
        "where(x<1,1," * 99 + "where(x > 2, x, y)" + ")" * 99,
        "where(x<1 and y<1 or x>2 and where(x>1,x,y)>0," * 49 + "x" + ",y)" * 49,
    ],
)
def test_long_texts_are_read_differentiated_printed_and_compiled(text):
    expression = parse(text, ["x", "y"])
    slope = differentiate(expression, "x")
    assert parse(to_text(expression), ["x", "y"]) == expression
    assert to_latex(expression)
    assert len(compile_scalar([expression, slope], ["x", "y"])(0.0, [1.0, 2.0])) == 2
    assert callable(compile_numpy([expression, slope], ["x", "y"], [(0,), (1,)]))
    assert callable(compile_torch([expression, slope], ["x", "y"]))


_HOSTILE = [
    "__import__('os').system('exit')",
    "__import__(os)",
    "().__class__.__bases__[0]",
    "exec(x)",
    "eval(x)",
    "open(x)",
    "lambda: x",
    "x if x else y",
    "[x for x in y]",
    "x := 2",
    "{x}",
    "f'{x}'",
    "x\nimport os",
    "globals()",
    "print(x)",
    "x @ y",
    "yield x",
    "x # comment",
]


@pytest.mark.parametrize("text", _HOSTILE)
def test_python_is_not_an_expression(text):
    assert isinstance(fault(text), ExpressionError)


@settings(SETTINGS, max_examples=400)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="xyt'+-*/^().,<>=! 0123456789eEsincoawhrltd_\n", max_size=60)))
def test_any_text_is_an_expression_or_an_expression_error(text):
    try:
        result = parse(text, ["x", "y"])
    except ExpressionError as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.message
    else:
        assert isinstance(result, Expression)


@settings(SETTINGS, max_examples=200)
@given(texts(depth=2), st.integers(0, 40), st.sampled_from("xyt()+-*/^<>=,.' 1e!&é"))
def test_a_text_with_one_wrong_character_never_crashes(text, place, character):
    place = min(place, len(text))
    try:
        result = parse(text[:place] + character + text[place + 1 :], ["x", "y"])
    except ExpressionError as error:
        assert error.message
    else:
        assert parse(to_text(result), ["x", "y"]) == result


def test_generated_source_holds_no_name_of_the_user():
    name = "__import__"
    kernel = compile_scalar([parse(f"sin({name})*{name} + where({name} < 1, {name}, 2)", [name])], [name])
    code = kernel.__code__
    allowed = {"t", "y", "f_sin"}
    assert all(word in allowed or word[1:].isdigit() for word in (*code.co_names, *code.co_varnames))
    assert name not in map(str, code.co_consts)


def errors(text, names=("x", "y")):
    """Message, place and suggestion of every error of a text."""
    with pytest.raises(ExpressionError) as caught:
        parse(text, names)
    return [(error.message, text[error.start : error.end], error.suggestion) for error in caught.value.all]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a + x*b", [("unknown name 'a'", "a", None), ("unknown name 'b'", "b", None)]),
        ("foo(x) + bar(y)", [("unknown function 'foo'", "foo", None), ("unknown function 'bar'", "bar", None)]),
        ("ln(sinn(x))", [("unknown function 'ln'", "ln", "log"), ("unknown function 'sinn'", "sinn", "sin")]),
        ("a + a + f(a) + f(x)", [("unknown name 'a'", "a", None), ("unknown function 'f'", "f", None)]),
        ("if(x > 0, a, y)", [("unknown function 'if'", "if", "where"), ("unknown name 'a'", "a", None)]),
        ("foo() + a", [("unknown function 'foo'", "foo", None), ("unknown name 'a'", "a", None)]),
        ("a + 1/0", [("unknown name 'a'", "a", None), ("1/0 divides by zero", "1/0", None)]),
        ("a + x y", [("unknown name 'a'", "a", None), ("there is no implied multiplication: write x*y", "x y", None)]),
        ("x(1) + a", [("x is not a function: write x*(...) for a product", "x", None), ("unknown name 'a'", "a", None)]),
    ],
)
def test_every_unknown_name_and_function_of_a_text_is_found(text, found):
    assert errors(text) == found


def test_of_very_many_unknown_names_the_first_ten_are_reported():
    found = errors("+".join(f"a{i}" for i in range(50)))
    assert [message for message, _, _ in found] == [f"unknown name 'a{i}'" for i in range(10)]


@pytest.mark.parametrize("text", ["x/0", "x/(2 - 2)", "sin(x)/(0*y)", "1 + x/0.0"])
def test_a_division_by_zero_needs_no_value_of_the_numerator(text):
    ((message, _, _),) = errors(text)
    assert message.endswith("divides by zero")
