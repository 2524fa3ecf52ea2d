r"""Expressions and names as LaTeX mathematics, within what Matplotlib's own typesetting understands.

There a piecewise function cannot be set as ``\begin{cases}``; it reads "a if condition else b".
"""

from __future__ import annotations

import math
import re
import unicodedata

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.printing import negated_first
from pinnsolve.expressions.tree import BINDING, Expression, postorder

_GREEK = frozenset(
    (  # noqa: SIM905
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
    ).split()
)
_OPERATORS = {"<=": r"\leq", ">=": r"\geq", "==": "=", "!=": r"\neq", "and": r"\wedge", "or": r"\vee"}
_ATOM = 9


def name_to_latex(name: str) -> str:
    r"""A name as it is set in mathematics: ``beta1'`` is ``\beta_1'``, ``x_max`` is ``x_{\mathrm{max}}``."""
    bare = name.rstrip("'")
    primes = name[len(bare) :]
    head, _, tail = bare.partition("_")
    digits = re.search(r"(?<=[^\W\d])\d+$", head)
    if digits and not tail:
        head, tail = head[: digits.start()], digits.group()
    if not head:
        head, tail = bare, ""
    if not tail:
        return _word(head) + primes
    subscript = ", ".join(_word(part) for part in tail.split("_") if part)
    subscript = subscript if len(subscript) == 1 else f"{{{subscript}}}"
    return f"{_word(head)}_{subscript}{primes}"


def _word(word: str) -> str:
    """A word of a name: a Greek letter by its command, one letter or a number as it is, longer words upright."""
    if word in _GREEK:
        return f"\\{word}"
    if len(word) == 1:
        return _greek_letter(word) or word
    if word.isdigit():
        return word
    return rf"\mathrm{{{word.replace('_', chr(92) + '_')}}}"


def _greek_letter(letter: str) -> str | None:
    """The command of a letter such as μ."""
    words = unicodedata.name(letter, "").split()
    if len(words) != 4 or words[0] != "GREEK" or words[2] != "LETTER":
        return None
    spelled = {"LAMDA": "lambda"}.get(words[3], words[3].lower())
    spelled = spelled if words[1] == "SMALL" else spelled.capitalize()
    return f"\\{spelled}" if spelled in _GREEK else None


def to_latex(expression: Expression) -> str:
    """The expression as LaTeX, without dollar signs."""
    written: dict[int, tuple[str, int]] = {}
    for node in postorder([expression]):
        written[id(node)] = _write(node, [written[id(a)] for a in node.arguments])
    return written[id(expression)][0]


def _write(node: Expression, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """The LaTeX of a node and how tightly it binds, from those of its arguments."""
    operator = node.operator
    if node.value is not None:
        return _number(node.value), _ATOM if node.value >= 0 else BINDING["neg"]
    if node.name is not None:
        return name_to_latex(node.name), _ATOM
    if operator in FUNCTIONS:
        return _call(operator, [text for text, _ in parts])
    if operator == "neg":
        least = BINDING["*"] if negated_first(node.arguments[0]) else BINDING["^"]
        return f"-{_wrapped(*parts[0], least)}", BINDING["+"] + 1
    if operator == "not":
        return rf"\neg {_wrapped(*parts[0], _ATOM)}", BINDING["not"]
    if operator == "^":
        return _power(node, *parts)
    if operator == "/":
        return rf"\frac{{{parts[0][0]}}}{{{parts[1][0]}}}", BINDING["*"]
    return _infix(operator, *parts), BINDING[operator]


def _infix(operator: str, left: tuple[str, int], right: tuple[str, int]) -> str:
    own = BINDING[operator]
    # To the right of + and * the same operator needs no parentheses on paper: a + (b + c) is read as a + b + c.
    after = _wrapped(*right, own + 1 if operator == "-" else own)
    if right[0].startswith("-") and operator in ("+", "-", "*"):
        after = rf"\left({right[0]}\right)"
    before = _wrapped(*left, own)
    if operator == "*":
        # Two factors stand side by side, but digits would run together.
        return rf"{before} \cdot {after}" if after[0].isdigit() else rf"{before} \, {after}"
    return f"{before} {_OPERATORS.get(operator, operator)} {after}"


def _power(node: Expression, base: tuple[str, int], exponent: tuple[str, int]) -> tuple[str, int]:
    # A name with primes takes no exponent: x'^2 is set as (x')^2.
    plain = base[1] >= _ATOM and not base[0].endswith("'") and node.arguments[0].operator not in FUNCTIONS
    if node.arguments[0].operator in FUNCTIONS and base[1] >= _ATOM and base[0].endswith(r"\right)"):
        plain = True
    written = base[0] if plain else rf"\left({base[0]}\right)"
    return f"{written}^{{{exponent[0]}}}", BINDING["^"]


def _call(name: str, arguments: list[str]) -> tuple[str, int]:
    if name == "where":
        condition, a, b = arguments
        return rf"\left({a} \ \mathrm{{if}} \ {condition} \ \mathrm{{else}} \ {b}\right)", _ATOM
    template = FUNCTIONS[name].latex or rf"\{name}\left({{0}}\right)"
    return template.format(", ".join(arguments)), _ATOM


def _number(value: float) -> str:
    r"""A number: whole multiples of pi by name, powers of ten as 1.5 \cdot 10^{-3}."""
    if value == math.e:
        return "e"
    multiple = value / math.pi
    if value and multiple.is_integer() and multiple * math.pi == value and abs(multiple) < 100:
        return {1: r"\pi", -1: r"-\pi"}.get(int(multiple), rf"{int(multiple)} \pi")
    if value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        return mantissa
    return rf"{mantissa.removesuffix('.0')} \cdot 10^{{{int(exponent)}}}"


def _wrapped(text: str, binding: int, least: int) -> str:
    return text if binding >= least else rf"\left({text}\right)"
