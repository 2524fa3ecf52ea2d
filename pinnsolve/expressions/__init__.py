"""Expressions: text to a small symbolic tree, its derivatives, and compiled NumPy, scalar and torch functions."""

from pinnsolve.expressions.compile import compile_numpy, compile_scalar, compile_torch
from pinnsolve.expressions.conditions import domain_conditions, undefined_constant
from pinnsolve.expressions.differentiate import differentiate, gradient
from pinnsolve.expressions.errors import ExpressionError
from pinnsolve.expressions.forcing import time_terms
from pinnsolve.expressions.functions import FUNCTIONS, RESERVED
from pinnsolve.expressions.latex import name_to_latex, to_latex
from pinnsolve.expressions.names import nearest_name, normalise_name
from pinnsolve.expressions.parser import evaluate_constant, parse
from pinnsolve.expressions.points import parse_at, state_at
from pinnsolve.expressions.printing import to_text
from pinnsolve.expressions.rosenbrock import compile_rosenbrock
from pinnsolve.expressions.simplify import apply, substitute
from pinnsolve.expressions.sweep import Sweep, compile_rk4
from pinnsolve.expressions.tree import Expression, free_symbols, number, symbol

__all__ = [
    "FUNCTIONS",
    "RESERVED",
    "Expression",
    "ExpressionError",
    "Sweep",
    "apply",
    "compile_numpy",
    "compile_rk4",
    "compile_rosenbrock",
    "compile_scalar",
    "compile_torch",
    "differentiate",
    "domain_conditions",
    "evaluate_constant",
    "free_symbols",
    "gradient",
    "name_to_latex",
    "nearest_name",
    "normalise_name",
    "number",
    "parse",
    "parse_at",
    "state_at",
    "substitute",
    "symbol",
    "time_terms",
    "to_latex",
    "to_text",
    "undefined_constant",
]
