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
from pinnsolve.analysis.planar.equations import equations_of
from pinnsolve.analysis.planar.field import Field, autonomous, scattered
from pinnsolve.analysis.planar.fixed_points import find_zeros
from pinnsolve.analysis.planar.flow import ROOM, Flow
from pinnsolve.analysis.planar.framing import frame, own_path, path_of, problem_of, widened
from pinnsolve.analysis.planar.manifolds import Separatrix, separatrices
from pinnsolve.analysis.planar.nullclines import Nullcline, nullclines
from pinnsolve.analysis.planar.trajectories import Trajectory, covering, from_starts
from pinnsolve.analysis.planar.window import Window
from pinnsolve.errors import UsageError
from pinnsolve.problem import Problem
from pinnsolve.solvers import Solution, solve

Array = NDArray[np.float64]
Tell = Callable[[str], None]

FINE = 1e-9
"""Accuracy of the orbits that are searched for cycles."""
WIDE = 1.0
"""How far beyond a window that was chosen limit cycles are looked for, as a share of its size."""
ORIGINS = 20
"""Most fixed points around which cycles are looked for: of more, those in the middle of the window."""


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
    solution: Solution | None = None,
    tell: Tell | None = None,
) -> Portrait:
    """The phase portrait of a problem with two states whose right-hand side does not depend on t.

    Parameters
    ----------
    window
        What it shows; by default chosen from the trajectory and the fixed points.
    starts
        Points (2,) from which trajectories are shown; by default as many as cover the window.
    solution
        Of the problem, where it has been solved already.
    tell
        Hears what is being done.

    Raises
    ------
    UsageError
        For a system that has no portrait: another number of states, or one that depends on t.
    """
    require_planar(problem)
    say = tell or _say_nothing
    if solution is None and problem.kind != "initial":
        say("solving the problem")
        solution = solve(problem)
    if solution is not None:
        problem, own = problem_of(solution), path_of(solution)
    else:
        own = own_path(problem)
    field = Field(problem.system, problem.time[0])
    _require_autonomous(problem, Window.around(own.min(axis=0) - 1, own.max(axis=0) + 1))
    say("finding the fixed points")
    facts = _Facts(field, window or frame(field, own), say)
    if window is None:
        wide = _with_cycles(facts)
        facts = facts if wide == facts.window else _Facts(field, wide, say)
    window = facts.window
    arrivals = facts.arrivals
    flow = Flow(field, window.grown(ROOM), rests=arrivals.points)
    say("following the separatrices")
    branches = separatrices(flow, arrivals, facts.points, facts.cycles, window)
    say("following trajectories")
    lines = from_starts(flow, [np.array(start, dtype=np.float64) for start in starts], arrivals)
    if not starts:
        drawn = [branch.points for branch in branches]
        if len(own) > 1 and window.inside(own[0]):
            backward = problem.time[1] < problem.time[0]
            lines.append(Trajectory(own[0], own[::-1] if backward else own, len(own) - 1 if backward else 0, asked=True))
        lines += covering(flow, arrivals, window, drawn + [line.points for line in lines])
    curves = nullclines(field, window)
    return Portrait(
        problem=problem,
        window=window,
        fixed_points=tuple(facts.points),
        fixed_lines=facts.zeros.lines,
        nullclines=curves,
        cycles=tuple(facts.cycles),
        separatrices=tuple(branches),
        trajectories=tuple(lines),
        notes=tuple(_notes(facts, curves)),
    )


def _with_cycles(facts: _Facts) -> Window:
    """The window that shows the limit cycles as well: those that reach beyond it, and where nothing in it attracts the orbits
    that go away from its fixed points, those around it.
    """
    window, cycles = facts.window, facts.cycles
    unstable = any(point.type in ("unstable focus", "unstable node") for point in facts.points)
    if not cycles and unstable and not any(point.stable for point in facts.points):
        wide = window.grown(WIDE)
        cycles, _ = _cycles(facts.field, facts.points, wide, _arrivals(facts.field, wide))
    return widened(window, np.concatenate([cycle.points for cycle in cycles])) if cycles else window


class _Facts:
    """The fixed points and limit cycles in a window."""

    def __init__(self, field: Field, window: Window, say: Tell) -> None:
        self.field, self.window = field, window
        self.zeros = find_zeros(field, window)
        self.points = classify(field, self.zeros, window)
        self.arrivals = _arrivals(field, window)
        say("looking for limit cycles")
        self.cycles, self.family = _cycles(field, self.points, window, self.arrivals)


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
        raise UsageError(
            f"a phase portrait needs two states, and this system has one ({names}); pinnsolve train shows it over time"
        )
    raise UsageError(
        f"a phase portrait needs two states, and this system has {len(states)} ({names}); "
        f"to see its trajectories in a plane of two of them, add --project {states[0]},{states[1]}"
    )


def _require_autonomous(problem: Problem, around: Window) -> None:
    if not autonomous(problem, scattered(around, 5)):
        x, y = problem.system.states
        raise UsageError(
            "the right-hand side depends on t, so the plane has no fixed vector field, no fixed points and no nullclines; "
            f"to see trajectories in it, add --project {x},{y}"
        )


def _arrivals(field: Field, window: Window) -> Arrivals:
    """Where the trajectories of a window end."""
    return Arrivals(field, window.grown(ROOM), window)


def _cycles(
    field: Field, points: Sequence[FixedPoint], window: Window, arrivals: Arrivals
) -> tuple[list[Cycle], bool]:
    middle = 0.5 * (window.low + window.high)
    inner = sorted(origins(points), key=lambda origin: float(window.distance(origin[0], middle)))[:ORIGINS]
    return find_cycles(Flow(field, window.grown(ROOM), FINE, arrivals.points), inner, window)


def _notes(facts: _Facts, curves: Sequence[Nullcline]) -> Iterator[str]:
    yield from _notes_on_rest(facts, curves)
    for number, point in enumerate(facts.points, 1):
        if point.weak:
            yield f"Fixed point {number} is a weak focus: its linear part is a centre, the higher terms make it spiral."
    for number, cycle in enumerate(facts.cycles, 1):
        if cycle.one_sided:
            yield f"Limit cycle {number} is semi-stable: orbits wind to it on one side and away from it on the other."
    if len(origins(facts.points)) > ORIGINS:
        yield f"Limit cycles were looked for around the {ORIGINS} innermost fixed points that can have one."
    if facts.family:
        yield "There is a family of closed orbits, which are not limit cycles."
    if not facts.zeros.complete:
        yield (
            "The right-hand side is a Python function: fixed points were looked for by Newton's method from a grid, "
            "and their indices do not add up to that of the window, so there may be more."
        )
    elif equations_of(facts.field.system) is None:
        yield "The fixed points were found by Newton's method from a grid; their indices add up to that of the window."


def _notes_on_rest(facts: _Facts, curves: Sequence[Nullcline]) -> Iterator[str]:
    """Where one or both of the right-hand sides vanish on more than curves and points."""
    if facts.zeros.everywhere:
        yield "Both right-hand sides vanish everywhere: every point is a fixed point."
        return
    for nullcline in curves:
        if nullcline.everywhere:
            yield f"The right-hand side of {nullcline.state} vanishes everywhere: {nullcline.state} does not change."
        if nullcline.region:
            yield f"The right-hand side of {nullcline.state} vanishes on a whole region, of which the nullcline is the edge."
    if facts.zeros.lines:
        yield "There are lines of fixed points, which are not isolated and have no type."


def _say_nothing(text: str) -> None:
    pass


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
