"""The fixed maps of a window: one hidden layer for all windows, and what follows from it.

The network of a window is N(τ) = C tanh(s τ + b), 2n units with one common weight s and biases equispaced on s·[−3, 3].
Its unknowns are not the output weights C but the derivatives g = N'(τ_i) at the n right-Radau points τ_i: a square
collocation. Every other quantity is a fixed linear map of g:

    values at the nodes         N(τ) − N(−1) = A g
    values between them         N(σ) − N(−1) = E g
    derivatives between them           N'(σ) = U g
    output weights                        C = P g    (two refinement steps C += P (g − D C) restore the digits that
                                                      float64 loses in P, whose entries reach 1e12)

The maps are computed once in 50-digit arithmetic (scripts/make_tables.py), which removes the rounding floor of about
1e-10 that the same maps have when they are computed in float64. One common weight and equispaced biases far outside the
window resolve as much as polynomials of degree n; random hidden weights have a floor near 1e-9 and are unstable.

Windows that are solved together (boundary values, closed orbits, fits) have Gauss points instead. Right-Radau damps
components that grow with t when windows are long against them, which is right for a march forward; a boundary value
problem has such components as well, held by the condition at the far end, and a symmetric rule treats both alike (Ascher,
Mattheij and Russell, Numerical Solution of Boundary Value Problems, 1995, section 10.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import NDArray

Array = NDArray[np.float64]

NODES = (8, 12, 16, 20, 24)
"""Numbers of right-Radau nodes with a table."""
FLOOR = 0.2
"""Local error over the largest error of the derivative between the nodes, where both come from a straight line."""
GAUSS = (12, 16)
"""Numbers of Gauss nodes with a table."""


@dataclass(frozen=True)
class Table:
    """The maps for n nodes. Arrays named in the module's formulas; columns of states are rows here, so maps of the form
    (k, n) @ map carry a transposed name.
    """

    weight: float
    bias: Array
    """(2n,)"""
    tau: Array
    """(n,) nodes: right-Radau in (−1, 1], the last is 1, or Gauss in (−1, 1)."""
    sigma: Array
    """(c,) check points, one in each gap between nodes; with Gauss nodes the end 1 is the last. c is n or n + 2."""
    A: Array
    """(n, n) derivatives at the nodes -> values at the nodes."""
    E: Array
    """(c, n) derivatives at the nodes -> values at the check points."""
    U: Array
    """(c, n) derivatives at the nodes -> derivatives at the check points."""
    P: Array
    """(2n, n) derivatives at the nodes -> output weights, of least norm."""
    D: Array
    """(n, 2n) output weights -> derivatives at the nodes."""
    Q: Array
    """(n, n + c) values at nodes and check points -> their integral from −1 to each node; with Gauss nodes (n + 1, n + c),
    the last to the end."""
    AT: Array = field(init=False)
    """(n, n) transposed A."""
    AET: Array = field(init=False)
    """(n, n + c) transposed (A; E): values at nodes and check points."""
    GT: Array = field(init=False)
    """(n, n + c) transposed (I; U): derivatives at nodes and check points."""
    QT: Array = field(init=False)
    """Transposed Q."""
    points: Array = field(init=False)
    """(n + c,) nodes, then check points."""
    shifted: Array = field(init=False)
    """(n + c,) the points counted from the start of the window, in [0, 2]."""
    plain: Array = field(init=False)
    """(c, 2n) hidden units at the check points less those at −1, in float64 as the plain network has them."""
    floor: float = field(init=False)
    """Local error that a window of any length has, as a share of how much y changes in it: no sum of these hidden units is
    a straight line."""
    end: Array = field(init=False)
    """(n,) derivatives at the nodes -> value at the end of the window, N(1) − N(−1)."""
    tail: Array = field(init=False)
    """(n, 3) values at the nodes -> the last coefficients of their interpolating polynomial in Legendre polynomials."""
    barycentric: Array = field(init=False)
    """(n,) barycentric weights of polynomial interpolation in the nodes."""
    barycentric_values: Array = field(init=False)
    """(n + 1,) the same in −1 and the nodes."""

    def __post_init__(self) -> None:
        derived: dict[str, Any] = {
            "AT": np.ascontiguousarray(self.A.T),
            "AET": np.ascontiguousarray(np.vstack([self.A, self.E]).T),
            "GT": np.ascontiguousarray(np.vstack([np.eye(self.n), self.U]).T),
            "QT": np.ascontiguousarray(self.Q.T),
            "points": np.concatenate([self.tau, self.sigma]),
            "shifted": np.concatenate([self.tau, self.sigma]) + 1.0,
            "plain": np.tanh(self.weight * self.sigma[:, None] + self.bias) - np.tanh(self.bias - self.weight),
            "floor": FLOOR * float(np.abs(self.U @ self.tau - self.sigma).max()),
            "tail": np.ascontiguousarray(np.linalg.inv(legvander(self.tau, self.n - 1))[-3:].T),
            "end": self.A[-1] if self.tau[-1] == 1.0 else self.E[-1],
            "barycentric": _weights(self.tau),
            "barycentric_values": _weights(np.concatenate([[-1.0], self.tau])),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.tau)

    def interpolation(self, x: Array) -> Array:
        """(m, n) map from values at the nodes to values of their interpolating polynomial at x (m,)."""
        return _barycentric(x, self.tau, self.barycentric)

    def value_interpolation(self, x: Array) -> Array:
        """(m, n + 1) the same from values at −1 and the nodes."""
        return _barycentric(x, np.concatenate([[-1.0], self.tau]), self.barycentric_values)

    def output_weights(self, g: Array) -> Array:
        """Output weights C of derivatives g at the nodes: (..., n, k) -> (..., 2n, k)."""
        weights = self.P @ g
        for _ in range(2):
            weights = weights + self.P @ (g - self.D @ weights)
        return np.asarray(weights)


def _weights(nodes: Array) -> Array:
    """Barycentric weights (Berrut and Trefethen, SIAM Review 46, 2004, section 3), scaled against underflow."""
    difference = 2 * (nodes[:, None] - nodes)
    np.fill_diagonal(difference, 1.0)
    return np.asarray(1 / np.prod(difference, axis=1))


def _barycentric(x: Array, nodes: Array, weights: Array) -> Array:
    difference = x[:, None] - nodes
    difference[difference == 0] = 1e-300
    kernel = weights / difference
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


@lru_cache(maxsize=len(NODES) + len(GAUSS))
def table(n: int, rule: str = "radau") -> Table:
    """The table for n nodes, n one of `NODES`, or of `GAUSS` for the rule ``gauss``. Read from the package's data once a
    process.
    """
    prefix = "gauss_" if rule == "gauss" else ""
    with resources.files(__package__).joinpath("tables.npz").open("rb") as file, np.load(file) as data:
        names = ("bias", "tau", "sigma", "A", "E", "U", "P", "D", "Q")
        arrays = {name: data[f"{prefix}{name}_{n}"] for name in names}
        return Table(weight=float(data[f"{prefix}weight_{n}"]), **arrays)
