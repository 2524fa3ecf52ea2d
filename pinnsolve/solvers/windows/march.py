"""One pass from the start of the interval to its end, window by window.

A window is accepted when the error equation says that its local error is below the tolerance; the next length follows
from the same number. The global error is carried along from window to window.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pinnsolve.problem import System
from pinnsolve.solvers.windows import guess
from pinnsolve.solvers.windows.collocation import Collocation, Errors
from pinnsolve.solvers.windows.control import (
    CUT,
    GROWTH,
    Attempts,
    ideal_length,
    least_foreseen,
    next_length,
    shorter_length,
)
from pinnsolve.solvers.windows.events import EXACT, Switching
from pinnsolve.solvers.windows.rounding import ENDS, PROBES, likely
from pinnsolve.solvers.windows.state import March, Stop, Window
from pinnsolve.solvers.windows.table import Table
from pinnsolve.solvers.windows.torch_collocation import TorchCollocation

Array = NDArray[np.float64]

TOLERANCE_MIN = 3e-14
"""Local tolerances below this only chase rounding errors."""
UNSEEN = 1e-3
"""An error that cannot be told from the floor of the table is taken to be this share of it."""
SILENT, QUIET = 1e-3, 8
"""Where the rounding of f makes less than this share of the local tolerance, it is measured again after so many windows."""
STIFF, FEW = 0.1, 12
"""Share of the local tolerance where the Runge–Kutta guess is unstable, up to so many states. The next fast transition amplifies
what goes wrong in a stiff window; a smaller error costs few windows more, but saves many a pass."""
FAILED = 0.35
"""Change of the window length where Newton failed."""
FORESEEN = 5e-3
"""Local error of a window over the last coefficients of its Runge–Kutta guess, which fall as fast as the error does."""
FALSE_ALARM, MISLED = 1e-6, 2
"""A window that foresight shortened should have an error near the tolerance. After so many in succession with less than the first
share it is not believed."""
STEPS, STEP = 3, 1e-3
"""So many explicit steps, each this share of the first window, tell how soon f changes: a fast transient may be hidden in a
state that starts at zero."""
CHANGES = 8.0
"""The first window is at most so many times as long as f takes to change by its own size."""
STAGNATION, STAGNANT = 1000, 1e-6
"""So many windows that together cover less than this share of the interval lead nowhere."""
UNSTABLE, PAUSE = 2, 10
"""After so many unstable Runge–Kutta guesses the system is stiff there: none is tried for so many windows, or, of more than
`FEW` states, ever again."""
SLOWER = 0.7
"""Growth in a shortened window, as a share of what a window resolves."""
SHORTEST = 64e-16
"""A window shorter than this share of the time is accepted as it is: f jumps in it."""
RESTART = 1e-3
"""Share of the rest of the interval that is tried behind a switch at which windows had become too short."""
LAST, NEARLY = 1e-10, 1e-6
"""A march that no window carries on, but within the first share of the interval before its end, has come to it where the
states hardly move any more, relative to their sizes."""
AHEAD = 10.0
"""Error of the tangent there, as a multiple of the way along it: enough for derivatives that grow like (end − t)^−0.9."""
ALMOST = 0.999
"""Share of a window behind which a switch stands at its end, but for the last digits."""
BEFORE = 1 - 1e-6
"""Share of the way to a switch that is tried where no window crosses it."""
MET = 1e-12
"""Time to a switch, as a share of the window's length or of the time itself, that is none."""
CUTS = 6
"""Most attempts to end a window exactly at a switch."""


Listener = Callable[["Marcher"], None]
"""Called after every accepted window."""


def floor(first: bool) -> float:
    """Components below this share of the largest are let go. In the first pass nobody knows yet how large they become."""
    return 1e-10 if first else 1e-100


class Marcher:
    """Marches one system over one interval at one local tolerance.

    Parameters
    ----------
    system
        Its functions, and its switches where it has any.
    table
        The maps of a window.
    y
        (k,) initial state.
    start, end
        The interval; windows are counted from `start`.
    tolerance
        Largest local error a window, relative to `scale`.
    scale
        (k,) largest |y| of an earlier pass, None in the first: then the running maximum serves alone.
    stops
        Times, counted from `start` in marching direction and ascending, at which windows must end.
    device
        Where the windows are solved: on the CPU in NumPy, elsewhere in torch. A system with switches needs the CPU.
    least
        (k,) size below which a state is not resolved in the first pass.
    careful
        Whether every window is asked if it steps over a growth of errors.
    """

    def __init__(
        self,
        system: System,
        table: Table,
        y: Array,
        start: float,
        end: float,
        tolerance: float,
        scale: Array | None,
        stops: Array,
        device: str = "cpu",
        least: Array | None = None,
        careful: bool = True,
    ) -> None:
        self.table = table
        self.k = len(y)
        if device == "cpu":
            self.collocation = Collocation(system.kernels, self.k, table, start)
        else:
            self.collocation = TorchCollocation(system, table, start, device)
        self.switching = None if system.pieces is None else Switching(system.pieces, self.k, table, start)
        self.initial, self.careful = y, careful
        self.origin = start
        self.span, self.sign = abs(end - start), math.copysign(1.0, end - start)
        self.resolution = max(abs(start), abs(end))
        self.tolerance = max(tolerance, TOLERANCE_MIN)
        self.stops = np.append(stops, self.span)
        self.floor = floor(first=scale is None)
        if scale is None:
            self.low = np.zeros(self.k) if least is None else least
        else:
            small = (np.abs(y) > 0) & (scale > 1e-10 * scale.max(initial=0.0))
            self.low = np.where(small, 0.0, 1e-6 * scale)
        self._guess: tuple[Array, float] | None = None
        self._tried = Attempts()
        self._again = False  # whether the last attempt failed from an explicit guess
        self._cuts = 0
        self._resume = 0.0
        self._idle = 0  # switches turned since the last accepted window
        self._nodes = table.tau.tolist()

    def begin(self) -> March:
        """The state before the first window."""
        y, k = self.initial, self.k
        march = March(y, np.zeros(k), 0.1 * self.span, np.zeros(k), np.zeros((PROBES, k)), np.abs(y))
        if self.switching is not None:
            march.modes, slides = self.switching.start(0.0, y)
            march.slack = np.zeros(len(march.modes))
            self._use(march.modes)
            if slides is not None:
                march.stop = Stop("sliding", 0.0, self.switching.pieces.texts[slides])
        march.f = f = self.collocation.derivative(0.0, y)
        if not np.isfinite(f).all():
            march.stop = Stop("start", 0.0)
            return march
        march.length = self._first_length(y, f)
        return march

    def _first_length(self, y: Array, f: Array) -> float:
        """A tenth of the interval, or less where the states (k,) change much or their derivatives f (k,) change soon."""
        size = np.maximum(np.abs(y), 0.1 * np.abs(y).max())
        unit = 1.0 / np.where(size > 0, size, 1.0)
        rate = float((np.abs(f) * unit).max())
        if rate == 0:
            return 0.1 * self.span
        length = min(0.1 * self.span, 0.5 / rate)
        for _ in range(STEPS):
            step = STEP * length * self.sign
            change = float((np.abs(self.collocation.derivative(step, y + step * f) - f) * unit).max())
            if not change * length > CHANGES * rate * abs(step):
                break
            length = CHANGES * rate * abs(step) / change
        return length

    def run(self, march: March, most: int, listener: Listener | None = None, deadline: float = math.inf) -> None:
        """March to the end, to a place where no window is possible, until there are `most` windows, or until the clock
        (`time.perf_counter`) is past the deadline.
        """
        if self.switching is not None:
            self._use(march.modes)
        while march.stop is None and self.span - march.time > 4e-16 * max(march.time, self.resolution):
            if march.length < 8e-16 * max(march.time, 1e-25 * self.span):
                if not self._leave(march):
                    self._close(march)
            elif len(march.windows) >= most:
                march.stop = Stop("limit", march.time)
            elif time.perf_counter() > deadline:
                march.stop = Stop("time", march.time)
            elif self._attempt(march):
                if len(march.windows) % STAGNATION == 0:
                    mark = abs(march.windows[-STAGNATION].start)
                    if march.time - mark < STAGNANT * self.span:
                        march.stop = Stop("stagnation", march.time)
                if listener is not None:
                    listener(self)

    def _use(self, modes: Array) -> None:
        """Take the smooth right-hand side of these modes."""
        assert self.switching is not None
        self.collocation.kernels = self.switching.kernels(modes)

    def _attempt(self, march: March) -> bool:
        """Try one window; accept it, or leave a shorter length to try."""
        wanted = march.length
        stop = float(self.stops[np.searchsorted(self.stops, march.time, side="right")]) if len(self.stops) > 1 else self.span
        end = march.time + wanted if wanted < stop - march.time else stop
        length = end - march.time  # not `wanted`: the next window would begin a rounding error of the time beside this one's end
        half = 0.5 * length * self.sign
        s = self.sign * march.time
        scale = np.maximum(march.top, self.low)
        scale = np.maximum(scale, self.floor * scale.max() + 1e-300)
        g, source = self._first_guess(march, s, half)
        if source == "explicit" and self.k <= FEW and self._too_long(march, g, half, scale):
            return False
        stiff = march.unstable and self.k <= FEW
        tolerance = max(TOLERANCE_MIN, STIFF * self.tolerance) if stiff else self.tolerance
        solved = self.collocation.newton(s, march.y, half, g, scale[:, None], tolerance, near=source != "")
        march.iterations += self.collocation.iterations
        if solved is not None and self.switching is not None and self._cut(march, s, half, solved):
            return False
        errors = None
        if solved is not None:
            known = march.noise if march.quiet > 0 else None
            errors = self.collocation.errors(s, march.y, half, solved, march.error, march.probes, self._signs(march), known)
        if solved is None or errors is None:
            self._fail(march, length, source)
            return False
        against = np.maximum(scale, errors.largest)
        local = np.maximum(errors.local - 2 * errors.rounding, self._before_points(march, half, solved))
        error = float((local / np.maximum(against, self.floor * against.max())).max())
        error = max(error - self.table.floor, UNSEEN * self.table.floor)
        hopeless = error > tolerance and (
            self._tried.in_vain(error, beginning=bool((errors.largest > 2 * march.top).any()))
            or length < SHORTEST * max(march.time, 1e-13 * self.span)
        )
        if error > tolerance and not hopeless:
            self._reject(march, solved, length, error, tolerance)
            return False
        if self.careful and not hopeless and self._steps_over(march, half, solved):
            return False
        before, retried, foretold = march.ideal, march.retried, self._tried.foreseen < math.inf
        if march.quiet > 0:
            march.quiet -= 1
        elif (errors.rounding <= SILENT * tolerance * against).all():
            march.quiet = QUIET
        self._accept(march, s, half, solved, errors, end)
        if foretold and self._misled(march, error, tolerance):
            retried = False
        ideal = 1.5 * length if hopeless else ideal_length(length, error, tolerance, self.table.n)
        march.length, march.ideal = next_length(length, ideal, before, retried), ideal
        if end == stop and length < wanted and ideal > length:  # cut short by a stop, not by its error
            march.length, march.ideal = max(march.length, wanted), 0.0
        if self.switching is not None and (self._cuts or march.time == stop):
            self._turn(march)
        self._resume = 0.0  # nothing of this window is left over that a march carried on from here would not know
        return True

    def _cut(self, march: March, s: float, half: float, g: Array) -> bool:
        """Shorten a window in which f switches so that it ends there; False where it may stay as it is."""
        assert self.switching is not None
        length = 2 * abs(half)
        crossing = self.switching.first(s, half, march.y, g, march.modes, march.slack)
        if crossing is None and not self._cuts:
            return False
        if self._cuts == 0:
            self._resume = length
        share = 1.0 if crossing is None else crossing.share
        if share * length <= 2 * EXACT * max(length, march.time):  # the switch stands at the start
            before = march.modes
            self._turn(march)
            self._idle += 1
            march.length = min(march.length, length)
            if (march.modes == before).all() or self._idle > CUTS:
                march.length *= FAILED
            return True
        if share > ALMOST and self._cuts:  # there but for the last digits
            end = march.y + half * (g @ self.table.A[-1])
            share = 1.0 + self.sign * self.switching.time_to_zero(s + 2 * half, end, march.modes) / length
        resolved = abs(share - 1.0) * length <= EXACT * max(length, march.time)
        if resolved or self._cuts >= CUTS or not 0 < share < 1.5:
            self._cuts = max(1, self._cuts)
            return False
        self._cuts += 1
        self._guess = (g, length)
        march.length = length * share
        return True

    def _turn(self, march: March) -> None:
        """Go on behind a switch."""
        assert self.switching is not None
        self._cuts, march.ideal = 0, 0.0
        march.length = max(march.length, min(self._resume, GROWTH * march.length))
        s = self.sign * march.time
        reach = self._reach(march, march.length)
        before, f = march.modes, self.collocation.derivative(s, march.y)
        march.modes, turned, slides = self.switching.turn(s, march.y, before, self.sign, reach)
        if slides is not None:
            march.stop = Stop("sliding", march.time, self.switching.pieces.texts[slides])
        elif turned:
            self._use(march.modes)
            march.f = self.collocation.derivative(s, march.y)
            if not np.isfinite(march.f).all():  # of where(s > 0, exp(-1/s), 0) a rounding error before the zero of s
                beyond = self.sign * reach
                march.f = self.collocation.derivative(s + beyond, march.y + beyond * f)
            jump = f - march.f
            early = self.switching.times_to_zeros(s, march.y, before)[turned[0]]
            carried = np.vstack([march.error, march.probes])
            carried = self.switching.carry(s, march.y, turned[0], before, jump, carried)
            march.error = carried[0] + jump * (early if math.isfinite(early) else 0.0)  # f⁺ where f⁻ still holds
            rounded = 0.5 * np.spacing(max(abs(self.origin), abs(self.origin + s))) * jump  # the time itself
            march.probes = carried[1:] + rounded * self._signs(march)[:, :1]

    def _reach(self, march: March, length: float) -> float:
        """A switch that is nearer than this is met."""
        return MET * max(length, march.time)

    def _leave(self, march: March) -> bool:
        """Go on behind a switch that no window crosses, since f is undefined behind it as it was, or that the solution only
        touches; False where there is none.
        """
        if self.switching is None:
            return False
        s, scale = self.sign * march.time, float(march.top.max())
        if self.switching.crosses(s, march.y, march.modes, self.sign, self._reach(march, march.length)):
            self._turn(march)
        else:
            behind = self.switching.leave(s, march.y, march.modes, self.sign, scale)
            if behind is None or (march.slack > 0).any():  # once: a second rest at the same zero is another matter
                return False
            march.modes, march.slack = behind
            self._use(march.modes)
            march.f = self.collocation.derivative(s, march.y)
        march.length = RESTART * (self.span - march.time)
        self._guess, self._cuts = None, 0
        self._tried.forget()
        return True

    def _close(self, march: March) -> None:
        """End a march that no window carries on: where it stands, or, if that is a rounding error before the end of the
        interval and f is no singularity there, at the end with a window along the tangent.
        """
        left = self.span - march.time
        moved = np.abs(march.f) * left
        if left > LAST * self.span or not march.windows or not (moved <= NEARLY * march.top).all():
            march.stop = Stop("underflow", march.time)
            return
        n, s, length = self.table.n, self.sign * march.time, self.sign * left
        error = np.abs(march.error) + likely(march.probes[:, :, None])[:, 0] + AHEAD * moved
        tangent = guess.constant(march.f, n)
        march.windows.append(Window(s, length, march.y, tangent, np.repeat(error[:, None], n, axis=1)))
        march.y = march.y + length * march.f
        march.time = self.span

    def residual_norm(self, march: March) -> Array:
        """(k,) largest residual of the last window at nodes and check points, over the largest |y'| so far. To be asked for
        after every window.
        """
        march.steepest = np.maximum(march.steepest, np.abs(self.collocation.derivatives).max(axis=1))
        residual = np.abs(self.collocation.residual).max(axis=1)
        return np.asarray(residual / np.where(march.steepest > 0, march.steepest, 1.0))

    def _first_guess(self, march: March, s: float, half: float) -> tuple[Array, str]:
        """Derivatives (k, n), and how this window was integrated for them, if it was."""
        if self._guess is not None:  # the rejected window's network, cut short
            g, length = self._guess
            self._guess = None
            points = (self.table.tau + 1) * (2 * abs(half) / length) - 1
            return np.ascontiguousarray(g @ self.table.interpolation(points).T), ""
        kernels, t = self.collocation.kernels, self.origin + s
        if march.unstable >= UNSTABLE:
            march.unstable = march.unstable + 1 if march.unstable < UNSTABLE + PAUSE or self.k > FEW else 0
        else:
            swept = guess.explicit(kernels, t, march.y, half, self._nodes)
            if swept is not None:
                march.unstable = 0
                return swept, "explicit"
            march.unstable += 1
        swept = guess.implicit(kernels, t, march.y, half, self._nodes)
        return (guess.constant(march.f, self.table.n), "") if swept is None else (swept, "implicit")

    def _too_long(self, march: March, g: Array, half: float, scale: Array) -> bool:
        """Shorten a window of which the guess (k, n) already shows that its nodes do not resolve the solution. Among many
        states one that is hardly stable makes the guess wiggle too often, so this is for a few.
        """
        tail = FORESEEN * abs(half) * np.maximum.reduce(np.abs(g.dot(self.table.tail)), axis=1)
        if not (tail > least_foreseen(self.tolerance) * scale).any():
            return False
        values = march.y[:, None] + half * g.dot(self.table.AT)
        foreseen = float((tail / np.maximum(scale, np.abs(values).max(axis=1))).max())
        if not self._tried.foresee(foreseen, self.tolerance):
            return False
        march.retried = True
        march.length = shorter_length(2 * abs(half), foreseen, self.tolerance, self.table.n)
        return True

    def _misled(self, march: March, error: float, tolerance: float) -> bool:
        """Whether foresight has shortened several windows without need: then the guess wiggles since it is hardly stable, not
        since the nodes are too few, and the system is stiff there.
        """
        needless = error < max(FALSE_ALARM * tolerance, 2 * UNSEEN * self.table.floor)
        march.misled = march.misled + 1 if needless else 0
        if march.misled < MISLED:
            return False
        march.unstable, march.misled = UNSTABLE, 0
        return True

    def _before_points(self, march: March, half: float, g: Array) -> Array | float:
        """(k,) error of a jump of f between the start of a window and its first point, which no residual shows: f at the start
        is not what the derivatives g (k, n) come from. Only a Python function can have one.
        """
        if self.collocation.kernels.scalar is not None:
            return 0.0
        gap = float(self.table.points.min()) + 1.0
        return np.asarray(np.abs(g @ self.table.interpolation(np.array([-1.0]))[0] - march.f) * (abs(half) * gap))

    def _steps_over(self, march: March, half: float, g: Array) -> bool:
        """Shorten a window within which errors may grow faster than it resolves."""
        if not g.any() and (march.y == self.initial).all():  # at rest since the start, where no error has been made
            return False
        excess = self.collocation.too_fast(half)
        if excess <= 1.0:
            return False
        march.rejected += 1
        march.retried = True
        self._guess, self._cuts = (g, 2 * abs(half)), 0
        self._tried.forget()
        march.length = 2 * abs(half) * max(CUT[0], SLOWER / excess)
        return True

    def _fail(self, march: March, length: float, source: str) -> None:
        march.rejected += 1
        self._guess, self._cuts = None, 0
        self._tried.forget()
        if source == "explicit" and self.collocation.kernels.implicit() is not None:
            march.unstable = UNSTABLE  # try the same window from a guess that is never unstable
            self._again = True
            return
        if self._again:  # it was not the guess
            march.unstable, self._again = 0, False
        march.retried = True
        shorter = length * FAILED
        if self.switching is not None:  # f may not be defined behind a switch, as it was before
            ahead = self.sign * self.switching.times_to_zeros(self.sign * march.time, march.y, march.modes)
            nearest = float(ahead.min(initial=math.inf, where=ahead > self._reach(march, length)))
            shorter = BEFORE * nearest if nearest < 0.9 * length else shorter
        self._shorten(march, length, shorter)

    def _reject(self, march: March, g: Array, length: float, error: float, tolerance: float) -> None:
        march.rejected += 1
        march.retried = True
        # Of a solution that is zero so far, a network that saw something ahead has only rounding to say.
        self._guess, self._cuts = (g, length) if march.top.any() else None, 0
        self._tried.seen = error
        self._shorten(march, length, shorter_length(length, error, tolerance, self.table.n))

    def _shorten(self, march: March, length: float, shorter: float) -> None:
        """Try a shorter window, but one of a few units in the last place of the time before it is given up: f may jump there."""
        least = 0.5 * SHORTEST * max(march.time, 1e-13 * self.span)
        march.length = least if shorter < least < 0.5 * length else shorter

    def _accept(self, march: March, s: float, half: float, g: Array, errors: Errors, end: float) -> None:
        self._tried.forget()
        self._again = False
        self._idle = 0
        march.retried = False
        estimate = np.abs(errors.carried) + likely(errors.probes)
        march.windows.append(Window(s, 2 * half, march.y, g, estimate))
        march.top = np.maximum(march.top, errors.largest)
        march.y = march.y + half * g.dot(self.table.A[-1])
        march.f = g[:, -1]
        march.error, march.noise = errors.carried[:, -1], errors.noise
        march.probes = errors.probes[:, :, -1] + ENDS * np.abs(march.y) * self._signs(march)
        march.time = end

    def _signs(self, march: March) -> Array:
        """(PROBES, k) signs of the rounding errors of the next window."""
        return self.collocation.rounding.signs(len(march.windows))
