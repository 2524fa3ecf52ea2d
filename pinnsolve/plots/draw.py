"""All figures of a run at once."""

from __future__ import annotations

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
    """Every figure that makes sense for a solution, by the name of its file.

    Always ``solution``, ``residual`` and ``training``; ``phase`` for two states; ``fit``, ``fit_residuals`` and
    ``fit_correlation`` for a fit; ``error`` where a reference is given.
    """
    figures = {
        "solution": draw_solution(solution, reference),
        "residual": draw_residual(solution),
        "training": draw_training(solution),
    }
    if len(solution.states) == 2:
        figures["phase"] = draw_phase(solution)
    if solution.problem.fit is not None:
        figures["fit"] = draw_fit(solution)
        figures["fit_residuals"] = draw_fit_residuals(solution)
        figures["fit_correlation"] = draw_fit_correlation(solution)
    if reference is not None:
        figures["error"] = draw_error(solution, reference)
    return figures
