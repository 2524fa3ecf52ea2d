"""Derivatives of expressions.

The rules of the functions stand in `functions.py`, written as expressions of the arguments u, v and the value f; here
are the operators, the piecewise functions and the chain rule.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.parser import parse
from pinnsolve.expressions.simplify import (
    ONE,
    ZERO,
    add,
    apply,
    divide,
    multiply,
    negate,
    power,
    substitute,
    subtract,
    where,
)
from pinnsolve.expressions.tree import Expression, containing, number, postorder


def differentiate(expression: Expression, name: str) -> Expression:
    """The derivative of an expression with respect to the symbol `name`.

    Where a function has a kink or a jump (``abs``, ``min``, ``where``, ...) it is the derivative of one of the sides.
    """
    return gradient(expression, (name,)).get(name, ZERO)


def gradient(expression: Expression, names: Collection[str]) -> dict[str, Expression]:
    """The derivatives of an expression that do not vanish identically, by name, in the order of `names`.

    One walk for all names: for a long sum of many variables much faster than `differentiate` for each of them.
    """
    if expression.symbols.isdisjoint(names):
        return {}
    partial: dict[int, dict[str, Expression]] = {}
    for node in postorder([expression], containing(names)):
        inner = [partial.get(id(argument), {}) for argument in node.arguments]
        partial[id(node)] = _gradient(node, inner) if node.name is None else {node.name: ONE}
    found = partial[id(expression)]
    return {name: found[name] for name in names if name in found and found[name].value != 0}


def _gradient(node: Expression, inner: list[dict[str, Expression]]) -> dict[str, Expression]:
    """The derivatives of a node, given those of its arguments."""
    if node.operator == "+":
        # What stands in one term only is handed on as it is.
        total = inner[0] | inner[1]
        total.update((name, add(inner[0][name], inner[1][name])) for name in inner[0].keys() & inner[1].keys())
        return total
    names = {name: None for slopes in inner for name in slopes}
    return {name: _derivative(node, [slopes.get(name, ZERO) for slopes in inner]) for name in names}


def _derivative(node: Expression, inner: list[Expression]) -> Expression:
    """The derivative of a node, given those of its arguments."""
    arguments = node.arguments
    match node.operator:
        case "-":
            return subtract(*inner)
        case "neg":
            return negate(*inner)
        case "*":
            u, v = arguments
            return add(_times(v, inner[0]), _times(u, inner[1]))
        case "/":
            # (u/v)' = (u' - f*v')/v with f = u/v, which is computed anyway
            return _over(subtract(inner[0], _times(node, inner[1])), arguments[1])
        case "^":
            return _of_power(node, *inner)
        case "where":
            return where(arguments[0], inner[1], inner[2])
        case "min" | "max":
            return _of_extremum(node, inner)
    if node.operator not in FUNCTIONS:
        return ZERO  # a condition
    total = ZERO
    for rule, du in zip(_rules(node.operator), inner, strict=True):
        if du.value != 0:
            outer = substitute(rule, {"u": arguments[0], "v": arguments[-1], "f": node})
            total = add(total, _times(outer, du))
    return total


@cache
def _rules(function: str) -> tuple[Expression, ...]:
    texts = FUNCTIONS[function].derivative
    assert texts is not None
    return tuple(parse(text, ("u", "v", "f"), time=False) for text in texts)


def _times(outer: Expression, inner: Expression) -> Expression:
    """outer*inner, the product of the chain rule.

    Where `inner` vanishes on one side of a condition the product does too, whatever `outer` is there: the derivative
    of sqrt(max(x, 0)) is 0 for x < 0, not infinity times 0. So a factor with such a side is multiplied side by side.
    """
    if inner.operator != "where":
        return _product(outer, inner)
    sides = postorder([inner], lambda node: node.arguments[1:] if node.operator == "where" else ())
    if all(side.value != 0 for side in sides):
        return _product(outer, inner)
    products: dict[int, Expression] = {}
    for side in sides:
        if side.operator == "where":
            condition, a, b = side.arguments
            products[id(side)] = where(condition, products[id(a)], products[id(b)])
        else:
            products[id(side)] = _product(outer, side)
    return products[id(inner)]


def _product(outer: Expression, inner: Expression) -> Expression:
    """outer*inner, with 0 whatever `outer` is, and 1/v*inner written inner/v."""
    if inner.value == 0:
        return ZERO
    if outer.operator == "/" and outer.arguments[0].value == 1:
        return divide(inner, outer.arguments[1])
    return multiply(outer, inner)


def _over(a: Expression, b: Expression) -> Expression:
    """a/b, with 0/b = 0."""
    return ZERO if a.value == 0 else divide(a, b)


def _of_power(node: Expression, du: Expression, dv: Expression) -> Expression:
    """(u^v)' = v*u^(v - 1)*u' + u^v*log(u)*v', finite at u = 0 wherever the derivative is."""
    u, v = node.arguments
    if v.value is not None:
        return _times(multiply(v, power(u, number(v.value - 1))), du)
    # At v = 0 the first term vanishes, also for u = 0: there the exponent is replaced by any that has a value.
    lowered = where(apply("==", v, ZERO), ZERO, subtract(v, ONE))
    total = _times(multiply(v, power(u, lowered)), du)
    if dv.value != 0:
        # u^v*log(u) tends to 0 with u: there log(u) is replaced by log(1).
        safe = u if u.value is not None else where(apply("==", u, ZERO), ONE, u)
        total = add(total, _times(multiply(node, apply("log", safe)), dv))
    return total


def _of_extremum(node: Expression, inner: list[Expression]) -> Expression:
    """The derivative of the argument that is the smallest (largest), taken pair by pair.

    On a tie a constant side wins, so that the derivative of max(x, 0) at 0 is the 0 of its left and sqrt(max(x, 0))
    has a finite one.
    """
    below = "<" if node.operator == "min" else ">"
    value, slope = node.arguments[0], inner[0]
    for argument, derivative in zip(node.arguments[1:], inner[1:], strict=True):
        if slope.value == 0:
            slope = where(apply(below, argument, value), derivative, slope)
        else:
            slope = where(apply(below, value, argument), slope, derivative)
        value = apply(node.operator, value, argument)
    return slope
