"""What is decided before any training: windows, networks, points and stages, every default filled in.

The rules need no tuning because they lean on the start solution, the window march, whose windows say how much happens
where: each is what 20 collocation points resolve to the accuracy asked for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.network.trial import Window
from pinnsolve.problem import Problem, TrainingSettings
from pinnsolve.progress import Pause, no_pause
from pinnsolve.solvers.grading import POINTS, WIDTHS, Density, Fit
from pinnsolve.training.protocol import Settings

Array = NDArray[np.float64]

GRADED = "graded"
"""Sampling that follows the density of the units: the default where there is one."""
LEAST_SQUARES = ("gauss-newton", "levenberg-marquardt")
HIDDEN = (32, 32)
"""Hidden layers of the gradient methods."""
SHARE = {"gauss-newton": 8, "levenberg-marquardt": 8, "lbfgs": 1, "adam": 1}
"""With automatic windows: how many windows of the march one network takes over, by the first stage's method."""
PER_WINDOW, FEWEST = 25, 64
"""Points for each window of the march that a network takes over, and the least."""
ITERATIONS = {"gauss-newton": 50, "levenberg-marquardt": 100, "lbfgs": 3000, "adam": 20000}
"""For one window; each of m gets them divided by √m."""
STEEPNESS = 1.5
"""Weights of a random first layer for each window of the march that a network takes over, as long as the units overlap.
Steeper ones make a smooth solution of many wiggles: L-BFGS ends a hundred times higher with 16 on one window."""
TOLERANCE, GAP = 0.3, 0.1
"""In units of the accuracy asked for: the residual that training asks for (of each of m windows, divided by √m), and the
difference between start solution and fit at which a shallow network is wide enough."""
FIT_ITERATIONS = 30
"""Most iterations of the fit of a deep network to the start solution, before Levenberg–Marquardt."""


@dataclass(frozen=True)
class Start:
    """A start solution, as the window march gives it."""

    values: Callable[[Array], Array]
    """Times (n,) -> states (n, k)."""
    edges: Array
    """(w + 1,) ends of its windows in marching order, from the start of the interval to its end."""


@dataclass(frozen=True)
class Stage:
    """One stage of every window."""

    settings: Settings
    fits: bool = False
    """Whether it fits the start solution rather than the equations."""


@dataclass(frozen=True)
class Plan:
    """Everything decided."""

    edges: Array
    """(m + 1,) ends of the windows in marching order."""
    scale: Array
    """(k,) size of each state: its largest absolute value along the start solution, 1 for a state that stays zero."""
    hidden: tuple[int, ...]
    densities: tuple[Density, ...] | None
    """Of the units of a shallow network, one a window; None where the units are spread at random."""
    stages: tuple[Stage, ...]
    slope: float
    """Of the first layer where the units are spread at random, see `MLP`."""
    anchored: bool
    """Whether the condition is hard."""

    @property
    def windows(self) -> int:
        """Number of windows m."""
        return len(self.edges) - 1

    def state_dict(self) -> dict[str, Any]:
        """What the search found, for a resume that does not search again."""
        densities = None if self.densities is None else torch.tensor(np.stack([d.given for d in self.densities]))
        return {"hidden": list(self.hidden), "densities": densities}


def make_plan(problem: Problem, start: Start, found: dict[str, Any] | None = None, pause: Pause = no_pause) -> Plan:
    """Decide everything; `found` is what `state_dict` of an earlier plan for the same problem returned. `pause` is called
    every moment of the search.

    Raises
    ------
    ProblemError
        If the stages disagree on the kind of condition, which belongs to the network.
    """
    methods = ("levenberg-marquardt",) if problem.method == ("auto",) else tuple(problem.method)
    training = _each(problem.training, len(methods))
    anchored = _anchored(training)
    edges = _edges(problem, start, methods[0])
    scale = _scale(problem, start)
    hidden, densities = problem.network.hidden, None
    fitted = methods[0] in LEAST_SQUARES
    if found is not None:
        hidden = tuple(found["hidden"])
        if found["densities"] is not None:
            densities = tuple(Density(values) for values in found["densities"].numpy())
    elif fitted and (hidden is None or len(hidden) == 1):
        fits = [window_fit(problem, start, edges, scale, anchored, window) for window in range(len(edges) - 1)]
        hidden, densities = _grade(fits, edges, start, GAP * problem.accuracy, hidden, pause)
    elif hidden is None:
        hidden = HIDDEN
    shares = [_march_windows(start.edges, a, b) for a, b in itertools.pairwise(edges)]
    points = POINTS * hidden[0] if densities is not None else max(FEWEST, PER_WINDOW * max(shares))
    sampling = GRADED if densities is not None else "chebyshev"
    stages = [
        Stage(_settings(problem, method, given, len(edges) - 1, points, sampling))
        for method, given in zip(methods, training, strict=True)
    ]
    if methods[0] == "levenberg-marquardt" and densities is None:
        settings = replace(stages[0].settings, points=points, sampling=sampling, iterations=FIT_ITERATIONS)
        stages.insert(0, Stage(settings, fits=True))
    slope = min(1.0, STEEPNESS * max(shares) / (hidden[0] / 2))
    return Plan(edges, scale, hidden, densities, tuple(stages), slope, anchored)


def window_fit(problem: Problem, start: Start, edges: Array, scale: Array, anchored: bool, index: int) -> Fit:
    """Fits to the start solution on one window."""
    parts = (edges[index], edges[index + 1] - edges[index], start.values(edges[index : index + 1])[0], scale)
    window = Window(*(torch.tensor(part, dtype=torch.float64) for part in parts))
    system = problem.system
    return Fit(system, system.states, problem.network.activation, anchored, window, start.values)


def _each(training: TrainingSettings | Sequence[TrainingSettings], count: int) -> tuple[TrainingSettings, ...]:
    """One for every stage, where one for all was given."""
    given = (training,) if isinstance(training, TrainingSettings) else tuple(training)
    return given * count if len(given) == 1 else given


def _anchored(training: tuple[TrainingSettings, ...]) -> bool:
    kinds = {settings.condition for settings in training}
    if len(kinds) > 1:
        raise ProblemError([Fault("must be the same in every stage: hard or soft", path="training.condition")])
    return kinds == {"hard"}


def _edges(problem: Problem, start: Start, method: str) -> Array:
    """Equal windows where their number is given, else every `SHARE`-th end of the march's windows."""
    windows, (begin, end) = problem.network.windows, problem.time
    if windows != "auto":
        return np.linspace(begin, end, windows + 1)
    taken = len(start.edges) - 1
    count = math.ceil(taken / SHARE[method])
    return start.edges[np.linspace(0, taken, count + 1).round().astype(int)]


def _scale(problem: Problem, start: Start) -> Array:
    """Largest |y| of each state over places in every window of the march."""
    inside = np.linspace(0, 1, 20, endpoint=False)
    times = (start.edges[:-1, None] + np.diff(start.edges)[:, None] * inside).reshape(-1)
    values = np.abs(start.values(np.append(times, problem.time[1]))).max(axis=0)
    return np.where(values > 0, values, 1.0)


def _grade(
    fits: list[Fit], edges: Array, start: Start, tolerance: float, hidden: tuple[int, ...] | None, pause: Pause
) -> tuple[tuple[int, ...], tuple[Density, ...]]:
    """One width for all windows, that of the most demanding, and a density for each."""
    widths = WIDTHS if hidden is None else hidden
    found = []
    for fit, a, b in zip(fits, edges[:-1], edges[1:], strict=True):
        place = (start.edges - a) / (b - a)
        inside = place[(place > 0) & (place < 1)]
        local = np.concatenate([[0.0], inside, [1.0]])
        found.append(fit.search(Density.of_windows(2 * local - 1), tolerance, widths, pause))
    return (max(graded.width for graded in found),), tuple(graded.density for graded in found)


def _march_windows(edges: Array, a: float, b: float) -> int:
    """How many windows of the march lie in [a, b], in part or whole."""
    position = np.sort((edges - a) / (b - a))
    return int(np.sum((position[1:] > 1e-9) & (position[:-1] < 1 - 1e-9)))


def _settings(problem: Problem, method: str, given: TrainingSettings, windows: int, points: int, sampling: str) -> Settings:
    """The settings of one stage, with the defaults of its method."""
    share = math.sqrt(windows)
    return Settings(
        method=method,
        points=given.points or points,
        sampling=given.sampling or sampling,
        iterations=given.iterations or math.ceil(ITERATIONS[method] / share),
        tolerance=given.tolerance or TOLERANCE * problem.accuracy / share,
        condition_weight=given.condition_weight,
        learning_rate=given.learning_rate or Settings.learning_rate,
        schedule=given.schedule or Settings.schedule,
        time_limit=given.time_limit,
    )
