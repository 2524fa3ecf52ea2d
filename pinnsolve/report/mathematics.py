"""The problem as it is set on the page: equations, conditions and parameters in MathML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from pinnsolve.expressions import parse
from pinnsolve.expressions.mathml import name_to_mathml, number_to_mathml, sum_to_mathml, to_mathml
from pinnsolve.plots.style import LONG
from pinnsolve.problem import ExpressionSystem, Problem
from pinnsolve.problem.conditions import Condition, sides_as_read
from pinnsolve.solvers import Solution
from pinnsolve.spec.mapping import equations_as_read

DIGITS, SHORT = 12, 8
"""Of a value with more digits than the first number, as many as the second are shown."""
_FITTED = Markup(" <span class='aside'>fitted</span>")


@dataclass(frozen=True)
class Line:
    """One equation: the left side, and the terms of the right side, between which a line may end."""

    left: Markup
    terms: tuple[Markup, ...]


def name(text: str) -> Markup:
    """A name, typeset; of a long one the middle is left out."""
    if len(text) > LONG:
        half = LONG // 2
        return Markup("<span class='long'>{}…{}</span>").format(text[:half], text[-half:])
    return _math(name_to_mathml(text))


def equations(problem: Problem) -> list[Line] | None:
    """The equations as the user wrote them, higher orders included; None for a Python function."""
    system = problem.system
    if not isinstance(system, ExpressionSystem):
        return None
    names = [*system.states, *system.parameters]
    lines = []
    for left, right in equations_as_read(system).items():
        terms = sum_to_mathml(parse(right, names))
        lines.append(Line(_math(f"{name_to_mathml(left)}<mo>=</mo>"), tuple(map(_math, terms))))
    return lines


def conditions(solution: Solution) -> list[Markup]:
    """What singles out one solution: initial values, boundary conditions, or that it comes back."""
    problem = solution.problem
    if problem.boundary is not None:
        return [_condition(condition, problem) for condition in problem.boundary.conditions]
    if problem.periodic is not None:
        return [_math(f"{_at(state, '<mi>T</mi>')}<mo>=</mo>{_at(state, '<mn>0</mn>')}") for state in problem.system.states]
    found = {} if solution.fit is None else solution.fit["initial"]
    start = number_to_mathml(problem.time[0])
    lines = []
    for state, value in zip(problem.system.states, problem.initial or (), strict=True):
        value, note = (found[state]["estimate"], _FITTED) if state in found else (value, Markup())
        lines.append(_math(f"{_at(state, start)}{_equals(value)}") + note)
    return lines


def interval(problem: Problem) -> Markup:
    """The interval of time, and for a closed orbit that its length is unknown."""
    if problem.periodic is not None:
        return _math("<mn>0</mn><mo>≤</mo><mi>t</mi><mo>≤</mo><mi>T</mi>")
    low, high = sorted(problem.time)
    line = _math(f"{number_to_mathml(low)}<mo>≤</mo><mi>t</mi><mo>≤</mo>{number_to_mathml(high)}")
    return line if problem.span > 0 else line + Markup(" <span class='aside'>backward, from the end to the start</span>")


def parameters(values: Mapping[str, float], fitted: Iterable[str] = ()) -> list[Markup]:
    """Every parameter with its value."""
    found = set(fitted)
    lines = []
    for text, value in values.items():
        note = _FITTED if text in found else Markup()
        if len(text) > LONG:
            lines.append(name(text) + _math(_equals(value)) + note)
        else:
            lines.append(_math(name_to_mathml(text) + _equals(value)) + note)
    return lines


def _equals(value: float) -> str:
    """The sign and the value: of a value with more digits than one cares to read, the first ones."""
    if not math.isfinite(value):
        return "<mo>=</mo><mtext>–</mtext>"
    shown = number_to_mathml(value)
    if sum(letter.isdigit() for letter in shown) <= DIGITS:
        return f"<mo>=</mo>{shown}"
    return f"<mo>≈</mo>{number_to_mathml(float(f'{value:.{SHORT}g}'))}"


def _condition(condition: Condition, problem: Problem) -> Markup:
    """A boundary condition, both sides as the user wrote them."""
    return _math("<mo>=</mo>".join(map(to_mathml, sides_as_read(condition, problem.system.states, problem.time))))


def _at(state: str, time: str) -> str:
    """A state at a time, both set already as far as the time goes."""
    return f"<mrow>{name_to_mathml(state)}<mo stretchy='false'>(</mo>{time}<mo stretchy='false'>)</mo></mrow>"


def _math(content: str) -> Markup:
    return Markup(f"<math>{content}</math>")
