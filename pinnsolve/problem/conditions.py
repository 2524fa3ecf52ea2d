"""Boundary conditions: equations between the states at the two ends of the interval."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import (
    Expression,
    ExpressionError,
    apply,
    compile_numpy,
    gradient,
    parse_at,
    state_at,
    substitute,
    symbol,
    to_text,
)
from pinnsolve.wording import exact

Array = NDArray[np.float64]

ENDS = ("start", "end")
"""The labels of the two times."""

_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


@dataclass(frozen=True)
class Condition:
    """One equation, left = right."""

    text: str
    """As the user wrote it."""
    sides: tuple[Expression, Expression]
    """Left and right."""

    @property
    def expression(self) -> Expression:
        """Left - right, in the parameters and in symbols such as ``x(start)`` and ``x'(end)``."""
        return apply("-", *self.sides)


@dataclass(frozen=True)
class Boundary:
    """The c conditions of a boundary value problem with k states."""

    conditions: tuple[Condition, ...]
    states: tuple[str, ...]
    parameters: Mapping[str, float]

    @property
    def texts(self) -> list[str]:
        """The conditions in the user's own words."""
        return [condition.text for condition in self.conditions]

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Left - right of every condition, with the values of the parameters."""
        return tuple(substitute(condition.expression, dict(self.parameters)) for condition in self.conditions)

    def evaluate(self, ya: Array, yb: Array) -> tuple[Array, Array, Array]:
        """The conditions and their derivatives for given values at the ends.

        Parameters
        ----------
        ya, yb
            The states at the start and at the end of the interval, (k,) each.

        Returns
        -------
        values, da, db
            left - right, (c,), and its derivatives by `ya` and `yb`, (c, k) each. They are not finite where a condition
            is not defined.
        """
        k, conditions = len(self.states), len(self.conditions)
        out = np.zeros((conditions, 1 + 2 * k, 1))
        with np.errstate(all="ignore"):
            self._compiled(np.zeros(1), np.concatenate([ya, yb])[:, None], out)
        return out[:, 0, 0], out[:, 1 : 1 + k, 0], out[:, 1 + k :, 0]

    @cached_property
    def _compiled(self) -> Callable[[Array, Array, Array], Array]:
        symbols = [state_at(state, end) for end in ENDS for state in self.states]
        outputs, slots = list(self.expressions), [(row, 0) for row in range(len(self.conditions))]
        for row, expression in enumerate(self.expressions):
            partial = gradient(expression, symbols)
            outputs += partial.values()
            slots += [(row, 1 + symbols.index(name)) for name in partial]
        return compile_numpy(outputs, symbols, slots)

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the conditions as a whole."""
        k, count = len(self.states), len(self.conditions)
        if count != k:
            states = ", ".join(self.states)
            what = "one for each" if count < k else "more cannot hold at the same time"
            counts = f"{count} condition{'' if count == 1 else 's'} for {k} state{'' if k == 1 else 's'}"
            yield Fault(f"has {counts} ({states}): {what}", path="boundary")
        seen: dict[Expression, int] = {}
        for number, expression in enumerate(self.expressions):
            path = f"boundary[{number}]"
            symbols = expression.symbols
            if not gradient(expression, symbols):  # such as x(1) - (x(1) + 1)
                holds = "always" if substitute(expression, dict.fromkeys(symbols, 1.0)).value == 0 else "never"
                message = f"this condition {holds} holds, whatever the solution is: its sides must differ in a state"
                yield Fault(message, path=path)
            elif (first := seen.setdefault(expression, number)) != number:
                yield Fault(f"this condition says the same as condition {first + 1}: each must say something new", path=path)


def parse_condition(text: str, states: Sequence[str], parameters: Mapping[str, float], time: Sequence[float] | None) -> Condition:
    """Read one condition, such as ``x'(1) = 2*x(0)``.

    Parameters
    ----------
    text
        What the user wrote.
    states
        Names of the states.
    parameters
        Names and values; times may be written with them.
    time
        (start, end); None takes any time, for a problem whose interval is faulty.

    Raises
    ------
    ExpressionError
        With the place as offsets into `text`; its `more` has the other faults.
    """
    sides = [match.span() for match in _EQUALS.finditer(text)]
    if len(sides) != 1:
        start, end = sides[1] if sides else (0, len(text))
        what = "it has more than one =" if sides else "it has no ="
        if not sides and (double := text.find("==")) >= 0:
            start, end, what = double, double + 2, "write a single = in place of =="
        raise ExpressionError(f"a condition must read left = right, such as {states[0]}(0) = 1: {what}", start, end)
    ((middle, behind),) = sides
    times = dict(zip(ENDS, time, strict=True)) if time is not None else {}
    parsed: list[Expression] = []
    faults: list[ExpressionError] = []
    for start, end in ((0, middle), (behind, len(text))):
        try:
            parsed.append(_side(text, start, end, states, parameters, times))
        except ExpressionError as error:
            faults += error.all
    if faults:
        faults[0].more = tuple(faults[1:])
        raise faults[0]
    left, right = parsed
    if left.symbols | right.symbols <= parameters.keys():
        raise ExpressionError(f"no state stands in this condition: write {states[0]}(0) = 1 or the like", 0, len(text))
    return Condition(text.strip(), (left, right))


def boundary_of(
    texts: Sequence[str], states: Sequence[str], parameters: Mapping[str, float], time: Sequence[float] | None
) -> Boundary:
    """The conditions of these texts.

    Raises
    ------
    ProblemError
        With the first fault of every text that is no condition.
    """
    if isinstance(texts, str):
        message = "must be a list of conditions, such as ['x(0) = 1', 'x(1) = 2'], not one text"
        raise ProblemError([Fault(message, path="boundary")])
    faults, conditions = [], []
    for number, text in enumerate(texts):
        path = f"boundary[{number}]"
        if not isinstance(text, str):
            faults.append(Fault(f"must be text such as 'x(0) = 1', not {text!r}", path=path))
            continue
        try:
            conditions.append(parse_condition(text, states, parameters, time))
        except ExpressionError as error:
            faults += excerpt_faults(error, text, path)
    if faults:
        raise ProblemError(faults)
    return Boundary(tuple(conditions), tuple(states), dict(parameters))


def excerpt_faults(error: ExpressionError, text: str, path: str) -> list[Fault]:
    """The faults of an expression that came from Python, with the expression as their excerpt."""
    found = []
    for one in error.all:
        place = Fault(one.message, path=path, suggestion=one.suggestion)
        found.append(
            place if "\n" in text else replace(place, column=one.start + 1, excerpt=text, width=max(1, one.end - one.start))
        )
    return found


def condition_as_read(condition: Condition, states: Sequence[str], time: Sequence[float]) -> str:
    """A condition as it was understood: ``x'(1) = 2*x(0)``."""
    return " = ".join(map(to_text, sides_as_read(condition, states, time)))


def sides_as_read(condition: Condition, states: Sequence[str], time: Sequence[float]) -> list[Expression]:
    """Left and right, in symbols such as ``x'(1)``: the times themselves in place of their labels."""
    ends = zip(ENDS, map(exact, time), strict=True)
    names = {state_at(state, end): symbol(state_at(state, at)) for end, at in ends for state in states}
    return [substitute(side, names) for side in condition.sides]


def _side(
    text: str, start: int, end: int, states: Sequence[str], parameters: Mapping[str, float], times: Mapping[str, float]
) -> Expression:
    """One side of a condition, with faults placed in the whole text."""
    if not text[start:end].strip():
        raise ExpressionError("one side of the condition is empty", max(start - 1, 0), end)
    try:
        return parse_at(text[start:end], states, parameters, times)
    except ExpressionError as error:
        raise error.moved(start) from None
