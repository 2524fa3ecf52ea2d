"""What the tests of problem files share: one good file to spoil, and the faults of a bad one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pinnsolve.errors import Fault, ProblemError
from pinnsolve.problem import Problem
from pinnsolve.spec import load_problem

VAN_DER_POL = """\
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
time: [0, 20]
"""


@pytest.fixture
def van_der_pol() -> str:
    return VAN_DER_POL


@pytest.fixture
def read() -> Callable[..., Problem]:
    """The problem of a text."""
    return lambda text, **more: load_problem("-", stdin_text=text, **more)


@pytest.fixture
def faults() -> Callable[..., list[Fault]]:
    """The faults of a text or a mapping."""

    def find(source, **more):
        with pytest.raises(ProblemError) as caught:
            if isinstance(source, str):
                load_problem("-", stdin_text=source, **more)
            else:
                load_problem(source, **more)
        return list(caught.value.faults)

    return find


@pytest.fixture
def spoilt(van_der_pol: str, faults: Callable[..., list[Fault]]) -> Callable[..., list[str]]:
    """The messages for the Van der Pol file with one piece replaced, or with more lines at its end."""

    def find(old: str = "", new: str = "", *, more: str = "") -> list[str]:
        assert old in van_der_pol
        text = van_der_pol.replace(old, new, 1) if old else van_der_pol
        return [str(fault) for fault in faults(text + more)]

    return find
