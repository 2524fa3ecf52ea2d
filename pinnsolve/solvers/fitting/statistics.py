"""What the data say about the unknowns: standard errors, intervals, correlations, and what they cannot tell.

The covariance is that of Gauss–Newton, (JᵀJ)⁻¹ in units of the errors of the data (Seber and Wild, Nonlinear Regression,
1989, section 2.1). Singular values of J that vanish, or are so small that the data leave the combination open by many times
its size, are directions in which the unknowns may move without the fit noticing: they are named, not inverted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]

RANK = 1e-8
"""Relative singular values below this are zero up to rounding."""
OPEN = 30.0
"""A relative standard deviation of a combination above which the data do not determine it."""
PART = 1e-2
"""An unknown with at least this share of an open direction, squared, is not identifiable."""
NICE = 0.02
"""Tolerance of simple ratios in the naming of a combination."""


@dataclass(frozen=True)
class Certainty:
    """About q unknowns."""

    deviation: Array
    """(q,) standard errors, nan where there is none: held at a bound, or not identifiable."""
    correlation: Array
    """(q, q), nan where there is none."""
    covariance: Array
    """(q, q) of what the data determine."""
    identifiable: NDArray[np.bool_]
    open: Array
    """(q, d) directions, in units of `size`, in which the unknowns may move."""
    quantile: float
    """Half width of a 95 % interval in standard errors."""


def certainty(jacobian: Array, size: Array, held: NDArray[np.bool_], freedom: int | None) -> Certainty:
    """Judge a fit.

    Parameters
    ----------
    jacobian
        (N, q) derivatives of the observables by the unknowns, in units of the errors of the data.
    size
        (q,) a typical size of each unknown, positive.
    held
        (q,) which are held at a bound.
    freedom
        Degrees of freedom from which the errors of the data were estimated; None if they are known.
    """
    q = len(size)
    moving = np.flatnonzero(~held)
    _, values, rows = np.linalg.svd(jacobian[:, moving] * size[moving], full_matrices=False)
    largest = values.max(initial=0.0)
    closed = (values > RANK * largest) & (values > 1 / OPEN)
    directions = np.zeros((q, int((~closed).sum())))
    directions[moving] = rows[~closed].T
    root = np.zeros((q, int(closed.sum())))
    root[moving] = size[moving, None] * rows[closed].T / values[closed]
    covariance = root @ root.T
    identifiable = (np.sum(directions**2, axis=1) < PART) | held
    deviation = np.sqrt(np.diag(covariance))
    deviation[held | ~identifiable] = np.nan
    with np.errstate(all="ignore"):
        correlation = covariance / np.outer(deviation, deviation)
    quantile = float(ndtri(0.975) if freedom is None else stdtrit(max(freedom, 1), 0.975))
    return Certainty(deviation, correlation, covariance, identifiable, directions, quantile)


def combinations(names: Sequence[str], size: Array, directions: Array) -> list[str]:
    """What the data do determine where some direction is open, such as ``a*b``: one text for each open direction."""
    return [_combination(names, size, direction) for direction in directions.T]


def _combination(names: Sequence[str], size: Array, direction: Array) -> str:
    taking = np.flatnonzero(np.abs(direction) > NICE * np.abs(direction).max())
    chosen = [names[i] for i in taking.tolist()]
    if len(chosen) == 2:
        relative, absolute = direction[taking], (direction * size)[taking]
        for pair, opposite, alike in ((relative, "*", "/"), (absolute, " + ", " - ")):
            if abs(abs(pair[0] / pair[1]) - 1) < NICE:
                return (opposite if pair[0] * pair[1] < 0 else alike).join(chosen)
    return "a combination of " + ", ".join(chosen) if len(chosen) > 1 else ""
