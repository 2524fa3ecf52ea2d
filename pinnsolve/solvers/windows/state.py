"""A pass as plain values: its windows, where it stands, and why it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.windows.rounding import PROBES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A solved window."""

    start: float
    """Counted from the origin of the march."""
    length: float
    """Signed."""
    y: Array
    """(k,) state at the start."""
    g: Array
    """(k, n) derivative of the network at the nodes, dy/dt."""
    error: Array
    """(k, n) estimated absolute global error at the nodes."""


@dataclass(frozen=True)
class Stop:
    """Why a pass ended before the end of the interval."""

    kind: str
    """``start`` (f not finite at the start), ``underflow`` (no window is short enough), ``limit`` (too many windows),
    ``time`` (limit), ``stagnation`` (many windows, no progress), ``sliding`` (both sides of a switch push back).
    """
    time: float
    """Counted from the origin."""
    switch: str = ""
    """The switching function that it slides along."""


@dataclass
class March:
    """State of one pass; everything an interrupted pass needs to carry on."""

    y: Array
    """(k,) state at the current time."""
    f: Array
    """(k,) derivative there."""
    length: float
    """Length to try next, positive."""
    error: Array
    """(k,) global error, linearised."""
    probes: Array
    """(PROBES, k) responses to the rounding errors so far."""
    top: Array
    """(k,) largest |y| so far."""
    noise: Array = field(default_factory=lambda: np.zeros((PROBES, 1)))
    """(PROBES, k) rounding errors of f in the last window."""
    quiet: int = 0
    """For so many windows they will do: they are far below the tolerance."""
    steepest: Array = field(default_factory=lambda: np.zeros(1))
    """(k,) largest |y'| of the networks so far."""
    modes: Array = field(default_factory=lambda: np.empty(0))
    """(q,) modes of the switches of f."""
    slack: Array = field(default_factory=lambda: np.empty(0))
    """(q,) how far each may be on the wrong side: rounding where the solution came to rest at its zero."""
    time: float = 0.0
    """Counted from the origin."""
    windows: list[Window] = field(default_factory=list)
    stop: Stop | None = None
    rejected: int = 0
    iterations: int = 0
    """Newton iterations, those of rejected windows included."""
    unstable: int = 0
    """How often in succession the Runge–Kutta guess was unstable or paused."""
    ideal: float = 0.0
    """Ideal length of the last window; 0 where it ended for another reason than its error."""
    retried: bool = False
    """Whether a longer window from the current time was rejected."""
    misled: int = 0
    """Windows in succession that foresight shortened without need."""

    def state(self) -> dict[str, Any]:
        """As plain arrays and numbers."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        columns = {f"window_{name}": np.array([getattr(w, name) for w in self.windows]) for name in _COLUMNS}
        stop = None if self.stop is None else asdict(self.stop)
        return {**arrays, **columns, **{n: getattr(self, n) for n in _NUMBERS}, "stop": stop}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> March:
        """Rebuild what `state` returned."""
        columns = [np.array(state[f"window_{name}"]) for name in _COLUMNS]
        windows = [Window(float(s), float(h), y, g, e) for s, h, y, g, e in zip(*columns, strict=True)]
        fields: dict[str, Any] = {name: np.array(state[name]) for name in _ARRAYS if name in state}
        if "probe" in state:  # the only one that versions before had
            fields["probes"] = np.tile(state["probe"], (PROBES, 1))
        stop = None if state["stop"] is None else Stop(**state["stop"])
        return cls(windows=windows, stop=stop, **fields, **{name: state[name] for name in _NUMBERS if name in state})


_ARRAYS = ("y", "f", "error", "probes", "noise", "top", "steepest", "modes", "slack")
_COLUMNS = ("start", "length", "y", "g", "error")
_NUMBERS = ("length", "time", "rejected", "iterations", "unstable", "ideal", "retried", "quiet", "misled")
