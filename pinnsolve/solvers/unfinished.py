"""A solution that is none yet: what an interrupted solve leaves before it has trained anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinnsolve.problem import Problem
from pinnsolve.solvers.solution import Solution


def unfinished(problem: Problem, resume: Mapping[str, Any]) -> Solution:
    """No result yet, and all that is needed to carry on."""
    return Solution.unsolved(
        problem,
        "interrupted",
        "the run stopped before it had a result; carry it on with pinnsolve resume",
        method=", ".join(problem.method),
        iterations=0,
        seconds=0.0,
        device=problem.device,
        history=list(resume.get("history", ())),
        resume=dict(resume),
    )
