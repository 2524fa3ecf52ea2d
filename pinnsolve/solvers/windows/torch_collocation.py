"""The window of `collocation` in torch operations, for a GPU.

The formulas are those of `collocation`; arrays go in and out as NumPy, everything between is tensors on the device. A single
small system is faster on the CPU, where a step costs fewer microseconds than a GPU needs to start a kernel; this pays
for hundreds of states.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinnsolve.problem import System
from pinnsolve.solvers.windows.collocation import FRESH, REFACTOR, Collocation, Errors
from pinnsolve.solvers.windows.contraction import Contraction
from pinnsolve.solvers.windows.growth import growing, sampled
from pinnsolve.solvers.windows.rounding import STATES
from pinnsolve.solvers.windows.table import Table

Array = NDArray[np.float64]


class TorchCollocation(Collocation):
    """Solves windows of one system on one device, by the full Newton matrix.

    Parameters
    ----------
    system
        Its torch functions are evaluated.
    table, origin
        As in `Collocation`.
    device
        Where to compute, in float64.
    """

    def __init__(self, system: System, table: Table, origin: float, device: torch.device | str) -> None:
        super().__init__(system.kernels, system.k, table, origin)
        self.system, self.device = system, torch.device(device)
        self._maps = {name: self._tensor(getattr(table, name)) for name in ("A", "AT", "AET", "GT", "QT", "shifted")}
        self._eye = torch.eye(self.k * table.n, dtype=torch.float64, device=self.device)
        self._lu: tuple[Tensor, Tensor] | None = None
        self._jacobian = torch.empty(0)

    def derivative(self, s: float, y: Array) -> Array:
        """The right-hand side at one time s after the origin: (k,) -> (k,)."""
        return self._array(self._field(self._times(s, 0.0, 1), self._tensor(y)[:, None])[:, 0])

    def newton(
        self, s: float, y: Array, half: float, g: Array, scale: Array, tolerance: float, near: bool = False
    ) -> Array | None:
        """See `Collocation.newton`."""
        n, AT = self.table.n, self._maps["AT"]
        t, state, slopes = self._times(s, half, n), self._tensor(y)[:, None], self._tensor(g)
        values = state + half * (slopes @ AT)
        own = values.abs().amax(dim=1, keepdim=True)
        size = torch.maximum(self._tensor(scale), own)
        unit = 1.0 / size
        steps, self._lu, self.iterations = Contraction(tolerance, near, float((size / own).amax())), None, 0
        while steps.count < 12:
            if self._lu is None or steps.rate > REFACTOR:
                f = self._refactor(t, values, half)
            else:
                f = self._field(t, values)
            step = self._back((f - slopes)[None])[0]
            slopes = slopes + step
            self.iterations += 1
            moved = half * (step @ AT)
            values = values + moved
            if steps.count == 0 and not near:
                unit = 1.0 / torch.maximum(1.0 / unit, values.abs().amax(dim=1, keepdim=True))
            steps.add(float((moved.abs() * unit).amax()))
            if steps.converged:
                self.rate = steps.rate
                return self._array(slopes)
            if steps.failed:
                return None
        return None

    def errors(
        self, s: float, y: Array, half: float, g: Array, error: Array, probes: Array, signs: Array, noise: Array | None
    ) -> Errors | None:
        """See `Collocation.errors`."""
        maps, slopes = self._maps, self._tensor(g)
        values = self._tensor(y)[:, None] + half * (slopes @ maps["AET"])
        n = self.table.n
        if self.rate > FRESH:
            self._refactor(self._times(s, half, n), values[:, :n], half)
        derivatives = slopes @ maps["GT"]
        if noise is None:
            points = self.rounding.points(self.origin + (s + half * self.table.shifted), self._array(values))
            f = self._field(*map(self._tensor, points))
            noise = self.rounding.measured(self._array(f))
        else:
            f = self._field(self._times(s, half, 2 * n), values)
        residual = derivatives - f[:, : 2 * n]
        defect = -half * (residual @ maps["QT"])
        started = self._tensor(probes)[:, :, None]
        made = half * self._tensor(noise)[:, :, None] * maps["shifted"][:n]
        states = STATES * self._tensor(signs)[:, :, None] * values[:, :n]
        right = torch.cat([torch.stack([defect, made[0], defect + self._tensor(error)[:, None]]), started + made])
        unmoved = torch.zeros_like(defect)
        seen = right + torch.cat([torch.stack([unmoved, states[0], unmoved]), states])
        e = right + half * (self._back(torch.einsum("nab,sbn->san", self._jacobian, seen)) @ maps["AT"])
        local, rounding = self._array(e[:2].abs().amax(dim=2))
        if not np.isfinite(local).all():
            return None
        self.derivatives, self.residual = self._array(derivatives), self._array(residual)
        return Errors(local, rounding, noise, self._array(e[2]), self._array(e[3:]), self._array(values.abs().amax(dim=1)))

    def too_fast(self, half: float) -> float:
        """See `Collocation.too_fast`."""
        n = self.table.n
        jacobian = self._array(self._jacobian[sampled(self.k, n)]).transpose(1, 2, 0)
        return float(growing(jacobian, np.full(jacobian.shape[2], 2 * half), n).mean()) / n

    def _refactor(self, t: Tensor, values: Tensor, half: float) -> Tensor:
        """The right-hand side at the nodes, with new factors of I − half · J_i A_ij."""
        k, n = self.k, self.table.n
        f, jacobian = self.system.jacobian_batch(t, values.T.contiguous())
        self._jacobian = torch.nan_to_num(jacobian, nan=0.0, posinf=0.0, neginf=0.0)  # (n, k, k)
        matrix = torch.einsum("iab,ij->aibj", self._jacobian, self._maps["A"]).reshape(k * n, k * n)
        self._lu = torch.linalg.lu_factor(self._eye - half * matrix)
        return f.T

    def _back(self, right: Tensor) -> Tensor:
        """(s, k, n) right-hand sides in the factors."""
        assert self._lu is not None
        columns = right.reshape(len(right), -1).T
        return torch.linalg.lu_solve(*self._lu, columns).T.reshape(right.shape)

    def _field(self, t: Tensor, values: Tensor) -> Tensor:
        """The right-hand side: (n,), (k, n) -> (k, n)."""
        return self.system.rhs_batch(t, values.T.contiguous()).T

    def _times(self, s: float, half: float, count: int) -> Tensor:
        return self.origin + (s + half * self._maps["shifted"][:count])

    def _tensor(self, values: Array) -> Tensor:
        return torch.as_tensor(np.ascontiguousarray(values), device=self.device)

    def _array(self, values: Tensor) -> Array:
        return np.asarray(values.detach().cpu().numpy())
