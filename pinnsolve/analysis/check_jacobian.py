"""Whether the derivative of a 1→k network at n times is what it should be: the check of ``pinnsolve check-jacobian``.

Seven routes to the same numbers are compared, by shape, value, time and memory; then the rows are tested for
independence.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from pinnsolve.analysis.cost import measure
from pinnsolve.analysis.rounding import SAFETY, rounding
from pinnsolve.analysis.routes import DIFFERENCES, FULL, REFERENCE, ROUTES, SUMMED, Model, Route, central_differences
from pinnsolve.analysis.rows import cure, mixed_rows, modules_of
from pinnsolve.errors import PinnsolveError, UsageError

T = TypeVar("T")

LARGEST = 2**30
"""Bytes above which the full Jacobian, which grows as n², is not formed."""

_USER_ERRORS = (
    PinnsolveError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError
)  # fmt: skip
"""What a user's network may raise when it is handed something that it does not expect."""

_CURES = {
    "random operation": "the network draws random numbers (dropout in training mode?): call model.eval()",
    "expected 2D or 3D input": "batch normalisation does not take one time on its own: use LayerNorm",
    "more than 1 value per channel": "batch normalisation in training mode needs a batch: use LayerNorm",
    ".item()": "the network turns a tensor into a number: keep to tensor operations, torch.where instead of if",
    "data-dependent control flow": "keep to tensor operations, torch.where instead of if",
    "inplace arithmetic": "do not write into a tensor: build the output with torch.stack(..., dim=-1)",
    "does not require grad": "the graph is cut between t and the output (detach, no_grad, NumPy?)",
}
"""Part of an error of torch: what to do about it."""


@dataclass(frozen=True)
class RouteReport:
    """What one route returned."""

    route: str
    shape: list[int] | None
    """As returned, before the axes of length one or the diagonal are taken; None if the route raised."""
    max_difference: float | None
    """Largest difference from ``vmap(jacfwd(f))``; None if there is nothing to compare."""
    milliseconds: float | None
    memory_bytes: int | None
    agrees: bool | None
    """Whether the difference is within rounding, for central differences within their own accuracy. False for a route
    that raised, None for one that was skipped or had nothing to be compared with."""
    expected: bool
    """What `agrees` should be: false only for the route that sums the components."""
    error: str | None


@dataclass(frozen=True)
class JacobianReport:
    """The report of ``check-jacobian``."""

    shape: tuple[int, int | None]
    """(n, k); k is None for a network that cannot be evaluated."""
    rows_independent: bool
    routes: tuple[RouteReport, ...]
    message: str
    """What was found, and what to do if it was not as it should be."""

    @property
    def ok(self) -> bool:
        """Whether every verdict is as expected and the rows are independent. A route that was skipped for its memory
        does not count.
        """
        judged = all(route.agrees in (None, route.expected) for route in self.routes)
        return judged and self.rows_independent and self.routes[0].agrees is True

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it, NaN and infinity as None."""
        routes = [asdict(route) for route in self.routes]
        for route in routes:
            if route["max_difference"] is not None and not math.isfinite(route["max_difference"]):
                route["max_difference"] = None
        return {
            "ok": self.ok,
            "rows_independent": self.rows_independent,
            "shape": list(self.shape),
            "routes": routes,
            "message": self.message,
        }


def check_jacobian(model: Callable[[Tensor], Tensor], t: Tensor) -> JacobianReport:
    """Compare seven routes to the time derivative of a network and test its rows for independence.

    Parameters
    ----------
    model
        A torch module, or any callable, that maps one time (1,) to (k,) and n times (n, 1) to (n, k). Its buffers, its
        training mode and torch's random state are left as they were.
    t
        (n, 1) times. They are brought to the dtype and device of the model.

    Returns
    -------
    JacobianReport
        With ``.ok``, ``.routes``, ``.message`` and ``.to_dict()``. What goes wrong inside the network is in the report.

    Raises
    ------
    UsageError
        If `t` has another shape, no rows, or values that are not finite.
    """
    t = _times(model, t)
    checked = Model(model)
    with _undisturbed(model, t.device), warnings.catch_warnings(), torch.enable_grad():
        warnings.simplefilter("ignore")  # torch on the speed of the routes: that is measured here
        faults = _Faults.of(checked, t)
        routes = _compare(checked, t, faults)
        mixed, unknown = _attempt(lambda: mixed_rows(checked, t))
    found = [f"{mixed}; {cure(model)}" if mixed else "", faults.single, faults.batch, faults.random, unknown]
    found += _unexpected(routes)
    message = ". ".join(dict.fromkeys(sentence for sentence in found if sentence)) or (
        f"all routes agree and the rows are independent: row i of the derivative, shape ({len(t)}, {faults.k}), "
        "belongs to time i alone"
    )
    return JacobianReport((len(t), faults.k), mixed == "", routes, message)


@dataclass(frozen=True)
class _Faults:
    """What is wrong with the values of the network, before any derivative is taken."""

    k: int | None
    single: str = ""
    """Why it cannot be called with one time."""
    batch: str = ""
    """Why it cannot be called with n times."""
    random: str = ""
    """That two calls with the same times differ."""

    @classmethod
    def of(cls, model: Model, t: Tensor) -> _Faults:
        """Call the network with one time and with all of them, twice."""
        one, single = _attempt(lambda: model.single(t[0]))
        many, batch = _attempt(lambda: model.batch(t))
        if single and not batch:
            single = f"the network takes n times but not one, shape (1,): {single}"
        if one is None or many is None:
            value = many if one is None else one
            return cls(None if value is None else value.shape[-1], single, batch)
        k, random = len(one), ""
        if many.shape[1] != k:
            batch = f"the network returns {k} values for one time and {many.shape[1]} a row for n times"
        elif not torch.equal(many, model.batch(t)) and not many.isnan().any():
            random = f"the network is random: two evaluations at the same times differ; {_CURES['random operation']}"
        return cls(k, single, batch, random)


@dataclass(frozen=True)
class _Reference:
    """What the other routes are compared with."""

    value: Tensor
    """(n, k) by ``vmap(jacfwd(f))``."""
    allowed: Tensor
    """(n, k) by how much rounding may set another route apart."""


def _compare(model: Model, t: Tensor, faults: _Faults) -> tuple[RouteReport, ...]:
    """A report of every route, in order."""

    def derivative() -> Tensor:
        return REFERENCE.reduce(REFERENCE.run(model, t)).detach()

    reference = None
    if not faults.single:
        reference, _ = _attempt(lambda: _Reference(derivative(), SAFETY * rounding(derivative)))
    reports = []
    for route in ROUTES:
        fault = faults.batch if route.batched else faults.single
        needed = len(t) ** 2 * (faults.k or 0) * t.element_size()
        if fault:
            reports.append(_failed(route, fault))
        elif route.name == FULL and needed > LARGEST:
            shape = f"({len(t)}, {faults.k}, {len(t)}, 1)"
            sentence = (
                f"skipped: the full Jacobian, {shape}, would take {needed / 2**30:.1f} GiB; "
                "ask for fewer points to see this route"
            )
            reports.append(RouteReport(route.name, None, None, None, None, None, True, sentence))
        else:
            reports.append(_run(route, model, t, reference))
    return tuple(reports)


def _run(route: Route, model: Model, t: Tensor, reference: _Reference | None) -> RouteReport:
    """Measure one route and judge its difference from the reference."""
    cost, fault = _attempt(lambda: measure(partial(route.run, model, t), t.device))
    if cost is None:
        return _failed(route, fault)
    difference, agrees, expected = None, None, True
    value = route.reduce(cost.value)
    if reference is not None:
        allowed = reference.allowed
        if route.name == DIFFERENCES:
            allowed = allowed + central_differences(model, t)[1]
        distance = (value - reference.value).abs()
        difference, agrees = float(distance.max()), bool((distance <= allowed).all())
        if route.name == SUMMED:  # right for k = 1, or where the sum happens to equal every component
            distance = (reference.value.sum(dim=1, keepdim=True) - reference.value).abs()
            expected = bool((distance <= allowed).all())
    shape = list(cost.value.shape)
    return RouteReport(route.name, shape, difference, cost.milliseconds, cost.memory_bytes, agrees, expected, None)


def _failed(route: Route, sentence: str) -> RouteReport:
    return RouteReport(route.name, None, None, None, None, False, True, sentence)


def _unexpected(routes: tuple[RouteReport, ...]) -> Iterator[str]:
    """One sentence for each route whose verdict is not as expected."""
    for route in routes:
        if route.error is not None and route.agrees is False:
            yield route.error
        elif route.agrees not in (None, route.expected) and route.max_difference is not None:
            if not math.isfinite(route.max_difference):
                yield "the derivative is not finite everywhere: move the times away from where it is not"
            elif route.agrees:
                yield f"{route.route} agrees, although it should sum the components"
            else:
                yield f"{route.route} differs from {REFERENCE.name} by {route.max_difference:.3g}"


def _attempt(function: Callable[[], T]) -> tuple[T | None, str]:
    """The value of `function`, or the sentence of what it raised."""
    try:
        return function(), ""
    except _USER_ERRORS as error:
        return None, _sentence(error)


def _sentence(error: Exception) -> str:
    """The first line of an error, with what to do about it where that is known."""
    text = str(error)
    first = re.split(r"\n|\. |; see ", text.strip())[0].rstrip(".")
    if not isinstance(error, PinnsolveError):
        first = f"{type(error).__name__}: {first}"
    hints = [hint for part, hint in _CURES.items() if part in text]
    return "; ".join([first, *hints[:1]])


def _times(model: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
    """Check the times and bring them to the dtype and device of the network."""
    if t.dim() != 2 or t.shape[1] != 1 or not len(t):
        cure = "; use t[:, None]" if t.dim() == 1 and len(t) else ""
        raise UsageError(f"the times must have shape (n, 1) with n at least 1, not {tuple(t.shape)}{cure}")
    if not bool(t.isfinite().all()):
        raise UsageError("every time must be a finite number")
    tensors = (tensor for module in modules_of(model) for tensor in (*module.parameters(), *module.buffers()))
    like = next((tensor for tensor in tensors if tensor.is_floating_point()), None)
    if like is None:
        like = t if t.is_floating_point() else torch.zeros((), dtype=torch.float64, device=t.device)
    return t.detach().to(like)


@contextmanager
def _undisturbed(model: Callable[[Tensor], Tensor], device: torch.device) -> Iterator[None]:
    """Leave the buffers of the network (running statistics) and torch's random state as they were."""
    modules = [part for module in modules_of(model) for part in module.modules()]
    saved = [(part, name, buffer, buffer.clone()) for part in modules for name, buffer in part.named_buffers(recurse=False)]
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            yield
    finally:
        with torch.no_grad():
            for part, name, buffer, value in saved:
                setattr(part, name, buffer.copy_(value))
