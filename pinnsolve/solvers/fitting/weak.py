"""A start that may be far off: the states follow the data while the equations pull.

Every window has a state of its own at its start, and may end where the next one does not start. The sum of squares of the
data and of these gaps is made small by Levenberg–Marquardt for states and parameters together, at first with a small weight
of the gaps, then with larger ones. A single trajectory from a bad start leaves the data after a short time and ends in a
wrong minimum; here every piece stays near its data, and the parameters are those that make the pieces fit together (multiple
shooting with relaxed continuity: Bock, 1983; Ramsay et al., J. R. Statist. Soc. B 69, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Linear
from pinnsolve.solvers.fitting.observations import Model, Places
from pinnsolve.solvers.fitting.relaxation import Relaxation, Residuals, Stepped

Array = NDArray[np.float64]

SETTLE, SETTLED = 12, 1e-9
"""Most Newton iterations inside the windows, and the relative change below which they have settled."""


@dataclass(frozen=True)
class Settled(Residuals):
    """A curve whose windows solve the equations from their own starts."""

    linear: Linear
    model: Model
    gaps: Array
    """(m, k) in units of the states."""


class Relaxed(Relaxation[Settled]):
    """The problem whose windows need not meet: `size` is that of their gaps."""

    sizes = (0.3, 0.03, 3e-3, 3e-4)
    iterations = 20
    small = 0.01
    dampings = (1e-3, 1e8)

    def residuals(self, curve: Curve, places: Places) -> Settled | None:
        """What is left over when Newton has settled every window, from given starts and parameters; None where it does not."""
        last = np.inf
        for count in range(SETTLE):
            linear = self.windows.linearise(curve)
            if linear is None:
                return None
            change = float(np.max(np.abs(curve.half * linear.free) / self.scale[:, None]))
            curve = replace(curve, g=curve.g + linear.free)
            if change <= SETTLED:
                model = self.observations.model(curve, linear, places, self.observations.times, self.observations.observable)
                data = (model.value - self.observations.value) / self.sd
                if not np.isfinite(data).all():
                    return None
                return Settled(curve, data, linear, model, linear.gap / self.scale)
            if not change < 1e6 or (count > 5 and change > last):
                return None
            last = change
        return None

    def cost(self, left: Settled, size: float) -> float:
        """The sum of squares of data and gaps."""
        return float(np.sum(left.data**2) + np.sum((left.gaps / size) ** 2))

    def linearised(self, left: Settled, places: Places, size: float) -> Stepped:
        """The steps of the normal equations."""
        matrix, gradient = self._normal(left, places, size)

        def stepped(damping: float) -> Curve | None:
            step = _damped(matrix, gradient, damping)
            return None if step is None else self._moved(left, step)

        return stepped

    def _normal(self, left: Settled, places: Places, gap: float) -> tuple[Array, Array]:
        """JᵀJ and Jᵀr for the scaled states at the window ends and the inner parameters."""
        curve, linear, model = left.curve, left.linear, left.model
        m, k, q = linear.response.shape
        slope = self.coordinates.slope(self.coordinates.inner(curve.p))
        size = (m + 1) * k + q
        matrix, gradient = np.zeros((size, size)), np.zeros(size)
        rows = np.concatenate([model.by_state * self.scale, model.by_unknown * slope], axis=1) / self.sd[:, None]
        unknowns = np.arange((m + 1) * k, size)
        transfer = linear.transfer * self.scale / self.scale[:, None] / gap
        response = linear.response * slope / self.scale[:, None] / gap
        for j in range(m):
            own = places.window == j
            index = np.concatenate([np.arange(j * k, (j + 1) * k), unknowns])
            part = rows[own]
            matrix[np.ix_(index, index)] += part.T @ part
            gradient[index] += part.T @ left.data[own]
            index = np.concatenate([np.arange(j * k, (j + 2) * k), unknowns])
            part = np.concatenate([transfer[j], -np.eye(k) / gap, response[j]], axis=1)
            matrix[np.ix_(index, index)] += part.T @ part
            gradient[index] += part.T @ (left.gaps[j] / gap)
        held = np.flatnonzero(self.fixed)
        matrix[held], matrix[:, held], gradient[held] = 0.0, 0.0, 0.0
        matrix[held, held] = 1.0
        return matrix, gradient

    def _moved(self, left: Settled, step: Array) -> Curve:
        """The curve after a step within the bounds, its windows as far as their maps tell."""
        curve, coordinates = left.curve, self.coordinates
        count = curve.y.size
        dy = step[:count].reshape(curve.y.shape) * self.scale
        u = coordinates.inner(curve.p)
        p = coordinates.outer(coordinates.clipped(u + step[count:]))
        g = curve.g + self.windows.slope_change(left.linear, dy, p - curve.p, free=False)
        return replace(curve, y=curve.y + dy, g=g, p=p)


def _damped(matrix: Array, gradient: Array, damping: float) -> Array | None:
    """The step of damped normal equations; None if there is none."""
    diagonal = np.diag(matrix)
    damped = matrix + np.diag(damping * np.maximum(diagonal, 1e-12 * diagonal.max()))
    try:
        step = -cho_solve(cho_factor(damped), gradient)
    except (np.linalg.LinAlgError, ValueError):
        return None
    return step if np.isfinite(step).all() else None
