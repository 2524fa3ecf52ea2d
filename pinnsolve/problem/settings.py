"""The settings of a problem as plain data, with the ranges that make them valid."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pinnsolve.errors import Fault

STAGES = ("gauss-newton", "levenberg-marquardt", "lbfgs", "adam")
METHODS = ("auto", *STAGES)
ACTIVATIONS = ("tanh", "sin", "silu", "gelu", "softplus")
SAMPLINGS = ("chebyshev", "uniform", "latin-hypercube", "adaptive")
DTYPES = ("float64", "float32")
FORMATS = ("png", "svg", "pdf")
STARTS = ("windows", "horizon")

WINDOWS = 100_000
"""Most windows that may be asked for."""

RELU = (
    "relu cannot be used: its derivative is piecewise constant, so y' cannot follow the right-hand side; "
    "use tanh, sin, silu, gelu or softplus"
)


@dataclass(frozen=True)
class NetworkSettings:
    """What the 1→k networks look like."""

    hidden: tuple[int, ...] | None = None
    """Widths of the hidden layers; None lets the method choose."""
    activation: str = "tanh"
    """One of `ACTIVATIONS`."""
    windows: int | Literal["auto"] = "auto"
    """How many networks share the interval, each starting where the last one ends."""

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with these settings."""
        if self.windows != "auto" and not (isinstance(self.windows, int) and 1 <= self.windows <= WINDOWS):
            yield Fault(f"must be 'auto' or a whole number from 1 to {WINDOWS}", path="network.windows")
        if self.hidden is not None and (not self.hidden or min(self.hidden) < 1):
            yield Fault("needs at least one width, each at least 1", path="network.hidden")
        if self.activation == "relu":
            yield Fault(RELU, path="network.activation")
        elif self.activation not in ACTIVATIONS:
            yield Fault(f"must be one of {', '.join(ACTIVATIONS)}", path="network.activation")


@dataclass(frozen=True)
class TrainingSettings:
    """How one stage is trained. None means: the method's own default."""

    points: int | None = None
    """Collocation points a window, at least 2."""
    sampling: str | None = None
    """One of `SAMPLINGS`."""
    iterations: int | None = None
    """Most iterations of the stage in each window, at least 1."""
    learning_rate: float | None = None
    """Adam's first step size, positive."""
    schedule: str | None = None
    """Adam's learning rate over the iterations: ``cosine`` (default), ``plateau`` or ``constant``."""
    condition: Literal["hard", "soft"] = "hard"
    """Whether the initial condition holds by construction or is one more term of the loss."""
    condition_weight: float = 1.0
    """Weight of the soft condition beside the residual, positive."""
    tolerance: float | None = None
    """The stage ends when the root mean square of the scaled residual falls below, positive."""
    time_limit: float | None = None
    """The stage ends after this many seconds, positive."""
    start: Literal["windows", "horizon"] = "windows"
    """What Levenberg–Marquardt begins from: a fit to the windowed solution, or a network trained from the problem alone."""

    def faults(self, path: str = "training") -> Iterator[Fault]:
        """Yield what is wrong with these settings."""
        if self.points is not None and self.points < 2:
            yield Fault("must be at least 2", path=f"{path}.points")
        if self.sampling is not None and self.sampling not in SAMPLINGS:
            yield Fault(f"must be one of {', '.join(SAMPLINGS)}", path=f"{path}.sampling")
        if self.iterations is not None and self.iterations < 1:
            yield Fault("must be at least 1", path=f"{path}.iterations")
        if self.schedule is not None and self.schedule not in ("cosine", "plateau", "constant"):
            yield Fault("must be one of cosine, plateau, constant", path=f"{path}.schedule")
        if self.condition not in ("hard", "soft"):
            yield Fault("must be hard or soft", path=f"{path}.condition")
        if self.start not in STARTS:
            yield Fault(f"must be one of {', '.join(STARTS)}", path=f"{path}.start")
        for name in ("learning_rate", "condition_weight", "tolerance", "time_limit"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                yield Fault("must be a positive number", path=f"{path}.{name}")


@dataclass(frozen=True)
class OutputSettings:
    """What a run directory holds."""

    points: int = 501
    """Rows of solution.csv, at least 2."""
    formats: tuple[str, ...] = ("png", "svg")
    """Formats of the plots, from `FORMATS`."""
    directory: str = "runs"
    """Where run directories are made."""

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with these settings."""
        if self.points < 2:
            yield Fault("must be at least 2", path="output.points")
        for name in self.formats:
            if name not in FORMATS:
                yield Fault(f"'{name}' is not one of {', '.join(FORMATS)}", path="output.formats")
