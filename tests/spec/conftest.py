"""What the tests of problem files share: one good file to spoil, and the faults of a bad one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

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

FIT = """\
system:
  equations:
    x': y
    y': mu*(1 - x^2)*y - k*x
  parameters: {mu: 1}
initial: {x: 2, y: 0}
time: [0, 10]
fit:
  parameters: {mu: {bounds: [0, 10]}, k: {start: 2*0.5}}
  initial: [y]
  data: data.csv
  time: time
  observe: {x: [a, b], x + y: c}
  noise: {a: 0.1}
"""
CSV = 'time,a,b,c,comment\n0,1,2,3,first\n1,,2,,\n2.5,3,NA,5,"a,b"\n4,4,4,4,\n'


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


@pytest.fixture
def write_fit(tmp_path: Path) -> Callable[..., Path]:
    """Write a fit, with pieces replaced, and its data; gives the path of the problem."""

    def files(*changes: tuple[str, str], csv: str = CSV) -> Path:
        text = FIT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "data.csv").write_text(csv, encoding="utf-8")
        (tmp_path / "fit.yaml").write_text(text, encoding="utf-8")
        return tmp_path / "fit.yaml"

    return files


@pytest.fixture
def fit_mapping() -> dict[str, Any]:
    """The same fit as data."""
    return yaml.safe_load(FIT)
