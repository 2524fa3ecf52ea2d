"""The seven ways in which people take the time derivative of a 1→k network at n times, as one table.

Each route is a few lines of plain torch on `Model.single`, (1,) -> (k,), or `Model.batch`, (n, 1) -> (n, k), so that
what is compared is what a user would have written. docs/derivatives.md explains the shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import jacfwd, jacrev, jvp, vmap

from pinnsolve.analysis.rounding import rounding
from pinnsolve.errors import PinnsolveError


class ShapeError(PinnsolveError):
    """A network that does not return what a 1→k network must return."""


@dataclass(frozen=True)
class Model:
    """The user's network, with the shapes that it returns checked at every call."""

    function: Callable[[Tensor], Any]

    def single(self, t: Tensor) -> Tensor:
        """One time: (1,) -> (k,)."""
        value = self.function(t)
        if not isinstance(value, Tensor) or value.dim() != 1:
            raise ShapeError(f"for one time, shape (1,), the network returned {_what(value)}: it must return (k,)")
        return value

    def batch(self, t: Tensor) -> Tensor:
        """Many times: (n, 1) -> (n, k)."""
        value = self.function(t)
        n = len(t)
        if isinstance(value, Tensor) and value.shape == (n,):
            raise ShapeError(
                f"for times of shape ({n}, 1) the network returned ({n},): it must return ({n}, k), also for k = 1; "
                "a squeeze has eaten an axis"
            )
        if not isinstance(value, Tensor) or value.dim() != 2 or len(value) != n:
            raise ShapeError(
                f"for times of shape ({n}, 1) the network returned {_what(value)}: it must return ({n}, k), one row a "
                "time; work on the last axis, as in t[..., 0] and torch.stack(..., dim=-1)"
            )
        return value


def _what(value: Any) -> str:
    return f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"


@dataclass(frozen=True)
class Route:
    """One way to take the derivative."""

    name: str
    run: Callable[[Model, Tensor], Tensor]
    """Takes the network and the times (n, 1), returns the derivative in the route's own shape."""
    reduce: Callable[[Tensor], Tensor]
    """Brings that to (n, k); (n, 1) where the components were summed."""
    batched: bool = True
    """Whether it calls the network with (n, 1); otherwise with (1,), under `vmap`."""


def _forward(model: Model, t: Tensor) -> Tensor:
    return vmap(jacfwd(model.single))(t)  # (n, k, 1)


def _reverse(model: Model, t: Tensor) -> Tensor:
    return vmap(jacrev(lambda time: model.single(time[None])))(t[:, 0])  # a time of shape () -> (n, k)


def _tangent(model: Model, t: Tensor) -> Tensor:
    return jvp(model.batch, (t,), (torch.ones_like(t),))[1]  # (n, k)


def _each_output(model: Model, t: Tensor) -> Tensor:
    t = t.clone().requires_grad_()
    y = model.batch(t)  # (n, k)
    columns = [torch.autograd.grad(y[:, j].sum(), t, retain_graph=True, materialize_grads=True)[0] for j in range(y.shape[1])]
    return torch.cat(columns, dim=1)  # k times (n, 1) -> (n, k)


def full_jacobian(model: Model, t: Tensor) -> Tensor:
    """Every output with respect to every time, by reverse mode of the batched call: (n, 1) -> (n, k, n, 1)."""
    return torch.autograd.functional.jacobian(model.batch, t)


def _all_outputs(model: Model, t: Tensor) -> Tensor:
    t = t.clone().requires_grad_()
    y = model.batch(t)
    return torch.autograd.grad(y, t, grad_outputs=torch.ones_like(y))[0]  # (n, 1)


def _diagonal(jacobian: Tensor) -> Tensor:
    """(n, k, n, 1) -> (n, k)."""
    rows = torch.arange(len(jacobian), device=jacobian.device)
    return jacobian[rows, :, rows, 0]


def _same(value: Tensor) -> Tensor:
    return value


def central_differences(model: Model, t: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences with the best step for each entry, and their own accuracy: (n, 1) -> (n, k), (n, k).

    The steps h fall by 4 from a fraction of the largest time. The rounding of a difference is ρ(h) = noise/h; whatever
    it differs by from the differences with smaller steps, beyond their rounding, is its truncation error (after
    C. J. F. Ridders, Adv. Eng. Software 4 (1982) 75). The step with the smallest sum is taken. Where the network has a
    corner, a central difference is the mean of two slopes: half their difference, extrapolated to h = 0, is added.

    With D(h/4) within its rounding of the derivative and T the truncation found, D(h) is off by at most
    T + 2 ρ(h/4) = T + 8 ρ(h); a little more is allowed.
    """
    eps = torch.finfo(t.dtype).eps
    scale = max(1.0, float(t.abs().max()))
    centre = model.batch(t).detach()
    noise = 2 * rounding(partial(model.batch, t))
    slopes, bends, roundings = [], [], []
    h = scale / 8
    while h > eps * scale:
        right, left = t + h, t - h
        step = (right - left) / 2  # what t ± h came to after rounding
        step = torch.where(step > 4 * eps * t.abs(), step, torch.nan)
        above, below = model.batch(right).detach(), model.batch(left).detach()
        slopes.append((above - below) / (2 * step))
        bends.append((above - 2 * centre + below) / step)
        roundings.append((noise + eps * (above.abs() + below.abs())) / step)
        h /= 4
    slope, bend, rho = torch.stack(slopes), torch.stack(bends), torch.stack(roundings)  # (steps, n, k)
    corner = ((4 * bend[1:] - bend[:-1]) / 3).abs() / 2
    bound = (1.25 * _truncation(slope, rho) + 10 * rho)[:-2] + corner[:-1]
    bound = torch.where(slope[2:].isfinite(), bound, torch.inf)  # two smaller steps must have had their say
    accuracy, best = bound.nan_to_num(torch.inf, torch.inf, torch.inf).min(dim=0)
    return slope.gather(0, best[None])[0], accuracy


def _truncation(slope: Tensor, rho: Tensor) -> Tensor:
    """By how much each difference leaves the intervals slope ± rho of all smaller steps: (steps, n, k)."""
    low = (slope - rho).nan_to_num(-torch.inf, -torch.inf, -torch.inf).flip(0).cummax(0).values.flip(0)
    high = (slope + rho).nan_to_num(torch.inf, torch.inf, torch.inf).flip(0).cummin(0).values.flip(0)
    return torch.maximum(low - slope, slope - high).clamp(min=0)


FORWARD = "vmap(jacfwd(f))"
FULL = "autograd.functional.jacobian, diagonal taken"
SUMMED = "one autograd.grad of all outputs, ones as cotangent"
DIFFERENCES = "central differences"

ROUTES = (
    Route(FORWARD, _forward, lambda value: value[..., 0], batched=False),
    Route("vmap(jacrev(f))", _reverse, _same, batched=False),
    Route("jvp of the batched network with tangent ones", _tangent, _same),
    Route("one autograd.grad per output", _each_output, _same),
    Route(FULL, full_jacobian, _diagonal),
    Route(SUMMED, _all_outputs, _same),
    Route(DIFFERENCES, lambda model, t: central_differences(model, t)[0], _same),
)
"""In the order in which they are shown; the first is what pinnsolve uses and the reference of all others."""

REFERENCE = ROUTES[0]
