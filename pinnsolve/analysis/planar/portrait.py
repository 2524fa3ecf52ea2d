"""The phase portrait of a planar autonomous system, as data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.arrivals import Arrivals
from pinnsolve.analysis.planar.classify import FixedPoint, classify, origins
from pinnsolve.analysis.planar.cycles import Cycle, find_cycles
from pinnsolve.analysis.planar.field import Field, autonomous, scattered
from pinnsolve.analysis.planar.fixed_points import Zeros, find_zeros
from pinnsolve.analysis.planar.flow import Flow
from pinnsolve.analysis.planar.framing import frame, own_path, widened
from pinnsolve.analysis.planar.manifolds import Separatrix, separatrices
from pinnsolve.analysis.planar.nullclines import Nullcline, nullclines
from pinnsolve.analysis.planar.trajectories import Trajectory, covering, from_starts
from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import UsageError
from pinnsolve.problem import Problem

Array = NDArray[np.float64]
Tell = Callable[[str], None]

ROOM = 0.5
"""Trajectories are followed to this share of the window beyond its edge: some of them come back."""


@dataclass(frozen=True)
class Portrait:
    """What a planar system does in a window."""

    problem: Problem
    window: Window
    fixed_points: tuple[FixedPoint, ...]
    fixed_lines: tuple[Array, ...]
    """Polylines (m, 2) of fixed points that are not isolated."""
    nullclines: tuple[Nullcline, ...]
    cycles: tuple[Cycle, ...]
    separatrices: tuple[Separatrix, ...]
    trajectories: tuple[Trajectory, ...]
    notes: tuple[str, ...]
    """Sentences on what the facts alone do not say."""

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the two states."""
        return self.problem.system.states

    def to_dict(self) -> dict[str, Any]:
        """The facts as plain data for JSON: NaN and infinity are None."""
        x, y = self.states

        def place(point: Array) -> dict[str, float | None]:
            return {x: _number(point[0]), y: _number(point[1])}

        def line(points: Array) -> list[list[float | None]]:
            return [[_number(a), _number(b)] for a, b in points.tolist()]

        return {
            "window": {x: list(self.window.x), y: list(self.window.y)},
            "fixed_points": [
                {
                    "at": place(point.at),
                    "type": point.type,
                    "eigenvalues": [[_number(value.real), _number(value.imag)] for value in point.eigenvalues],
                    "stable": point.stable,
                }
                for point in self.fixed_points
            ],
            "fixed_lines": [line(points) for points in self.fixed_lines],
            "limit_cycles": [
                {
                    "period": _number(cycle.period),
                    "stable": cycle.stable,
                    "at": place(cycle.at),
                    "multiplier": _number(cycle.multiplier),
                }
                for cycle in self.cycles
            ],
            "nullclines": {nullcline.state: [line(curve) for curve in nullcline.curves] for nullcline in self.nullclines},
            "separatrices": [
                {
                    "saddle": branch.saddle,
                    "stable": branch.stable,
                    "ends": branch.end or None,
                    "number": branch.number,
                }
                for branch in self.separatrices
            ],
            "notes": list(self.notes),
        }


def portrait(
    problem: Problem,
    *,
    window: Window | None = None,
    starts: Sequence[Sequence[float]] = (),
    path: Array | None = None,
    tell: Tell | None = None,
) -> Portrait:
    """The phase portrait of a problem with two states whose right-hand side does not depend on t.

    Parameters
    ----------
    window
        What it shows; by default chosen from the trajectory and the fixed points.
    starts
        Points (2,) from which trajectories are shown; by default as many as cover the window.
    path
        (n, 2) the problem's own trajectory, where it has been solved already.
    tell
        Hears what is being done.

    Raises
    ------
    UsageError
        For a system that has no portrait: another number of states, or one that depends on t.
    """
    require_planar(problem)
    say = tell or (lambda text: None)
    field = Field(problem.system, problem.time[0])
    if window is None:
        path = own_path(problem) if path is None else path
        chosen = frame(field, path)
    else:
        chosen = window
    _require_autonomous(problem, chosen)
    say("finding the fixed points")
    zeros, points, cycles, family = _invariants(field, chosen, say)
    wide = chosen if window is not None or not cycles else widened(chosen, np.concatenate([c.points for c in cycles]))
    if wide != chosen:
        chosen = wide
        zeros, points, cycles, family = _invariants(field, chosen, say)
    region = chosen.grown(ROOM)
    flow, arrivals = Flow(field, region), Arrivals(field, region, chosen)
    say("following the separatrices")
    branches = separatrices(flow, arrivals, points, cycles, chosen)
    say("following trajectories")
    asked = from_starts(flow, [np.array(start, dtype=np.float64) for start in starts], arrivals)
    drawn = [branch.points for branch in branches] + [cycle.points for cycle in cycles]
    lines = nullclines(field, chosen)
    return Portrait(
        problem=problem,
        window=chosen,
        fixed_points=tuple(points),
        fixed_lines=zeros.lines,
        nullclines=lines,
        cycles=tuple(cycles),
        separatrices=tuple(branches),
        trajectories=tuple(asked or covering(flow, arrivals, chosen, drawn)),
        notes=tuple(_notes(zeros, points, cycles, lines, family, field)),
    )


def require_planar(problem: Problem) -> None:
    """Refuse what has no portrait.

    Raises
    ------
    UsageError
        With the cure.
    """
    states = problem.system.states
    if len(states) == 2:
        return
    names = ", ".join(states)
    if len(states) < 2:
        raise UsageError(f"a phase portrait needs two states, and this system has one ({names}); pinnsolve plot shows it over time")
    raise UsageError(
        f"a phase portrait needs two states, and this system has {len(states)} ({names}); "
        f"to see its trajectories in a plane of two of them, add --project {states[0]},{states[1]}"
    )


def _require_autonomous(problem: Problem, window: Window) -> None:
    if not autonomous(problem, scattered(window, 5)):
        x, y = problem.system.states
        raise UsageError(
            "the right-hand side depends on t, so the plane has no fixed vector field, no fixed points and no nullclines; "
            f"to see trajectories in it, add --project {x},{y}"
        )


def _invariants(field: Field, window: Window, say: Tell) -> tuple[Zeros, list[FixedPoint], list[Cycle], bool]:
    """The fixed points and limit cycles in a window."""
    zeros = find_zeros(field, window)
    points = classify(field, zeros, window)
    say("looking for limit cycles")
    cycles, family = find_cycles(Flow(field, window.grown(ROOM)), origins(points), window)
    return zeros, points, cycles, family


def _notes(
    zeros: Zeros, points: Sequence[FixedPoint], cycles: Sequence[Cycle], lines: Sequence[Nullcline], family: bool, field: Field
) -> Iterator[str]:
    if zeros.everywhere:
        yield "Both right-hand sides vanish everywhere: every point is a fixed point."
    else:
        for line in lines:
            if line.everywhere:
                yield f"The right-hand side of {line.state} vanishes everywhere: {line.state} does not change."
    if zeros.lines and not zeros.everywhere:
        yield "There are lines of fixed points, which are not isolated and have no type."
    for line in lines:
        if line.region:
            yield f"The right-hand side of {line.state} vanishes on a whole region, of which the nullcline is the edge."
    for number, point in enumerate(points):
        if point.weak:
            yield f"Fixed point {number + 1} is a weak focus: its linear part is a centre, the higher terms make it spiral."
    for number, cycle in enumerate(cycles):
        if cycle.one_sided:
            yield f"Limit cycle {number + 1} is semi-stable: orbits wind to it on one side and away from it on the other."
    if family:
        yield "There is a family of closed orbits, which are not limit cycles."
    if not zeros.complete:
        yield (
            "The right-hand side is a Python function: fixed points were looked for by Newton's method from a grid, "
            "and their indices do not add up to that of the window, so there may be more."
        )
    elif field.system.kernels.scalar is None:
        yield "The fixed points were found by Newton's method from a grid; their indices add up to that of the window."


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
