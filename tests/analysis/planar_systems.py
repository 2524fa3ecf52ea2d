"""Planar systems with portraits known in closed form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.window import Window
from pinnsolve.expressions import parse
from pinnsolve.problem import ExpressionSystem, Problem, System

SQUARE = Window((-3.0, 3.0), (-3.0, 3.0))
R2 = "(x^2 + y^2)"


def system(x: str, y: str, parameters: Mapping[str, float] | None = None) -> ExpressionSystem:
    """The system x' = x, y' = y."""
    names = ["x", "y", *(parameters or {})]
    return ExpressionSystem({"x": parse(x, names), "y": parse(y, names)}, parameters)


def problem(x: str, y: str, initial: tuple[float, float] = (1.0, 1.0), time: tuple[float, float] = (0.0, 10.0)) -> Problem:
    return Problem(system=system(x, y), initial=initial, time=time)


@dataclass(frozen=True)
class Case:
    """A system and its fixed points: (x, y), type, eigenvalues."""

    x: str
    y: str
    points: tuple[tuple[tuple[float, float], str, tuple[complex, complex]], ...]
    window: Window = SQUARE

    @property
    def field(self) -> Field:
        return Field(system(self.x, self.y))


GOLDEN = (1 + 5**0.5) / 2
ROOT2 = 2**0.5


def pair(real: float, imaginary: float) -> tuple[complex, complex]:
    return complex(real, imaginary), complex(real, -imaginary)


def roots(trace: float, determinant: float) -> tuple[complex, complex]:
    """The eigenvalues of a matrix with this trace and determinant."""
    root = np.sqrt(complex(trace**2 / 4 - determinant))
    return trace / 2 + root, trace / 2 - root


CASES = {
    "stable node": Case("-x", "-2*y", (((0, 0), "stable node", (-1, -2)),)),
    "star": Case("-x", "-y", (((0, 0), "stable node", (-1, -1)),)),
    "improper node": Case("x + y", "y", (((0, 0), "unstable node", (1, 1)),)),
    "linear saddle": Case("x + 3*y", "y - 2*y", (((0, 0), "saddle", (1, -1)),)),
    "unstable focus": Case("x - 2*y", "2*x + y", (((0, 0), "unstable focus", pair(1, 2)),)),
    "linear centre": Case("y", "-4*x", (((0, 0), "centre", pair(0, 2)),)),
    "van der pol": Case("y", "(1 - x^2)*y - x", (((0, 0), "unstable focus", pair(0.5, 0.75**0.5)),)),
    "lotka volterra": Case(
        "1.5*x - x*y",
        "x*y - 3*y",
        (((0, 0), "saddle", (1.5, -3)), ((3, 1.5), "centre", pair(0, 4.5**0.5))),
        Window((-1, 8), (-1, 6)),
    ),
    "competing species": Case(
        "x*(3 - x - 2*y)",
        "y*(2 - x - y)",
        (
            ((0, 0), "unstable node", (3, 2)),
            ((0, 2), "stable node", (-1, -2)),
            ((1, 1), "saddle", (-1 + ROOT2, -1 - ROOT2)),
            ((3, 0), "stable node", (-1, -3)),
        ),
        Window((-0.5, 4), (-0.5, 3)),
    ),
    "damped duffing": Case(
        "y",
        "x - x^3 - 0.3*y",
        (
            ((-1, 0), "stable focus", roots(-0.3, 2)),
            ((0, 0), "saddle", roots(-0.3, -1)),
            ((1, 0), "stable focus", roots(-0.3, 2)),
        ),
    ),
    "pendulum": Case(
        "y",
        "-sin(x)",
        tuple(((k * np.pi, 0), *(("saddle", (1, -1)) if k % 2 else ("centre", pair(0, 1)))) for k in range(-2, 3)),
        Window((-7, 7), (-3, 3)),
    ),
    "edge of the window": Case(
        "x*(2 - x - y)",
        "y*(x - 1)",
        (((0, 0), "saddle", (2, -1)), ((1, 1), "stable focus", roots(-1, 1)), ((2, 0), "saddle", (1, -2))),
        Window((0, 2), (0, 2)),
    ),
    "pole": Case(
        "1/(x - 1) - y",
        "y - x",
        tuple(((at, at), "saddle", roots(1 - 1 / (at - 1) ** 2, -1 / (at - 1) ** 2 - 1)) for at in (1 - GOLDEN, GOLDEN)),
    ),
    "none": Case("1 + x^2", "y", ()),
    "no real roots but nearly": Case("x^2 + 1e-9", "y", ()),
    "brusselator": Case("1 + x^2*y - 4*x", "3*x - x^2*y", (((1, 3), "unstable focus", roots(1, 1)),), Window((0, 4), (0, 6))),
    "degenerate, saddle-node": Case("x^2", "-y", (((0, 0), "degenerate", (0, -1)),)),
    "degenerate, parabola tangent to a line": Case("y - (x - 1)^2", "y", (((1, 0), "degenerate", (1, 0)),)),
    "degenerate, double zero": Case("y", "x^2*(x - 1)", (((0, 0), "degenerate", (0, 0)), ((1, 0), "saddle", (1, -1)))),
    "weak focus": Case(f"y - x*{R2}", f"-x - y*{R2}", (((0, 0), "stable focus", pair(0, 1)),)),
    "weak focus of fifth order": Case(f"y + x*{R2}^2", f"-x + y*{R2}^2", (((0, 0), "unstable focus", pair(0, 1)),)),
    "next to a pole": Case(  # on the nullcline through (-1, 0), where y/(1 + x) is anything, there is no fixed point
        "x*(1 - x/5) - x*y/(1 + x)",
        "y*(x/(1 + x) - 0.4)",
        (
            ((0, 0), "saddle", (1, -0.4)),
            ((2 / 3, 13 / 9), "unstable focus", roots(16 / 75, 0.208)),
            ((5, 0), "saddle", (13 / 30, -1)),
        ),
        Window((-2, 6), (-1, 4)),
    ),
    "kink": Case("y", "-abs(x)*sign(x) - 0.1*y", (((0, 0), "stable focus", roots(-0.1, 1)),)),
    "square root": Case("sqrt(x) - 0.5", "-y", (((0.25, 0), "saddle", (1, -1)),)),
    "stiff": Case("y", "1000*(1 - x^2)*y - x", (((0, 0), "unstable node", roots(1000, 1)),), Window((-3, 3), (-1500, 1500))),
}


def torch_system(*, time: bool = False) -> System:
    """The pendulum as a Python function, with its time or without."""

    def f(t: torch.Tensor, y: torch.Tensor, p: Mapping[str, float]) -> list[torch.Tensor]:
        return [y[1], -torch.sin(y[0]) - p["friction"] * y[1] + (0.1 * torch.cos(t) if time else 0.0)]

    return System(f, ["x", "y"], {"friction": 0.5})
