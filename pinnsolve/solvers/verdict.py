"""The error estimate and verdict of trained networks.

A least-squares residual is no error bar: a network can have a small residual on a wrong branch. The error e = y_true − ỹ of
a trained network ỹ obeys the error equation, without linearisation because e may be large,

    e' = f(t, ỹ + e) − f(t, ỹ) − ρ,    e(t_0) = y_0 − ỹ(t_0),    ρ = ỹ' − f(t, ỹ)

Its solution is solved for in z = ỹ + e, where it reads z' = f(t, z): the same collocation windows as everywhere, with their
own carried error as its uncertainty.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.network.chain import Chain
from pinnsolve.solvers.solution import Solution

Array = NDArray[np.float64]

POINTS = 101
"""Points in each trained window at which the error is looked at, besides the nodes of the collocation windows."""


@dataclass(frozen=True)
class Judgement:
    """What trained networks are good for."""

    estimated: float
    """Global relative error, each component against its own largest absolute value; inf where the training ended early."""
    times: Array
    """(q,) in marching order."""
    errors: Array
    """(q, k) estimated absolute error there."""


def estimate(chain: Chain | None, guide: Solution, reached: float) -> Judgement:
    """Estimated error of a trained chain.

    Parameters
    ----------
    chain
        The trained networks; None if not even the first could be trained.
    guide
        The windowed solution z of the same problem over the whole interval, with its own error estimate.
    reached
        End of the last trained window.
    """
    if chain is None:
        return Judgement(math.inf, np.empty(0), np.empty((0, guide.problem.system.k)))
    sign = math.copysign(1.0, guide.problem.span)
    edges = chain.edges.numpy(force=True)
    inner = np.concatenate([np.linspace(a, b, POINTS) for a, b in itertools.pairwise(edges)])
    times = sign * np.unique(sign * np.concatenate([guide.error_times, inner]))
    low, high = sorted((guide.problem.time[0], reached))
    times = times[(times >= low) & (times <= high)]
    with torch.no_grad():
        values = chain(torch.as_tensor(times, dtype=chain.starts.dtype, device=chain.starts.device)[:, None])
    truth = guide(times)
    errors = np.abs(values.numpy(force=True).astype(np.float64) - truth) + guide.error(times)
    scale = np.abs(guide(guide.error_times)).max(axis=0)
    relative = errors.max(axis=0) / np.where(scale > 0, scale, 1.0)
    complete = reached == guide.problem.time[1]
    return Judgement(float(relative.max()) if complete and np.isfinite(relative).all() else math.inf, times, errors)
