"""Text to an expression tree, by operator precedence over a fixed grammar. Nothing of the text is ever executed.

From loosest to tightest::

    or   and   not   < <= > >= == !=   + -   * /   unary + -   ^ **

``^`` binds to the right, ``-x^2`` is ``-(x^2)``, and conditions may stand in the first argument of ``where`` only.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from pinnsolve.expressions import faults
from pinnsolve.expressions.errors import ExpressionError
from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.names import normalise_name
from pinnsolve.expressions.simplify import apply, undefined
from pinnsolve.expressions.tokens import Token, tokenize
from pinnsolve.expressions.tree import BINDING, COMPARISONS, CONDITIONS, Expression, number, symbol

MAX_NESTING = 100
"""Parentheses inside each other: the only recursion of the parser, kept far below the depth where Python gives up."""

MAX_UNKNOWN = 10
"""Unknown names and functions of one text that are reported."""

_WORDS = frozenset({"and", "or", "not"})
_BINARY = frozenset({"or", "and", "+", "-", "*", "/", "^", "**"}) | COMPARISONS


class _Part(NamedTuple):
    """A piece of the tree with its place in the text."""

    node: Expression
    start: int
    end: int


class _Pending(NamedTuple):
    """An operator whose right operand is being read."""

    operator: str
    start: int
    unary: bool


def parse(text: str, names: Collection[str], *, time: bool = True) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text
        What the user wrote.
    names
        The declared names, states and parameters; they win over the constant ``e``.
    time
        Whether ``t`` may stand in the expression.

    Raises
    ------
    ExpressionError
        With the place of the first fault as offsets into `text`. Its `more` has the other unknown names and functions.
    """
    return _Parser(text, _symbols(tuple(names), time)).parse()


@lru_cache(maxsize=4)
def _symbols(names: tuple[str, ...], time: bool) -> Mapping[str, Expression]:
    """What the names stand for; kept, because the equations of one system are read with the same names."""
    known = {normalise_name(name): symbol(name) for name in names}
    return {**known, "t": symbol("t")} if time else known


def evaluate_constant(text: str | float, names: Mapping[str, float] | None = None) -> float:
    """The value of a constant expression, or of a number as it is.

    Parameters
    ----------
    text
        ``"2*pi"``, ``3``, ...
    names
        Parameters that may be used, with their values.

    Raises
    ------
    ExpressionError
        If the text is faulty, uses the time or has no finite value.
    """
    if not isinstance(text, str):
        try:
            value = float(text)
        except OverflowError:
            raise ExpressionError(f"the number {faults.TOO_LARGE}") from None
        if not math.isfinite(value):
            raise ExpressionError(f"{value} is not a finite number")
        return value
    known = {normalise_name(name): number(value) for name, value in (names or {}).items()}
    node = _Parser(text, known).parse()
    assert node.value is not None, "every name had a value, and the parser refuses a constant without one"
    return node.value


class _Parser:
    """One pass over one text. `known` says what a name stands for: a symbol or a number."""

    def __init__(self, text: str, known: Mapping[str, Expression]) -> None:
        self.text = text
        self.known = {"e": number(math.e), **known, "pi": number(math.pi)}
        self.tokens = tokenize(text)
        self.place = 0
        self.depth = 0
        self.unknown: dict[str, ExpressionError] = {}

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def advance(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def parse(self) -> Expression:
        try:
            node = self.whole()
        except ExpressionError as error:
            self.unknown[""] = error
        if not self.unknown:
            return node
        first, *more = self.unknown.values()
        first.more = tuple(more)
        raise first from None

    def whole(self) -> Expression:
        if self.next.kind == "end":
            raise ExpressionError("the expression is empty", 0, len(self.text))
        part = self.expression()
        if self.next.kind != "end":
            raise faults.missing_operator(self.tokens, self.place)
        return self.value(part).node

    # ------------------------------------------------------------------ operators

    def expression(self) -> _Part:
        """Operands and operators up to the end, a comma or a closing parenthesis, by two stacks (Dijkstra 1961)."""
        operands: list[_Part] = []
        pending: list[_Pending] = []
        while True:
            while self.next.text in ("+", "-", "not"):
                token = self.advance()
                pending.append(_Pending(token.text, token.start, unary=True))
            operands.append(self.operand())
            if self.next.text not in _BINARY:
                break
            token = self.advance()
            operator = "^" if token.text == "**" else token.text
            self.reduce(operands, pending, operator, token)
            pending.append(_Pending(operator, token.start, unary=False))
        if self.next.kind != "end" and self.next.text not in (",", ")"):
            raise faults.missing_operator(self.tokens, self.place)
        self.reduce(operands, pending, None, self.next)
        return operands[0]

    def reduce(self, operands: list[_Part], pending: list[_Pending], operator: str | None, token: Token) -> None:
        """Apply the pending operators that bind their right operand more tightly than `operator` does; None: all."""
        while pending:
            last = pending[-1]
            if operator is not None:
                own, other = _binding(last), BINDING[operator]
                if own < other or (own == other and operator == "^"):
                    return
                if last.operator in COMPARISONS and operator in COMPARISONS:
                    raise ExpressionError("comparisons cannot be chained: write a < b and b < c", token.start, token.end)
            pending.pop()
            right = operands.pop()
            operands.append(self.unary(last, right) if last.unary else self.binary(last, operands.pop(), right))

    def unary(self, pending: _Pending, operand: _Part) -> _Part:
        if pending.operator == "not":
            return self.build("not", self.condition(operand), start=pending.start)
        self.value(operand)
        if pending.operator == "+":
            return operand._replace(start=pending.start)
        return self.build("neg", operand, start=pending.start)

    def binary(self, pending: _Pending, left: _Part, right: _Part) -> _Part:
        check = self.condition if pending.operator in _WORDS else self.value
        return self.build(pending.operator, check(left), check(right))

    # ------------------------------------------------------------------ operands

    def operand(self) -> _Part:
        token = self.next
        if token.kind == "number":
            return self.literal()
        if token.kind == "name" and token.text not in _WORDS:
            self.advance()
            return self.call(token) if self.next.text == "(" else self.name(token)
        if token.text == "(":
            self.advance()
            self.deeper(token)
            inside = self.expression()
            return inside._replace(start=token.start, end=self.close(token).end)
        raise faults.missing_operand(self.tokens, self.place)

    def literal(self) -> _Part:
        token = self.advance()
        fault = faults.number_runs_on(token, self.next)
        if fault is not None:
            raise fault
        value = float(token.text)
        if math.isinf(value):
            raise ExpressionError(f"{faults.shortened(token.text)} {faults.TOO_LARGE}", token.start, token.end)
        return _Part(number(value), token.start, token.end)

    def name(self, token: Token) -> _Part:
        node = self.known.get(token.text)
        if node is None:
            return self.stand_in(token, faults.unknown_name(token, self.text[token.start : token.end], self.known))
        return _Part(node, token.start, token.end)

    def stand_in(self, token: Token, error: ExpressionError) -> _Part:
        """Note an unknown name, once, and read on as if it were known, to find what else is wrong."""
        self.unknown.setdefault(token.text, error)
        if len(self.unknown) == MAX_UNKNOWN:
            raise self.unknown.popitem()[1]
        return _Part(symbol(token.text), token.start, token.end)

    def call(self, token: Token) -> _Part:
        row = FUNCTIONS.get(token.text)
        if row is None:
            return self.unknown_call(token, faults.not_a_function(token, self.known))
        opening = self.advance()
        self.deeper(opening)
        arguments: list[_Part] = []
        if self.next.text != ")":
            arguments.append(self.argument(row.name == "where"))
            while self.next.text == ",":
                self.advance()
                arguments.append(self.argument(condition=False))
        end = self.close(opening).end
        if len(arguments) < row.least or (row.most is not None and len(arguments) > row.most):
            raise faults.wrong_count(row, len(arguments), token.start, end)
        return self.build(row.name, *arguments, start=token.start, end=end)

    def unknown_call(self, token: Token, error: ExpressionError) -> _Part:
        """Note an unknown function and read on behind its arguments, of which nothing is known."""
        part = self.stand_in(token, error)
        opening = self.advance()
        self.deeper(opening)
        while self.next.text != ")":
            self.expression()
            if self.next.text != ",":
                break
            self.advance()
        return part._replace(end=self.close(opening).end)

    def argument(self, condition: bool) -> _Part:
        part = self.expression()
        return self.condition(part) if condition else self.value(part)

    def deeper(self, opening: Token) -> None:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ExpressionError(
                f"the expression is nested more than {MAX_NESTING} levels deep: split it up", opening.start, opening.end
            )

    def close(self, opening: Token) -> Token:
        """The ``)`` that belongs to `opening`."""
        if self.next.text == ")":
            self.depth -= 1
            return self.advance()
        if self.next.kind == "end":
            raise ExpressionError("this ( is never closed", opening.start, opening.end)
        raise faults.missing_operator(self.tokens, self.place)

    # ------------------------------------------------------------------ nodes

    def build(self, operator: str, *parts: _Part, start: int | None = None, end: int | None = None) -> _Part:
        """The node of an operator, refused where it is a constant without a value."""
        node = apply(operator, *[part.node for part in parts])
        start = parts[0].start if start is None else start
        end = parts[-1].end if end is None else end
        constant = node.arguments and all(argument.value is not None for argument in node.arguments)
        if operator == "/" and parts[1].node.value == 0:
            raise ExpressionError(f"{faults.shortened(self.text[start:end])} divides by zero", start, end)
        if constant and node.operator not in CONDITIONS:
            what = undefined(node.operator, node.arguments) or faults.TOO_LARGE
            raise ExpressionError(f"{faults.shortened(self.text[start:end])} {what}", start, end)
        return _Part(node, start, end)

    def value(self, part: _Part) -> _Part:
        """The part, refused if it is a condition."""
        if part.node.operator in CONDITIONS:
            raise ExpressionError(
                "a comparison may stand in the first argument of where(condition, a, b) only", part.start, part.end
            )
        return part

    def condition(self, part: _Part) -> _Part:
        """The part, refused unless it is a condition."""
        if part.node.operator not in CONDITIONS:
            raise ExpressionError("a condition must stand here, such as x > 0", part.start, part.end)
        return part


def _binding(pending: _Pending) -> int:
    return BINDING["neg"] if pending.unary and pending.operator != "not" else BINDING[pending.operator]
