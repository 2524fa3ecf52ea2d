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
        points = table.points[order]
        values = (y[:, None] + half * (g @ table.AET))[:, order]
        margins = self._margins(self.origin + (s + half * (points + 1)), values, modes, slack)
        crossed = (margins < 0).any(axis=0)
        if not crossed.any():
            return None
        index = int(np.argmax(crossed))
        low = -1.0 if index == 0 else float(points[index - 1])
        tau = 1.0
        nodes = np.concatenate([y[:, None], y[:, None] + half * (g @ table.AT)], axis=1)
        for row in map(int, np.flatnonzero(margins[:, index] < 0)):

            def margin(x: float, row: int = row) -> float:
                state = nodes @ table.value_interpolation(np.array([x])).T
                return float(self._margins(np.array([self.origin + (s + half * (x + 1))]), state, modes, slack)[row, 0])

            tau = min(tau, _zero(margin, low, float(points[index])))
        return Crossing((tau + 1) / 2)

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
        after = sign * self._rates(s, y, new)
        for number in turned:
            if after[number] * (new[number] - modes[number]) < 0:
                return new, turned, number
        return new, turned, None

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
        values = self._values(np.array([self.origin + s]), y[:, None], modes)[:, 0]
        levels = np.where(self.floors, modes + (values - modes > 0.5), 0.0)
        rates = self._rates(s, y, modes)
        times = np.where(rates != 0, (levels - values) / np.where(rates != 0, rates, 1.0), math.inf)
        return float(times[np.argmin(np.abs(times))])

    def carry(self, s: float, y: Array, number: int, before: Array, jump: Array, error: Array) -> Array:
        """The error (k,) behind a switch: `jump` = f⁻ − f⁺ (k,), `before` the modes in front of it."""
        t, state = np.array([self.origin + s]), [*y[:, None], *before.tolist()]
        gradient = self.pieces.gradients(t, state, np.zeros((len(self.floors), self.k, 1)))[number, :, 0]
        shift = float(gradient @ error) / (self._rates(s, y, before)[number] or math.inf)
        return error - jump * shift if math.isfinite(shift) else error

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


def _zero(function: Callable[[float], float], low: float, high: float) -> float:
    """A zero of a function that is not negative at `low` and negative at `high`, by the Illinois method (Dowell and
    Jarratt, BIT 11, 1971).
    """
    at_low, at_high, side = max(function(low), 0.0), function(high), 0
    for _ in range(BISECTIONS):
        if high - low < EXACT:
            break
        middle = high - at_high * (high - low) / (at_high - at_low) if at_low > 0 else 0.5 * (low + high)
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
