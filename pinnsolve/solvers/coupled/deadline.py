"""The time limit of a solve whose iterations are no windows in a row."""

from __future__ import annotations

import math
import time

from pinnsolve.problem import Problem


class Expired(Exception):
    """The time limit is over; the message says what to do."""


class Deadline:
    """Begins when it is made."""

    def __init__(self, problem: Problem) -> None:
        self.limit = problem.stage_settings[0].time_limit or math.inf
        self.end = time.perf_counter() + self.limit

    def check(self) -> None:
        """Raise `Expired` when the time is over."""
        if time.perf_counter() > self.end:
            raise Expired(f"the time limit of {self.limit:g} s is over; raise training.time_limit")
