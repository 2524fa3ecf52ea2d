"""All figures of a run at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from pinnsolve.plots.error import draw_error
from pinnsolve.plots.estimates import draw_fit_correlation, draw_fit_residuals
from pinnsolve.plots.fit import draw_fit
from pinnsolve.plots.phase import draw_phase
from pinnsolve.plots.residual import draw_residual
from pinnsolve.plots.solution import draw_solution
from pinnsolve.plots.training import draw_training
from pinnsolve.solvers.solution import Solution

if TYPE_CHECKING:
    from pinnsolve.analysis.reference import Reference


def draw_all(solution: Solution, reference: Reference | None = None) -> dict[str, Figure]:
    """Every figure that makes sense for a solution, by the name of its file; see `drawings`."""
    return {name: draw() for name, draw in drawings(solution, reference).items()}


def drawings(solution: Solution, reference: Reference | None = None) -> dict[str, Callable[[], Figure]]:
    """What draws every figure that makes sense for a solution, by the name of its file.

    Always ``solution``, ``residual`` and ``training``; ``phase`` for two states; ``fit``, ``fit_residuals`` and
    ``fit_correlation`` for a fit; ``error`` where a reference is given.
    """
    found: dict[str, Callable[..., Figure]] = {
        "solution": partial(draw_solution, reference=reference),
        "residual": draw_residual,
        "training": draw_training,
    }
    if len(solution.states) == 2:
        found["phase"] = draw_phase
    if solution.problem.fit is not None:
        found |= {"fit": draw_fit, "fit_residuals": draw_fit_residuals, "fit_correlation": draw_fit_correlation}
    if reference is not None:
        found["error"] = partial(draw_error, reference=reference)
    return {name: partial(draw, solution) for name, draw in found.items()}
