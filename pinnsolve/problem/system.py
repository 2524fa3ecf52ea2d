"""The system of equations y' = f(t, y): names, parameters and the functions that evaluate it.

Every route that needs f or its Jacobian asks a `System`: torch for the networks and their training, NumPy kernels for
the window march, plain Python floats for its first guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.expressions import (
    Expression,
    Sweep,
    compile_numpy,
    compile_rk4,
    compile_rosenbrock,
    compile_scalar,
    compile_torch,
    domain_conditions,
    free_symbols,
    gradient,
    number,
    parse,
    substitute,
    time_terms,
    to_text,
)
from pinnsolve.problem.switching import freeze, is_smooth

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]
ScalarFunction = Callable[[float, Sequence[float]], Sequence[float]]

SWEPT = 64
"""Up to so many states, steps in plain floats are a guess worth its time."""


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
    rk4: Sweep | None = None
    """Runge–Kutta steps in plain floats, for systems of at most `SWEPT` states."""
    implicit: Callable[[], Sweep | None] = lambda: None
    """The same with stiff systems in mind, and with values instead of derivatives; compiled when first asked for."""


@dataclass(frozen=True)
class PieceKernels:
    """Functions of a right-hand side with jumps or kinks whose q switches are frozen (see `switching`).

    In all of them y is a sequence of the k states and then the q modes: rows (n,) and numbers.
    """

    f: Callable[[Array, Sequence[Any], Array], Array]
    fj: Callable[[Array, Sequence[Any], Array], Array]
    scalar: ScalarFunction
    rk4: Sweep | None
    implicit: Callable[[], Sweep | None]
    values: Callable[[Array, Sequence[Any], Array], Array]
    """values(t, y, out (q, n)) -> out: the switching functions."""
    rates: Callable[[Array, Sequence[Any], Array], Array]
    """rates(t, y, out (q, n)) -> out: time derivatives of the switching functions along the solution."""
    gradients: Callable[[Array, Sequence[Any], Array], Array]
    """gradients(t, y, out (q, k, n)) -> out: derivatives of the switching functions by the states."""
    kinds: tuple[str, ...]
    texts: tuple[str, ...]
    """The switching functions as text, for messages."""
    chained: tuple[bool, ...]
    """Whether a switching function contains modes: it changes where they do."""


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
        """The right-hand side at one point: t of shape (), y of shape (k,) -> (k,)."""
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
        """The right-hand side at n points: t (n,), y (n, k) -> (n, k)."""
        from torch.func import vmap

        return vmap(self.rhs)(t, y)

    def jacobian_batch(self, t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """F (n, k) and df/dy (n, k, k) at n points."""
        from torch.func import jacfwd, vmap

        def twice(t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            value = self.rhs(t, y)
            return value, value

        jacobian, value = vmap(jacfwd(twice, argnums=1, has_aux=True))(t, y)
        return value, jacobian

    def rhs_numpy(self, t: Array, y: Array) -> Array:
        """The right-hand side at n points in NumPy: t (n,), y (n, k) -> (n, k)."""
        with np.errstate(all="ignore"):
            return self.kernels.f(t, np.ascontiguousarray(y.T), np.zeros((self.k, len(t)))).T

    def with_parameters(self, values: Mapping[str, float]) -> System:
        """The same system with other values of some parameters."""
        return System(self.f, self.states, {**self.parameters, **values})

    def with_free(self, names: Sequence[str]) -> System:
        """The system in which the parameters `names` are further states, constant in time: k + q states."""
        import torch

        k = self.k

        def f(t: torch.Tensor, y: torch.Tensor, p: Mapping[str, float]) -> torch.Tensor:
            free: dict[str, Any] = dict(zip(names, y[k:].unbind(), strict=True))
            value = System(self.f, self.states, {**p, **free}).rhs(t, y[:k])
            return torch.cat([value, torch.zeros_like(y[k:])])

        return System(f, [*self.states, *names], {n: v for n, v in self.parameters.items() if n not in names})

    @property
    def pieces(self) -> PieceKernels | None:
        """The right-hand side taken apart at its jumps and kinks, where it is known to have any."""
        return None

    @property
    def forcings(self) -> int:
        """Number of the terms in `forcing`."""
        return self.k

    def forcing(self, t: Array, y: Array) -> Array:
        """What may change abruptly with time: t (n,), y (k, n) -> (m, n)."""
        with np.errstate(all="ignore"):
            return self.kernels.f(t, y, np.zeros((self.k, len(t))))

    def undefined_term(self, t: float, y: Array) -> str | None:
        """The term that is not defined at t, y (k,), as text, where one is known."""
        if np.isfinite(self.rhs_numpy(np.array([t]), y[None])).all():
            return None
        return "the right-hand side is not finite"

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

    @property
    def forcings(self) -> int:
        """Number of the terms in `forcing`."""
        return len(self._forcing[0])

    def forcing(self, t: Array, y: Array) -> Array:
        """The terms of the equations in which t stands, each alone: t (n,), y (k, n) -> (m, n)."""
        terms, function = self._forcing
        with np.errstate(all="ignore"):
            return function(t, y, np.zeros((len(terms), len(t))))

    @cached_property
    def _forcing(self) -> tuple[tuple[Expression, ...], Callable[[Array, Array, Array], Array]]:
        terms = time_terms(self._expressions)
        return terms, compile_numpy(terms, self.states, [(i,) for i in range(len(terms))])

    def with_parameters(self, values: Mapping[str, float]) -> System:
        """The same equations with other values of some parameters."""
        return ExpressionSystem(self.equations, {**self.parameters, **values}, self.source)

    def with_free(self, names: Sequence[str]) -> System:
        """The system in which the parameters `names` are further states, constant in time: k + q states."""
        fixed = {name: value for name, value in self.parameters.items() if name not in names}
        return ExpressionSystem({**self.equations, **dict.fromkeys(names, number(0.0))}, fixed)

    @cached_property
    def jacobian(self) -> dict[tuple[int, int], Expression]:
        """The entries of df/dy that do not vanish identically, by (row, column)."""
        return _jacobian(self._expressions, self.states)

    @cached_property
    def kernels(self) -> Kernels:
        """NumPy and scalar functions generated from the expressions, with shared subexpressions."""
        return Kernels(*_compiled(self._expressions, self.jacobian, self.states))

    @cached_property
    def pieces(self) -> PieceKernels | None:
        """The right-hand side taken apart at its jumps and kinks; None where it is smooth."""
        pieces = freeze(self._expressions)
        if pieces is None:
            return None
        equations = dict(zip(self.states, pieces.equations, strict=True))
        symbols = [*self.states, *(switch.mode for switch in pieces.switches)]
        functions = [switch.function for switch in pieces.switches]
        rates, gradients = pieces.rates(equations)
        places = [(i,) for i in range(len(functions))]
        flat = [partial for row in gradients for partial in row]
        pairs = [(i, j) for i in range(len(functions)) for j in range(self.k)]

        def rows(outputs: Sequence[Expression], slots: Sequence[tuple[int, ...]]) -> Callable[..., Array]:
            return compile_numpy(outputs, symbols, slots)

        return PieceKernels(
            *_compiled(pieces.equations, _jacobian(pieces.equations, self.states), symbols),
            values=rows(functions, places),
            rates=rows(rates, places),
            gradients=rows(flat, pairs),
            kinds=tuple(switch.kind for switch in pieces.switches),
            texts=tuple(to_text(f.arguments[0] if f.operator == "neg" else f) for f in functions),
            chained=tuple(not is_smooth(function) for function in functions),
        )

    def undefined_term(self, t: float, y: Array) -> str | None:
        """The first term that is not defined at t, y (k,), such as ``sqrt(1 - t) with 1 - t = -0.1``."""
        for argument, text in domain_conditions(self._expressions):
            both = compile_numpy([argument, parse(text, self.states)], self.states, [(0,), (1,)])
            with np.errstate(all="ignore"):
                value, term = both(np.array([t]), y[:, None], np.zeros((2, 1)))[:, 0].tolist()
            if not math.isfinite(term):
                return f"{text} is not defined for {to_text(argument)} = {value:.3g}"
        return super().undefined_term(t, y)

    @cached_property
    def _torch(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return compile_torch(self._expressions, self.states)

    @cached_property
    def _torch_jacobian(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return compile_torch([*self._expressions, *self.jacobian.values()], self.states)

    def _point(self, t: torch.Tensor, y: torch.Tensor, _parameters: Mapping[str, float]) -> torch.Tensor:
        import torch

        return torch.stack(self._torch(t, y))

    def rhs_batch(self, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The right-hand side at n points, column by column: t (n,), y (n, k) -> (n, k)."""
        import torch

        return torch.stack(self._torch(t, y.unbind(-1)), dim=-1)

    def jacobian_batch(self, t: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """F (n, k) and df/dy (n, k, k) at n points, from the symbolic derivatives."""
        import torch

        values = self._torch_jacobian(t, y.unbind(-1))
        jacobian = [[torch.zeros_like(t)] * self.k for _ in range(self.k)]
        for (i, j), entry in zip(self.jacobian, values[self.k :], strict=True):
            jacobian[i][j] = entry
        rows = [torch.stack(row, dim=-1) for row in jacobian]
        return torch.stack(values[: self.k], dim=-1), torch.stack(rows, dim=-2)


def _jacobian(equations: Sequence[Expression], states: Sequence[str]) -> dict[tuple[int, int], Expression]:
    """Derivatives by the states that do not vanish identically."""
    gradients = [gradient(f, states) for f in equations]
    return {(i, j): entries[name] for i, entries in enumerate(gradients) for j, name in enumerate(states) if name in entries}


def _compiled(
    equations: Sequence[Expression], jacobian: Mapping[tuple[int, int], Expression], symbols: Sequence[str]
) -> tuple[Callable[..., Array], Callable[..., Array], ScalarFunction, Sweep | None, Callable[[], Sweep | None]]:
    """f, fj, scalar, rk4 and implicit of `Kernels`."""
    k = len(equations)
    rows: list[tuple[int, ...]] = [(i,) for i in range(k)]
    places: list[tuple[int, ...]] = [*((0, i) for i in range(k)), *((1 + i, j) for i, j in jacobian)]
    return (
        compile_numpy(equations, symbols, rows),
        compile_numpy([*equations, *jacobian.values()], symbols, places),
        compile_scalar(equations, symbols),
        compile_rk4(equations, symbols) if k <= SWEPT else None,
        cache(lambda: compile_rosenbrock(equations, jacobian, symbols) if k <= SWEPT else None),
    )
