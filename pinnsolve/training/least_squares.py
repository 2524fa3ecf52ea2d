"""Damped linear least squares by QR: the linear algebra of the second-order methods.

Normal equations square the condition of the Jacobian, which is 1e6 and more here, and lose the digits that the last
orders of the residual need; a QR factorisation keeps them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def triangle(jacobian: Tensor, residual: Tensor) -> Tensor:
    """R (min(m, P + q), P + q) of [J r] = Q R: all that damped steps need of J (m, P) and r (m, q), whatever the
    damping.
    """
    return torch.linalg.qr(torch.cat([jacobian, residual], dim=1), mode="r")[1]


def damped(factor: Tensor, damping: Tensor) -> Tensor:
    """The steps d (P, q) that minimise |J d + r|² + |damping ∘ d|², from the `triangle` of J and r.

    With Q R = [J r] that is the least-squares problem of the stacked matrix, by one more QR,

        [ R_J        ]       [ −R_r ]
        [ diag(damp) ]  d  ≈ [   0  ]
    """
    n, m = len(damping), len(factor)
    stacked = factor.new_zeros(m + n, factor.shape[1])
    stacked[:m] = factor
    stacked[:m, n:].neg_()
    stacked[m:, :n].diagonal().copy_(damping)
    upper = torch.linalg.qr(stacked, mode="r")[1]
    return torch.linalg.solve_triangular(upper[:n, :n], upper[:n, n:], upper=True)


def ridge(dtype: torch.dtype) -> float:
    """Damping of columns of norm 1 that only keeps directions without any effect from growing: 1e-7 in float64."""
    return 6.7 * math.sqrt(torch.finfo(dtype).eps)


def ridge_step(jacobian: Tensor, residual: Tensor, ridge: float) -> Tensor:
    """The steps d (P, q) that minimise |J d + r|² with that damping on the normalised columns of J (m, P)."""
    norms = jacobian.norm(dim=0)
    norms = torch.where(norms > 0, norms, torch.ones_like(norms))
    return damped(triangle(jacobian / norms, residual), torch.full_like(norms, ridge)) / norms[:, None]


def output_step(jacobian: Tensor, residual: Tensor) -> Tensor:
    """Gauss–Newton step of the output layer (P_output,), from J (m, P_output) and r (m,)."""
    return ridge_step(jacobian, residual[:, None], ridge(residual.dtype))[:, 0]
