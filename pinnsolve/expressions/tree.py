"""The expression tree: immutable nodes, and the one walk over them that every other file uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
CONDITIONS = COMPARISONS | {"and", "or", "not"}
BINDING = {"or": 1, "and": 2, "not": 3} | dict.fromkeys(COMPARISONS, 4)
BINDING |= {"+": 5, "-": 5, "*": 6, "/": 6, "neg": 7, "^": 8}
"""How tightly an operator holds its operands together."""

_NO_SYMBOLS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Expression:
    """A node of an expression tree.

    Build nodes with `number`, `symbol` and `apply`, which fold constants; the class itself simplifies nothing.
    Equality is structural. Trees may share nodes and may be thousands of levels deep, so nothing here recurses.
    """

    operator: str
    """``number``, ``symbol``, ``neg``, one of ``+ - * / ^``, a comparison, ``and or not``, or a function's name."""
    arguments: tuple[Expression, ...] = ()
    value: float | None = None
    """Of a number, finite; None otherwise."""
    name: str | None = None
    """Of a symbol; None otherwise."""
    symbols: frozenset[str] = field(init=False)
    """The names that stand in the expression."""
    _hash: int = field(init=False)

    def __post_init__(self) -> None:
        arguments = self.arguments
        if self.name is not None:
            symbols = frozenset((self.name,))
        elif arguments:
            symbols = arguments[0].symbols
            for argument in arguments[1:]:
                if not argument.symbols <= symbols:
                    symbols |= argument.symbols
        else:
            symbols = _NO_SYMBOLS
        key = (self.operator, self.value, self.name, *[argument._hash for argument in arguments])
        object.__setattr__(self, "symbols", symbols)
        object.__setattr__(self, "_hash", hash(key))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        # Pairs already compared are remembered: without that, shared nodes would be compared exponentially often.
        known: set[tuple[int, int]] = set()
        todo = [(self, other)]
        while todo:
            a, b = todo.pop()
            if a is b or (id(a), id(b)) in known:
                continue
            if a._hash != b._hash or not a._like(b):
                return False
            known.add((id(a), id(b)))
            todo += zip(a.arguments, b.arguments, strict=True)
        return True

    def _like(self, other: Expression) -> bool:
        """Whether the two nodes are the same, whatever their arguments are."""
        return (
            self.operator == other.operator
            and self.value == other.value
            and self.name == other.name
            and len(self.arguments) == len(other.arguments)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # The cached hash must not travel: hashes of strings differ from process to process.
        return Expression, (self.operator, self.arguments, self.value, self.name)

    def __copy__(self) -> Expression:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Expression:
        return self

    def __repr__(self) -> str:
        if self.operator == "number":
            return f"number({self.value!r})"
        if self.operator == "symbol":
            return f"symbol({self.name!r})"
        return f"<expression {self.operator!r} of {', '.join(sorted(self.symbols)) or 'constants'}>"


def number(value: float) -> Expression:
    """The constant `value`.

    Raises
    ------
    ValueError
        If the value is not finite.
    """
    value = float(value) + 0.0  # turns -0.0 into 0.0
    if not math.isfinite(value):
        raise ValueError(f"an expression holds finite numbers only, not {value}")
    return Expression("number", value=value)


def symbol(name: str) -> Expression:
    """The variable `name`; ``t`` is the time."""
    return Expression("symbol", name=name)


def free_symbols(expression: Expression) -> frozenset[str]:
    """The names that stand in an expression."""
    return expression.symbols


def postorder(roots: Iterable[Expression], below: Callable[[Expression], Sequence[Expression]] | None = None) -> list[Expression]:
    """Every node from `roots` down once (by identity), arguments before the nodes that use them, left to right.

    Parameters
    ----------
    roots
        Where to start.
    below
        Which arguments of a node to go down to; by default all.
    """
    order: list[Expression] = []
    done: set[int] = set()
    stack: list[Expression | None] = [*roots]
    stack.reverse()
    while stack:
        node = stack.pop()
        if node is None:  # everything below the node that lies under this mark has been seen to
            node = stack.pop()
            assert node is not None
        elif id(node) in done:
            continue
        elif arguments := node.arguments if below is None else below(node):
            stack += (node, None, *reversed(arguments))
            continue
        done.add(id(node))
        order.append(node)
    return order


def containing(names: Collection[str]) -> Callable[[Expression], Sequence[Expression]]:
    """For `postorder`: go down only to arguments in which one of `names` stands."""
    return lambda node: [argument for argument in node.arguments if not argument.symbols.isdisjoint(names)]
