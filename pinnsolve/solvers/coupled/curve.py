"""The unknowns of windows that are solved together, and the maps that move them to other windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """m windows of k states, each with its derivatives at n nodes. Times are clock · edges, counted from the origin."""

    edges: Array
    """(m + 1,) ends of the windows in marching order, from 0."""
    y: Array
    """(m + 1, k) states at the edges. While Newton iterates, a window need not end where the next one starts."""
    g: Array
    """(m, k, n) dy/dt at the nodes."""
    p: Array
    """(q,) unknown parameters."""
    clock: float = 1.0
    """Length of a unit of `edges` in time: the period of a closed orbit, whose edges run from 0 to 1."""

    @property
    def windows(self) -> int:
        """Number of windows m."""
        return len(self.g)

    @property
    def half(self) -> Array:
        """(m, 1, 1) half the lengths in time, signed."""
        return 0.5 * self.clock * np.diff(self.edges)[:, None, None]

    def times(self, shifted: Array) -> Array:
        """(m, len(shifted)) times from the origin of places in [0, 2] of every window."""
        return self.clock * self.edges[:-1, None] + self.half[:, :, 0] * shifted

    def located(self, x: Array) -> tuple[NDArray[np.int_], Array]:
        """The windows (l,) of places x (l,) of the interval of `edges`, and where in [-1, 1] of them these are (l,)."""
        sign = 1.0 if self.edges[-1] > 0 else -1.0
        window = np.clip(np.searchsorted(sign * self.edges, sign * x, side="right") - 1, 0, self.windows - 1)
        return window, 2 * (x - self.edges[window]) / np.diff(self.edges)[window] - 1

    def state(self) -> dict[str, Any]:
        """As plain arrays."""
        return {name: getattr(self, name) for name in ("edges", "y", "g", "p", "clock")}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Curve:
        """Rebuild what `state` returned."""
        arrays = {name: np.array(state[name]) for name in ("edges", "y", "g", "p")}
        return cls(**arrays, clock=float(state["clock"]))

    def onto(self, edges: Array, table: Table) -> Curve:
        """The same curve on other windows of the same interval: its polynomials evaluated at the new nodes and edges."""
        half = 0.5 * np.diff(edges)
        nodes = edges[:-1, None] + half[:, None] * table.shifted[: table.n]
        g = self._evaluate(nodes.ravel(), table, derivative=True).reshape(len(half), table.n, -1).transpose(0, 2, 1)
        return replace(self, edges=edges, y=self._evaluate(edges, table), g=np.ascontiguousarray(g))

    def _evaluate(self, x: Array, table: Table, derivative: bool = False) -> Array:
        """Values or derivatives at places x (l,) of the interval of `edges`: (l, k)."""
        window, tau = self.located(x)
        if derivative:
            return np.asarray(np.einsum("ln,lkn->lk", table.interpolation(tau), self.g[window]))
        inner = self.half * (self.g @ table.AT)
        values = np.concatenate([np.zeros((*inner.shape[:2], 1)), inner], axis=2)[window]
        return np.asarray(self.y[window] + np.einsum("ln,lkn->lk", table.value_interpolation(tau), values))


def sampled(edges: Array, clock: float, table: Table, values: Callable[[Array], Array], slopes: Callable[[Array, Array], Array],
            p: Array) -> Curve:
    """A curve from functions of the time since the origin.

    Parameters
    ----------
    values
        Times (l,) -> states (l, k).
    slopes
        Times (l,), states (l, k) -> dy/dt (l, k).
    """
    m, n = len(edges) - 1, table.n
    nodes = (clock * (edges[:-1, None] + 0.5 * np.diff(edges)[:, None] * table.shifted[:n])).ravel()
    g = slopes(nodes, values(nodes)).reshape(m, n, -1).transpose(0, 2, 1)
    return Curve(edges, values(clock * edges), np.ascontiguousarray(g), p, clock)
