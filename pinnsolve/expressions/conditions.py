"""Where a right-hand side is not defined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pinnsolve.expressions.printing import to_text
from pinnsolve.expressions.simplify import substitute
from pinnsolve.expressions.tree import CONDITIONS, Expression, postorder

_PARTIAL = frozenset({"sqrt", "log", "log10", "asin", "acos"})
"""Functions that are not defined for every real number."""


def domain_conditions(expressions: Iterable[Expression]) -> tuple[tuple[Expression, str], ...]:
    """What can be undefined in the given expressions: pairs of an argument and the text of the term that it stands in.

    The arguments of ``sqrt``, ``log``, ``log10``, ``asin`` and ``acos``, the bases of powers whose exponent is not a
    natural number, and denominators; constants are left out. Inner terms come before those that contain them.
    """
    found: dict[tuple[Expression, Expression], str] = {}
    for node in postorder(expressions):
        argument = _restricted(node)
        if argument is not None and argument.symbols and (argument, node) not in found:
            found[argument, node] = to_text(node)
    return tuple((argument, text) for (argument, _), text in found.items())


def undefined_constant(expression: Expression, values: Mapping[str, float]) -> Expression | None:
    """The first term that has no value whatever the states are: a constant such as ``log(k)`` for k = -1, or ``x/k`` for k = 0.

    The sides of ``where`` are left out: they may be there for other values.

    Parameters
    ----------
    expression
        In states and parameters.
    values
        Of the parameters.
    """
    known, numbers = values.keys(), dict(values)
    for node in postorder([expression], lambda node: node.arguments[:1] if node.operator == "where" else node.arguments):
        if node.operator == "/" and node.arguments[1].symbols <= known:
            divisor = substitute(node.arguments[1], numbers).value
            if divisor == 0:
                return node
        if node.arguments and node.operator not in CONDITIONS and node.operator != "where" and node.symbols <= known:
            term = substitute(node, numbers)
            if term.value is None:
                return node
    return None


def _restricted(node: Expression) -> Expression | None:
    """The argument of a node that must not take every value."""
    if node.operator in _PARTIAL:
        return node.arguments[0]
    if node.operator == "/":
        return node.arguments[1]
    if node.operator == "^":
        base, exponent = node.arguments
        natural = exponent.value is not None and exponent.value >= 0 and exponent.value.is_integer()
        return None if natural else base
    return None
