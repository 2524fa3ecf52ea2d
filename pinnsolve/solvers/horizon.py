"""A start solution from the problem alone: one network, its output layer solved on a growing horizon.

Gauss–Newton on the whole interval at once ends on a wrong branch, but along a solution it follows well: with the points
switched on from the left, each part begins from a solution of the part before. The network is wide and shallow, its units
evenly spaced, and units beyond the horizon have no effect yet, so that a ridge measured by the largest column keeps their
output weights near zero. A part that Newton does not settle on is halved, and the next one doubled.

Even spacing leaves a residual where the solution is rough. So the units are then placed anew by what is left, see
`grading`, and the output layer is solved again on the equations, three times; the least residual is kept. No solution is
given at any point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.network.mlp import MLP
from pinnsolve.network.residual import Model, Objective
from pinnsolve.network.trial import Window
from pinnsolve.problem import Problem, System
from pinnsolve.progress import Pause, no_pause
from pinnsolve.solvers.grading import Density, Fit
from pinnsolve.solvers.plan import Start
from pinnsolve.training.least_squares import damped, output_step, triangle

Array = NDArray[np.float64]

ACTIVATION = "tanh"
"""Of the start, whatever the network to be trained has: the method needs units that have a place."""
UNITS = 160
"""While the horizon grows."""
POINTS = 2
"""Points a unit while the horizon grows."""
PARTS = 50
"""The horizon grows by one over this part of the interval, or less."""
SMALLEST = 1 / 32
"""Least share of such a part, below which the growth has failed."""
PASSES = 6
"""Most Gauss–Newton steps each time the horizon has grown."""
SETTLED = 1e-4
"""Newton has settled when a step changes the residual, in root mean square, by less."""
RIDGE = 1e-6
GRADED_UNITS, GRADED_POINTS = 208, 4
ROUNDS, GRADINGS, GRADED_PASSES = 3, 5, 4
"""Rounds of placing the units anew; gradings and Gauss–Newton steps in each."""
CHECKS = 2001
"""Equally spaced places at which the rounds are compared by their residual."""
UNITS_A_PART = 8
"""The windows of the start hold this many units each."""


class HorizonError(Exception):
    """The horizon stopped growing; its text is a sentence for the user."""


@dataclass(frozen=True)
class _Piece:
    """The start on one window."""

    objective: Objective
    weights: Tensor
    edges: Array
    """Ends of parts with equal shares of the units, from −1 to 1."""

    def values(self, times: Array) -> Array:
        """Times (n,) -> states (n, k)."""
        window = self.objective.window
        tau = 2 * (torch.as_tensor(times, dtype=torch.float64) - window.start) / window.length - 1
        return self.objective.states(self.weights, tau).numpy()


def horizon_start(problem: Problem, pause: Pause = no_pause) -> Start:
    """A start solution of a problem whose number of windows is given.

    Every window gets its own, which begins where the one before ends. `pause` is called every moment.

    Raises
    ------
    HorizonError
        If the horizon does not reach the end of the interval.
    """
    windows = problem.network.windows
    assert windows != "auto"
    ends = np.linspace(problem.time[0], problem.time[1], windows + 1)
    value, pieces = np.asarray(problem.initial, dtype=np.float64), []
    for a, b in itertools.pairwise(ends):
        pieces.append(_refined(problem.system, _grown(problem.system, float(a), float(b), value, pause), pause))
        value = pieces[-1].values(np.array([b]))[0]
    inner = [a + (b - a) * (piece.edges[:-1] + 1) / 2 for a, b, piece in zip(ends[:-1], ends[1:], pieces, strict=True)]
    return Start(_joined(pieces, ends), np.concatenate([*inner, ends[-1:]]))


def _joined(pieces: list[_Piece], ends: Array) -> Callable[[Array], Array]:
    sign = math.copysign(1.0, ends[-1] - ends[0])

    def values(times: Array) -> Array:
        place = np.searchsorted(sign * ends[1:-1], sign * times, side="right")
        result = np.empty((len(times), pieces[0].objective.k))
        for number in np.unique(place):
            result[place == number] = pieces[number].values(times[place == number])
        return result

    return values


def _grown(system: System, a: float, b: float, value: Array, pause: Pause) -> _Piece:
    """The window [a, b] from its start to its end."""
    density = Density.uniform()
    tau = torch.as_tensor(density.points(POINTS * UNITS))
    objective = Objective(_model(system, UNITS), _window(a, b, value, _first_scale(system, a, b, value)), tau)
    output = torch.zeros(objective.outputs, dtype=torch.float64)
    weights = torch.cat([part.reshape(-1) for part in [*density.units(UNITS), output]])
    seen, part = 0.0, 1.0
    while seen < 1:
        pause()
        horizon = min(1.0, seen + part / PARTS)
        visible = replace(objective, tau=tau[: math.ceil(len(tau) * horizon)])
        settled = _settled(visible, weights)
        if settled is None:
            part /= 2
            if part < SMALLEST:
                raise HorizonError(_stopped(a + (b - a) * seen))
            continue
        seen, part = horizon, min(1.0, 2 * part)
        objective, weights = _rescaled(objective, visible, settled)
    return _Piece(objective, weights, np.array([-1.0, 1.0]))


def _settled(objective: Objective, weights: Tensor) -> Tensor | None:
    """Gauss–Newton on the output layer; None where it does not settle."""
    for _ in range(PASSES):
        residual, jacobian = objective.jacobian(weights, hidden=False)
        norm = jacobian.norm(dim=0).max()
        if not (torch.isfinite(norm) and residual.isfinite().all()):
            return None
        step = damped(triangle(jacobian, residual[:, None]), (RIDGE * norm).expand(jacobian.shape[1]))[:, 0]
        weights = _stepped(weights, step)
        size = float((jacobian @ step).norm()) / math.sqrt(len(residual))
        if size < SETTLED:
            return weights
    return None


def _rescaled(objective: Objective, visible: Objective, weights: Tensor) -> tuple[Objective, Tensor]:
    """The same states in the scale of what has been seen of them."""
    window = objective.window
    scale = torch.maximum(window.scale, visible.states(weights, visible.tau).abs().amax(dim=0))
    output = weights[-objective.outputs :].view(objective.k, -1) * (window.scale / scale)[:, None]
    weights = torch.cat([weights[: -objective.outputs], output.reshape(-1)])
    return replace(objective, window=replace(window, scale=scale)), weights


def _refined(system: System, piece: _Piece, pause: Pause) -> _Piece:
    """The same window with units where the solution needs them; the best of all rounds, since they wander."""
    density, window, found = Density.uniform(), piece.objective.window, []
    for _ in range(ROUNDS):
        density = _regraded(Fit(system, system.states, ACTIVATION, True, window, piece.values), density, pause)
        piece = _solved(system, piece, density, pause)
        left = piece.objective.residual(piece.weights, torch.linspace(-1, 1, CHECKS, dtype=torch.float64)).abs().max()
        if not torch.isfinite(left):
            break
        found.append((float(left), piece))
    if not found:
        raise HorizonError(_stopped(float(window.start + window.length)))
    return min(found, key=lambda item: item[0])[1]


def _regraded(fit: Fit, density: Density, pause: Pause) -> Density:
    """The density whose fit leaves the least residual, of some that follow from each other."""
    tried = []
    for _ in range(GRADINGS):
        pause()
        graded = fit.graded(density, GRADED_UNITS)
        tried.append((float(np.nan_to_num(graded.residual.max(), nan=np.inf)), density))
        if not np.isfinite(graded.residual).all():
            break
        density = density.refined(density.points(len(graded.residual)), graded.residual)
    return min(tried, key=lambda item: item[0])[1]


def _solved(system: System, piece: _Piece, density: Density, pause: Pause) -> _Piece:
    """Units by that density, the output layer fitted to the piece and then solved for on the equations."""
    fit = Fit(system, system.states, ACTIVATION, True, piece.objective.window, piece.values)
    tau = torch.as_tensor(density.points(GRADED_POINTS * GRADED_UNITS))
    objective = Objective(_model(system, GRADED_UNITS), piece.objective.window, tau)
    weights = fit.weights(density.units(GRADED_UNITS), tau)
    for _ in range(GRADED_PASSES):
        pause()
        residual, jacobian = objective.jacobian(weights, hidden=False)
        weights = _stepped(weights, output_step(jacobian, residual))
    shares = np.linspace(0, 1, GRADED_UNITS // UNITS_A_PART + 1)
    return _Piece(objective, weights, np.interp(shares, density.integral, density.grid))


def _stepped(weights: Tensor, step: Tensor) -> Tensor:
    """Weights (P,) with another output layer."""
    return torch.cat([weights[: -len(step)], weights[-len(step) :] + step])


def _model(system: System, units: int) -> Model:
    network = MLP([units], system.k, ACTIVATION, generator=torch.Generator(), output_bias=False)
    return Model(system, system.states, network)


def _window(a: float, b: float, value: Array, scale: Array) -> Window:
    return Window(*(torch.as_tensor(part, dtype=torch.float64) for part in (a, b - a, value, scale)))


def _first_scale(system: System, a: float, b: float, value: Array) -> Array:
    """(k,) size of each state as far as the initial value tells: its own, or what its derivative makes of it at first."""
    rate = np.abs(system.rhs_numpy(np.array([a]), value[None])[0]) * abs(b - a) / PARTS
    scale = np.maximum(np.abs(value), np.where(np.isfinite(rate), rate, 0.0))
    return np.where(scale > 0, scale, 1.0)


def _stopped(time: float) -> str:
    return (
        f"the growing horizon stopped at t = {time:.6g}, where Newton did not settle; "
        "use training.start: windows, or more network.windows"
    )
