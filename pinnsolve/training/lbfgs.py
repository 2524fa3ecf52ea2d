"""L-BFGS on all weights, one iteration a step.

Liu and Nocedal, "On the limited memory BFGS method", Math. Program. 45, 1989, as `torch.optim.LBFGS` has it, with its
line search for the strong Wolfe conditions.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pinnsolve.network.residual import Objective
from pinnsolve.training.protocol import Iterate, Method, Settings, copied, rms

MEMORY = 100
"""Pairs of steps and gradient differences that make up the curvature."""
SEARCH = 25
"""Most evaluations of one line search."""
HIGH, LOW = 1e6, 1.0
"""torch drops every pair whose product is below 1e-10, an absolute number that ends progress at a loss near 1e-9. So it
is given the loss times a factor, which brings it to `HIGH` and is renewed when it has fallen to `LOW`."""


class _Point(NamedTuple):
    weights: Tensor
    loss: float
    gradient: Tensor
    residual: tuple[float, ...]


class LBFGS(Method):
    """L-BFGS with strong Wolfe line search."""

    name = "lbfgs"
    patience = (200, 1.01)

    def __init__(self, objective: Objective, weights: Tensor, settings: Settings) -> None:
        super().__init__(objective, weights, settings)
        self._factor = 0.0
        self._seen: list[_Point] = []
        # Its own stopping rules have absolute thresholds; the loop's do not.
        self._optimiser = torch.optim.LBFGS(
            [self.weights],
            max_iter=1,
            max_eval=1 + SEARCH,
            history_size=MEMORY,
            line_search_fn="strong_wolfe",
            tolerance_grad=0.0,
            tolerance_change=0.0,
        )

    def start(self) -> Iterate:
        """Evaluate the first weights."""
        return self._iterate()

    def step(self) -> Iterate:
        """One direction and its line search; points where the loss is not finite count as too high."""
        start = self._iterate()
        if not math.isfinite(start.loss):
            return start
        moved = self._advance(start)
        if moved.loss < start.loss:
            return moved
        self._optimiser.state[self.weights].clear()  # the curvature is used up: once more along the gradient alone
        moved = self._advance(start)
        if moved.loss < start.loss:
            return moved
        return Iterate(start.weights, start.loss, start.residual, 0.0, "no step along the gradient lowers the loss")

    def move(self, objective: Objective) -> None:
        """Go on with other points, where the curvature of the old ones means nothing."""
        super().move(objective)
        self._seen.clear()
        self._optimiser.state[self.weights].clear()

    def state_dict(self) -> dict[str, Any]:
        """Weights, the factor of the loss and the optimiser's memory."""
        memory = copied(self._optimiser.state[self.weights])
        return {"weights": self.weights.clone(), "factor": self._factor, "memory": memory}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Carry on from what `state_dict` returned."""
        self.weights.copy_(state["weights"])
        self._factor = state["factor"]
        self._optimiser.state[self.weights] = state["memory"]
        self._seen.clear()

    def _advance(self, start: Iterate) -> Iterate:
        """Let the optimiser take one step; where it did not lower the loss, go back."""
        self._rescale(start.loss)
        ceiling = 1e3 * start.loss

        def closure() -> float:
            point = self._evaluate()
            finite = math.isfinite(point.loss) and bool(torch.isfinite(point.gradient).all())
            self.weights.grad = self._factor * point.gradient if finite else torch.zeros_like(point.gradient)
            return self._factor * (min(point.loss, ceiling) if finite else ceiling)

        self._optimiser.step(closure)
        moved = self._iterate()
        if not moved.loss < start.loss:
            self.weights.copy_(start.weights)
        return moved

    def _rescale(self, loss: float) -> None:
        """Renew the factor where the loss has fallen; the memory changes with it, so that the steps do not."""
        if LOW < self._factor * loss <= HIGH or loss == 0:
            return
        new = HIGH / loss
        ratio, memory = new / self._factor if self._factor else 1.0, self._optimiser.state[self.weights]
        self._factor = new
        if "prev_flat_grad" in memory and memory["prev_flat_grad"] is not None:
            memory["prev_flat_grad"].mul_(ratio)
            memory["old_dirs"] = [ratio * difference for difference in memory["old_dirs"]]
            memory["ro"] = [value / ratio for value in memory["ro"]]
            memory["H_diag"] = memory["H_diag"] / ratio

    def _evaluate(self) -> _Point:
        """Loss and gradient at the weights; a line search ends at a point that it has evaluated."""
        for point in reversed(self._seen):
            if torch.equal(point.weights, self.weights):
                return point
        loss, gradient, squares = self.objective.gradient(self.weights)
        point = _Point(self.weights.clone(), float(loss), gradient, rms(squares))
        self._seen = [*self._seen[-SEARCH:], point]
        return point

    def _iterate(self) -> Iterate:
        """The weights where they are."""
        point, memory = self._evaluate(), self._optimiser.state[self.weights]
        return Iterate(point.weights, point.loss, point.residual, float(memory.get("t", 0.0)))
