"""From a solution or a phase portrait to figures: objects that are rendered to bytes, never shown."""

from pinnsolve.plots.draw import draw_all as draw_all
from pinnsolve.plots.draw import drawings as drawings
from pinnsolve.plots.error import draw_error as draw_error
from pinnsolve.plots.estimates import draw_fit_correlation as draw_fit_correlation
from pinnsolve.plots.estimates import draw_fit_residuals as draw_fit_residuals
from pinnsolve.plots.fit import draw_fit as draw_fit
from pinnsolve.plots.phase import draw_phase as draw_phase
from pinnsolve.plots.portrait import draw_portrait as draw_portrait
from pinnsolve.plots.portrait import draw_projection as draw_projection
from pinnsolve.plots.residual import draw_residual as draw_residual
from pinnsolve.plots.solution import draw_solution as draw_solution
from pinnsolve.plots.style import render as render
from pinnsolve.plots.training import draw_training as draw_training
