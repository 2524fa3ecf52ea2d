"""Windows that end exactly where f switches.

Inside a window the modes of all switches are frozen, so f is smooth there even beyond the place where it switches. The
first zero of a switching function along the solved window cuts the window; the next one starts with the mode turned over.
An error e at the switch moves its time by δ = −(∇s·e)/(ds/dt), which leaves the error e + (f⁻ − f⁺) δ behind it (the
saltation matrix: Aizerman and Gantmakher 1958; Leine and Nijmeijer, *Dynamics and bifurcations of non-smooth mechanical
systems*, 2004, section 7).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions import Sweep
from pinnsolve.problem import Kernels, PieceKernels
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]

EXACT = 1e-14
"""A switch is met when the time to its zero is below this share of the window or of the time itself."""
TOUCHED = 1e-12
"""A switching function this small, relative to the largest state, is at its zero."""
BISECTIONS = 60
"""Most steps of the search for a zero."""
SHALLOW = 0.9
"""Between points at which a switching function stays clear of zero it is looked at where a parabola falls below this share of
its least value there."""
COARSE, ZOOM, ZOOMS = 33, 9, 12
"""Points at which it is looked at, points around each of the least values there, and how often they close in on it."""
ROUNDED = 4e-16
"""A dip below zero by less than this share of the largest value is rounding."""
NEARER = np.concatenate([[0.0], 2.0 ** np.arange(-30.0, 1.0)])
"""Places between the start of a window and its first point where a function may have come back to zero."""


@dataclass(frozen=True)
class Crossing:
    """The first zero of a switching function in a window."""

    share: float
    """Where: the share of the window before it, in (0, 1]."""


class Switching:
    """The modes of one system along a march."""

    def __init__(self, pieces: PieceKernels, k: int, table: Table, origin: float) -> None:
        self.pieces, self.k, self.table, self.origin = pieces, k, table, origin
        self.floors = np.array([kind == "floor" for kind in pieces.kinds])

    def kernels(self, modes: Array) -> Kernels:
        """The smooth right-hand side with these modes (q,)."""
        pieces, fixed = self.pieces, modes.tolist()

        def extended(function: Callable[..., Array]) -> Callable[[Array, Array, Array], Array]:
            return lambda t, y, out: function(t, [*y, *fixed], out)

        def frozen(sweep: Sweep | None) -> Sweep | None:
            return None if sweep is None else lambda t, y, half, nodes: sweep(t, [*y, *fixed], half, nodes)

        return Kernels(
            extended(pieces.f),
            extended(pieces.fj),
            lambda t, y: pieces.scalar(t, [*y, *fixed]),
            frozen(pieces.rk4),
            lambda: frozen(pieces.implicit()),
        )

    def start(self, s: float, y: Array) -> tuple[Array, int | None]:
        """Modes (q,) just after time s with state y, and the number of a switch that slides there, if one does."""
        modes, values = np.ones(len(self.floors)), np.zeros(len(self.floors))
        for number, floor in enumerate(self.floors):  # a function may contain the modes of those before it
            value = values[number] = self._values(np.array([self.origin + s]), y[:, None], modes)[number, 0]
            modes[number] = np.floor(value) if floor else 1.0 if value >= 0 else -1.0  # a value may be infinite
        on = np.flatnonzero(np.where(self.floors, values == modes, values == 0))
        for number in map(int, on):
            if self._rates(s, y, modes)[number] < 0:
                modes[number] -= 1.0 if self.floors[number] else 2.0
                if self._rates(s, y, modes)[number] > 0:
                    return modes, number
        return modes, None

    def first(self, s: float, half: float, y: Array, g: Array, modes: Array, slack: Array) -> Crossing | None:
        """The first crossing in a solved window; None where every switch keeps its mode, up to its slack (q,)."""
        table = self.table
        order = np.argsort(table.points)
        points = np.concatenate([[-1.0], table.points[order]])
        nodes = np.concatenate([y[:, None], y[:, None] + half * (g @ table.AT)], axis=1)
        values = np.concatenate([y[:, None], (y[:, None] + half * (g @ table.AET))[:, order]], axis=1)
        margins = self._margins(self.origin + (s + half * (points + 1)), values, modes, slack)

        def margin(x: Array, row: int) -> Array:
            state = nodes @ table.value_interpolation(x).T
            return np.asarray(self._margins(self.origin + (s + half * (x + 1)), state, modes, slack)[row])

        found = []
        crossed = (margins[:, 1:] < 0).any(axis=0)
        last = 1 + int(np.argmax(crossed)) if crossed.any() else len(points) - 1
        for row in map(int, np.flatnonzero(margins[:, last] < 0)):
            low, high = float(points[last - 1]), float(points[last])
            if last == 1:  # it may have come back to the zero that the window starts at
                inner = low + (high - low) * NEARER
                behind = margin(inner, row)
                turns = np.flatnonzero((behind[:-1] > 0) & (behind[1:] < 0))
                if len(turns):
                    low, high = float(inner[turns[0]]), float(inner[turns[0] + 1])
            found.append(_zero(partial(margin, row=row), low, high))
        for row, low, high in _dips(points[: last + 1], margins[:, : last + 1]):
            below = _below(partial(margin, row=row), low, high, -ROUNDED * float(np.abs(margins[row]).max()))
            if below is not None:
                found.append(_zero(partial(margin, row=row), low, below))
        return Crossing((min(found) + 1) / 2) if found else None

    def turn(self, s: float, y: Array, modes: Array, sign: float, reach: float) -> tuple[Array, list[int], int | None]:
        """Turn over the switches that are met at time s.

        Parameters
        ----------
        sign
            Direction of the march.
        reach
            Switches whose zero is at most this far ahead in time are met too.

        Returns
        -------
        The new modes, the switches turned, and the number of one whose new side pushes back: the solution slides.
        """
        values = self._values(np.array([self.origin + s]), y[:, None], modes)[:, 0]
        rates = sign * self._rates(s, y, modes)
        new, turned = modes.copy(), []
        for number, (value, rate, floor) in enumerate(zip(values, rates, self.floors, strict=True)):
            below = value - modes[number] if floor else value * modes[number]
            speed = rate if floor else rate * modes[number]
            above = modes[number] + 1 - value if floor else math.inf
            if speed < 0 and below <= reach * -speed:
                new[number] -= 1.0 if floor else 2.0 * modes[number]
                turned.append(number)
            elif floor and speed > 0 and above <= reach * speed:
                new[number] += 1.0
                turned.append(number)
        changed = self._follow(s, y, (values, sign * rates), new, sign * reach) if turned else set()
        after = sign * self._rates(s, y, new)
        for number in turned:
            if number not in changed and after[number] * (new[number] - modes[number]) < 0:
                return new, turned, number
        return new, turned, None

    def crosses(self, s: float, y: Array, modes: Array, sign: float, reach: float) -> bool:
        """Whether switches are met (see `turn`) that the solution goes on from to their other side, not to rest at their zero."""
        new, turned, _ = self.turn(s, y, modes, sign, reach)
        return bool(turned) and bool((sign * self._rates(s, y, new)[turned] * (new - modes)[turned] != 0).all())

    def _follow(self, s: float, y: Array, before: tuple[Array, Array], modes: Array, reach: float) -> set[int]:
        """Set the modes (q,) of switching functions that contain others, such as t − 2 floor(t/2) − 1/2, and have changed with
        these from their values and rates `before`. Each is what it will be a moment (`reach`, signed) later.
        """
        values, rates = before
        changed = set()
        for number in np.flatnonzero(self.pieces.chained):  # a function may contain the modes of those before it
            value = self._values(np.array([self.origin + s]), y[:, None], modes)[number, 0]
            rate = self._rates(s, y, modes)[number]
            if value != values[number] or rate != rates[number]:
                ahead = value + reach * rate
                modes[number] = np.floor(ahead) if self.floors[number] else 1.0 if ahead >= 0 else -1.0
                changed.add(int(number))
        return changed

    def leave(self, s: float, y: Array, modes: Array, sign: float, scale: float) -> tuple[Array, Array] | None:
        """Modes and slack behind switches that the solution only touches, such as that of max(x, 0) where x comes to rest at 0.

        No window reaches such a zero from before: f may be undefined behind it. Where the solution is at a zero up to
        rounding (relative to `scale`) and the other side does not push back, it goes on there, and what is left of the
        function on the wrong side (q,) is let pass from then on. None where it cannot go on.
        """
        values = self._values(np.array([self.origin + s]), y[:, None], modes)[:, 0]
        touched = ~self.floors & (np.abs(values) <= TOUCHED * scale)
        if not touched.any():
            return None
        new = np.where(touched, -modes, modes)
        rates = sign * self._rates(s, y, new)
        return (new, np.where(touched, 2 * np.abs(values), 0.0)) if (rates[touched] * new[touched] >= 0).all() else None

    def time_to_zero(self, s: float, y: Array, modes: Array) -> float:
        """Time from s to the nearest zero of a switching function along the tangent, signed."""
        times = self.times_to_zeros(s, y, modes)
        return float(times[np.argmin(np.abs(times))])

    def times_to_zeros(self, s: float, y: Array, modes: Array) -> Array:
        """(q,) times from s to the zero of every switching function along the tangent, signed; inf where it stands still."""
        values = self._values(np.array([self.origin + s]), y[:, None], modes)[:, 0]
        levels = np.where(self.floors, modes + (values - modes > 0.5), 0.0)
        rates = self._rates(s, y, modes)
        return np.where(rates != 0, (levels - values) / np.where(rates != 0, rates, 1.0), math.inf)

    def carry(self, s: float, y: Array, number: int, before: Array, jump: Array, errors: Array) -> Array:
        """Errors (m, k) behind a switch: `jump` = f⁻ − f⁺ (k,), `before` the modes in front of it."""
        t, state = np.array([self.origin + s]), [*y[:, None], *before.tolist()]
        gradient = self.pieces.gradients(t, state, np.zeros((len(self.floors), self.k, 1)))[number, :, 0]
        shifts = errors @ gradient / (self._rates(s, y, before)[number] or math.inf)
        return errors - np.where(np.isfinite(shifts), shifts, 0.0)[:, None] * jump

    def _values(self, t: Array, y: Array, modes: Array) -> Array:
        """(q, n) switching functions."""
        return self.pieces.values(t, [*y, *modes.tolist()], np.zeros((len(self.floors), len(t))))

    def _margins(self, t: Array, y: Array, modes: Array, slack: Array) -> Array:
        """(2q, n) how far every switch is from changing its mode; negative behind the change."""
        values = self._values(t, y, modes)
        own = modes[:, None]
        lower = np.where(self.floors[:, None], values - own, values * own) + slack[:, None]
        upper = np.where(self.floors[:, None], own + 1 - values, math.inf)
        return np.concatenate([lower, upper])

    def _rates(self, s: float, y: Array, modes: Array) -> Array:
        """(q,) time derivatives of the switching functions along the solution."""
        t, state = np.array([self.origin + s]), [*y[:, None], *modes.tolist()]
        rates = self.pieces.rates(t, state, np.zeros((len(self.floors), 1)))[:, 0]
        return np.where(np.isnan(rates), 0.0, rates)  # nan: at the edge of the domain of that switch


def _dips(points: Array, margins: Array) -> list[tuple[int, float, float]]:
    """Where functions may pass below zero and back between the points (m,) at which their values (q, m) are known: the number
    of a function, and points before and behind a place where the parabola through three of its values falls well below them.
    """
    if len(points) < 3:
        return []
    a, b, c = points[:-2], points[1:-1], points[2:]
    left, middle, right = margins[:, :-2], margins[:, 1:-1], margins[:, 2:]
    with np.errstate(all="ignore"):
        slope = (middle - left) / (b - a)
        bend = ((right - middle) / (c - b) - slope) / (c - a)
        place = 0.5 * (a + b - slope / bend)
        value = left + slope * (place - a) + bend * (place - a) * (place - b)
        ahead = np.where(right > 0, right, np.inf)  # the last point may be behind a crossing
        least = np.minimum(np.minimum(left, middle), ahead)
        near = (bend > 0) & (place > a) & (place < c) & (least > 0) & (value < SHALLOW * least)
    return [(int(row), float(a[index]), float(c[index])) for row, index in np.argwhere(near)]


def _below(function: Callable[[Array], Array], low: float, high: float, level: float) -> float | None:
    """The first place between two points at which a function is found to be below a level: its dips are looked at closely."""
    x = np.linspace(low, high, COARSE)
    values = function(x)
    for index in range(1, COARSE):
        if values[index] < level:
            return float(x[index])
        if index + 1 < COARSE and values[index] <= values[index - 1] and values[index] <= values[index + 1]:
            near, best = x[index - 1 : index + 2], values[index]
            for _ in range(ZOOMS):
                zoomed = np.linspace(near[0], near[-1], ZOOM)
                inside = function(zoomed)
                place = int(np.argmin(inside))
                if inside[place] < level:
                    return float(zoomed[place])
                if inside[place] > 0 and best - inside[place] < 1e-3 * inside[place]:
                    break
                near, best = zoomed[max(0, place - 1) : place + 2], inside[place]
    return None


def _zero(margin: Callable[[Array], Array], low: float, high: float) -> float:
    """A zero of a function that is not negative at `low` and negative at `high`, by the Illinois method (Dowell and
    Jarratt, BIT 11, 1971).
    """

    def function(x: float) -> float:
        return float(margin(np.array([x]))[0])

    at_low, at_high, side = max(function(low), 0.0), function(high), 0
    for _ in range(BISECTIONS):
        if high - low < EXACT:
            break
        middle = high - at_high * (high - low) / (at_high - at_low) if at_low > 0 > at_high else 0.5 * (low + high)
        value = function(middle)
        if value >= 0:
            low, at_low = middle, value
            if side == 1:
                at_high *= 0.5
            side = 1
        else:
            high, at_high = middle, value
            if side == -1:
                at_low *= 0.5
            side = -1
        if value == 0:
            break
    return low if low > -1 else high
