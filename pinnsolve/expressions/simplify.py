"""Building expressions: constants are folded and trivial terms dropped while the tree is built.

No rule changes the value for finite arguments, not even by rounding. The liberties are that 0*x is 0 whatever x is, and
that e^x, with Euler's number, is exp(x), which is the more exact of the two.
Folding never raises: 1/0, log(-1) and exp(1000) stay as they are.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.tree import CONDITIONS, Expression, containing, number, postorder

ZERO = number(0)
ONE = number(1)

_SCALAR: dict[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
    "neg": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "not": operator.not_,
    **{name: row.scalar for name, row in FUNCTIONS.items()},
}


def apply(operator: str, *arguments: Expression | float) -> Expression:
    """The node ``operator(arguments)``, simplified.

    Parameters
    ----------
    operator
        ``neg``, one of ``+ - * / ^``, a comparison, ``and or not``, or the name of a function.
    arguments
        Expressions or numbers.
    """
    nodes = tuple(a if isinstance(a, Expression) else number(a) for a in arguments)
    rule = _RULES.get(operator)
    if rule is not None:
        return rule(*nodes)
    if operator not in CONDITIONS and all(node.value is not None for node in nodes):
        return folded(operator, nodes) or Expression(operator, nodes)
    return Expression(operator, nodes)


def folded(operator: str, arguments: Sequence[Expression]) -> Expression | None:
    """The value of ``operator(arguments)`` of numbers, None where it is not a finite real number."""
    value = scalar_value(operator, [a.value for a in arguments if a.value is not None])
    return number(value) if math.isfinite(value) else None


def scalar_value(operator: str, values: Sequence[float]) -> float:
    """The value of an operation on plain numbers, nan where it has none."""
    try:
        return _SCALAR[operator](*values)
    except (ArithmeticError, ValueError):
        return math.nan


def undefined(operator: str, arguments: Sequence[Expression]) -> str | None:
    """What is wrong with a constant that `folded` refuses, to be put behind its text; None if it is only too large."""
    try:
        _SCALAR[operator](*[argument.value for argument in arguments])
    except ZeroDivisionError:
        return "divides by zero"
    except ValueError:
        return "is not a real number"
    except ArithmeticError:
        return None
    return None


def negate(a: Expression) -> Expression:
    """The opposite -a."""
    if a.value is not None:
        return number(-a.value)
    if a.operator == "neg":
        return a.arguments[0]
    if a.operator in ("*", "/") and (leading := a.arguments[0].value) is not None:
        return Expression(a.operator, (number(-leading), a.arguments[1]))
    return Expression("neg", (a,))


def _opposite(a: Expression) -> Expression | None:
    """-a where that is shorter to write than a, else None."""
    if a.operator == "neg":
        return a.arguments[0]
    leading = a.arguments[0] if a.operator in ("*", "/") else a
    return negate(a) if leading.value is not None and leading.value < 0 else None


def add(a: Expression, b: Expression) -> Expression:
    """The sum a + b."""
    if a.value is not None and b.value is not None:
        return folded("+", (a, b)) or Expression("+", (a, b))
    if a.value == 0:
        return b
    if b.value == 0:
        return a
    if (positive := _opposite(b)) is not None:
        return subtract(a, positive)
    if a.operator == "neg":
        return subtract(b, a.arguments[0])
    if a == b:
        return multiply(number(2), a)
    return Expression("+", (a, b))


def subtract(a: Expression, b: Expression) -> Expression:
    """The difference a - b."""
    if a.value is not None and b.value is not None:
        return folded("-", (a, b)) or Expression("-", (a, b))
    if b.value == 0:
        return a
    if a.value == 0:
        return negate(b)
    if (positive := _opposite(b)) is not None:
        return add(a, positive)
    if a == b:
        return ZERO
    return Expression("-", (a, b))


def multiply(a: Expression, b: Expression) -> Expression:
    """The product a*b."""
    if a.value is not None and b.value is not None:
        return folded("*", (a, b)) or Expression("*", (a, b))
    for factor, other in ((a, b), (b, a)):
        if factor.value == 0:
            return ZERO
        if factor.value == 1:
            return other
        if factor.value == -1:
            return negate(other)
    if a.operator == "neg":
        return negate(multiply(a.arguments[0], b))
    if b.operator == "neg":
        return negate(multiply(a, b.arguments[0]))
    return Expression("*", (a, b))


def divide(a: Expression, b: Expression) -> Expression:
    """The quotient a/b."""
    if a.value is not None and b.value is not None:
        return folded("/", (a, b)) or Expression("/", (a, b))
    if b.value == 1:
        return a
    if b.value == -1:
        return negate(a)
    if a.operator == "neg":
        return negate(divide(a.arguments[0], b))
    if b.operator == "neg":
        return negate(divide(a, b.arguments[0]))
    return Expression("/", (a, b))


def power(a: Expression, b: Expression) -> Expression:
    """The power a^b, with 0^0 = 1 as in floating-point arithmetic."""
    if a.value is not None and b.value is not None:
        return folded("^", (a, b)) or Expression("^", (a, b))
    if b.value == 1:
        return a
    if b.value == 0 or a.value == 1:
        return ONE
    if a.value == math.e:
        return Expression("exp", (b,))
    return Expression("^", (a, b))


def where(condition: Expression, a: Expression, b: Expression) -> Expression:
    """Value a where the condition holds, else b."""
    if a == b:
        return a
    holds = _decided(condition)
    if holds is not None:
        return a if holds else b
    return Expression("where", (condition, a, b))


def _decided(condition: Expression) -> bool | None:
    """Whether a condition without symbols holds; None if it has symbols or compares what has no value."""
    if condition.symbols:
        return None
    values: dict[int, float] = {}
    for node in postorder([condition]):
        if node.value is not None:
            values[id(node)] = node.value
        elif node.operator in CONDITIONS and all(id(a) in values for a in node.arguments):
            values[id(node)] = _SCALAR[node.operator](*[values[id(a)] for a in node.arguments])
        else:
            return None
    return bool(values[id(condition)])


_RULES: dict[str, Callable[..., Expression]] = {
    "neg": negate,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "^": power,
    "where": where,
}


def substitute(expression: Expression, values: Mapping[str, Expression | float]) -> Expression:
    """The expression with names replaced, all at once, and constants folded.

    Parameters
    ----------
    values
        Name: expression or finite number. Names that do not stand in the expression are ignored.
    """
    if expression.symbols.isdisjoint(values):
        return expression
    new: dict[int, Expression] = {}
    for node in postorder([expression], containing(values)):
        if node.name is not None:
            value = values[node.name]
            new[id(node)] = value if isinstance(value, Expression) else number(value)
        else:
            new[id(node)] = apply(node.operator, *[new.get(id(a), a) for a in node.arguments])
    return new[id(expression)]
