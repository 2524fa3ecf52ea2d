"""The network that ``pinnsolve check-jacobian`` is asked about, and the times at which it is checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pinnsolve.analysis.check_jacobian import JacobianReport, check_jacobian
from pinnsolve.errors import UsageError
from pinnsolve.network.mlp import MLP
from pinnsolve.problem import Problem
from pinnsolve.runs.loading import load_run, names_run
from pinnsolve.runs.problems import Source, read_source
from pinnsolve.solvers.device import available_device, resolve_device
from pinnsolve.solvers.windows.solver import nodes_for
from pinnsolve.spec.python_system import load_function, split_reference
from pinnsolve.spec.values import ValueFault

OFFSET = 0.382
"""Where in each of n equal parts of the interval its time lies: not in the middle and not on an edge, because windows
often meet there."""
STATES, HIDDEN = 2, "32,32"

Network = Callable[[Tensor], Tensor]


def check_network(
    target: Source | None,
    *,
    model: str | None,
    states: int | None,
    hidden: str | None,
    points: int,
    changes: Mapping[str, Any] | None = None,
    allow_python: bool = False,
) -> JacobianReport:
    """Check the derivative of one network.

    Parameters
    ----------
    target
        A run directory, a checkpoint file or a problem; None for a network of its own.
    model
        ``file.py:name`` of the user's own module, which is run.
    states, hidden
        Outputs and hidden layers of a fresh network, where there is neither `target` nor `model`.
    points
        How many times.
    changes
        Settings of the problem to replace, by dotted key. Without a problem, ``device`` moves the network, and ``seed``
        is that of a fresh one.
    allow_python
        Whether ``system.python`` of the problem may be run.

    Raises
    ------
    UsageError
        For options that exclude each other, or a module that cannot be loaded.
    """
    given = [name for name, value in (("--model", model), ("--states", states), ("--hidden", hidden)) if value is not None]
    if target is not None and given:
        raise UsageError(f"{given[0]} is for a network of its own: leave out either it or {target}")
    if model is not None and len(given) > 1:
        raise UsageError(f"{given[1]} is for a fresh network: leave it out with --model")
    changes = changes or {}
    if target is not None:
        return _check_target(target, points, changes, allow_python)
    if model is not None:
        _only(changes, ["device"], "your own module")
        return check_jacobian(_moved(_own(model), changes), _times(points, -1.0, 1.0))
    _only(changes, ["device", "seed"], "a fresh network")
    generator = torch.Generator().manual_seed(_seed(changes))
    fresh = MLP(_widths(hidden or HIDDEN), states or STATES, generator=generator)
    return check_jacobian(_moved(fresh, changes), _times(points, -1.0, 1.0))


def _check_target(target: Source, points: int, changes: Mapping[str, Any], allow_python: bool) -> JacobianReport:
    if names_run(target):
        _only(changes, ["device"], f"{target}, which is trained already")
        solution = load_run(Path(target), allow_python)
        if solution.network is None:
            raise UsageError(f"{target} has no network to check: {solution.message}")
        network = _moved(solution.network, changes)
        return check_jacobian(network, _times(points, solution.problem.time[0], solution.reached))
    problem, _ = read_source(target, changes, allow_python)
    return check_jacobian(_of_problem(problem), _times(points, -1.0, 1.0))


def _only(changes: Mapping[str, Any], known: Collection[str], what: str) -> None:
    """Refuse settings that mean nothing without a problem."""
    for key in changes:
        if key not in known:
            option = "--seed" if key == "seed" else f"--set {key}"
            raise UsageError(f"{option} changes a problem, not {what}: name a problem file, or leave it out")


def _seed(changes: Mapping[str, Any]) -> int:
    seed = changes.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or not -(2**63) <= seed < 2**63:
        raise UsageError(f"--seed {seed}: must be a whole number that fits into 64 bits")
    return seed


def _moved(network: Network, changes: Mapping[str, Any]) -> Network:
    """The network on the device that was asked for."""
    name = changes.get("device", "auto")
    if name == "auto":
        return network
    if not isinstance(network, nn.Module):
        raise UsageError("--device moves a torch module; a plain function computes where it wants to")
    device = available_device(str(name))
    if device == "mps" and any(tensor.dtype == torch.float64 for tensor in network.state_dict().values()):
        raise UsageError("mps has no float64, in which this network computes; use --device cpu")
    return network.to(device)


def _of_problem(problem: Problem) -> MLP:
    """An untrained network of the kind that the problem is solved with."""
    k = problem.system.k
    return MLP(
        problem.network.hidden or (2 * nodes_for(k, problem.accuracy),),
        k,
        problem.network.activation,
        generator=torch.Generator().manual_seed(problem.seed),
        dtype=getattr(torch, problem.dtype),
        device=resolve_device(problem),
    )


def _times(points: int, start: float, end: float) -> Tensor:
    """(points, 1) times inside an interval."""
    return (start + (end - start) * (torch.arange(points, dtype=torch.float64) + OFFSET) / points)[:, None]


def _widths(text: str) -> tuple[int, ...]:
    try:
        widths = tuple(int(part) for part in text.split(","))
    except ValueError:
        widths = ()
    if not widths or min(widths) < 1:
        raise UsageError(f"--hidden {text}: give the widths of the hidden layers with commas, such as 32,32")
    return widths


def _own(reference: str) -> Network:
    """The user's module: an object, a class or function without arguments that makes one, or a plain function."""
    try:
        file, name = split_reference(reference)
        found: Any = load_function(Path(file), name)
    except ValueFault as fault:
        hint = f" (did you mean '{fault.suggestion}'?)" if fault.suggestion else ""
        raise UsageError(f"--model {reference}: {fault.message}{hint}") from fault
    if isinstance(found, nn.Module) or not _makes(found):
        network: Network = found
    else:
        network = found()
    return network


def _makes(found: Any) -> bool:
    """Whether something is called without arguments to get the network."""
    if inspect.isclass(found):
        return True
    required = [p for p in inspect.signature(found).parameters.values() if p.default is p.empty]
    return not [p for p in required if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
