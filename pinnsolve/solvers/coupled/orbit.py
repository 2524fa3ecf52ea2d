"""Closed orbits of autonomous systems: the period is unknown and the orbit's place in time is free.

The edges of the windows run from 0 to 1 and the period is their clock. A phase condition fixes the origin of time: the
start lies in the plane through the guess across the flow there (Poincaré's section; Seydel, Practical Bifurcation and
Stability Analysis, 2010, section 7.6). The maps of the windows give the monodromy matrix without further work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import Periodic, Problem
from pinnsolve.solvers.coupled.curve import Curve, sampled
from pinnsolve.solvers.coupled.ends import Side
from pinnsolve.solvers.coupled.errors import Errors, estimate
from pinnsolve.solvers.coupled.forward import Forward, forward
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.newton import correction
from pinnsolve.solvers.coupled.search import Answer, Attempt, Pass, Search
from pinnsolve.solvers.coupled.task import Task
from pinnsolve.solvers.windows.table import Table
from pinnsolve.wording import short

Array = NDArray[np.float64]

TRANSIENTS = (30.0, -30.0)
"""How long a march runs before its return is looked for, in guessed periods; backward it finds unstable orbits."""
CLOSE = 0.3
"""A guess whose first Newton correction is shorter than this is close to an orbit."""
FAR = 1e6
"""A march that becomes so many times larger than the given point runs away."""
SEARCH = 8.0
"""Longest period looked for, in guessed ones."""
SAMPLES = 4000
"""Places of a march at which a return is looked for."""
LAST = 400
"""Places of the end of a transient of which the slowest is taken."""
CLOSER = 3
"""How often the place of a return is looked at more closely."""
NEAR = 0.2
"""A return must be so close, in diameters of the march."""
SURE = 0.02
"""So close a return is one. Of those farther away the closest counts: a jump passes many places on its way."""
SHRUNK = 1e-3
"""An orbit so much smaller than the curve it came from is an equilibrium."""
REST = 1e-6
"""A march that varies less, relative to its size, is at rest."""
LEAST = 8
"""Least windows of a guess."""
SAME = 1e-6
"""Relative distance at which two states count as the same."""
FAMILY = 1e-4
"""Distance of the second multiplier from 1 below which the orbit is one of a family."""
SPLIT = 1e-12
"""Least relative error of the monodromy matrix that such a multiplier is allowed for."""
FINE, MESHES = 1e-9, 12
"""Accuracy to which an orbit must be known to say that it is one of a family, and most passes for that."""
COVERS = 32
"""Most turns of a curve that is found to be several turns of one orbit."""


@dataclass(frozen=True)
class Orbit:
    """What is known of a closed orbit beside its curve."""

    multipliers: tuple[complex, ...]
    """Floquet multipliers, the largest first. One of them is 1, up to rounding."""
    stable: bool | None
    """Whether nearby solutions approach it; None in a family, where they neither approach nor leave."""


class OrbitTask(Task):
    """One closed orbit."""

    def __init__(self, problem: Problem, table: Table) -> None:
        assert isinstance(problem.periodic, Periodic) and problem.initial is not None
        self.problem, self.table = problem, table
        self.guess, self.period = np.array(problem.initial), problem.periodic.period
        self.windows = Windows(problem.system.kernels, problem.system.k, table, problem.time[0], timed=True)
        self.stops = np.empty(0)
        self.family = False
        self.seen: list[str] = []
        """What became of the marches, for the message."""
        self._anchor, self._normal = self.guess, np.zeros_like(self.guess)

    def conditions(self, curve: Curve) -> Side:
        """The curve closes and starts in the section; in a family it starts at the given point and meets the section there
        again, which determines the period, and closes of itself.
        """
        k = self.windows.k
        eye, none, normal = np.eye(k), np.zeros((k, k)), self._normal[None]
        away = curve.y[0] - self._anchor
        if self.family:
            value = np.append(away, self._normal @ (curve.y[-1] - self._anchor))
            return Side(value, np.vstack([eye, 0 * normal]), np.vstack([none, normal]), np.zeros((k + 1, 1)))
        value = np.append(curve.y[-1] - curve.y[0], self._normal @ away)
        return Side(value, np.vstack([-eye, normal]), np.vstack([eye, 0 * normal]), np.zeros((k + 1, 1)))

    def attempts(self, search: Search) -> Sequence[Attempt]:
        """Ways to a first closed orbit: one, which decides by itself."""
        return [partial(self._solved, search)]

    def _solved(self, search: Search) -> Curve | None:
        """A first closed orbit: near the given point if a march from there comes back, else where marches forward and
        backward in time end; of these the one that ends closer to the given point.
        """
        search.doing = "looking for a return"
        direct = self._returning(0.0)
        if direct is None and self.seen:
            return None  # at an equilibrium, where every march stays
        first = None if direct is None else self._correction(direct)
        at_once = first is not None and first < CLOSE
        if direct is not None and at_once:
            found = self._closed(search, direct) or self._of_family(search, direct)
            if found is not None:
                return found
        later = [guess for guess in map(self._returning, TRANSIENTS) if guess is not None]
        guesses = sorted(later, key=self._away)
        for guess in [*guesses, *([] if direct is None or at_once else [direct])]:
            found = self._closed(search, guess)
            if found is not None:
                return found
        return self._of_family(search, direct) if direct is not None and not at_once else None

    def _correction(self, guess: Curve) -> float:
        """Size of the first Newton correction of a guess."""
        self._section(guess.y[0])
        first = correction(self.windows, self.conditions, guess)
        return math.inf if first is None else first.size

    def _away(self, guess: Curve) -> float:
        """Distance of a guess from the given point, in its own diameters."""
        unit = np.maximum(np.ptp(guess.y, axis=0), 1e-300)
        return float(np.linalg.norm((guess.y - self.guess) / unit, axis=1).min())

    def failure(self) -> str:
        """Why nothing was found, and what to change."""
        seen = f": the solution from there {' and '.join(dict.fromkeys(self.seen))}" if self.seen else ""
        return (
            f"no closed orbit was found from the given point and the period {self.period:.6g}{seen}; give a point closer to "
            "the orbit under initial and a better guess under periodic.period"
        )

    def found(self, answer: Answer) -> dict[str, Any]:
        """Period and orbit as the solution has them."""
        orbit = self.orbit(answer.curve, answer.errors)
        multipliers = [[value.real, value.imag] for value in orbit.multipliers]
        return {"period": answer.curve.clock, "orbit": {"multipliers": multipliers, "stable": orbit.stable}}

    def remark(self) -> str:
        """What the message has to say beside the verdict."""
        if not self.family:
            return ""
        return "; the closed orbits form a family, as in conservative systems: this is the one through the given point"

    def state(self) -> dict[str, Any]:
        """What an interrupted solve needs beside the curve."""
        return {"family": self.family, "anchor": self._anchor}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        self.family = state["family"]
        self._section(np.array(state["anchor"]))

    def orbit(self, curve: Curve, errors: Errors) -> Orbit:
        """Multipliers and stability, from the maps of the windows."""
        values = np.linalg.eigvals(errors.linear.monodromy).astype(complex)
        if self.windows.k == 2 and not self.family:
            # One multiplier is 1 and their product is the exponential of the integrated divergence (Liouville): the other
            # follows without cancellation, however small it is.
            divergence = np.trace(self.windows.jacobian(curve), axis1=1, axis2=2)  # (m, n)
            values = np.array([1.0, np.exp(np.sum(curve.half[:, :, 0] * divergence * self.table.end))], dtype=complex)
        values = values[np.argsort(-np.abs(values))]
        others = np.delete(values, int(np.argmin(np.abs(values - 1))))
        stable = None if self.family else bool(np.all(np.abs(others) < 1))
        return Orbit(tuple(values.tolist()), stable)

    def _closed(self, search: Search, guess: Curve) -> Curve | None:
        """The closed orbit near a guess, once around; None if there is none or it shrinks to a point."""
        search.doing = ""
        self._section(guess.y[0])
        curve = search.first(guess)
        if curve is None or curve.clock <= 0:
            return None
        if _diameter(curve) <= SHRUNK * _diameter(guess):
            self.seen.append(f"shrinks to {self._place(curve.y[0])} when it is closed")
            return None
        curve = self._once(search, curve) or curve
        errors = estimate(self.windows, self.conditions, curve)
        if errors is None:
            return None
        if not self._in_family(errors):
            return curve
        answer, _ = search.refine(Pass(curve, FINE), FINE, passes=MESHES)
        if answer is not None and not self._in_family(answer.errors):
            return answer.curve
        return self._of_family(search, curve)

    def _in_family(self, errors: Errors) -> bool:
        """Whether a second multiplier is 1: the orbit has neighbours that are closed as well."""
        monodromy = errors.linear.monodromy
        distance = np.sort(np.abs(np.linalg.eigvals(monodromy) - 1))
        # A double eigenvalue moves by the root of a perturbation times the shear between neighbouring orbits.
        split = math.sqrt(max(SPLIT, errors.relative) * float(np.linalg.norm(monodromy)))
        return len(distance) > 1 and bool(distance[1] < max(FAMILY, split))

    def _of_family(self, search: Search, guess: Curve) -> Curve | None:
        """The orbit through the given point, if it closes of itself: one of a family."""
        self._section(self.guess)
        self.family = True
        curve = search.first(guess)
        if curve is not None and curve.clock > 0:
            answer, _ = search.refine(Pass(curve, FINE), FINE, passes=MESHES)
            if answer is not None and self._closes(answer) and self._in_family(answer.errors):
                return answer.curve
        self.family = False
        return None

    def _closes(self, answer: Answer) -> bool:
        """Whether a curve that is not made to close does."""
        curve = answer.curve
        gap = float(np.abs(curve.y[-1] - curve.y[0]).max()) / max(_diameter(curve), 1e-300)
        return gap <= max(SAME, 10 * answer.errors.relative)

    def _once(self, search: Search, curve: Curve) -> Curve | None:
        """The same orbit once around, if the curve goes around it several times."""
        for turns in range(COVERS, 1, -1):
            edges = np.linspace(0, 1 / turns, max(8, curve.windows // turns) + 1)
            part = curve.onto(edges, self.table)
            if np.abs(part.y[-1] - part.y[0]).max() <= SAME * _diameter(curve):
                return search.first(replace(part, edges=edges * turns, clock=part.clock / turns))
        return None

    def _section(self, point: Array) -> None:
        flow = self._slopes(np.zeros(1), point[None])[0]
        size = float(np.linalg.norm(flow))
        self._anchor, self._normal = point, flow / size if size > 0 else flow

    def _returning(self, transient: float) -> Curve | None:
        """A march from the guess, or from where it is after a transient, up to where it comes closest to its start.

        A transient backward in time ends on an unstable orbit, which a march forward would leave again.
        """
        direction = math.copysign(1.0, transient)
        start = self.guess
        if transient:
            before = forward(self.problem, start, transient * self.period, partly=True)
            end = None if before is None else self._calm(before)
            if end is None or not np.abs(end).max() < FAR * max(np.abs(start).max(), 1.0):
                self.seen.append("runs away" if transient > 0 else "runs away backward in time")
                return None
            start = end
        reach, march = SEARCH * self.period, None
        while march is None and reach > 1.5 * self.period:
            march = forward(self.problem, start, direction * reach, partly=True)
            reach /= 1.6  # what runs away later may still return before
        period = None if march is None else self._return(march)
        if march is None or period is None:
            if march is not None:
                what = "comes to rest at" if transient else "stays at"
                self.seen.append(f"{what} {self._place(start)}{' backward in time' if transient < 0 else ''}")
            return None
        inside = np.abs(march.edges[np.abs(march.edges) < period * (1 - 1e-9)])
        places = np.append(inside / period, 1.0)
        if direction < 0:
            places = 1.0 - places[::-1]
        while len(places) <= LEAST:
            places = np.sort(np.concatenate([places, 0.5 * (places[1:] + places[:-1])]))
        offset = -period if direction < 0 else 0.0
        return sampled(places, period, self.table, lambda t: march.values(t + offset), self._slopes, np.zeros(0))

    def _calm(self, march: Forward) -> Array:
        """(k,) where a march is slowest within its last guessed period: away from jumps, before which a rounding error decides
        when they come and between whose samples a return is missed.
        """
        reach = float(march.edges[-1])
        times = np.linspace(reach - math.copysign(min(self.period, abs(reach)), reach), reach, LAST)
        values = march.values(times)
        size = np.ptp(values, axis=0)
        speed = np.linalg.norm(self._slopes(times, values) / np.where(size > 0, size, 1.0), axis=1)
        return np.asarray(values[int(np.argmin(speed))])

    def _return(self, march: Forward) -> float | None:
        """When a march first comes back close to its start, the guess of the period if it never does; None at rest."""
        reach = float(march.edges[-1])
        times = np.linspace(0, reach, SAMPLES)
        values = march.values(times)
        size = np.ptp(values, axis=0)
        if not size.max() > REST * max(np.abs(values).max(), np.abs(self.guess).max()):
            return None
        unit = np.where(size > 0, size, 1.0)
        away = np.linalg.norm((values - values[0]) / unit, axis=1)
        left = int(np.argmax(away > NEAR))
        minimum = np.flatnonzero((away[1:-1] <= away[:-2]) & (away[1:-1] <= away[2:])) + 1
        minimum = minimum[(minimum > left) & (away[minimum] < NEAR)]
        if not left or not len(minimum):
            return min(self.period, abs(reach))
        back = int(minimum[away[minimum] <= max(2 * away[minimum].min(), SURE)][0])
        low, high = times[back - 1], times[back + 1]
        for _ in range(CLOSER):  # a jump may be much shorter than the distance of the samples
            times = np.linspace(low, high, 201)
            away = np.linalg.norm((march.values(times) - values[0]) / unit, axis=1)
            best = int(np.clip(np.argmin(away), 1, 199))
            low, high = times[best - 1], times[best + 1]
        return float(abs(low + high) / 2)

    def _place(self, point: Array) -> str:
        unit = REST * max(np.abs(point).max(), np.abs(self.guess).max())  # what a march at rest does not know
        known = np.where(np.abs(point) > unit, point, 0.0)
        values = ", ".join(f"{name} = {short(x)}" for name, x in zip(self.problem.system.states, known, strict=True))
        return f"the equilibrium {values}"

    def _slopes(self, times: Array, values: Array) -> Array:
        return self.problem.system.rhs_numpy(self.problem.time[0] + times, values)


def _diameter(curve: Curve) -> float:
    """Largest extent of a curve in any state, relative to the size of that state."""
    return float(np.ptp(curve.y, axis=0).max())
