"""Continuation: from an easy problem to the one that was asked for, each solution the guess of the next.

Three roads, all from θ = 0 to θ = 1 in steps that adapt (Ascher, Mattheij and Russell, 1995, section 8.3):

    parameters      every small or large parameter p goes from 1 to its value, as sign(p) |p|^θ: layers form slowly
    forcing         y' = f(t, y) + (1 − θ) (y_0' − f(t, y_0)), which the guess y_0 solves at θ = 0
    speed           y' = s f(t, y) with s from 1/256 to 1: a shorter interval, on which the solution is nearly straight
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Boundary, Problem
from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.search import Pass, Search

Array = NDArray[np.float64]

SMALL, LARGE = 0.1, 10.0
"""Parameters beyond these sizes are led there from 1."""
SLOWEST = 1 / 256
"""The first factor of the right-hand side."""
STEP, GROWTH, SHRINK, LEAST = 0.25, 1.6, 0.3, 2e-3
"""First step along a road, its change after success and failure, and the least."""
STAGES = 80
"""Most steps along one road."""
ROUGH, ROUGHEST = 1e-3, 1e-2
"""Accuracy of the solutions on the way: what is asked for, and what will do."""
MESHES = 8
"""Most passes for each."""


@dataclass(frozen=True)
class Road:
    """One continuation."""

    name: str
    """What is changed, for the display."""
    to: Callable[[float], None]
    """Sets the problem to the place θ of the road."""


def roads(problem: Problem, windows: Windows, guess: Curve, use: Callable[[Boundary], None]) -> list[Road]:
    """The roads for a problem from a guess; `use` hands over its conditions for other values of the parameters."""
    forced = [Road("a forcing term", _forcing(problem, windows, guess)), Road("the speed", _speed(windows))]
    far = {name: p for name, p in problem.system.parameters.items() if 0 < abs(p) < SMALL or abs(p) > LARGE}
    boundary = problem.boundary
    if not far or not isinstance(boundary, Boundary):
        return forced

    def parameters(place: float) -> None:
        values = {name: float(np.sign(value)) * abs(value) ** place for name, value in far.items()}
        windows.kernels = problem.system.with_parameters(values).kernels if place < 1 else problem.system.kernels
        use(replace(boundary, parameters={**boundary.parameters, **values}) if place < 1 else boundary)

    return [Road(", ".join(far), parameters), *forced]


def _forcing(problem: Problem, windows: Windows, guess: Curve) -> Callable[[float], None]:
    slope = guess.g[0, :, 0].copy()  # the guess is a straight line
    start = guess.y[0].copy()

    def defect(t: Array) -> Array:
        values = start + (t - windows.origin)[:, None] * slope
        return slope - problem.system.rhs_numpy(t, values)

    def forcing(place: float) -> None:
        windows.forcing = (lambda t: (1 - place) * defect(t)) if place < 1 else None

    return forcing


def _speed(windows: Windows) -> Callable[[float], None]:
    def speed(place: float) -> None:
        windows.speed = SLOWEST ** (1 - place)

    return speed


def follow(search: Search, road: Road, guess: Curve) -> Curve | None:
    """The solution at the end of a road; None if it does not lead there. The problem is left as it was."""
    place, step, present = 0.0, 0.0, guess
    for _ in range(STAGES):
        there = min(1.0, place + step)
        road.to(there)
        search.doing = f"continuation in {road.name}, {100 * there:.0f} %"
        solved = search.first(present, meshes=2)
        answer = None if solved is None else search.refine(Pass(solved, ROUGH), ROUGH, passes=MESHES)[0]
        if answer is None or answer.errors.relative > ROUGHEST:
            step *= SHRINK
            if step < LEAST:
                break
            continue
        present, place = answer.curve, there
        if place == 1.0:
            return present
        step = STEP if step == 0.0 else step * GROWTH
    road.to(1.0)
    return None
