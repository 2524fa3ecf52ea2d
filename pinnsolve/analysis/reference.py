"""The one place with SciPy's integrators: the same system, integrated the classical way, to compare with.

A reference is two runs at tight tolerances whose difference is its own error. DOP853 takes the systems that it can
take; where stability and not accuracy dictates its steps, Radau with the system's own Jacobian takes over. SciPy's
component-first (k, n) arrays are turned into (n, k) here.

E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, II.5 and II.10 (DOP853); II, IV.8 (Radau
IIA) and IV.2 (telling stiffness by h·ρ(J)).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.integrate import DOP853, OdeSolver, Radau

from pinnsolve.problem import Problem, System

Array = NDArray[np.float64]

TIGHT = {"DOP853": (1e-13, 3e-14), "Radau": (1e-10, 1e-11, 1e-12, 1e-13)}
"""Relative tolerances of the runs of a reference, until two agree well enough; SciPy accepts none below 2.2e-14."""
ENOUGH = 1e-2
"""How much of the accuracy asked for two runs may differ by. Radau's runs can share an error that their difference does
not show: within the jumps of Van der Pol's equation with mu = 1000, 1e-10 and 1e-11 differ by 4e-6 and are off by 6e-5."""
ABSOLUTE = 1e-2
"""The absolute tolerance, as a share of the relative one times the size of the component: components that pass through
zero are not let go."""
SCOUT = 1e-6
"""Relative tolerance of the run that finds out how large the components are and whether the system is stiff."""
MOST_STEPS, SCOUT_STEPS = 200_000, 20_000
"""Steps after which a run and the scout give up: the right-hand side chatters, or the interval is out of reach."""
STIFF_STEPS = 1000
"""Steps still to come above which a run that stability holds back is handed to Radau."""
STABLE = 3.0
"""h·ρ(J) above which stability, not accuracy, holds DOP853 back: its limit on the negative axis is 6.1, and a step for
a relative error of 1e-6 stays near 1."""
LOOK_EVERY = 50
"""Steps between two looks at h·ρ(J)."""
LONGEST = 1 / 500
"""Longest step as a share of the interval where f depends on time: a longer one could miss a pulse."""
BEFORE = 0.99
"""The part of the way to a singularity on which sizes are taken."""


@dataclass(frozen=True)
class Run:
    """One integration with SciPy."""

    times: Array
    """(n,) in marching order."""
    values: Array
    """(n, k); NaN where the run did not get to."""
    reached: float
    """The last time that it got to."""
    method: str
    rtol: float
    seconds: float
    sizes: Array
    """(k,) largest absolute value of each component on the way, 1 for one that is zero throughout."""
    period: float = math.nan
    """Of a closed orbit."""


@dataclass(frozen=True)
class Reference(Run):
    """The tighter of two runs, with their difference."""

    error: Array = field(kw_only=True)
    """(n, k) absolute difference of the two runs."""

    @property
    def relative_error(self) -> float:
        """Its error in the measure of ``accuracy``: the largest difference against the size of its component."""
        compared = np.isfinite(self.error).all(axis=1)
        return float((self.error[compared] / self.sizes).max(initial=0.0))


def reference_solution(problem: Problem, times: Array) -> Reference:
    """Integrate a problem at tight tolerance, twice.

    Parameters
    ----------
    times
        (n,) times in marching order, which is downward for a problem that runs backward. The integration ends at the
        last of them. Where the solution ends earlier, at a singularity, the values after it are NaN.
    """
    integrator = _Integrator(problem, times[-1])
    loosest, next_one, *tighter = TIGHT[integrator.method]
    reference = paired(integrator.run(times, loosest), integrator.run(times, next_one))
    for rtol in tighter:
        if reference.relative_error <= ENOUGH * problem.accuracy:
            break
        run = integrator.run(times, rtol)
        if np.isfinite(run.values).sum() < np.isfinite(reference.values).sum():
            break  # stuck in rounding errors
        reference = paired(reference, run)
    return reference


def paired(looser: Run, tighter: Run) -> Reference:
    """The tighter of two runs with what the looser one says of its error."""
    own = {item.name: getattr(tighter, item.name) for item in fields(Run)}
    return Reference(**own, error=np.abs(tighter.values - looser.values))


def scipy_at(problem: Problem, rtol: float, times: Array) -> Run:
    """What SciPy gives when it is asked for `rtol` in the measure of ``accuracy``, and how long it takes."""
    return _Integrator(problem, times[-1]).run(times, max(rtol, TIGHT["DOP853"][-1]), watchful=False)


class _Integrator:
    """Integrates one problem from its start to `end` with the method that suits it."""

    def __init__(self, problem: Problem, end: float) -> None:
        self.system = problem.system
        self.start, self.end = problem.time[0], float(end)
        self.initial = np.array(problem.initial)
        self.f, self.jacobian = _right_hand_side(self.system), _jacobian(self.system)
        self.method = "DOP853"
        self.sizes = self._scout()

    def run(self, times: Array, rtol: float, watchful: bool = True) -> Run:
        """Integrate and evaluate at the times. A watchful run takes no step that could miss a pulse."""
        times = np.asarray(times, dtype=np.float64)
        values = np.full((len(times), self.system.k), np.nan)
        sign = math.copysign(1.0, self.end - self.start)
        ahead = sign * times
        done = int((ahead <= sign * self.start).sum())
        values[:done] = self.initial
        largest = np.abs(self.initial)
        begun = time.perf_counter()
        solver = self._solver(rtol, ABSOLUTE * rtol * self.sizes, watchful)
        for _ in range(MOST_STEPS):
            if not _step(solver):
                break
            largest = np.maximum(largest, np.abs(solver.y))
            upto = int(np.searchsorted(ahead, sign * solver.t, side="right"))
            if upto > done:
                values[done:upto] = solver.dense_output()(times[done:upto]).T  # (k, m) -> (m, k)
                done = upto
        seconds = time.perf_counter() - begun
        return Run(times, values, float(solver.t), self.method, rtol, seconds, _sizes(largest))

    def _scout(self) -> Array:
        """Run loosely for the size of each component; turn to Radau where the system is stiff, and keep to the part of
        the interval that is within reach.
        """
        floor = SCOUT * 1e-3 * max(float(np.abs(self.initial).max()), np.finfo(float).tiny)
        solver = self._solver(SCOUT, np.full(self.system.k, floor), watchful=True)
        times, values = [self.start], [np.abs(self.initial)]
        while _step(solver) and len(times) < SCOUT_STEPS:
            times.append(float(solver.t))
            values.append(np.abs(solver.y))
            if self.method == "DOP853" and len(times) % LOOK_EVERY == 0 and self._stiff(solver):
                self.method = "Radau"
                return self._scout()
        if solver.status == "running":
            self.end = times[-1]
        # Short of the end there is a singularity: what is measured against values next to it is not measured at all.
        before = self.start + (1.0 if times[-1] == self.end else BEFORE) * (times[-1] - self.start)
        count = int(np.searchsorted(np.abs(np.array(times) - self.start), abs(before - self.start), side="right"))
        return _sizes(np.max(values[:count], axis=0))

    def _stiff(self, solver: OdeSolver) -> bool:
        """Whether stability, not accuracy, makes the steps of an explicit method many."""
        if abs(self.end - solver.t) / solver.step_size < STIFF_STEPS:
            return False
        jacobian = self.jacobian(solver.t, solver.y)
        if not np.isfinite(jacobian).all():
            return False
        return float(np.abs(np.linalg.eigvals(jacobian)).max()) * solver.step_size > STABLE

    def _solver(self, rtol: float, atol: Array, watchful: bool) -> OdeSolver:
        timed = watchful and not self.system.autonomous
        longest = abs(self.end - self.start) * LONGEST if timed else math.inf
        common = {"rtol": rtol, "atol": atol, "max_step": longest}
        with np.errstate(all="ignore"):
            if self.method == "Radau":
                solver = Radau(self.f, self.start, self.initial, self.end, jac=self.jacobian, **common)
            else:
                solver = DOP853(self.f, self.start, self.initial, self.end, **common)
        if not math.isfinite(solver.h_abs):  # f was not finite where the first step was tried
            solver.h_abs = 1e-6 * abs(self.end - self.start)
        return solver


def _step(solver: OdeSolver) -> bool:
    """Take one step; False at the end of the interval and where no step is possible."""
    if solver.status != "running":
        return False
    try:
        with np.errstate(all="ignore"):
            solver.step()
    except (ValueError, np.linalg.LinAlgError):  # a Jacobian that is not finite
        return False
    return bool(solver.status != "failed" and np.isfinite(solver.y).all())


def _right_hand_side(system: System) -> Callable[[float, Array], Array]:
    """f(t, y (k,)) -> (k,) in the form that costs least a call; NaN where f is not defined."""
    scalar = system.kernels.scalar
    undefined = np.full(system.k, np.nan)
    if scalar is not None:

        def plain(t: float, y: Array) -> Array:
            try:
                return np.array(scalar(float(t), y.tolist()))
            except (ArithmeticError, ValueError):
                return undefined

        return plain

    def through_torch(t: float, y: Array) -> Array:
        value = system.rhs(torch.tensor(float(t), dtype=torch.float64), torch.from_numpy(np.array(y)))
        return np.asarray(value.numpy(force=True), dtype=np.float64)

    return through_torch


def _jacobian(system: System) -> Callable[[float, Array], Array]:
    """df/dy (k, k) at one point."""

    def jacobian(t: float, y: Array) -> Array:
        out = np.zeros((1 + system.k, system.k, 1))
        with np.errstate(all="ignore"):
            system.kernels.fj(np.array([float(t)]), np.ascontiguousarray(y[:, None]), out)
        return out[1:, :, 0]

    return jacobian


def _sizes(largest: Array) -> Array:
    """What each component is measured against: its largest absolute value; absolutely where that is zero."""
    return np.where(largest > 0, largest, 1.0)
