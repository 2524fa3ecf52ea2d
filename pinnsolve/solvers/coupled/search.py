"""Newton on windows that follow the error, for any side conditions.

A pass solves the coupled equations on the present windows and estimates the error of the result. Where a window's share is
too large it is split, where it is far below it is joined to the next, and the following pass starts from the present curve.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Conditions
from pinnsolve.solvers.coupled.errors import Errors, estimate
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.mesh import refined
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


@dataclass
class Pass:
    """Where a search stands; enough to begin a pass again."""

    curve: Curve
    tolerance: float
    number: int = 0
    best: Curve | None = None


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
    """

    def __init__(self, windows: Windows, conditions: Conditions, heard: Heard | None = None) -> None:
        self.windows, self.conditions, self.heard = windows, conditions, heard

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

    def refine(self, begin: Pass, asked: float, passes: int = PASSES, marked: Marked | None = None) -> Answer | None:
        """Adapt the windows until the estimated error is below its share of what was `asked`; the best answer otherwise."""
        table = self.windows.table
        best = None if begin.best is None else self._answer(begin.best)
        present = begin
        while present.number < passes and present.curve.windows <= WINDOWS:
            if marked is not None:
                marked(present)
            solved = self.newton(present.curve)
            answer = None if solved is None else self._answer(solved)
            if answer is None:
                break
            if best is None or answer.errors.relative <= best.errors.relative:
                best = answer
            errors, tolerance = answer.errors, present.tolerance
            if errors.relative <= MARGIN * asked:
                break
            if errors.local.max() <= tolerance:
                if tolerance <= TOLERANCE_MIN:
                    break
                tolerance = max(TOLERANCE_MIN, tolerance * min(0.1, max(1e-5, FIRST * asked / errors.relative)))
            edges = refined(answer.curve.edges, errors.local, tolerance, table.n)
            if np.min(np.abs(np.diff(edges))) <= 1e-14 * np.abs(edges).max():
                break
            present = Pass(answer.curve.onto(edges, table), tolerance, present.number + 1, best.curve)
        return best

    def _answer(self, curve: Curve) -> Answer | None:
        errors = estimate(self.windows, self.conditions, curve)
        return None if errors is None or not math.isfinite(errors.relative) else Answer(curve, errors)
