"""What the data say about the unknowns: standard errors, intervals, correlations, and what they cannot tell.

The covariance is that of Gauss–Newton, (JᵀJ)⁻¹ in units of the errors of the data (Seber and Wild, Nonlinear Regression,
1989, section 2.1). Combinations in which the unknowns may move without the fit noticing are found first and never inverted:
where columns of J depend on each other up to rounding, no data of this kind can tell the unknowns apart (structurally
unidentifiable); where the data leave a combination open by many times its size, these data cannot (practically
unidentifiable; Raue et al., Bioinformatics 25, 2009).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DEPENDENT = 1e-7
"""Columns of length one whose combination is shorter depend on each other."""
NOTHING = 1e-10
"""An unknown that, changed by its own size, moves the observables less than the largest does by this factor moves nothing."""
INVOLVED = 1e-5
"""Least weight of an unknown in a structurally open combination, as a share of the largest."""
RANK = 1e-10
"""Relative singular values below this are zero."""
OPEN = 30.0
"""A relative standard deviation of a combination above which the data do not determine it."""
PART = 1e-2
"""An unknown with at least this share of a practically open direction, squared, is not identifiable."""
LEVEL = 0.95
"""Probability of an interval."""


@dataclass(frozen=True)
class Certainty:
    """About q unknowns."""

    deviation: Array
    """(q,) standard errors, nan where there is none: held at a bound, or not identifiable."""
    correlation: Array
    """(q, q), nan where there is none."""
    covariance: Array
    """(q, q) of what the data determine."""
    identifiable: Flags
    structural: Array
    """(q, d) directions in which the unknowns may move without any effect."""
    practical: Array
    """(q, e) further directions that these data leave open."""
    quantile: Array
    """(q,) half width of an interval in standard errors."""


def certainty(
    jacobian: Array, size: Array, held: Flags, column: NDArray[np.int_], freedom: Array, remaining: Array
) -> Certainty:
    """Judge a fit.

    Parameters
    ----------
    jacobian
        (N, q) derivatives of the observables by the unknowns, in units of the errors of the data.
    size
        (q,) a typical size of each unknown, positive.
    held
        (q,) which are held at a bound.
    column
        (N,) the column of each observable.
    freedom
        (columns,) degrees of freedom from which the errors of each column were estimated, inf if they are known, 0 if they
        could not be.
    remaining
        (q,) by how much the minimum was missed: nothing, but for data whose only noise is rounding.
    """
    q = len(size)
    structural = dependencies(jacobian, size)
    moving = np.flatnonzero(~held)
    _, values, rows = np.linalg.svd(jacobian[:, moving] * size[moving], full_matrices=True)
    values = np.concatenate([values, np.zeros(len(moving) - len(values))])
    closed = (values > RANK * values.max(initial=0.0)) & (values > 1 / OPEN)
    root, directions = np.zeros((q, int(closed.sum()))), np.zeros((q, int((~closed).sum())))
    root[moving] = size[moving, None] * rows[closed].T / values[closed]
    directions[moving] = rows[~closed].T
    identifiable = involved(structural, jacobian) | (np.sum(directions**2, axis=1) >= PART)
    np.logical_not(identifiable, out=identifiable)
    covariance, quantile = weighed(jacobian, root @ root.T, column, freedom)
    deviation = np.sqrt(np.diag(covariance) + remaining**2)
    deviation[held | ~identifiable | (not freedom.all())] = np.nan
    with np.errstate(all="ignore"):
        correlation = covariance / np.outer(deviation, deviation)
    practical = directions[:, np.any(directions[~involved(structural, jacobian)] ** 2 >= PART, axis=0)] * size[:, None]
    return Certainty(deviation, correlation, covariance, identifiable, structural, practical, quantile)


def weighed(jacobian: Array, covariance: Array, column: NDArray[np.int_], freedom: Array) -> tuple[Array, Array]:
    """Take into account that the weights of the columns were estimated: the covariance (q, q) is larger by twice
    C Σ (2/ν)(A − A C A) C with A = JᵀJ of a column, and the quantiles (q,) are those of t distributions (Kenward and Roger,
    Biometrics 53, 1997; Satterthwaite, 1946). One column alone has no weight, and nothing is added.
    """
    more, spread = np.zeros_like(covariance), np.zeros(len(covariance))
    own = np.where(np.diag(covariance) > 0, np.diag(covariance), 1.0)
    for number, degrees in enumerate(freedom):
        if not 0 < degrees < np.inf:
            continue
        part = jacobian[column == number]
        information = part.T @ part
        more += 4 / degrees * (information - information @ covariance @ information)
        spread += (np.einsum("ij,jk,ki->i", covariance, information, covariance) / own) ** 2 / degrees
    degrees = 1 / np.maximum(spread, 1e-9)
    tail = 0.5 * (1 + LEVEL)
    quantile = np.where(spread > 1e-9, stdtrit(np.maximum(degrees, 1.0), tail), ndtri(tail))
    return covariance + covariance @ more @ covariance, quantile


def dependencies(jacobian: Array, size: Array) -> Array:
    """(q, d) combinations of the unknowns, in their own units, that move no observable: columns of the Jacobian (N, q) that
    vanish, or depend on each other whatever their lengths.
    """
    q = len(size)
    length = np.linalg.norm(jacobian, axis=0)
    some = length * size > NOTHING * float((length * size).max(initial=0.0))
    silent = np.eye(q)[:, ~some] * size[:, None]
    _, values, rows = np.linalg.svd(jacobian[:, some] / length[some], full_matrices=True)
    values = np.concatenate([values, np.zeros(int(some.sum()) - len(values))])
    null = rows[values < DEPENDENT]
    directions = np.zeros((q, len(null)))
    directions[some] = null.T / length[some, None]
    return np.concatenate([silent, directions], axis=1)


def involved(directions: Array, jacobian: Array) -> Flags:
    """(q,) which unknowns take part in structurally open directions (q, d), each measured by its effect on the data."""
    length = np.linalg.norm(jacobian, axis=0)
    taking = np.zeros(len(directions), dtype=bool)
    for direction in directions.T:
        weight = np.abs(direction) * length
        if weight.max() > 0:
            taking |= weight > INVOLVED * weight.max()
        taking |= (length == 0) & (direction != 0)
    return taking
