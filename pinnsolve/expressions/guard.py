"""Keeping infinities out of gradients that pass through the side of a ``where`` that is not chosen.

Reverse differentiation of where(h > 0, sqrt(h), 0) multiplies the slope of sqrt at a negative h, which is nan, by 0:
the gradient is nan although the value is right. So what a side may not be able to evaluate gets a harmless argument
where that side is not chosen: sqrt(where(h > 0, h, 1)).
"""

from __future__ import annotations

from pinnsolve.expressions.simplify import ONE, ZERO, apply, where
from pinnsolve.expressions.tree import Expression, postorder

MAX_COPIED = 50_000
"""Each side is copied for each condition around it; an expression of more copied nodes than this stays as it is."""

_HARMLESS = {
    **dict.fromkeys(("sqrt", "log", "log10", "cbrt"), (0, ONE)),
    **dict.fromkeys(("asin", "acos", "exp", "sinh", "cosh"), (0, ZERO)),
    "/": (1, ONE),
    "^": (0, ONE),
}
"""Operator: which of its arguments can go wrong, and a value with which it does not."""


def guarded(expression: Expression) -> Expression:
    """An expression of the same value everywhere whose gradient is finite wherever that of the chosen side is."""
    new: dict[int, Expression] = {}
    copied = 0
    for node in postorder([expression]):
        arguments = [new[id(argument)] for argument in node.arguments]
        if node.operator == "where":
            condition, *sides = arguments
            below = [postorder([side]) for side in sides]
            copied += sum(map(len, below))
            if copied > MAX_COPIED:
                return expression
            arguments = [condition, _within(below[0], condition), _within(below[1], apply("not", condition))]
        new[id(node)] = _rebuilt(node, arguments)
    return new[id(expression)]


def _within(side: list[Expression], condition: Expression) -> Expression:
    """A side, given in postorder, with harmless arguments where the condition does not hold."""
    new: dict[int, Expression] = {}
    for node in side:
        arguments = [new[id(argument)] for argument in node.arguments]
        if node.operator in _HARMLESS:
            place, value = _HARMLESS[node.operator]
            if arguments[place].symbols:
                arguments[place] = where(condition, arguments[place], value)
        new[id(node)] = _rebuilt(node, arguments)
    return new[id(side[-1])]


def _rebuilt(node: Expression, arguments: list[Expression]) -> Expression:
    same = all(a is b for a, b in zip(arguments, node.arguments, strict=True))
    return node if same else Expression(node.operator, tuple(arguments))
