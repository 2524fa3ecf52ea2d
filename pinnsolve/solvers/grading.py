"""Where the units of one shallow network go: a start solution, a density of units, a width.

A network 1–H–k is trained to full accuracy only from a good start, and the start decides more than the method: its
units must lie dense where the solution is rough. With a density d(τ) and its integral s(τ), normalised to [0, 1],

    H centres equally spaced in s ∈ [−0.06, 1.06],     weight = 0.3 / (distance of the centres) = 0.3 · H · d

Wider units (0.2) need huge output weights that cancel, narrower ones (1.0) overfit. The output layer is the
least-squares fit to the derivative of the start solution. The density equidistributes what the fit leaves: its
logarithm gains a sixth of the logarithm of the residual, smoothed over a few units, round after round, and the best
round is kept, since rounds wander.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.network import sweep
from pinnsolve.network.mlp import MLP
from pinnsolve.network.residual import Field, Model, Objective
from pinnsolve.network.trial import Window
from pinnsolve.progress import Pause, no_pause
from pinnsolve.training.least_squares import ridge_step

Array = NDArray[np.float64]
Start = Callable[[Array], Array]
"""A start solution: times (n,) -> states (n, k)."""

WIDTHS = (64, 96, 128, 160, 208, 272, 352)
"""Tried in turn."""
SLOPE, MARGIN = 0.3, 0.06
ROUNDS, POWER = 10, 6.0
WAVE = 1.2
"""Sines have no centre: instead of a density they get frequencies, this far apart."""
GRID = 4001
"""Equally spaced places at which a density is given."""
CHECKS = 501
"""Equally spaced places at which a fit is compared with the start solution, beside those that the density chooses."""
RIDGE = 1e-8
POINTS = 4
"""Points a unit on which a network is trained."""
FIT_POINTS = 2.2
"""Points a unit while the grading is looked for."""


class Density:
    """A density of units on [−1, 1], from its values (`GRID`,) at equally spaced places."""

    def __init__(self, values: Array) -> None:
        self.given = values
        """As handed in: what a checkpoint keeps, since normalising twice changes the last bits."""
        self.grid = np.linspace(-1, 1, len(values))
        steps = (values[1:] + values[:-1]) / 2 * np.diff(self.grid)
        self.integral = np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
        self.values = values / steps.sum()

    @classmethod
    def of_windows(cls, edges: Array) -> Density:
        """One over the length of the windows with these edges (m + 1,) over [−1, 1], smoothed over their neighbours."""
        height = np.log(1 / np.diff(edges))
        for _ in range(4):
            height = np.convolve(np.pad(height, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
        return cls(np.exp(np.interp(np.linspace(-1, 1, GRID), (edges[1:] + edges[:-1]) / 2, height)))

    @classmethod
    def uniform(cls) -> Density:
        """The same everywhere."""
        return cls(np.ones(GRID))

    def points(self, n: int) -> Array:
        """(n,) points with equal shares of the density between them."""
        return np.interp((np.arange(n) + 0.5) / n, self.integral, self.grid)

    def units(self, count: int) -> list[Tensor]:
        """Weights (count, 1) and biases (count,) of a hidden layer."""
        s = np.linspace(-MARGIN, 1 + MARGIN, count)
        density = np.interp(np.interp(s, self.integral, self.grid), self.grid, self.values)
        outside = np.where(s < 0, s, np.where(s > 1, s - 1, 0.0)) / density
        centres = np.interp(s, self.integral, self.grid) + outside
        weights = SLOPE * count * density
        return [torch.as_tensor(weights)[:, None], torch.as_tensor(-weights * centres)]

    def refined(self, points: Array, residual: Array) -> Density:
        """Denser where the residual (n,) is large, seen at `POINTS` points (n,) a unit."""
        largest = np.lib.stride_tricks.sliding_window_view(np.pad(residual, POINTS, mode="edge"), 2 * POINTS + 1).max(1)
        excess = _smooth(np.log(largest + 1e-14), 2 * POINTS)
        change = np.clip(excess - excess.mean(), -12, 12) / POWER
        height = _smooth(np.interp(points, self.grid, np.log(self.values)) + change, POINTS)
        return Density(np.exp(np.interp(self.grid, points, height)))


@dataclass(frozen=True)
class Graded:
    """A density tried for one window, with the fit that it allows."""

    density: Density
    width: int
    gap: float
    """Largest difference between the fit and the start solution, in the scale."""
    residual: Array
    """(n,) norm of the residual of the fit at `POINTS` points a unit."""


class Fit:
    """Fits of networks to the start solution of one window, on the CPU in float64.

    Parameters
    ----------
    field, states, activation, anchored
        As in `Model`.
    window
        The window, its offset being the start solution's own value.
    start
        The start solution.
    """

    def __init__(
        self, field: Field, states: tuple[str, ...], activation: str, anchored: bool, window: Window, start: Start
    ) -> None:
        self._field, self._states, self._activation, self._anchored = field, states, activation, anchored
        self._window, self._start = window, start

    def units(self, density: Density, count: int) -> list[Tensor]:
        """Weights (count, 1) and biases (count,) of one hidden layer."""
        return _waves(count) if self._activation == "sin" else density.units(count)

    def weights(self, hidden: Sequence[Tensor], tau: Tensor) -> Tensor:
        """(P,) all weights: hidden layers as given (weight, bias, …), the output layer fitted to y' at τ (n,)."""
        features = sweep.forward(hidden, self._activation, torch.cat([tau, -torch.ones_like(tau[:1])]))
        tangent = self._window.length / 2 * self.derivative(tau) / self._window.scale
        tangent = tangent.nan_to_num(0.0, 0.0, 0.0)  # where f has no value the fit has nothing to say: training will
        output = ridge_step(features.tangent[:-1], -tangent, RIDGE).T  # (k, H)
        parts = [*hidden, output] if self._anchored else [*hidden, output, -output @ features.value[-1]]
        return torch.cat([part.reshape(-1) for part in parts])

    def derivative(self, tau: Tensor) -> Tensor:
        """Derivative y' of the start solution by the equations at τ (n,): (n, k)."""
        t = self._window.times(tau)
        return self._field.rhs_batch(t, self._values(t))

    def search(self, first: Density, tolerance: float, widths: Sequence[int] = WIDTHS, pause: Pause = no_pause) -> Graded:
        """A density for the smallest width whose fit differs from the start solution by less than the tolerance; the
        best of the largest width where none does. `pause` is called between the fits.
        """
        found: Graded | None = None
        for width in widths:
            pause()
            # Rounds at a hopelessly small width may have led astray, so that the first densities compete again.
            densities = [first, Density.uniform()] if found is None else [found.density, first, Density.uniform()]
            found = now = min((self.graded(density, width) for density in densities), key=_gap)
            for _ in range(ROUNDS):
                if found.gap < tolerance:
                    return found
                pause()
                now = self.graded(now.density.refined(now.density.points(len(now.residual)), now.residual), width)
                found = min(found, now, key=_gap)
        assert found is not None
        return found

    def graded(self, density: Density, width: int) -> Graded:
        """The fit of a network of that width and density."""
        weights = self.weights(self.units(density, width), torch.as_tensor(density.points(int(FIT_POINTS * width))))
        network = MLP([width], len(self._states), self._activation, generator=torch.Generator(), output_bias=not self._anchored)
        n = POINTS * width
        tau = torch.cat([torch.as_tensor(density.points(n)), torch.linspace(-1, 1, CHECKS, dtype=torch.float64)])
        objective = Objective(Model(self._field, self._states, network, self._anchored), self._window, tau)
        t = self._window.times(tau)
        gap = (objective.states(weights, tau) - self._values(t)) / self._window.scale
        residual = objective.residual(weights, tau[:n]).norm(dim=1)
        return Graded(density, width, float(gap.abs().max().nan_to_num(torch.inf)), residual.numpy())

    def _values(self, t: Tensor) -> Tensor:
        return torch.as_tensor(self._start(t.numpy()))


def _waves(count: int) -> list[Tensor]:
    """Sine and cosine of each multiple of `WAVE`: the Fourier series of an interval longer than [−1, 1]."""
    number = torch.arange(count, dtype=torch.float64)
    return [WAVE * ((number // 2) + 1)[:, None], torch.pi / 2 * (number % 2)]


def _gap(graded: Graded) -> float:
    return graded.gap


def _smooth(values: Array, deviation: float) -> Array:
    """Convolution with a Gaussian of that standard deviation in samples."""
    reach = int(3 * deviation) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), "valid")
