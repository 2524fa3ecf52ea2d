"""Problems with known answers."""

import numpy as np
import torch

from pinnsolve.expressions import parse
from pinnsolve.network.chain import Chain
from pinnsolve.problem import ExpressionSystem, Problem
from pinnsolve.solvers import Solution


def problem(equations, initial, time, parameters=None, **settings):
    parameters = parameters or {}
    names = [*equations, *parameters]
    system = ExpressionSystem({state: parse(text, names) for state, text in equations.items()}, parameters)
    return Problem(system, initial, time, **settings)


def line(problem, slope, error=0.0, reached=None, estimated=0.0):
    """A solution x = x_0 + slope·(t − start) + error, as a chain of one window with the weights of a straight line."""
    start, end = problem.time
    reached = end if reached is None else reached
    offset = torch.tensor([problem.initial], dtype=torch.float64) + error
    weight = torch.tensor([slope], dtype=torch.float64)[:, :, None] * (reached - start) / 2  # τ in [−1, 1]
    ends = torch.tensor([[start], [reached]], dtype=torch.float64)
    scale = torch.ones_like(offset)
    chain = Chain(ends[0], ends[1] - ends[0], offset, scale, [(weight, torch.zeros_like(offset))])
    times = np.array([start, (start + reached) / 2, reached])
    values = np.full((3, len(problem.initial)), abs(estimated))
    status = "converged" if reached == end else "diverged"
    return Solution(problem, chain, status, "made by hand", estimated, times, values, reached, "gauss-newton", 1, 4, 0.1, "cpu")
