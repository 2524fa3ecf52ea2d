"""Small objectives to train on."""

import functools
import math

import torch

from pinnsolve.network.mlp import MLP
from pinnsolve.network.points import chebyshev
from pinnsolve.network.residual import Model, Objective
from pinnsolve.network.trial import Window
from pinnsolve.problem import System
from pinnsolve.training.protocol import Settings


def oscillator(t, y, p):
    return torch.stack([y[1], -y[0]])


@functools.cache  # so that its graph is traced once
def objective(f=oscillator, states=("x", "y"), initial=(1.0, 0.0), length=2.0, n=20, hidden=(6, 5), seed=0):
    """The objective, and first weights; neither is ever changed."""
    generator = torch.Generator().manual_seed(seed)
    network = MLP(hidden, len(states), generator=generator, output_bias=False, slope=0.3)
    system = System(f, states)
    start, end, offset = (torch.tensor(value, dtype=torch.float64) for value in (0.0, length, list(initial)))
    window = Window(start, end, offset, torch.ones_like(offset))
    return Objective(Model(system, system.states, network), window, chebyshev(n)), network.vector()


def settings(method, iterations=100, tolerance=1e-12, **others):
    return Settings(method, 20, others.pop("sampling", "chebyshev"), iterations, tolerance, **others)


def breaks_after(time):
    """A right-hand side whose second component is not a number after some time."""

    def f(t, y, p):
        return torch.stack([y[1], torch.where(t > time, math.nan, -y[0])])

    return f
