"""Newton on windows that follow the error, for any side conditions.

A pass solves the coupled equations on the present windows and estimates the error of the result. Where a window's share is
too large it is split, where it is far below it is joined to the next, and the following pass starts from the present curve.
A result that is good enough on many more windows than it needs is tried on fewer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Conditions
from pinnsolve.solvers.coupled.errors import Errors, estimate
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.mesh import NO_STOPS, refined, thinned
from pinnsolve.solvers.coupled.newton import Heard, newton

Array = NDArray[np.float64]

PASSES = 40
"""Most meshes."""
WINDOWS = 20_000
"""Most windows."""
FIRST, MARGIN = 0.1, 0.8
"""Of the accuracy asked for: what each window may have at first, and what the estimate must stay below."""
TOLERANCE_MIN = 2e-14
"""Local tolerances below this only chase rounding errors."""
NEWTON = 1e-8
"""Relative size of the last Newton correction, which is still applied: the next would be its square."""


@dataclass(frozen=True)
class Answer:
    """A curve that solves the coupled equations of its windows."""

    curve: Curve
    errors: Errors

    def meets(self, asked: float) -> bool:
        """Whether the estimated error is below its share of the accuracy asked for."""
        return self.errors.relative <= MARGIN * asked

    def better(self, other: Answer, asked: float) -> bool:
        """Whether to prefer this one: of those that are good enough the one with fewer windows, else the more accurate."""
        if self.meets(asked) and other.meets(asked):
            return self.curve.windows <= other.curve.windows
        return self.errors.relative <= other.errors.relative


class End(Enum):
    """Why a refinement came to its end."""

    MET = "the accuracy is reached"
    ROUNDING = "smaller windows would only chase rounding errors"
    NEWTON = "Newton's iteration does not converge on the windows that are needed"
    LIMIT = "too many windows"


@dataclass
class Pass:
    """Where a search stands; enough to begin a pass again."""

    curve: Curve
    tolerance: float
    number: int = 0
    best: Curve | None = None
    relative: float = math.inf
    """Estimated error of the best."""

    def state(self) -> dict[str, Any]:
        """As plain arrays."""
        best = None if self.best is None else self.best.state()
        plain = {"tolerance": self.tolerance, "number": self.number, "relative": self.relative}
        return {**plain, "curve": self.curve.state(), "best": best}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Pass:
        """Rebuild what `state` returned."""
        best = None if state["best"] is None else Curve.from_state(state["best"])
        plain = {name: state[name] for name in ("tolerance", "number", "relative")}
        return cls(Curve.from_state(state["curve"]), best=best, **plain)


Attempt = Callable[[], Curve | None]
"""A way to a first solution."""
Marked = Callable[[Pass], None]


class Search:
    """Solves the coupled equations of one system.

    Parameters
    ----------
    windows
        Linearises the windows.
    conditions
        The side conditions. May be replaced between calls.
    heard
        Called after every Newton iteration.
    stops
        (s,) places at which a window must end.
    """

    def __init__(
        self, windows: Windows, conditions: Conditions, heard: Heard | None = None, stops: Array = NO_STOPS
    ) -> None:
        self.windows, self.conditions, self.heard = windows, conditions, heard
        self.stops = stops
        self.doing = ""
        """What is being tried, for the display."""

    def newton(self, curve: Curve) -> Curve | None:
        """The solution on the windows of a curve, from that curve."""
        solved = newton(self.windows, self.conditions, curve, NEWTON, self.heard)
        return solved.curve if solved.converged else None

    def first(self, guess: Curve, meshes: int = 3) -> Curve | None:
        """A solution from a guess: on its own windows or, if they are too coarse for Newton to converge, on finer ones."""
        for _ in range(meshes):
            solved = self.newton(guess)
            if solved is not None:
                return solved
            edges = guess.edges
            middle = 0.5 * (edges[1:] + edges[:-1])
            guess = guess.onto(np.insert(edges, np.arange(1, len(edges)), middle), self.windows.table)
        return None

    def refine(
        self, begin: Pass, asked: float, passes: int = PASSES, marked: Marked | None = None
    ) -> tuple[Answer | None, End]:
        """Adapt the windows until the estimated error is below its share of what was `asked`; the best answer, and why it
        is the last one.
        """
        best = None if begin.best is None else self.answer(begin.best)
        present: Pass | None = begin
        while present is not None:
            if present.number >= passes or present.curve.windows > WINDOWS:
                return best, End.LIMIT
            if marked is not None:
                marked(present)
            solved = self.newton(present.curve)
            answer = None if solved is None else self.answer(solved)
            if answer is None or (best is not None and best.meets(asked) and not answer.meets(asked)):
                return best, End.MET if best is not None and best.meets(asked) else End.NEWTON
            best = answer if best is None or answer.better(best, asked) else best
            present = self._next(answer, best, present, asked)
        return best, End.MET if best is not None and best.meets(asked) else End.ROUNDING

    def _next(self, answer: Answer, best: Answer, present: Pass, asked: float) -> Pass | None:
        """The pass that follows; None where no further one would help."""
        table, curve, errors, tolerance = self.windows.table, answer.curve, answer.errors, present.tolerance
        if answer.meets(asked):
            fewer = thinned(curve.edges, errors.local, tolerance, table.n, self.stops)
            if fewer is None:
                return None
            return Pass(curve.onto(fewer, table), tolerance, present.number + 1, best.curve, best.errors.relative)
        if errors.local.max() <= tolerance:
            if tolerance <= TOLERANCE_MIN:
                return None
            tolerance = max(TOLERANCE_MIN, tolerance * min(0.1, max(1e-5, FIRST * asked / errors.relative)))
        edges = refined(curve.edges, errors.local, tolerance, table.n, self.stops)
        if np.min(np.abs(np.diff(edges))) <= 1e-14 * np.abs(edges).max():
            return None
        return Pass(curve.onto(edges, table), tolerance, present.number + 1, best.curve, best.errors.relative)

    def answer(self, curve: Curve) -> Answer | None:
        """A solved curve with its errors; None where they are unknown."""
        errors = estimate(self.windows, self.conditions, curve)
        return None if errors is None or not math.isfinite(errors.relative) else Answer(curve, errors)
