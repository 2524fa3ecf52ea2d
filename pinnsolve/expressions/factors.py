"""An expression as a product, as far as its text shows one."""

from __future__ import annotations

from collections import Counter
from functools import reduce

from pinnsolve.expressions.simplify import ONE, apply
from pinnsolve.expressions.tree import Expression, number, postorder

DEEP = 60
"""Trees deeper than this are left as they are."""
_NEVER_ZERO = frozenset({"exp", "cosh"})
_ZERO_WITH = frozenset({"sqrt", "cbrt", "abs", "asin", "atan", "sinh", "tanh"})
"""Functions of one argument that are zero where it is zero and nowhere else."""


def factors(expression: Expression) -> tuple[Expression, ...]:
    """Expressions whose zeros, taken together, are those of `expression` wherever it is defined.

    Factors that are never zero are left out, so a constant other than 0 has none. What several terms of a sum have in
    common is taken out: ``a*x - b*x*y`` gives x and ``a - b*y``.
    """
    if _depth(expression) > DEEP:
        return (expression,)
    found: dict[Expression, None] = {}
    for factor in _product(expression):
        while factor.operator in _ZERO_WITH or (factor.operator == "^" and (factor.arguments[1].value or 0.0) > 0):
            factor = factor.arguments[0]
        if factor.value is not None or factor.operator in _NEVER_ZERO:
            continue
        if factor.operator == "/" and factor.arguments[0].value is not None:
            continue
        found.update(dict.fromkeys([factor] if factor in _product(factor) else factors(factor)))
    return tuple(found) if expression.value != 0 else (expression,)


def _depth(expression: Expression) -> int:
    depths: dict[int, int] = {}
    for node in postorder([expression]):
        depths[id(node)] = 1 + max((depths[id(argument)] for argument in node.arguments), default=0)
    return depths[id(expression)]


def _product(expression: Expression) -> list[Expression]:
    """Factors, constants included, whose product is the expression."""
    arguments = expression.arguments
    match expression.operator:
        case "*":
            return _product(arguments[0]) + _product(arguments[1])
        case "/" if arguments[0].value is None:
            return [*_product(arguments[0]), apply("/", ONE, arguments[1])]
        case "neg":
            return [number(-1), *_product(arguments[0])]
        case "^" if arguments[1].value in (2.0, 3.0, 4.0, 5.0, 6.0):
            return _product(arguments[0]) * int(arguments[1].value)
        case "+" | "-":
            return _sum(expression)
    return [expression]


def _sum(expression: Expression) -> list[Expression]:
    """Factors of a sum: what all of its terms have in common, and the rest."""
    terms = [(sign, Counter(_product(term))) for sign, term in _terms(expression)]
    common = reduce(lambda a, b: a & b, (factors for _, factors in terms))
    shared = [factor for factor in common.elements() if factor.value is None]
    if not shared:
        return [expression]
    rest: Expression | None = None
    for sign, term in terms:
        left = (term - Counter(shared)).items()
        product = reduce(lambda a, b: apply("*", a, b), (apply("^", f, n) if n > 1 else f for f, n in left), ONE)
        if rest is None:
            rest = product if sign > 0 else apply("neg", product)
        else:
            rest = apply("+" if sign > 0 else "-", rest, product)
    assert rest is not None
    return [*shared, *_product(rest)]


def _terms(expression: Expression) -> list[tuple[int, Expression]]:
    """The terms of a sum with their signs, from left to right."""
    found: list[tuple[int, Expression]] = []
    todo = [(1, expression)]
    while todo:
        sign, node = todo.pop()
        if node.operator == "neg":
            todo.append((-sign, node.arguments[0]))
        elif node.operator in ("+", "-"):
            todo.append((sign if node.operator == "+" else -sign, node.arguments[1]))
            todo.append((sign, node.arguments[0]))
        else:
            found.append((sign, node))
    return found
