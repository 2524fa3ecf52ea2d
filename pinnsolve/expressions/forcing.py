"""What in a right-hand side may change abruptly with time: its parts that depend on t, each alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pinnsolve.expressions.tree import COMPARISONS, CONDITIONS, Expression, containing, postorder

_SEPARATE = frozenset({"+", "-", "*", "neg"}) | CONDITIONS
"""Operations whose arguments are looked at one by one: a small pulse beside a large term, or times a factor that is zero just
then, is as abrupt as it is alone."""
_SWITCHING = frozenset({"where", "step", "sign", "abs", "min", "max", "floor"}) | COMPARISONS
"""Operations that jump at zeros of functions which are known."""


def time_terms(expressions: Iterable[Expression]) -> tuple[Expression, ...]:
    """The functions, powers and quotients of the given expressions in which t stands, those inside others as well.

    Sums and products are taken apart, switches reduced to their arguments. What changes alike everywhere is left out:
    polynomials in t, and sines and cosines of linear ones.
    """
    found: dict[Expression, None] = {}
    degrees: dict[Expression, int] = {}
    for node in postorder(expressions, containing(["t"])):
        if "t" not in node.symbols:
            continue
        degree = _degree(node, degrees)
        if degree is not None:
            degrees[node] = degree
        elif node.operator in ("sin", "cos") and degrees.get(node.arguments[0]) == 1:
            continue
        elif node.operator not in _SEPARATE and node.operator not in _SWITCHING:
            found[node] = None
    return tuple(found)


def _degree(node: Expression, known: Mapping[Expression, int]) -> int | None:
    """Of a polynomial in t alone, None of anything else; `known` are those below it."""
    if node.name == "t":
        return 1
    below = [0 if argument.value is not None else known.get(argument) for argument in node.arguments]
    degrees = [degree for degree in below if degree is not None]
    if not node.arguments or len(degrees) < len(below):
        return None
    match node.operator:
        case "+" | "-" | "neg":
            return max(degrees)
        case "*":
            return sum(degrees)
        case "/" if node.arguments[1].value is not None:
            return degrees[0]
        case "^" if (power := node.arguments[1].value) is not None and power >= 0 and power.is_integer():
            return degrees[0] * int(power)
    return None
