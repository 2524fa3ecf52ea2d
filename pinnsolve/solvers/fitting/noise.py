"""The errors of the data: given, or estimated from what the fit leaves over.

A column whose errors are unknown has the variance S/ν with S the sum of its squared residuals and ν the number of its values
less what the unknowns have taken of them, the trace of its part of the hat matrix (restricted maximum likelihood; Patterson and
Thompson, Biometrika 58, 1971). Weights and estimates are found in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.fitting.observations import Observations

Array = NDArray[np.float64]

OWN = 5
"""A column with fewer values has no errors of its own: they are, relative to its spread, those of all columns."""
SPARE = 0.5
"""Least degrees of freedom from which errors can be estimated."""
SAME = 1e-3
"""Relative change below which the errors have settled."""
ROUNDING = 1e-14
"""Relative size of errors that are always there."""


@dataclass(frozen=True)
class Noise:
    """The errors of all columns."""

    sd: Array
    """(columns,) standard deviations, for data without noise that of the rounding."""
    freedom: Array
    """(columns,) degrees of freedom from which they were estimated: inf where they are given, 0 where there are none."""

    def settled(self, before: Noise) -> bool:
        """Whether another estimate would be the same."""
        return bool(np.allclose(self.sd, before.sd, rtol=SAME, atol=0))


class Errors:
    """Estimates the errors of the columns.

    Parameters
    ----------
    given
        Column: standard deviation, where it is known.
    """

    def __init__(self, observations: Observations, given: Mapping[str, float]) -> None:
        self.observations = observations
        self.column, columns = observations.column, observations.columns
        self.count = np.bincount(self.column, minlength=len(columns))
        self.given = np.array([given.get(name, np.nan) for name in columns])
        self.known = np.isfinite(self.given)
        largest = np.zeros(len(columns))
        np.maximum.at(largest, self.column, np.abs(observations.value))
        self.largest = np.maximum(observations.spread, largest)

    def first(self) -> Noise:
        """Before anything is known: the spread of each column."""
        sd = np.where(self.known, self.given, self.observations.spread)
        return Noise(sd, np.where(self.known, np.inf, 0.0))

    def estimate(self, residual: Array, jacobian: Array, numerical: float) -> Noise:
        """From what the fit leaves over.

        Parameters
        ----------
        residual
            (N,) model less data.
        jacobian
            (N, q) derivatives by the unknowns that are not at a bound, in units of the present errors.
        numerical
            Relative error of the trajectory. It is the same in all values of a column, unlike noise, so that their number does
            not make it smaller.
        """
        columns, spread = len(self.count), self.observations.spread
        length = np.linalg.norm(jacobian, axis=0)
        left, values, _ = np.linalg.svd(jacobian / np.where(length > 0, length, 1.0), full_matrices=False)
        share = np.sum(left[:, values > ROUNDING * len(residual) * values.max(initial=0.0)] ** 2, axis=1)
        freedom = self.count - np.bincount(self.column, share, columns)
        square = np.bincount(self.column, residual**2, columns)
        pooled = ~self.known & (self.count < OWN)
        if pooled.any():
            every = ~self.known
            relative = np.sum(square[every] / spread[every] ** 2) / max(float(freedom[every].sum()), SPARE)
            freedom = np.where(pooled, float(freedom[every].sum()), freedom)
            square = np.where(pooled, relative * spread**2 * freedom, square)
        floor = max(ROUNDING, numerical) * np.sqrt(self.count) * self.largest
        sd = np.sqrt(square / np.maximum(freedom, SPARE) + floor**2)
        return Noise(np.where(self.known, self.given, sd), np.where(self.known, np.inf, np.where(freedom < SPARE, 0.0, freedom)))
