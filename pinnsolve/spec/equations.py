"""The equations of a problem file: from their text to one first-order expression for every state.

``x'': f`` becomes the states x and x' with the equations x' = (x') and (x')' = f, in the place of ``x''``. So the order
of the file is the order of the states everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Literal

from pinnsolve.errors import Fault
from pinnsolve.expressions import Expression, ExpressionError, parse, symbol, to_text, undefined_constant
from pinnsolve.spec.check import cut_off_fault, expression_faults, fitted_names
from pinnsolve.spec.names import left_side_fault, name_fault, split_state, states_of
from pinnsolve.spec.source import Keys, Source
from pinnsolve.spec.words import described
from pinnsolve.wording import exact

PLACE: Keys = ("system", "equations")
HIGHEST_ORDER = 20
"""The highest derivative on the left; more is a slip of the finger."""
_FORMS = "a mapping such as {x': y, y': -x}, or a list such as [x' = y, y' = -x]"
_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")
_NO_SPACE = re.compile(r"[^\W\d]\w*'*:\S")


@dataclass
class Equations:
    """What the file says of the equations, as far as it is right."""

    expressions: dict[str, Expression] = field(default_factory=dict)
    """State: right side, first order, for those that could be read."""
    source: dict[str, str] = field(default_factory=dict)
    """Left side: text of the right side, as written."""
    places: dict[str, Keys] = field(default_factory=dict)
    """State: where the equation stands that was read for it."""
    states: list[str] = field(default_factory=list)
    """All states, also of equations that could not be read."""
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """One equation as it stands in the data."""

    keys: Keys
    """Where its right side is."""
    left: str
    right: Any
    left_span: tuple[int, int] | None = None
    """The characters of the left side, where both sides are one text; None where it is the key."""
    offset: int = 0
    """Where the right side begins in that text."""


@dataclass(frozen=True)
class _Equation:
    """An equation with a left side that could be read."""

    entry: _Entry
    base: str
    order: int

    @property
    def left(self) -> str:
        return self.base + "'" * self.order

    @property
    def states(self) -> list[str]:
        return states_of([(self.base, self.order)])


def read_equations(source: Source, parameters: Collection[str]) -> Equations:
    """Read all equations and collect their faults.

    Parameters
    ----------
    source
        The problem, which has ``system.equations``.
    parameters
        Names of the parameters.
    """
    result = Equations()
    declared: dict[str, _Equation] = {}
    for entry in _entries(source, result.faults):
        equation = _declare(source, entry, declared, parameters, result.faults)
        if equation is not None:
            declared[equation.base] = equation
    equations = list(declared.values())
    result.states = states_of((equation.base, equation.order) for equation in equations)
    for equation in equations:
        lower, last = equation.states[:-1], equation.states[-1]
        result.expressions |= {state: symbol(f"{state}'") for state in lower}
        right = _right_side(source, equation, [*result.states, *parameters], result.faults)
        if right is not None:
            text, result.expressions[last] = right
            result.places[last] = equation.entry.keys
            result.source[equation.left] = text
    return result


def undefined_faults(source: Source, equations: Equations, parameters: Mapping[str, float]) -> list[Fault]:
    """The faults of terms that are not defined for the values of the parameters, such as ``x/k`` for k = 0."""
    faults = []
    for state, keys in equations.places.items():
        term = undefined_constant(equations.expressions[state], parameters)
        if term is not None:
            given = ", ".join(f"{name} = {exact(parameters[name])}" for name in sorted(term.symbols & parameters.keys()))
            message = f"{to_text(term)} in the equation for {state}' is not defined for {given}"
            faults.append(source.fault(keys, message))
    return faults


def _entries(source: Source, faults: list[Fault]) -> Iterator[_Entry]:
    """All equations in file order, from a mapping or a list of mappings and of ``x' = …``."""
    data = source.get(PLACE)
    if isinstance(data, Mapping):
        yield from (_Entry((*PLACE, left), left, right) for left, right in data.items())
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _item(source, (*PLACE, number), item, faults)
    else:
        faults.append(source.predicate_fault(PLACE, f"must be {_FORMS}, not {described(data)}{_space_hint(data)}"))


def _item(source: Source, keys: Keys, item: Any, faults: list[Fault]) -> Iterator[_Entry]:
    if isinstance(item, Mapping):
        yield from (_Entry((*keys, left), left, right) for left, right in item.items())
    elif isinstance(item, str) and (equals := _EQUALS.search(item)) is not None:
        left, right = item[: equals.start()], item[equals.end() :]
        indent = len(left) - len(left.lstrip())
        offset = len(item) - len(right.lstrip())
        yield _Entry(keys, left.strip(), right.strip(), (indent, max(len(left.rstrip()), indent + 1)), offset)
    else:
        message = f"an equation must read x' = expression, not {described(item)}{_space_hint(item)}"
        faults.append(source.fault(keys, message))


def _space_hint(item: Any) -> str:
    return "; a space must follow the colon" if isinstance(item, str) and _NO_SPACE.match(item) else ""


def _declare(
    source: Source,
    entry: _Entry,
    declared: Mapping[str, _Equation],
    parameters: Collection[str],
    faults: list[Fault],
) -> _Equation | None:
    """Read the left side of an equation; None if nothing can be made of it."""
    split = split_state(entry.left)
    if split is None:
        message, meant = left_side_fault(entry.left)
        faults.append(_left_fault(source, entry, message, meant))
        split = split_state(meant or "")
    if split is None:
        return None
    equation = _Equation(entry, *split)
    base, order = split
    reserved = name_fault(base, "state")
    if reserved is not None:
        faults.append(_left_fault(source, entry, *reserved))
    elif base in declared:
        message = f"there are two equations for {base}: {declared[base].left} and {entry.left}"
        faults.append(_left_fault(source, entry, message))
        return None
    elif base in parameters:
        message = f"'{base}' is a state and a parameter at the same time: rename one of them"
        if base in fitted_names(source) and source.get(("system", "parameters", base)) is None:
            message = f"'{base}' is a state, not a parameter: to estimate its initial value, name it under fit.initial"
        faults.append(_left_fault(source, entry, message))
    elif order > HIGHEST_ORDER:
        faults.append(_left_fault(source, entry, f"an order of {order} is higher than {HIGHEST_ORDER}"))
        return None
    return equation


def _left_fault(source: Source, entry: _Entry, message: str, suggestion: str | None = None) -> Fault:
    at: Literal["key", "value"] = "key" if entry.left_span is None else "value"
    return source.fault(entry.keys, message, at=at, span=entry.left_span, suggestion=suggestion)


def _right_side(
    source: Source, equation: _Equation, names: Collection[str], faults: list[Fault]
) -> tuple[str, Expression] | None:
    """The text and the expression of a right side; None if it is faulty."""
    entry, left = equation.entry, equation.left if equation.order else f"{equation.base}'"
    if isinstance(entry.right, bool) or not isinstance(entry.right, (str, int, float, NoneType)):
        message = f"the equation for {left} must be an expression, not {described(entry.right)}"
        if isinstance(entry.right, (list, Mapping)):
            message += "; if it is meant as an expression that begins with a bracket, quote it"
        faults.append(source.fault(entry.keys, message))
        return None
    text = str(entry.right) if entry.left_span is not None else source.raw(entry.keys)
    if entry.right is None or not text.strip():
        faults.append(source.fault(entry.keys, f"the equation for {left} has no right-hand side", at="key"))
        return None
    try:
        expression = parse(text, names)
    except ExpressionError as error:
        faults += expression_faults(source, entry.keys, error, f" in the equation for {left}", entry.offset)
        return None
    if (cut := cut_off_fault(source, entry.keys, f"the equation for {left}")) is not None:
        faults.append(cut)
        return None
    return text.strip(), expression
