"""The system of equations y' = f(t, y): names, parameters and the functions that evaluate it.

Every route that needs f or its Jacobian asks a `System`: torch for the networks and their training, NumPy kernels for
the window march, plain Python floats for its first guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import (
    Expression,
    compile_numpy,
    compile_scalar,
    compile_torch,
    differentiate,
    free_symbols,
    substitute,
)

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]
ScalarFunction = Callable[[float, Sequence[float]], Sequence[float]]


@dataclass(frozen=True)
class Kernels:
    """NumPy functions of a system for many times at once, component axis first so that each state is one contiguous row."""

    f: Callable[[Array, Array, Array], Array]
    """f(t (n,), y (k, n), out (k, n)) -> out"""
    fj: Callable[[Array, Array, Array], Array]
    """fj(t (n,), y (k, n), out (1 + k, k, n)) -> out, with out[0] = f and out[1 + a, b] = df_a/dy_b. Entries of the
    Jacobian that vanish identically are left as they are: hand in zeros."""
    scalar: ScalarFunction | None
    """scalar(t, y) -> f(t, y) for one point in plain floats, where that is faster than a NumPy call; may raise
    ArithmeticError or ValueError outside the domain of f."""


class System:
    """A system given by a Python function.

    Parameters
    ----------
    f
        ``f(t, y, p) -> (k,)`` for one point: t a 0-d tensor, y of shape (k,), p a mapping from parameter to number.
        Returns a tensor (k,) or a list of k values. It is differentiated and mapped with `torch.func`, so it must be
        made of torch operations, without in-place writes and without ``if`` on the values.
    states
        Names of the k states; their order is the order of every array.
    parameters
        Name: value.
    """

    def __init__(self, f: Callable[..., Any], states: Sequence[str], parameters: Mapping[str, float] | None = None) -> None:
        if isinstance(states, str):
            raise ProblemError([Fault("states must be a list of names, not one string", path="system.states")])
        self.f = f
        self.states = tuple(states)
        self.parameters = dict(parameters or {})
        if not self.states:
            raise ProblemError([Fault("a system needs at least one state", path="system.states")])
        double = sorted({name for name in self.states if self.states.count(name) > 1})
        if double:
            raise ProblemError(Fault(f"state '{name}' is named twice", path="system.states") for name in double)

    @property
    def k(self) -> int:
        """Number of states."""
        return len(self.states)

    @property
    def autonomous(self) -> bool:
        """Whether f is known not to depend on t. A Python function is not looked into, so it may."""
        return False

    def rhs(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """f at one point: t of shape (), y of shape (k,) -> (k,)."""
        import torch

        value = self.f(t, y, self.parameters)
        if not isinstance(value, torch.Tensor):
            like = y[0]
            value = torch.stack([v if isinstance(v, torch.Tensor) else torch.zeros_like(like) + v for v in value])
        if value.shape != y.shape:
            raise ProblemError(
                [
                    Fault(
                        f"the right-hand side returned shape {tuple(value.shape)} for {self.k} states "
                        f"({', '.join(self.states)}): it must return ({self.k},)",
                        path="system",
                    )
                ]
            )
        return value

    def rhs_batch(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """f at n points: t (n,), y (n, k) -> (n, k)."""
        from torch.func import vmap

        return vmap(self.rhs)(t, y)

    def jacobian_batch(self, t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """f (n, k) and df/dy (n, k, k) at n points."""
        from torch.func import jacfwd, vmap

        def twice(t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            value = self.rhs(t, y)
            return value, value

        jacobian, value = vmap(jacfwd(twice, argnums=1, has_aux=True))(t, y)
        return value, jacobian

    def rhs_numpy(self, t: Array, y: Array) -> Array:
        """f at n points in NumPy: t (n,), y (n, k) -> (n, k)."""
        with np.errstate(all="ignore"):
            return self.kernels.f(t, np.ascontiguousarray(y.T), np.zeros((self.k, len(t)))).T

    @cached_property
    def kernels(self) -> Kernels:
        """NumPy functions, here through torch."""
        import torch

        def tensors(t: Array, y: Array) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.from_numpy(np.array(t, dtype=np.float64)), torch.from_numpy(np.array(y.T, dtype=np.float64))

        def f(t: Array, y: Array, out: Array) -> Array:
            out[:] = self.rhs_batch(*tensors(t, y)).numpy(force=True).T
            return out

        def fj(t: Array, y: Array, out: Array) -> Array:
            value, jacobian = self.jacobian_batch(*tensors(t, y))
            out[0] = value.numpy(force=True).T
            out[1:] = jacobian.numpy(force=True).transpose(1, 2, 0)
            return out

        return Kernels(f, fj, None)


class ExpressionSystem(System):
    """A system given by expressions, as a problem file has them.

    Parameters
    ----------
    equations
        State: right-hand side, first order, in the order of the states.
    parameters
        Name: value.
    source
        The equations as the user wrote them, left side: text, for display and for the run directory; higher orders
        are still in their own form there.
    """

    def __init__(
        self,
        equations: Mapping[str, Expression],
        parameters: Mapping[str, float] | None = None,
        source: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(self._point, list(equations), parameters)
        self.equations = dict(equations)
        self.source = dict(source or {})
        self._expressions = [substitute(equation, self.parameters) for equation in equations.values()]

    @property
    def autonomous(self) -> bool:
        """Whether no equation contains t."""
        return not any("t" in free_symbols(expression) for expression in self._expressions)

    @cached_property
    def jacobian(self) -> dict[tuple[int, int], Expression]:
        """The entries of df/dy that do not vanish identically, by (row, column)."""
        zero = {(i, j): differentiate(f, name) for i, f in enumerate(self._expressions) for j, name in enumerate(self.states)}
        return {place: entry for place, entry in zero.items() if entry.value != 0}

    @cached_property
    def kernels(self) -> Kernels:
        """NumPy and scalar functions generated from the expressions, with shared subexpressions."""
        rows: list[tuple[int, ...]] = [(i,) for i in range(self.k)]
        places: list[tuple[int, ...]] = [(0, i) for i in range(self.k)] + [(1 + i, j) for i, j in self.jacobian]
        return Kernels(
            f=compile_numpy(self._expressions, self.states, rows),
            fj=compile_numpy([*self._expressions, *self.jacobian.values()], self.states, places),
            scalar=compile_scalar(self._expressions, self.states),
        )

    @cached_property
    def _torch(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return compile_torch(self._expressions, self.states)

    @cached_property
    def _torch_jacobian(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return compile_torch([*self._expressions, *self.jacobian.values()], self.states)

    def _point(self, t: torch.Tensor, y: torch.Tensor, p: Mapping[str, float]) -> torch.Tensor:  # noqa: ARG002
        import torch

        return torch.stack(self._torch(t, y))

    def rhs_batch(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """f at n points, column by column: t (n,), y (n, k) -> (n, k)."""
        import torch

        return torch.stack(self._torch(t, y.unbind(-1)), dim=-1)

    def jacobian_batch(self, t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """f (n, k) and df/dy (n, k, k) at n points, from the symbolic derivatives."""
        import torch

        values = self._torch_jacobian(t, y.unbind(-1))
        jacobian = [[torch.zeros_like(t)] * self.k for _ in range(self.k)]
        for (i, j), entry in zip(self.jacobian, values[self.k :], strict=True):
            jacobian[i][j] = entry
        rows = [torch.stack(row, dim=-1) for row in jacobian]
        return torch.stack(values[: self.k], dim=-1), torch.stack(rows, dim=-2)
