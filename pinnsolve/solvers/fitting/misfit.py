"""How well a trajectory explains the data: which of two is better, and whether something is left over that is not noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from pinnsolve.solvers.fitting.observations import Observations

Array = NDArray[np.float64]

CHANCE = 1e-4
"""Noise leaves more than this over with no more than this probability."""
LARGE = 0.5
"""Residuals above this share of the spread of their column may belong to another minimum."""
FEW = 6
"""With fewer values a column shows no pattern."""
ALIKE = 0.5
"""Correlation of neighbouring residuals above which large residuals are a pattern."""
STRICT = 3.3
"""Standard deviations of that correlation above which small ones are."""
CLEAN = 1e-6
"""Residuals below this share of the spread are the rounding of the data."""


class Misfit:
    """Judges residuals (model − data) of the rows (N,).

    Parameters
    ----------
    noise
        Column: standard deviation, where it is known.
    """

    def __init__(self, observations: Observations, noise: Mapping[str, float]) -> None:
        self.observations, self.noise = observations, noise

    def merit(self, residual: Array) -> float:
        """Minus twice the logarithm of the likelihood up to a constant, unknown standard deviations put in at their best."""
        total = 0.0
        for name, spread, part in self._columns(residual):
            square = float(part @ part)
            if name in self.noise:
                total += square / self.noise[name] ** 2
            else:
                total += len(part) * math.log(square / (len(part) * spread**2) + CLEAN**4)
        return total

    def doubtful(self, residual: Array) -> bool:
        """Whether another start might find something better."""
        if self.structured(residual):
            return True
        return any(
            name not in self.noise and float(part @ part) > len(part) * (LARGE * spread) ** 2
            for name, spread, part in self._columns(residual)
        )

    def structured(self, residual: Array) -> bool:
        """Whether the residuals show what the model leaves out: larger than the noise, or alike from one time to the next."""
        for name, spread, part in self._columns(residual):
            square = float(part @ part)
            if name in self.noise:
                if square > chdtri(len(part), CHANCE) * self.noise[name] ** 2:
                    return True
            elif len(part) >= FEW and square > len(part) * (CLEAN * spread) ** 2:
                centred = part - part.mean()
                alike = float(centred[1:] @ centred[:-1]) / (float(centred @ centred) or 1.0)
                large = square > 0.01 * len(part) * spread**2
                if alike > (ALIKE if large else max(ALIKE, STRICT / math.sqrt(len(part)))):
                    return True
        return False

    def _columns(self, residual: Array) -> Iterator[tuple[str, float, Array]]:
        """Name, spread and residuals of each column, in order of time."""
        observations = self.observations
        for number, name in enumerate(observations.columns):
            own = np.flatnonzero(observations.column == number)
            order = np.argsort(observations.times[own], kind="stable")
            yield name, float(observations.spread[number]), residual[own[order]]
