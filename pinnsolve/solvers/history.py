"""The rows of a training history, one an iteration, as plain data for tables, plots and checkpoints."""

from __future__ import annotations

from typing import Any

from pinnsolve.progress import Step


def row(step: Step, seconds: float) -> dict[str, Any]:
    """One row: window, stage, iteration, residual norm of every state, size of the step, seconds since the start."""
    return {
        "window": step.window,
        "stage": step.stage,
        "iteration": step.iteration,
        "residual": list(step.residual),
        "size": step.size,
        "seconds": seconds,
    }
