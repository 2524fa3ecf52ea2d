"""From a solution to figures: objects that are rendered to bytes, never shown."""

from pinnsolve.plots.draw import draw_all as draw_all
from pinnsolve.plots.error import draw_error as draw_error
from pinnsolve.plots.phase import draw_phase as draw_phase
from pinnsolve.plots.residual import draw_residual as draw_residual
from pinnsolve.plots.solution import draw_solution as draw_solution
from pinnsolve.plots.style import render as render
from pinnsolve.plots.training import draw_training as draw_training
