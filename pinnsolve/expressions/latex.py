r"""Expressions and names as LaTeX mathematics, within what Matplotlib's own typesetting understands.

There a piecewise function cannot be set as ``\begin{cases}``; it reads "a if condition else b".
"""

from __future__ import annotations

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.tree import Expression
from pinnsolve.expressions.typesetting import ATOM, greek_name, name_parts, typeset

_OPERATORS = {"<=": r"\leq", ">=": r"\geq", "==": "=", "!=": r"\neq", "and": r"\wedge", "or": r"\vee"}
_CONSTANTS = {"pi": r"\pi", "e": "e"}


def to_latex(expression: Expression) -> str:
    """The expression as LaTeX, without dollar signs."""
    return typeset(expression, _Latex())


def name_to_latex(name: str) -> str:
    r"""A name as it is set in mathematics: ``beta1'`` is ``\beta_1'``, ``x_max`` is ``x_{\mathrm{max}}``."""
    parts = name_parts(name)
    head, primes = _word(parts.head), "'" * parts.primes
    if not parts.subscripts:
        return head + primes
    subscript = ", ".join(map(_word, parts.subscripts))
    subscript = subscript if len(subscript) == 1 else f"{{{subscript}}}"
    return f"{head}_{subscript}{primes}"


def _word(word: str) -> str:
    """A word of a name: a Greek letter by its command, one letter or a number as it is, longer words upright."""
    greek = greek_name(word)
    if greek is not None:
        return f"\\{greek}"
    if len(word) == 1 or word.isdigit():
        return word
    return rf"\mathrm{{{word.replace('_', chr(92) + '_')}}}"


class _Latex:
    """The notation of LaTeX."""

    piecewise = ATOM

    def number(self, digits: str, constant: str, exponent: int | None) -> str:
        if constant:
            gap = " " if digits.strip("-") else ""
            return f"{digits}{gap}{_CONSTANTS[constant]}"
        return digits if exponent is None else rf"{digits} \cdot 10^{{{exponent}}}"

    def name(self, name: str) -> str:
        return name_to_latex(name)

    def fenced(self, text: str) -> str:
        return rf"\left({text}\right)"

    def prefix(self, operator: str, text: str) -> str:
        return f"-{text}" if operator == "neg" else rf"\neg {text}"

    def infix(self, operator: str, left: str, right: str) -> str:
        sign = {"*": r"\,", "·": r"\cdot"}.get(operator) or _OPERATORS.get(operator, operator)
        return f"{left} {sign} {right}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "where":
            condition, a, b = arguments
            return rf"\left({a} \ \mathrm{{if}} \ {condition} \ \mathrm{{else}} \ {b}\right)"
        template = FUNCTIONS[function].latex or rf"\{function}\left({{0}}\right)"
        return template.format(", ".join(arguments))
