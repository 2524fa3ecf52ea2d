"""Limit cycles of a planar system in a window.

Every closed orbit goes around a fixed point of index 1 at least (Poincaré), so it crosses every half-line from one of
those. On such a ray the return map (once around, forward in time, or backward where forward orbits do not return) says
whether an orbit drifts outwards or inwards; where that changes from one place to the next there is a cycle between them,
stable or not. Where orbits come back to where they were on a whole piece of the ray they are a family of closed orbits,
as around a centre, and none of them is a limit cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from pinnsolve.analysis.planar.curves import near_line
from pinnsolve.analysis.planar.equations import backward
from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.flow import Flow
from pinnsolve.analysis.planar.turns import Ray, Turn
from pinnsolve.analysis.planar.window import Window
from pinnsolve.problem import Periodic, Problem
from pinnsolve.solvers import Solution, solve

Array = NDArray[np.float64]

PROBES = 26
"""Places on a ray at which the drift is looked at: closer to each other near the origin."""
DENSER = 1.6
MANY = 5
"""With more rays than this there are half as many on each."""
SHORT = 0.01
"""Rays shorter than this share of the window are not worth a look."""
FAMILY = 3
"""So many neighbouring probes that come back to where they were are a family of closed orbits."""
ITERATIONS = 25
"""Most turns along which an orbit is followed to the cycle that it seems to wind to."""
SETTLED = 1e-6
EXACT = 1e-10
SAME = 1e-3
"""Orbits closer than this share of the window all along are one."""
ACCURACY = 1e-9
TOUCH = 1e-5
"""A drift that falls to this share of what it is close by has fallen to zero."""
NEUTRAL = 1e-5
"""A multiplier closer to 1 than this does not say whether a cycle is stable."""
NEAR = 1e-3
"""The closed orbit that is solved for must have the period that was seen, but for this share of it."""
WEAK, BESIDE, CLOSED, FINE = 1e-3, 0.02, 1e-5, 1e-11
"""A cycle with a multiplier this close to 1 may be one of a family. Then the orbits this far beside it (as a share of their
distance from the origin) come back to less than so much of that, found with so small an error."""
POINTS, DENSE = 400, 10
"""Points of a cycle, and how many times more are used to find its multiplier."""


@dataclass(frozen=True)
class Cycle:
    """A limit cycle."""

    at: Array
    """(2,) a point on it."""
    period: float
    stable: bool
    multiplier: float
    """What becomes of a small distance from the cycle in one turn, as a factor."""
    points: Array
    """(m, 2) closed polyline, in the direction of the flow."""
    one_sided: bool = False
    """Semi-stable: orbits wind to it on one side and away from it on the other."""


@dataclass(frozen=True)
class _Probe:
    """What happens to the orbit through a place of the ray."""

    place: float
    outward: float
    """Forward in time: 1 if it comes back further out, -1 further in, 0 where it was, nan if it does not come back."""
    drift: float
    """How much, to first order."""
    turn: Turn | None


def find_cycles(flow: Flow, origins: Sequence[tuple[Array, float]], window: Window) -> tuple[list[Cycle], bool]:
    """The limit cycles that can be seen in a window, and whether there is a family of closed orbits.

    Parameters
    ----------
    origins
        The fixed points of index 1 or more, and for each whether orbits close to it drift outwards (1), inwards (-1) or
        not at all (0).
    """
    cycles: list[Cycle] = []
    family = False
    for origin, outward in origins:
        ray, length = _ray(flow, origin, window)
        if length < SHORT:  # in a corner of the window: no closed orbit around it lies inside
            continue
        probes = _probes(ray, length, outward, PROBES if len(origins) <= MANY else PROBES // 2)
        family |= _is_family(probes)
        for place, sign in _candidates(ray, probes, outward):
            if any(passes(cycle, ray.point(place), window) for cycle in cycles):
                continue
            cycle = _refined(ray, place, sign, window)
            if cycle is not None and sign and abs(cycle.multiplier - 1) < WEAK and _in_family(ray, place):
                family = True
            elif cycle is not None and not any(passes(other, cycle.at, window) for other in cycles):
                cycles.append(cycle)
    return cycles, family


def _ray(flow: Flow, origin: Array, window: Window) -> tuple[Ray, float]:
    """The ray from a point to the edge of the window that is crossed most squarely and is long, with its length."""
    best: tuple[float, Ray, float] | None = None
    for angle in (np.arange(12) + 0.382) * np.pi / 6:
        direction = np.array([np.cos(angle), np.sin(angle)])
        with np.errstate(divide="ignore"):
            room = np.where(direction > 0, window.high - origin, window.low - origin) / window.size / direction
        length = float(room.min())
        if length < SHORT and best is not None:
            continue
        ray = Ray(flow, origin, direction, window.size)
        points = origin + np.outer((np.arange(30) + 0.5) / 30 * length, direction) * window.size
        velocity = flow.vectors(points) / window.size
        with np.errstate(invalid="ignore", divide="ignore"):
            across = velocity @ ray.normal / np.hypot(*velocity.T)
        squareness = abs(np.nanmean(across)) if np.isfinite(across).any() else 0.0
        merit = squareness * np.sqrt(max(length, 0.0))
        if best is None or merit > best[0]:
            best = (merit, ray, length)
    assert best is not None
    return best[1], best[2]


def _probes(ray: Ray, length: float, outward: float, count: int) -> list[_Probe]:
    """What happens all along a ray of a given length, seen from its origin outwards."""
    found: list[_Probe] = []
    time: float | None = None
    close = True
    for share in ((np.arange(count) + 0.6) / count) ** DENSER:
        probe = _probe(ray, share * length, time)
        close &= probe.outward == 0
        if close and outward:  # the drift around a weak focus, too slow to be seen this close to it
            probe = replace(probe, outward=outward)
        time = probe.turn.time if probe.turn else time
        found.append(probe)
    return found


def _probe(ray: Ray, place: float, time: float | None = None) -> _Probe:
    for sign in (1, -1):
        turn = ray.turn(place, sign, time)
        if turn is not None:
            drift = sign * turn.drift
            return _Probe(place, 0.0 if abs(drift) <= turn.noise else float(np.sign(drift)), drift, turn)
    return _Probe(place, np.nan, np.nan, None)


def _is_family(probes: Sequence[_Probe]) -> bool:
    run = 0
    for probe in probes:
        run = run + 1 if probe.outward == 0 else 0
        if run >= FAMILY:
            return True
    return False


def _in_family(ray: Ray, place: float) -> bool:
    """Whether the orbits on both sides of a closed one are closed too."""
    fine = ray.finer(FINE)
    for beside in ((1 - BESIDE) * place, (1 + BESIDE) * place):
        turn = fine.turn(beside, 1)
        if turn is not None and abs(turn.drift) > CLOSED * BESIDE * place + turn.noise:
            return False
    return True


def _candidates(ray: Ray, probes: Sequence[_Probe], outward: float) -> Iterator[tuple[float, int]]:
    """Places on the ray where there is a cycle, with the direction of time (1 or -1) in which orbits wind to it; 0 if they do
    on one side only.
    """
    before = _Probe(0.0, outward, 0.0, None)
    rows = [before, *probes]
    for i, (left, right) in enumerate(pairwise(rows)):
        if left.outward * right.outward == -1:
            sign = 1 if left.outward > 0 else -1
            place = _root(ray, left.place, right.place, sign)
            if place is not None:
                yield place, sign
        elif np.isnan(right.outward) and left.outward in (1, -1) and left.place > 0:
            yield from _followed(ray, left, int(left.outward))
        elif np.isnan(left.outward) and right.outward in (1, -1):
            yield from _followed(ray, right, -int(right.outward))
        if right.outward == 0 and 0 < i < len(rows) - 2:
            after = rows[i + 2]
            if left.outward * after.outward == -1:
                yield right.place, 1 if left.outward > 0 else -1
        if 0 < i < len(rows) - 2 and left.outward == right.outward == rows[i + 2].outward:
            yield from _touched(ray, left, right, rows[i + 2])


def _touched(ray: Ray, left: _Probe, middle: _Probe, right: _Probe) -> Iterator[tuple[float, int]]:
    """A semi-stable cycle: the drift becomes zero in one place without changing its sign."""
    if not (middle.outward and abs(middle.drift) < min(abs(left.drift), abs(right.drift)) and middle.turn):
        return
    sign = 1 if middle.turn.time > 0 else -1

    def size(place: float) -> float:
        turn = ray.turn(place, sign)
        return np.inf if turn is None else abs(turn.drift)

    found = minimize_scalar(size, bounds=(left.place, right.place), method="bounded", options={"xatol": 1e-5 * middle.place})
    if found.fun <= TOUCH * abs(middle.drift) + 1e-9:
        yield float(found.x), 0


def _root(ray: Ray, low: float, high: float, sign: int) -> float | None:
    """The place between two that drift to each other, followed in the direction of time in which they do."""
    missing = False

    def drift(place: float) -> float:
        nonlocal missing
        turn = ray.turn(place, sign) or ray.turn(place, -sign)
        missing |= turn is None
        return 0.0 if turn is None else turn.drift * np.sign(turn.time) * sign

    if low == 0.0:  # the fixed point itself: orbits close to it are known to drift away from it
        low = _close(ray, high, sign)
        if low == 0.0:
            return None
    if drift(low) * drift(high) >= 0:
        return None
    place = float(brentq(drift, low, high, xtol=EXACT * high, rtol=EXACT))
    return None if missing else place


def _close(ray: Ray, high: float, sign: int) -> float:
    """A place below `high` that drifts outwards, 0 if none is found."""
    for share in (0.3, 0.1, 0.03, 0.01, 0.003):
        turn = ray.turn(share * high, sign)
        if turn is not None and turn.drift > turn.noise:
            return share * high
    return 0.0


def _followed(ray: Ray, probe: _Probe, sign: int) -> Iterator[tuple[float, int]]:
    """The cycle to which the orbit through a place winds in one direction of time, if it does."""
    place, time = probe.place, None if probe.turn is None else abs(probe.turn.time)
    for _ in range(ITERATIONS):
        turn = ray.turn(place, sign, time)
        if turn is None or turn.end <= 0:
            return
        if abs(turn.drift) <= SETTLED * turn.end:
            if turn.end > 1e-3:
                yield turn.end, sign
            return
        place, time = turn.end, abs(turn.time)


def passes(cycle: Cycle, point: Array, window: Window, slack: float = SAME) -> bool:
    """Whether a cycle goes through a point, as far as can be seen."""
    return near_line(cycle.points, point, window) < slack


def _refined(ray: Ray, place: float, sign: int, window: Window) -> Cycle | None:
    """The closed orbit through about this place of a ray, solved as one."""
    turn = ray.turn(place, sign or 1) or ray.turn(place, -(sign or 1))
    if turn is None:
        return None
    if sign:
        turn = _sharper(ray, turn) or turn
        solution = _solved(ray.flow.vectors, ray.point(turn.start), abs(turn.time), sign, window)
        if solution is not None and solution.period is not None:
            times = np.linspace(0.0, solution.period, DENSE * POINTS + 1)
            return _cycle(ray.flow.vectors, solution(times)[::sign], solution.period, sign)
    times = np.linspace(0.0, turn.time, DENSE * POINTS + 1)
    return _cycle(ray.flow.vectors, turn.path.at(times)[:: 1 if turn.time > 0 else -1], abs(turn.time), sign)


def _sharper(ray: Ray, turn: Turn) -> Turn | None:
    """The turn from a closed orbit's place on the ray, found again with a smaller error."""
    fine = ray.finer(FINE)
    sign = 1 if turn.time > 0 else -1
    low, high = ((1 + side * SETTLED * 10) * turn.start for side in (-1, 1))
    place = _root(fine, low, high, sign)
    return None if place is None else fine.turn(place, sign, turn.time)


def _solved(vectors: Field, start: Array, period: float, sign: int, window: Window) -> Solution | None:
    """The closed orbit as a solution, in the direction of time in which orbits wind to it; None if another one is found."""
    system = vectors.system if sign > 0 else backward(vectors.system)
    solution = solve(Problem(system, start.tolist(), (0.0, period), periodic=Periodic(period), accuracy=ACCURACY))
    if solution.status != "converged" or not solution.period or abs(solution.period - period) > NEAR * period:
        return None
    orbit = solution(np.linspace(0.0, solution.period, POINTS + 1))
    return solution if near_line(orbit, start, window) < SAME else None


def _cycle(vectors: Field, points: Array, period: float, sign: int) -> Cycle:
    """The cycle through points at equal steps of time with its multiplier: exp of the integral of the divergence over one
    turn (Liouville).
    """
    divergence = np.trace(vectors.jacobian(points)[1], axis1=1, axis2=2)
    exponent = float((0.5 * (divergence[1:] + divergence[:-1])).mean() * period)
    multiplier = float(np.exp(np.clip(exponent, -700, 700)))
    stable = sign > 0 if abs(multiplier - 1) < NEUTRAL else multiplier < 1
    shown = points[::DENSE]
    return Cycle(shown[0], period, stable and sign != 0, multiplier if sign else 1.0, shown, one_sided=sign == 0)
