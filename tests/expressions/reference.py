"""An evaluator of expression texts that shares nothing with the package: Python's own parser, and mpmath for values.

Python and pinnsolve agree on precedence once ``^`` is written ``**``. What double precision cannot settle (large
numbers, small divisors, points next to a jump) raises `Unclear`, and tests skip it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import hypothesis
import hypothesis.strategies as st
import mpmath

MARGIN = 1e-3
LARGE = 1e3

SETTINGS = hypothesis.settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.filter_too_much, hypothesis.HealthCheck.too_slow],
)
"""The same examples in every run: a failure is a change of the code, not of luck."""


class Unclear(Exception):
    """The text has no value here, or none that rounding leaves alone."""


def _clear(value: Any) -> Any:
    if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value) or abs(value) > LARGE:
        raise Unclear
    return value


def _away(value: Any, *places: float) -> Any:
    if any(abs(value - place) < MARGIN for place in places):
        raise Unclear
    return value


def _power(a: Any, b: Any) -> Any:
    _away(a, 0)
    if a < 0 and b != int(b):
        raise Unclear
    return a**b


def _log(x: Any) -> Any:
    if x < MARGIN:
        raise Unclear
    return mpmath.log(x)


def _inside(function: Any) -> Any:
    def evaluate(x: Any) -> Any:
        if abs(x) > 1 - MARGIN:
            raise Unclear
        return function(x)

    return evaluate


def _extremum(choose: Any) -> Any:
    def evaluate(*values: Any) -> Any:
        for i, a in enumerate(values):
            for b in values[:i]:
                _away(a - b, 0)
        return choose(values)

    return evaluate


def _atan2(y: Any, x: Any) -> Any:
    if x < MARGIN:
        _away(y, 0)
    return mpmath.atan2(y, x)


FUNCTIONS = {
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": _inside(mpmath.asin),
    "acos": _inside(mpmath.acos),
    "atan": mpmath.atan,
    "atan2": _atan2,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "exp": mpmath.exp,
    "log": _log,
    "log10": lambda x: _log(x) / mpmath.log(10),
    "sqrt": lambda x: mpmath.exp(_log(x) / 2),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.exp(_log(abs(x)) / 3),
    "abs": lambda x: abs(_away(x, 0)),
    "sign": lambda x: mpmath.sign(_away(x, 0)),
    "floor": lambda x: mpmath.floor(_away(x, mpmath.nint(x))),
    "min": _extremum(min),
    "max": _extremum(max),
    "step": lambda x: mpmath.mpf(_away(x, 0) > 0),
}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / _away(b, 0),
    ast.Pow: _power,
}
_COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a text to 40 digits."""
    with mpmath.workdps(40):
        names = {"pi": mpmath.mpf(float(mpmath.pi)), "e": mpmath.mpf(float(mpmath.e)), **values}
        return _value(ast.parse(text.replace("^", "**"), mode="eval").body, names)


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return mpmath.mpf(node.value)
    if isinstance(node, ast.Name):
        return mpmath.mpf(names[node.id])
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        operand = _value(node.operand, names)
        return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp):
        return _clear(_BINARY[type(node.op)](_value(node.left, names), _value(node.right, names)))
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    if node.func.id == "where":
        return _value(node.args[1 if _holds(node.args[0], names) else 2], names)
    return _clear(FUNCTIONS[node.func.id](*[_value(argument, names) for argument in node.args]))


def _holds(node: ast.AST, names: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = [_holds(value, names) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp):
        return not _holds(node.operand, names)
    assert isinstance(node, ast.Compare)
    left, right = _value(node.left, names), _value(node.comparators[0], names)
    _away(left - right, 0)
    return bool(_COMPARE[type(node.ops[0])](left, right))


ATOMS = ("x", "y", "x", "y", "t", "pi", "e", "0", "1", "2", "3", "0.5", "1.", ".25", "1e-1", "2.5E0", "4", "7")
EXPONENTS = ("2", "3", "-1", "4", "0.5", "-2", "9", "1.5")
UNARY = tuple(name for name in FUNCTIONS if name not in ("atan2", "min", "max"))


KINDS = ("atom", "sum", "tight", "power", "sign", "group", "call", "extremum", "atan2", "where")


@st.composite
def texts(draw: st.DrawFn, depth: int = 4) -> str:
    """Texts of the grammar, with operators next to each other and few parentheses, in x, y and t."""
    return _text(lambda *choices: draw(st.sampled_from(choices)), depth)


def _text(one: Callable[..., str], depth: int) -> str:
    kind = one(*KINDS)
    if depth == 0 or kind == "atom":
        return one(*ATOMS)
    a = _text(one, depth - 1)
    match kind:
        case "power":
            return f"{a}^{one(*EXPONENTS)}"
        case "sign":
            return f"{one('-', '+', '- ')}{a}"
        case "group":
            return f"({a})"
        case "call":
            return f"{one(*UNARY)}({a})"
    b = _text(one, depth - 1)
    match kind:
        case "sum":
            return f"{a} {one('+', '-', '*', '/')} {b}"
        case "tight":
            return f"{a}{one('+', '-', '*', '/', '^', '**')}{b}"
        case "extremum":
            return f"{one('min', 'max')}({a}, {b}{one('', ', x', ', 2, y')})"
        case "atan2":
            return f"atan2({a}, {b})"
    return f"where({_condition(one, depth - 1)}, {a}, {b})"


def _condition(one: Callable[..., str], depth: int) -> str:
    kind = one("compare", "compare", "not", "and", "or", "group")
    if depth == 0 or kind == "compare":
        return f"{_text(one, depth)} {one('<', '<=', '>', '>=', '==', '!=')} {one(*ATOMS)}"
    a = _condition(one, depth - 1)
    if kind in ("and", "or"):
        return f"{a} {kind} {_condition(one, depth - 1)}"
    return f"not {a}" if kind == "not" else f"({a})"


def slope(text: str, values: Mapping[str, Any], name: str) -> Any:
    """The derivative by a central difference with 40 digits, good to about 15."""
    with mpmath.workdps(40):
        at, h = mpmath.mpf(values[name]), mpmath.mpf("1e-10")
        return (evaluate(text, {**values, name: at + h}) - evaluate(text, {**values, name: at - h})) / (2 * h)
