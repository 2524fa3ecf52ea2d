"""What in a right-hand side may change abruptly with time: its parts that depend on t, each alone."""

from __future__ import annotations

from collections.abc import Iterable

from pinnsolve.expressions.tree import COMPARISONS, CONDITIONS, Expression, containing, postorder

_SEPARATE = frozenset({"+", "-", "*", "neg"}) | CONDITIONS
"""Operations whose arguments are looked at one by one: a small pulse beside a large term, or times a factor that is zero just
then, is as abrupt as it is alone."""
_SWITCHING = frozenset({"where", "step", "sign", "abs", "min", "max", "floor"}) | COMPARISONS
"""Operations that jump at zeros of functions which are known."""


def time_terms(expressions: Iterable[Expression]) -> tuple[Expression, ...]:
    """The functions, powers and quotients of the given expressions in which t stands, those inside others as well.

    Sums and products are taken apart, switches reduced to their arguments, and polynomials in t left out: they are smooth
    over any interval.
    """
    found: dict[Expression, None] = {}
    polynomial: set[Expression] = set()
    for node in postorder(expressions, containing(["t"])):
        if "t" not in node.symbols:
            continue
        if _is_polynomial(node, polynomial):
            polynomial.add(node)
        elif node.operator not in _SEPARATE and node.operator not in _SWITCHING:
            found[node] = None
    return tuple(found)


def _is_polynomial(node: Expression, known: set[Expression]) -> bool:
    """Whether an expression is a polynomial in t alone; `known` are those below it that are."""
    if node.name == "t":
        return True
    plain = all(argument in known or argument.value is not None for argument in node.arguments)
    match node.operator:
        case "+" | "-" | "*" | "neg":
            return plain
        case "/":
            return plain and node.arguments[1].value is not None
        case "^":
            exponent = node.arguments[1].value
            return plain and exponent is not None and exponent >= 0 and exponent.is_integer()
    return False
