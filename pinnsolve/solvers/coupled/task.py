"""What a kind of problem adds to the search for windows that are solved together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.solvers.coupled.curve import Curve
from pinnsolve.solvers.coupled.ends import Side
from pinnsolve.solvers.coupled.linear import Windows
from pinnsolve.solvers.coupled.search import Answer, Attempt, Search

Array = NDArray[np.float64]


class Task(ABC):
    """One problem: its side conditions, where to begin, and what to say of the end."""

    windows: Windows
    stops: Array
    """(s,) places at which a window must end."""

    @abstractmethod
    def conditions(self, curve: Curve) -> Side:
        """The side conditions, linearised about a curve."""

    @abstractmethod
    def attempts(self, search: Search) -> Sequence[Attempt]:
        """Ways to a first solution, in the order in which they are tried."""

    @abstractmethod
    def failure(self) -> str:
        """Why nothing was found, and what to change."""

    def doubt(self, answer: Answer) -> str | None:  # noqa: ARG002
        """Why an answer is none although its equations are satisfied; None where it is one."""
        return None

    def found(self, answer: Answer) -> dict[str, Any]:  # noqa: ARG002
        """What the solution has beside its networks, as fields of `Solution`."""
        return {}

    def remark(self) -> str:
        """What the message has to say beside the verdict."""
        return ""

    def state(self) -> dict[str, Any]:
        """What an interrupted solve needs beside the curve."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:  # noqa: B027 - most have nothing to take back
        """Take back what `state` returned."""
