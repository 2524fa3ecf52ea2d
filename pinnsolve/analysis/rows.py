"""Whether a network treats every time on its own, as the derivative of a 1→k network at n times takes for granted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from pinnsolve.analysis.rounding import SAFETY, rounding
from pinnsolve.analysis.routes import Model, full_jacobian
from pinnsolve.errors import PinnsolveError

FEWEST, MOST = 4, 16
"""Rows looked at. Two would do for most networks, but two normalised values do not move: batch normalisation needs
three."""


def mixed_rows(model: Model, t: Tensor) -> str:
    """Which rows depend on each other and how much, or nothing where all are independent: t (n, 1).

    Block (i, j) of the full Jacobian, i ≠ j, is the derivative of row i of the output with respect to time j and must
    vanish. A value can depend on other rows without a derivative (through ``detach``): a row must not change either
    when fewer rows are evaluated beside it.
    """
    t = _sample(t)
    jacobian = full_jacobian(model, t)[..., 0]  # (n, k, n)
    t = t[jacobian.diagonal(dim1=0, dim2=2).isfinite().all(dim=0)]  # the others say nothing about who depends on whom
    if len(t) < 2:
        raise PinnsolveError("whether the rows are independent cannot be told: their derivatives are not finite")
    jacobian = full_jacobian(model, t)[..., 0]
    off_diagonal = ~torch.eye(len(t), dtype=torch.bool, device=t.device)
    size = jacobian.abs().amax(dim=1) * off_diagonal  # (n, n)
    if bool((size != 0).any()):  # NaN counts
        noise = rounding(lambda: full_jacobian(model, t)[..., 0], draws=4)
        excess = (jacobian.abs() - SAFETY * noise).amax(dim=1)[off_diagonal]
        if not bool((excess <= 0).all()):
            i, j = divmod(int(size.argmax()), len(t))
            return (
                f"the network mixes rows: its output at t = {float(t[i]):.6g} depends on the time of another row, "
                f"t = {float(t[j]):.6g}, with a derivative of {float(size[i, j]):.3g} where it must be 0"
            )
    few = t[: (len(t) + 1) // 2]
    change = (model.batch(t)[: len(few)] - model.batch(few)).abs()
    if bool((change > SAFETY * rounding(partial(model.batch, t))[: len(few)]).any()):
        i = int(change.amax(dim=1).argmax())
        return (
            f"the network mixes rows: its value at t = {float(t[i]):.6g} changes by {float(change[i].max()):.3g} when "
            "other times are evaluated beside it"
        )
    return ""


def cure(function: Callable[..., Any]) -> str:
    """What to do about rows that are mixed, naming the layers that are known to do it."""
    for name, layer in [pair for module in modules_of(function) for pair in module.named_modules()]:
        where = f"layer '{name}' ({type(layer).__name__})" if name else type(layer).__name__
        if isinstance(layer, _BatchNorm) and (layer.training or layer.running_mean is None):
            return f"{where} normalises over the batch in training mode: use LayerNorm, which stays within a row"
        if isinstance(layer, nn.MultiheadAttention | nn.TransformerEncoderLayer):
            return f"{where} attends over the batch: give each time a sequence axis of its own, (n, 1, features)"
    return "compute each row from its own time only: no mean, norm, sort or attention over the first axis"


def modules_of(function: object) -> list[nn.Module]:
    """The torch modules that a callable uses: itself, its owner or attributes, what it encloses or names."""
    if isinstance(function, nn.Module):
        return [function]
    if inspect.ismethod(function):
        return modules_of(function.__self__)
    if inspect.isfunction(function):
        used = inspect.getclosurevars(function)
        values = [*used.nonlocals.values(), *used.globals.values()]
    else:
        values = list(getattr(function, "__dict__", {}).values())
    return [value for value in values if isinstance(value, nn.Module)]


def _sample(t: Tensor) -> Tensor:
    """Between FEWEST and MOST of the times, spread over them; times are added where there are too few."""
    if len(t) < FEWEST:
        step = max(0.1, 0.1 * float(t.abs().max()))
        added = t.max() + step * torch.arange(1, FEWEST + 1 - len(t), dtype=t.dtype, device=t.device)
        return torch.cat([t, added[:, None]])
    return t[torch.linspace(0, len(t) - 1, min(len(t), MOST), device=t.device).round().long()]
