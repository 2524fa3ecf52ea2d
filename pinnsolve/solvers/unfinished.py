"""A solution that is none yet: what an interrupted solve leaves before it has trained anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pinnsolve.problem import Problem
from pinnsolve.solvers.solution import Solution


def unfinished(problem: Problem, resume: Mapping[str, Any]) -> Solution:
    """No result yet, and all that is needed to carry on."""
    return Solution(
        problem=problem,
        network=None,
        status="interrupted",
        message="the run stopped before it had a result; carry it on with pinnsolve resume",
        estimated=math.inf,
        error_times=np.empty(0),
        error_values=np.empty((0, problem.system.k)),
        reached=problem.time[0],
        method=", ".join(problem.method),
        iterations=0,
        trained_weights=0,
        seconds=0.0,
        device=problem.device,
        history=list(resume.get("history", ())),
        resume=dict(resume),
    )
