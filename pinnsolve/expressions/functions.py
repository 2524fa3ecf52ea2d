"""The table of functions that an expression may call: everything about a function stands in its one row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Function:
    """One row of the table."""

    name: str
    scalar: Callable[..., float]
    """Of plain floats; may raise ArithmeticError or ValueError outside its domain."""
    numpy: Callable[..., Any]
    """Of arrays, elementwise; of two arguments where `most` is None."""
    torch: str
    """Its name in torch, or in `torch_functions.py` where torch has none."""
    derivative: tuple[str, ...] | None = None
    """For each argument the partial derivative, written with the arguments u, v and the value f of the function itself.
    None for the piecewise functions, which `differentiate.py` knows."""
    latex: str = ""
    r"""Template with {0} for the arguments, separated by commas; empty where ``\sin`` and the like is a command."""
    least: int = 1
    """Fewest arguments."""
    most: int | None = 1
    """Most arguments; None for any number."""


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _step(x: float) -> float:
    return 1.0 if x >= 0 else 0.0 if x < 0 else x


def _heaviside(x: Any) -> Any:
    return np.heaviside(x, 1.0)


def _floor(x: float) -> float:
    return float(math.floor(x))


def _choose(condition: float, a: float, b: float) -> float:
    return a if condition else b


def _upright(name: str) -> str:
    return rf"\mathrm{{{{{name}}}}}\left({{0}}\right)"


_ROWS = (
    Function("sin", math.sin, np.sin, "sin", ("cos(u)",)),
    Function("cos", math.cos, np.cos, "cos", ("-sin(u)",)),
    Function("tan", math.tan, np.tan, "tan", ("1 + f^2",)),
    Function("asin", math.asin, np.arcsin, "asin", ("1/sqrt(1 - u^2)",), r"\arcsin\left({0}\right)"),
    Function("acos", math.acos, np.arccos, "acos", ("-1/sqrt(1 - u^2)",), r"\arccos\left({0}\right)"),
    Function("atan", math.atan, np.arctan, "atan", ("1/(1 + u^2)",), r"\arctan\left({0}\right)"),
    Function("atan2", math.atan2, np.arctan2, "atan2", ("v/(u^2 + v^2)", "-u/(u^2 + v^2)"), _upright("atan2"), 2, 2),
    Function("sinh", math.sinh, np.sinh, "sinh", ("cosh(u)",)),
    Function("cosh", math.cosh, np.cosh, "cosh", ("sinh(u)",)),
    Function("tanh", math.tanh, np.tanh, "tanh", ("1 - f^2",)),
    Function("exp", math.exp, np.exp, "exp", ("f",), "e^{{{0}}}"),
    Function("log", math.log, np.log, "log", ("1/u",), r"\ln\left({0}\right)"),
    Function("log10", math.log10, np.log10, "log10", ("1/(log(10)*u)",), r"\log_{{10}}\left({0}\right)"),
    Function("sqrt", math.sqrt, np.sqrt, "sqrt", ("1/(2*f)",), r"\sqrt{{{0}}}"),
    Function("cbrt", math.cbrt, np.cbrt, "cbrt", ("1/(3*f^2)",), r"\sqrt[3]{{{0}}}"),
    Function("abs", abs, np.abs, "abs", ("sign(u)",), r"\left|{0}\right|"),
    Function("sign", _sign, np.sign, "sign", ("0",), _upright("sign")),
    Function("floor", _floor, np.floor, "floor", ("0",), r"\left\lfloor {0} \right\rfloor"),
    Function("step", _step, _heaviside, "step", ("0",), _upright("step")),
    Function("min", min, np.minimum, "minimum", least=2, most=None),
    Function("max", max, np.maximum, "maximum", least=2, most=None),
    Function("where", _choose, np.where, "where", least=3, most=3),
)

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
"""Name: row."""

RESERVED = frozenset(FUNCTIONS) | {"t", "pi", "and", "or", "not"}
"""Names that no state and no parameter may have."""
