"""Nullclines: where one component of the velocity is zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.curves import Function, trace
from pinnsolve.analysis.planar.equations import equations_of
from pinnsolve.analysis.planar.field import Field, scattered, vanishing
from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import Expression, compile_numpy, gradient, number
from pinnsolve.expressions.factors import factors

Array = NDArray[np.float64]

FLAT = 0.02
"""A component that is zero at more than this share of the samples is zero on a region."""
SAMPLES = 60


@dataclass(frozen=True)
class Nullcline:
    """Where the velocity of one state is zero."""

    state: str
    curves: tuple[Array, ...]
    """Polylines (m, 2)."""
    everywhere: bool = False
    """The velocity is zero in the whole window."""
    region: bool = False
    """The velocity is zero in a part of the window that has an area, of which the curves are not the outline."""


def nullclines(field: Field, window: Window) -> tuple[Nullcline, ...]:
    """The nullclines of both states in a window.

    Where the equations are known each factor is traced on its own, so that branches which cross do so cleanly.
    """
    equations = equations_of(field.system)
    still = vanishing(field, window)
    zero = (field(scattered(window, SAMPLES)) == 0).mean(axis=0)
    found = []
    for i, state in enumerate(field.system.states):
        if still[i]:
            found.append(Nullcline(state, (), everywhere=True))
            continue
        if equations is None:
            curves = trace(_component(field, i), window)
        else:
            names = field.system.states
            curves = [curve for factor in factors(equations[i]) for curve in trace(scalar(factor, names), window)]
            curves = [curve for curve in curves if _defined(field, i, curve)]
        found.append(Nullcline(state, tuple(curves), region=bool(zero[i] > FLAT)))
    return tuple(found)


def scalar(expression: Expression, states: Sequence[str]) -> Function:
    """An expression of two states as a function of points with its gradient."""
    slopes = gradient(expression, states)
    outputs = [expression, *(slopes.get(name, number(0)) for name in states)]
    kernel = compile_numpy(outputs, states, [(0,), (1,), (2,)])

    def function(points: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            out = kernel(np.zeros(len(points)), np.ascontiguousarray(points.T), np.zeros((3, len(points))))
        return out[0], out[1:].T

    return function


def _component(field: Field, i: int) -> Function:
    def function(points: Array) -> tuple[Array, Array]:
        value, jacobian = field.jacobian(points)
        return value[:, i], jacobian[:, i]

    return function


def _defined(field: Field, i: int, curve: Array) -> bool:
    """Whether the velocity exists on a curve: a factor may be zero where another one is not defined."""
    return bool(np.isfinite(field(curve)[:, i]).mean() > 0.5)
