"""Expressions to a straight list of operations in which every distinct subexpression stands once.

Equal subexpressions get one number, also a*b and b*a. Small integer powers become products, x^0.5 a square root, and
``min`` and ``max`` of many arguments become pairs, so that each operation maps to one call of each target language.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pinnsolve.expressions.simplify import scalar_value
from pinnsolve.expressions.tree import Expression, postorder

MAX_PRODUCT = 8
"""Integer powers up to this one become products: several times faster than a call of pow, and exact for x^2."""

_COMMUTATIVE = frozenset({"+", "*"})


class Program:
    """The operations below some expressions, arguments before use.

    Parameters
    ----------
    outputs
        The expressions.
    symbols
        Names of the components of y; ``t`` is the time.

    Raises
    ------
    ValueError
        If another name stands in an expression.
    """

    def __init__(self, outputs: Sequence[Expression], symbols: Sequence[str]) -> None:
        self.operators: list[str] = []
        """``time``, ``state``, ``constant``, or an operator of an expression."""
        self.arguments: list[tuple[int, ...]] = []
        self.values: list[float | None] = []
        """Of a constant (a bool for a condition); the index of a state."""
        self._known: dict[tuple[object, ...], int] = {}
        self._place = {name: i for i, name in enumerate(symbols)}
        index: dict[int, int] = {}
        for node in postorder(outputs):
            index[id(node)] = self._add(node, tuple(index[id(a)] for a in node.arguments))
        self.outputs = [index[id(node)] for node in outputs]
        self.uses = [0] * len(self.operators)
        for arguments in (*self.arguments, self.outputs):
            for argument in arguments:
                self.uses[argument] += 1

    def constant(self, index: int) -> float | None:
        """The value of an operation that is a constant, else None."""
        return self.values[index] if self.operators[index] == "constant" else None

    def _add(self, node: Expression, arguments: tuple[int, ...]) -> int:
        if node.value is not None:
            return self._constant(node.value)
        if node.name is not None:
            return self._symbol(node.name)
        if node.operator == "^":
            return self._power(*arguments)
        if node.operator in ("min", "max"):
            result = arguments[0]
            for argument in arguments[1:]:
                result = self._operation(node.operator, result, argument)
            return result
        return self._operation(node.operator, *arguments)

    def _intern(self, operator: str, arguments: tuple[int, ...], value: float | None) -> int:
        # The type tells False from 0.0, which are equal.
        key = (operator, arguments, value, type(value))
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = len(self.operators)
            self.operators.append(operator)
            self.arguments.append(arguments)
            self.values.append(value)
        return index

    def _constant(self, value: float) -> int:
        return self._intern("constant", (), value)

    def _symbol(self, name: str) -> int:
        if name in self._place:
            return self._intern("state", (), self._place[name])
        if name == "t":
            return self._intern("time", (), None)
        raise ValueError(f"'{name}' is neither t nor one of {', '.join(self._place)}: substitute parameters first")

    def _operation(self, operator: str, *arguments: int) -> int:
        constants = [self.constant(argument) for argument in arguments]
        if operator == "where" and constants[0] is not None:
            return arguments[1] if constants[0] else arguments[2]
        if None not in constants:
            # What `apply` did not fold has no finite value: 1/0 of a parameter that is 0. It makes the output nan or
            # infinite, and whoever evaluates it sees that the problem is not defined.
            return self._constant(scalar_value(operator, [value for value in constants if value is not None]))
        if operator in _COMMUTATIVE:
            arguments = tuple(sorted(arguments))
        return self._intern(operator, arguments, None)

    def _power(self, base: int, exponent: int) -> int:
        n = self.constant(exponent)
        if n is None or self.constant(base) is not None:
            return self._operation("^", base, exponent)
        if n == 0.5:
            return self._operation("sqrt", base)
        if not (math.isfinite(n) and n == int(n) and 1 <= abs(n) <= MAX_PRODUCT):
            return self._operation("^", base, exponent)
        product = self._product(base, int(abs(n)))
        return product if n > 0 else self._operation("/", self._constant(1.0), product)

    def _product(self, base: int, n: int) -> int:
        """base^n by repeated squaring, n >= 1."""
        if n == 1:
            return base
        half = self._product(base, n // 2)
        square = self._operation("*", half, half)
        return self._operation("*", square, base) if n % 2 else square
