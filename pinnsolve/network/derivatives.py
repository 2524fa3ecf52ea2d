"""Time derivatives of 1→k networks, by definition: ``vmap(jacfwd)``.

`jacfwd` differentiates the map (1,) -> (k,) at one time, `vmap` runs it over the times: no sum over components, no
mixing of rows, whatever the network does inside. docs/derivatives.md compares it with the other routes.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.func import functional_call, jacfwd, vmap

from pinnsolve.network.tracing import Traced


def time_derivative(model: Callable[[Tensor], Tensor], t: Tensor) -> Tensor:
    """dN/dt at n times: t (n, 1) -> (n, k), for any module that maps (1,) to (k,)."""
    return vmap(jacfwd(model))(t)[..., 0]  # (n, k, 1) -> (n, k)


def value_and_derivative(model: Callable[[Tensor], Tensor], t: Tensor) -> tuple[Tensor, Tensor]:
    """N and dN/dt at n times in one pass: t (n, 1) -> (n, k), (n, k)."""

    def twice(t: Tensor) -> tuple[Tensor, Tensor]:
        value = model(t)
        return value, value

    derivative, value = vmap(jacfwd(twice, has_aux=True))(t)
    return value, derivative[..., 0]


class TracedDerivative:
    """`value_and_derivative` of a module from a flat graph: the same definition, several times faster.

    The graph belongs to a shape, dtype and device of t; a new one is traced when they change (0.1 to 0.3 s, the first
    in a process over a second). The weights are arguments of it, so training may go on between the calls.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._traced = Traced(self._definition)

    def __call__(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """N and dN/dt at n times: t (n, 1) -> (n, k), (n, k)."""
        return self._traced(t, *self._model.parameters(), *self._model.buffers())

    def _definition(self, t: Tensor, *values: Tensor) -> tuple[Tensor, Tensor]:
        names = [name for name, _ in (*self._model.named_parameters(), *self._model.named_buffers())]
        state = dict(zip(names, values, strict=True))
        return value_and_derivative(lambda x: functional_call(self._model, state, (x,)), t)
