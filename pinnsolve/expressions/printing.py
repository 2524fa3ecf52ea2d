"""Expressions to text that `parse` reads back as the same tree."""

from __future__ import annotations

import math

from pinnsolve.expressions.tree import BINDING, COMPARISONS, Expression, postorder

_ATOM = 9


def to_text(expression: Expression) -> str:
    """The expression as one would type it; ``parse(to_text(e), names) == e``."""
    written: dict[int, tuple[str, int]] = {}
    for node in postorder([expression]):
        written[id(node)] = _write(node, [written[id(a)] for a in node.arguments])
    return written[id(expression)][0]


def binding(node: Expression) -> int:
    """How tightly a node holds together: 1 for ``or`` to 8 for ``^``, 9 for what never needs parentheses."""
    if node.value is not None:
        return BINDING["neg"] if node.value < 0 else _ATOM
    return BINDING.get(node.operator, _ATOM)


def number_to_text(value: float) -> str:
    """The shortest text that reads back as the same number."""
    if value == math.pi:
        return "pi"
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def negated_first(product: Expression) -> bool:
    """Whether ``-a*b`` reads as the negative of the whole ``a*b``: not if a is a number, which takes the sign."""
    while product.operator in ("*", "/"):
        product = product.arguments[0]
    return product.value is None


def _write(node: Expression, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """The text of a node and how tightly it binds, from those of its arguments."""
    operator, own = node.operator, binding(node)
    if node.value is not None:
        return number_to_text(node.value), own
    if node.name is not None:
        return node.name, own
    if own == _ATOM:
        return f"{operator}({', '.join(text for text, _ in parts)})", own
    if operator == "not":
        return f"not {_wrapped(*parts[0], own)}", own
    if operator == "neg":
        least = BINDING["*"] if negated_first(node.arguments[0]) else BINDING["^"]
        return f"-{_wrapped(*parts[0], least)}", BINDING["neg"] if least > parts[0][1] else min(own, parts[0][1])
    (left, left_binding), (right, right_binding) = parts
    if operator == "^":
        # A sign is welcome in the exponent, and to the right a power needs no parentheses.
        return f"{_wrapped(left, left_binding, _ATOM)}^{_wrapped(right, right_binding, BINDING['neg'])}", own
    least = own + 1 if operator in COMPARISONS else own
    if right.startswith("-") and operator not in COMPARISONS:
        right_binding = 0
    right = _wrapped(right, right_binding, own + 1)
    gap = "" if operator in ("*", "/") else " "
    return f"{_wrapped(left, left_binding, least)}{gap}{operator}{gap}{right}", own


def _wrapped(text: str, binding: int, least: int) -> str:
    return text if binding >= least else f"({text})"
