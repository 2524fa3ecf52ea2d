"""What was measured, beside what a curve says there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions import compile_numpy, gradient, substitute
from pinnsolve.problem import Problem
from pinnsolve.problem.fitting import Fit
from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.linear import Linear
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]
Indices = NDArray[np.int_]


@dataclass(frozen=True)
class Places:
    """Times on the windows of a curve."""

    window: Indices
    """(l,) the window of each time."""
    weights: Array
    """(l, n) derivatives at the nodes of its window -> (value − value at the start) / half length."""


@dataclass(frozen=True)
class Model:
    """Observables along a curve, one for each row, and how they change."""

    value: Array
    """(l,)"""
    by_state: Array
    """(l, k) by the state at the start of the row's window."""
    by_unknown: Array
    """(l, q) by the unknown parameters."""


class Observations:
    """The measured values as one list of N rows, column after column.

    Parameters
    ----------
    problem
        A problem with a fit.
    names
        The q unknown parameters.
    """

    def __init__(self, problem: Problem, names: Sequence[str]) -> None:
        fit = problem.fit
        assert isinstance(fit, Fit)
        self.k, self.origin = problem.system.k, problem.time[0]
        self.columns = fit.columns
        data, rows = fit.data, []
        for number, name in enumerate(self.columns):
            kept = np.flatnonzero(np.isfinite(data.columns[name]))
            observable = next(i for i, entry in enumerate(fit.observe) if name in entry.columns)
            rows.append(np.stack([np.full(len(kept), number), np.full(len(kept), observable), kept]))
        self.column, self.observable, row = np.concatenate(rows, axis=1)
        self.times: Array = data.times[row]
        """(N,)"""
        self.value: Array = np.array([data.columns[self.columns[c]][r] for c, r in zip(self.column, row, strict=True)])
        """(N,) what was measured."""
        fixed = {name: value for name, value in problem.system.parameters.items() if name not in names}
        expressions = [substitute(entry.expression, fixed) for entry in fit.observe]
        symbols = [*problem.system.states, *names]
        outputs, slots = list(expressions), [(o, 0) for o in range(len(expressions))]
        for o, expression in enumerate(expressions):
            partial = gradient(expression, symbols)
            outputs += partial.values()
            slots += [(o, 1 + symbols.index(name)) for name in partial]
        self._compiled = compile_numpy(outputs, symbols, slots)
        self.count = len(expressions)
        states = list(problem.system.states)
        self.direct = {states.index(e.name): o for o, e in enumerate(expressions) if e.name in states}
        """State: observable, where a state itself was measured."""

    @property
    def complete(self) -> bool:
        """Whether every state itself was measured."""
        return len(self.direct) == self.k

    def __len__(self) -> int:
        return len(self.value)

    def places(self, curve: Curve, table: Table, times: Array) -> Places:
        """Where times lie on the windows of a curve."""
        window, tau = curve.located(times - self.origin)
        return Places(window, table.value_interpolation(tau)[:, 1:] @ table.A)

    def states(self, curve: Curve, places: Places) -> Array:
        """(l, k) the states of a curve at places."""
        half = curve.half[places.window, :, 0]
        return np.asarray(curve.y[places.window] + half * np.einsum("ln,lkn->lk", places.weights, curve.g[places.window]))

    def model(self, curve: Curve, linear: Linear, places: Places, times: Array, observable: Indices) -> Model:
        """Observables (l,), given by number, at places of a curve."""
        window, weights = places.window, places.weights
        half = curve.half[window, :, 0]
        by_state = np.eye(self.k) + half[:, :, None] * np.einsum("ln,lknc->lkc", weights, linear.by_state[window])
        by_unknown = half[:, :, None] * np.einsum("ln,lknc->lkc", weights, linear.by_unknown[window])
        out = self.evaluate(times, self.states(curve, places), curve.p)[observable, :, np.arange(len(times))]  # (l, 1 + K)
        inner, direct = out[:, None, 1 : 1 + self.k], out[:, 1 + self.k :]
        return Model(out[:, 0], (inner @ by_state)[:, 0], (inner @ by_unknown)[:, 0] + direct)

    def evaluate(self, times: Array, values: Array, p: Array) -> Array:
        """All observables and their derivatives by states and unknowns: (l,), (l, k), (q,) -> (observables, 1 + k + q, l)."""
        rows = np.concatenate([values.T, np.broadcast_to(p[:, None], (len(p), len(times)))])
        return self._compiled(times, rows, np.zeros((self.count, 1 + self.k + len(p), len(times))))

    def along(self, state: int, times: Array) -> Array | None:
        """A state as it was measured, interpolated: (l,); None where it was not measured."""
        if state not in self.direct:
            return None
        rows = np.flatnonzero(self.observable == self.direct[state])
        unique, place = np.unique(self.times[rows], return_inverse=True)
        mean = np.bincount(place, self.value[rows]) / np.bincount(place)
        return np.interp(times, unique, mean)

    @cached_property
    def spread(self) -> Array:
        """(columns,) the size of each column: how far its values vary, or their size where they do not."""
        parts = [self.value[self.column == c] for c in range(len(self.columns))]
        sizes = [float(np.std(part)) or float(np.abs(part).max(initial=0.0)) or 1.0 for part in parts]
        return np.array(sizes)
