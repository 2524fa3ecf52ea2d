"""Interval arithmetic over expression trees: bounds of an expression over many boxes at once.

The bounds hold for every point of a box at which the expression is defined, rounding included (R. E. Moore,
R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis, 2009, chapters 2 to 5). So an expression whose bounds
leave out zero has no zero in the box, which no finite number of samples could say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions.tree import COMPARISONS, Expression, postorder

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

ULPS = 9e-16
"""Relative error allowed to every operation: four units in the last place, what NumPy promises of its slowest functions."""
TINY = 1e-320
LARGEST = np.finfo(np.float64).max
FAR = 1e8
"""Beyond this the sine of a number is not looked into."""


@dataclass(frozen=True)
class Interval:
    """Bounds over n boxes; nan where the expression is defined nowhere in the box."""

    low: Array
    """(n,)"""
    high: Array
    """(n,)"""
    rough: Flags
    """(n,) whether the expression may be undefined or jump somewhere in the box."""


@dataclass(frozen=True)
class Truth:
    """What a condition may be over n boxes."""

    true: Flags
    """(n,) whether it may hold."""
    false: Flags
    """(n,) whether it may fail."""
    rough: Flags


def enclose(expressions: Sequence[Expression], names: Sequence[str], low: Array, high: Array) -> list[Interval]:
    """Bounds of expressions over boxes.

    Parameters
    ----------
    expressions
        In the variables `names`; parameters have been substituted.
    names
        The k variables.
    low, high
        (n, k) lower and upper corners of n boxes.
    """
    smooth = np.zeros(len(low), dtype=bool)
    known: dict[Expression, Interval | Truth] = {}
    with np.errstate(all="ignore"):
        for node in postorder(expressions):
            if node in known:
                continue
            if node.value is not None:
                constant = np.full(len(low), node.value)
                known[node] = Interval(constant, constant, smooth)
            elif node.name is not None:
                column = names.index(node.name)
                known[node] = Interval(low[:, column], high[:, column], smooth)
            else:
                known[node] = _apply(node, [known[argument] for argument in node.arguments])
    return [_interval(known[expression]) for expression in expressions]


def _interval(found: Interval | Truth) -> Interval:
    assert isinstance(found, Interval)
    return found


def _apply(node: Expression, arguments: list[Interval | Truth]) -> Interval | Truth:
    operator = node.operator
    if operator == "where":
        condition, first, second = arguments
        assert isinstance(condition, Truth)
        return _where(condition, _interval(first), _interval(second))
    if operator in ("and", "or", "not"):
        return _logic(operator, [a for a in arguments if isinstance(a, Truth)])
    intervals = [_interval(a) for a in arguments]
    if operator in COMPARISONS:
        return _compare(operator, *intervals)
    if operator == "^":
        return _power(intervals[0], intervals[1], node.arguments[1].value)
    if operator in ("min", "max"):
        choose = np.minimum if operator == "min" else np.maximum
        low, high = (choose.reduce([getattr(a, end) for a in intervals]) for end in ("low", "high"))
        return Interval(low, high, np.logical_or.reduce([a.rough for a in intervals]))
    if operator == "*" and node.arguments[0] == node.arguments[1]:
        return _whole_power(intervals[0], 2)
    return _RULES[operator](*intervals)


def _widened(low: Array, high: Array, *arguments: Interval, rough: Flags | None = None) -> Interval:
    """The result of an operation, with room for its rounding, roughness and emptiness taken over from its arguments."""
    empty = np.logical_or.reduce([np.isnan(a.low) for a in arguments])
    # inf - inf and 0*inf of bounds say nothing, which is not the same as empty
    low = np.where(np.isnan(low), -np.inf, low)
    high = np.where(np.isnan(high), np.inf, high)
    low = low - (np.minimum(np.abs(low), LARGEST) * ULPS + TINY)
    high = high + (np.minimum(np.abs(high), LARGEST) * ULPS + TINY)
    total = np.logical_or.reduce([a.rough for a in arguments])
    if rough is not None:
        total = total | rough
    return Interval(np.where(empty, np.nan, low), np.where(empty, np.nan, high), total)


def _nowhere(found: Interval, empty: Flags) -> Interval:
    """The same, but undefined in the boxes of `empty`."""
    return Interval(np.where(empty, np.nan, found.low), np.where(empty, np.nan, found.high), found.rough | empty)


def _constant(value: float, like: Interval) -> Interval:
    """A number that is no float, such as pi: between the neighbours of the float next to it."""
    shape = np.ones_like(like.low)
    return Interval(np.nextafter(value, -np.inf) * shape, np.nextafter(value, np.inf) * shape, np.zeros_like(like.rough))


def _negate(a: Interval) -> Interval:
    return Interval(-a.high, -a.low, a.rough)


def _add(a: Interval, b: Interval) -> Interval:
    return _widened(a.low + b.low, a.high + b.high, a, b)


def _subtract(a: Interval, b: Interval) -> Interval:
    return _add(a, _negate(b))


def _multiply(a: Interval, b: Interval) -> Interval:
    products = np.stack([a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high])
    products[np.isnan(products)] = 0.0  # zero times a bound that is infinite: every finite number times zero is zero
    return _widened(products.min(axis=0), products.max(axis=0), a, b)


def _divide(a: Interval, b: Interval) -> Interval:
    return _multiply(a, _reciprocal(b))


def _reciprocal(a: Interval) -> Interval:
    zero = (a.low <= 0) & (a.high >= 0)
    low, high = 1.0 / a.high, 1.0 / a.low
    low = np.where(zero & (a.low < 0), -np.inf, np.where(a.high == 0, -np.inf, low))
    high = np.where(zero & (a.high > 0), np.inf, np.where(a.low == 0, np.inf, high))
    high = np.where(zero & (a.high == 0) & (a.low < 0), 1.0 / a.low, high)
    low = np.where(zero & (a.low == 0) & (a.high > 0), 1.0 / a.high, low)
    return _nowhere(_widened(low, high, a, rough=zero), (a.low == 0) & (a.high == 0))


def _where(condition: Truth, first: Interval, second: Interval) -> Interval:
    both = condition.true & condition.false
    low = np.where(both, np.fmin(first.low, second.low), np.where(condition.true, first.low, second.low))
    high = np.where(both, np.fmax(first.high, second.high), np.where(condition.true, first.high, second.high))
    rough = both | condition.rough | np.where(condition.true, first.rough, second.rough)
    return Interval(low, high, rough)


def _logic(operator: str, a: list[Truth]) -> Truth:
    rough = np.logical_or.reduce([part.rough for part in a])
    if operator == "not":
        return Truth(a[0].false, a[0].true, rough)
    if operator == "and":
        return Truth(a[0].true & a[1].true, a[0].false | a[1].false, rough)
    return Truth(a[0].true | a[1].true, a[0].false & a[1].false, rough)


def _compare(operator: str, a: Interval, b: Interval) -> Truth:
    rough = a.rough | b.rough
    if operator in (">", ">="):
        a, b, operator = b, a, {">": "<", ">=": "<="}[operator]
    if operator == "<":
        return Truth(~(a.low >= b.high), ~(a.high < b.low), rough)
    if operator == "<=":
        return Truth(~(a.low > b.high), ~(a.high <= b.low), rough)
    meet = ~((a.low > b.high) | (b.low > a.high))
    same = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
    return Truth(meet, ~same, rough) if operator == "==" else Truth(~same, meet, rough)


def _power(base: Interval, exponent: Interval, constant: float | None) -> Interval:
    if constant is None:
        return _exp(_multiply(exponent, _log(base)))
    if constant == int(constant) and abs(constant) < 2**31:
        found = _whole_power(base, abs(int(constant)))
        return found if constant >= 0 else _reciprocal(found)
    inside = np.maximum(base.low, 0.0)
    low, high = inside ** abs(constant), np.maximum(base.high, 0.0) ** abs(constant)
    found = _nowhere(_widened(low, high, base, rough=base.low < 0), base.high < 0)
    return found if constant > 0 else _reciprocal(found)


def _whole_power(a: Interval, n: int) -> Interval:
    """a^n of a whole n >= 0."""
    low, high = a.low**n, a.high**n
    if n % 2 == 0:
        around = (a.low < 0) & (a.high > 0)
        low, high = np.where(around, 0.0, np.minimum(low, high)), np.maximum(low, high)
    found = _widened(low, high, a)
    # An even power is never negative, whatever the rounding.
    return Interval(np.maximum(found.low, 0.0), found.high, found.rough) if n % 2 == 0 else found


def _rising(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """The rule of a function that rises everywhere."""
    return lambda a: _widened(function(a.low), function(a.high), a)


_exp = _rising(np.exp)


def _log(a: Interval) -> Interval:
    low = np.where(a.low > 0, np.log(np.maximum(a.low, TINY)), -np.inf)
    return _nowhere(_widened(low, np.log(np.maximum(a.high, TINY)), a, rough=a.low <= 0), a.high <= 0)


def _log10(a: Interval) -> Interval:
    return _multiply(_log(a), _constant(1 / np.log(10.0), a))


def _sqrt(a: Interval) -> Interval:
    low, high = np.sqrt(np.maximum(a.low, 0.0)), np.sqrt(np.maximum(a.high, 0.0))
    return _nowhere(_widened(low, high, a, rough=a.low < 0), a.high < 0)


def _asin(a: Interval) -> Interval:
    low, high = (np.arcsin(np.clip(end, -1.0, 1.0)) for end in (a.low, a.high))
    return _nowhere(_widened(low, high, a, rough=(a.low < -1) | (a.high > 1)), (a.high < -1) | (a.low > 1))


def _acos(a: Interval) -> Interval:
    return _subtract(_constant(np.pi / 2, a), _asin(a))


def _atan2(y: Interval, x: Interval) -> Interval:
    corners = np.stack([np.arctan2(v, u) for v in (y.low, y.high) for u in (x.low, x.high)])
    cut = (y.low <= 0) & (y.high >= 0) & (x.low <= 0)
    low, high = np.where(cut, -np.pi, corners.min(axis=0)), np.where(cut, np.pi, corners.max(axis=0))
    return _widened(low, high, y, x, rough=cut)


def _sin(a: Interval) -> Interval:
    low, high = np.sin(a.low), np.sin(a.high)
    found = _widened(
        np.where(_meets(a, -np.pi / 2), -1.0, np.minimum(low, high)),
        np.where(_meets(a, np.pi / 2), 1.0, np.maximum(low, high)),
        a,
    )
    return Interval(np.maximum(found.low, -1.0), np.minimum(found.high, 1.0), found.rough)


def _cos(a: Interval) -> Interval:
    return _sin(_add(a, _constant(np.pi / 2, a)))


def _tan(a: Interval) -> Interval:
    pole = _meets(a, np.pi / 2) | _meets(a, -np.pi / 2)
    low, high = np.where(pole, -np.inf, np.tan(a.low)), np.where(pole, np.inf, np.tan(a.high))
    return _widened(low, high, a, rough=pole)


def _meets(a: Interval, place: float) -> Flags:
    """Whether an interval contains `place` plus a multiple of 2 pi, or comes close."""
    slack = 1e-14 * (1.0 + np.maximum(np.abs(a.low), np.abs(a.high)))
    turns = np.ceil((a.low - slack - place) / (2 * np.pi))
    far = ~(np.maximum(np.abs(a.low), np.abs(a.high)) < FAR)
    return (place + 2 * np.pi * turns <= a.high + slack) | far


def _cosh(a: Interval) -> Interval:
    return _widened(np.cosh(_nearest(a)), np.cosh(_furthest(a)), a)


def _abs(a: Interval) -> Interval:
    return Interval(_nearest(a), _furthest(a), a.rough)


def _nearest(a: Interval) -> Array:
    """The least absolute value."""
    near: Array = np.where((a.low <= 0) & (a.high >= 0), 0.0, np.minimum(np.abs(a.low), np.abs(a.high)))
    return np.where(np.isnan(a.low), np.nan, near)


def _furthest(a: Interval) -> Array:
    return np.maximum(np.abs(a.low), np.abs(a.high))


def _stepping(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """The rule of a function that is constant between its jumps and never falls."""

    def rule(a: Interval) -> Interval:
        low, high = function(a.low), function(a.high)
        return Interval(low, high, a.rough | (low != high))

    return rule


_RULES: Mapping[str, Callable[..., Interval]] = {
    "neg": _negate,
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "asin": _asin,
    "acos": _acos,
    "atan": _rising(np.arctan),
    "atan2": _atan2,
    "sinh": _rising(np.sinh),
    "cosh": _cosh,
    "tanh": _rising(np.tanh),
    "exp": _exp,
    "log": _log,
    "log10": _log10,
    "sqrt": _sqrt,
    "cbrt": _rising(np.cbrt),
    "abs": _abs,
    "sign": _stepping(np.sign),
    "floor": _stepping(np.floor),
    "step": _stepping(lambda x: np.heaviside(x, 1.0)),
}
