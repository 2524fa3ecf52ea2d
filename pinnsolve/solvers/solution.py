"""The solution: one differentiable function of time with its verdict and the error estimated for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.errors import RunError, UsageError
from pinnsolve.network.chain import Chain
from pinnsolve.network.derivatives import time_derivative
from pinnsolve.problem import Problem, System

Array = NDArray[np.float64]
Times = TypeVar("Times", float, Array, Tensor)

CHECK_POINTS = 40
"""Points a window at which the residual is looked at when it is reported."""
PIECE = 20_000
"""Most times whose derivative is taken at once: `vmap` gives each a copy of the weights of its window."""


@dataclass(frozen=True)
class Band:
    """The curve of an observable with its uncertainty."""

    times: Array
    """(q,)"""
    value: Array
    """(q,)"""
    sd: Array
    """(q,) standard deviation that comes from the uncertainty of the estimates."""


@dataclass(repr=False)
class Solution:
    """A trained solution. Calling it with times (n,) gives states (n, k); a scalar time gives (k,)."""

    problem: Problem
    network: Chain | None
    """All networks as one torch module; None if not even the first window could be solved."""
    status: str
    """``converged``, ``not_converged``, ``diverged`` or ``interrupted``."""
    message: str
    """One sentence: what happened and, if it failed, what to change."""
    estimated: float
    """Estimated global relative error, in the measure of ``problem.accuracy``; inf where nothing can be said."""
    error_times: Array
    """(q,) times at which the error is estimated, in marching order."""
    error_values: Array
    """(q, k) estimated absolute error there, non-negative, in the units of each state."""
    reached: float
    """The last time that the solution covers: the end of the interval, or where it had to stop."""
    method: str
    """The stages that were run, in their order."""
    iterations: int
    trained_weights: int
    """How many weights the training determined."""
    seconds: float
    """Wall time of the solve."""
    device: str
    check_points: Array = field(default_factory=lambda: _between(CHECK_POINTS))
    """Points in (−1, 1) of every window that lie between the points trained on."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """A row an iteration, where the caller asked for it."""
    resume: dict[str, Any] | None = None
    """What an interrupted solve needs to carry on."""
    directory: Path | None = None
    """The run directory, where there is one."""

    period: float | None = None
    """Of a closed orbit; the solution covers one period and repeats itself."""
    orbit: dict[str, Any] | None = None
    """Of a closed orbit: ``multipliers`` [[re, im]] and ``stable``, as in ``result.json``."""
    fit: dict[str, Any] | None = None
    """Of a fit: estimates and what is known about them, as in ``result.json``."""
    bands: dict[str, Band] = field(default_factory=dict)
    """Of a fit: the fitted curve of every observable, by its text."""

    @classmethod
    def unsolved(cls, problem: Problem, status: str, message: str, **more: Any) -> Solution:
        """A solution without networks; `more` are the other fields that are known."""
        return cls(
            problem=problem,
            network=None,
            status=status,
            message=message,
            estimated=math.inf,
            error_times=np.empty(0),
            error_values=np.empty((0, problem.system.k)),
            reached=problem.time[0],
            trained_weights=0,
            **more,
        )

    def with_networks(self, make: Callable[[], Chain]) -> Solution:
        """Itself, with networks that are made when they are first asked for: a torch module takes as long to make as some
        windows to solve.
        """
        self.__dict__["network"] = make
        return self

    def __repr__(self) -> str:
        return f"<Solution of {self.problem.name}: {self.status}, {self.message}>"

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in the order of the columns."""
        return self.problem.system.states

    @property
    def interval(self) -> tuple[float, float]:
        """Start and end of the interval that was asked for; of a closed orbit, one period."""
        start, end = self.problem.time
        return (start, end) if self.period is None else (start, start + self.period)

    @property
    def system(self) -> System:
        """The equations that this solution satisfies: those of the problem, in a fit with the estimated parameters."""
        if self.fit is None:
            return self.problem.system
        return self.problem.system.with_parameters({n: entry["estimate"] for n, entry in self.fit["parameters"].items()})

    def as_initial_value_problem(self) -> Problem:
        """The problem with initial values that has this solution, whatever kind of problem was asked for: its state at the
        start, and in a fit the estimated parameters.
        """
        problem = self.problem
        if problem.kind == "initial":
            return problem
        start = self.interval[0]
        plain = {"boundary": None, "periodic": None, "fit": None}
        return problem.with_settings(system=self.system, initial=self(start).tolist(), time=self.interval, **plain)

    @property
    def accuracy(self) -> dict[str, float]:
        """The global relative error asked for and the one estimated."""
        return {"asked": self.problem.accuracy, "estimated": self.estimated}

    @property
    def windows(self) -> int:
        """Number of networks."""
        return 0 if self.network is None else self.network.windows

    @property
    def window_edges(self) -> Array:
        """(windows + 1,) the ends of the windows in marching order."""
        return np.empty(0) if self.network is None else self.network.edges.numpy(force=True)

    @overload
    def __call__(self, t: Tensor, *, extrapolate: bool = False) -> Tensor: ...
    @overload
    def __call__(self, t: float | Array, *, extrapolate: bool = False) -> Array: ...
    def __call__(self, t: float | Array | Tensor, *, extrapolate: bool = False) -> Array | Tensor:
        """Evaluate the states: (n,) times -> (n, k); a scalar -> (k,). NumPy in gives NumPy out, a torch tensor gives a
        tensor that can be differentiated with respect to t.

        Times past a singularity at which the solution ends give NaN.

        Raises
        ------
        UsageError
            (a ValueError) For a time outside the interval, unless `extrapolate`.
        """
        network = self._network()
        return self._evaluate(t, lambda times: network(times[:, None]), extrapolate)

    def derivative(self, t: Any, *, extrapolate: bool = False) -> Any:
        """dy/dt of the networks by ``vmap(jacfwd)``: (n,) -> (n, k), or a scalar -> (k,)."""
        network = self._network()
        return self._evaluate(t, lambda times: _derivative(network, times), extrapolate)

    def residual(self, t: Any) -> Any:
        """Y' − f(t, y) of the networks: (n,) -> (n, k), or a scalar -> (k,)."""
        network, system = self._network(), self.system

        def defect(times: Tensor) -> Tensor:
            return _derivative(network, times) - system.rhs_batch(times, network(times[:, None]))

        return self._evaluate(t, defect, extrapolate=False)

    def error(self, t: Any) -> Any:
        """Estimated absolute global error, non-negative, in the units of each state: (n,) -> (n, k), scalar -> (k,)."""

        def interpolate(times: Tensor) -> Tensor:
            sign = math.copysign(1.0, self.problem.span)
            x = times.detach().numpy(force=True)
            columns = [np.interp(sign * x, sign * self.error_times, column) for column in self.error_values.T]
            return torch.as_tensor(np.stack(columns, axis=-1), dtype=times.dtype, device=times.device)

        if not len(self.error_times):
            raise UsageError("this solution has no error estimate: nothing could be solved")
        return self._evaluate(t, interpolate, extrapolate=False)

    def residual_norm(self) -> float:
        """The largest residual between the points trained on, over the largest |y'| of its component."""
        network = self._network()
        inner = torch.as_tensor(self.check_points, dtype=network.starts.dtype, device=network.starts.device)
        times = network.origin + (network.starts[:, None] + network.lengths[:, None] * (inner + 1) / 2).reshape(-1)
        derivative = _derivative(network, times)
        residual = derivative - self.system.rhs_batch(times, network(times[:, None]))
        largest = derivative.abs().amax(dim=0)
        relative = residual.abs().amax(dim=0) / torch.where(largest > 0, largest, torch.ones_like(largest))
        return float(relative.max())

    def save(self, path: str | Path) -> None:
        """Write one checkpoint file, enough for `pinnsolve.load` in another process."""
        # Here because users look for it here; the file itself is the business of runs/.
        from pinnsolve.runs.checkpoint import save_checkpoint

        save_checkpoint(self, Path(path))

    def result(self) -> dict[str, Any]:
        """The solver's part of ``result.json``."""
        network = self.network
        return {
            "status": self.status,
            "message": self.message,
            "accuracy": self.accuracy,
            "states": list(self.states),
            "parameters": dict(self.system.parameters),
            "method": self.method,
            "windows": self.windows,
            "weights": self.trained_weights,
            "iterations": self.iterations,
            "seconds": {"solve": self.seconds},
            "device": self.device,
            "dtype": self.problem.dtype,
            "seed": self.problem.seed,
            "network": None if network is None else {"hidden": list(network.hidden), "activation": network.activation},
            "time_reached": self.reached,
            **{name: getattr(self, name) for name in _OPTIONAL if getattr(self, name) is not None},
        }

    def state(self) -> dict[str, Any]:
        """Everything but the problem as tensors, numbers and strings, for a checkpoint."""
        network = self.network
        plain = {name: getattr(self, name) for name in _PLAIN}
        arrays = {name: torch.as_tensor(getattr(self, name)) for name in _ARRAYS}
        chain = None if network is None else network.state()
        plain |= {name: getattr(self, name) for name in _OPTIONAL}
        plain["bands"] = {text: [torch.as_tensor(a) for a in (b.times, b.value, b.sd)] for text, b in self.bands.items()}
        return {**plain, **arrays, "history": list(self.history), "resume": self.resume, "network": chain}

    @classmethod
    def from_state(cls, problem: Problem, state: Mapping[str, Any]) -> Solution:
        """Rebuild a solution from what `state` returned and the problem it belongs to."""
        network = None if state["network"] is None else Chain.from_state(state["network"])
        plain = {name: state[name] for name in _PLAIN}
        arrays = {name: state[name].numpy() for name in _ARRAYS}
        plain |= {name: state.get(name) for name in _OPTIONAL}
        plain["bands"] = {text: Band(*(a.numpy() for a in band)) for text, band in state.get("bands", {}).items()}
        return cls(problem, network, history=list(state["history"]), resume=state["resume"], **plain, **arrays)

    def _network(self) -> Chain:
        if self.network is None:
            raise RunError(f"there is no solution to evaluate: {self.message}")
        return self.network

    def _evaluate(self, t: Any, function: Any, extrapolate: bool) -> Any:
        """Check the times, call `function` with a tensor (n,), give back what came in: kind, dtype and shape."""
        like = None if self.network is None else self.network.starts
        # A copy of what is not a tensor: torch takes neither reversed nor read-only arrays as they are.
        tensor = t if isinstance(t, Tensor) else torch.from_numpy(np.array(t, dtype=np.float64))
        times = tensor.reshape(-1).to(like) if like is not None else tensor.reshape(-1)
        if tensor.dim() > 1:
            raise UsageError(f"times must be a scalar or have shape (n,), not {tuple(tensor.shape)}")
        if self.period is not None:
            start = self.problem.time[0]
            times = start + torch.remainder(times - start, self.period)
        elif not extrapolate:
            self._check(times.detach())
        with torch.set_grad_enabled(isinstance(t, Tensor) and torch.is_grad_enabled()):
            value = function(times)
            if not extrapolate and self.reached != self.interval[1]:
                beyond = (times - self.reached) * math.copysign(1.0, self.problem.span) > 0
                value = torch.where(beyond[:, None], torch.full_like(value, math.nan), value)
        value = value.reshape(*tensor.shape, value.shape[-1])
        if not isinstance(t, Tensor):
            return value.numpy(force=True).astype(np.float64, copy=False)
        return value.to(t) if t.is_floating_point() else value.to(t.device)  # states at whole times are no whole numbers

    def _check(self, times: Tensor) -> None:
        """Refuse times outside the interval; the rounding of a division into steps is let pass."""
        if not len(times):
            return
        low, high = sorted(self.problem.time)
        slack = 1e-12 * max(high - low, abs(low), abs(high))
        outside = times[~((times >= low - slack) & (times <= high + slack))]
        if len(outside):
            raise TimeOutsideError(
                f"t = {float(outside[0]):.17g} lies outside the solved interval [{low:.17g}, {high:.17g}]; "
                "solve on a longer interval, or ask for extrapolation (extrapolate=True, --extrapolate)"
            )


class TimeOutsideError(UsageError, ValueError):
    """A time outside the interval that the solution covers."""


_PLAIN = ("status", "message", "estimated", "reached", "method", "iterations", "trained_weights", "seconds", "device")
_OPTIONAL = ("period", "orbit", "fit")
_ARRAYS = ("error_times", "error_values", "check_points")


def _derivative(network: Chain, times: Tensor) -> Tensor:
    """dy/dt by ``vmap(jacfwd)`` in pieces: (n,) -> (n, k)."""
    return torch.cat([time_derivative(network, part[:, None]) for part in times.split(PIECE)])


def _between(n: int) -> Array:
    """N points of (−1, 1), denser towards the ends."""
    return -np.cos(np.pi * (np.arange(n) + 0.5) / n)


class _Network:
    """The field `network`, made by its function if it has been set to one."""

    def __get__(self, solution: Solution, owner: type) -> Chain | None:
        value = solution.__dict__["network"]
        if value is not None and not isinstance(value, Chain):
            value = solution.__dict__["network"] = value()
        return value

    def __set__(self, solution: Solution, value: Chain | None) -> None:
        solution.__dict__["network"] = value


Solution.network = _Network()  # type: ignore[assignment]  # put in here, so that to readers it is a field like the others
