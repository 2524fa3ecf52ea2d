"""Setting expressions as mathematics, whatever the notation: where parentheses stand, what names and numbers are made of."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import NamedTuple, Protocol

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.printing import negated_first
from pinnsolve.expressions.tree import BINDING, Expression, postorder

ATOM = 9
"""The binding of what never needs parentheses."""
GREEK = (  # noqa: SIM905
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split()
"""The letters that are set when their name is spelled out."""

ZEROS = 5
"""A whole number that ends in so many is set with a power of ten."""
_UNFENCED = frozenset({"exp", "sqrt", "cbrt", "abs", "floor"})
"""Functions whose argument stands in something other than parentheses."""


class Notation(Protocol):
    """How the parts of an expression are written; every text is complete in itself."""

    piecewise: int
    """How tightly the notation of ``where`` holds together."""

    def number(self, digits: str, constant: str, exponent: int | None) -> str:
        """Digits with a sign, times a constant (``pi``, ``e`` or none), times a power of ten."""

    def name(self, name: str) -> str:
        """A state, a parameter or the time."""

    def fenced(self, text: str) -> str:
        """In parentheses."""

    def prefix(self, operator: str, text: str) -> str:
        """``neg`` or ``not``."""

    def infix(self, operator: str, left: str, right: str) -> str:
        """Two operands with their operator; ``·`` is a product whose factors must not touch."""

    def power(self, base: str, exponent: str) -> str:
        """A base with its exponent."""

    def fraction(self, above: str, below: str) -> str:
        """A quotient."""

    def call(self, function: str, arguments: list[str]) -> str:
        """A function of its arguments."""


class Piece(NamedTuple):
    """A part of an expression as it is set."""

    text: str
    binding: int
    """How tightly it holds together, from 1 for ``or`` to `ATOM`."""
    lead: str = ""
    """What it begins with: ``-`` a sign, ``0`` a digit, or neither."""
    tail: str = ""
    """What it ends with: ``'`` a prime, ``)`` the parentheses of a function, or neither."""


class NameParts(NamedTuple):
    """What the name ``beta1'`` is made of: ``beta``, ``("1",)`` and one prime."""

    head: str
    subscripts: tuple[str, ...]
    primes: int


def typeset(expression: Expression, notation: Notation) -> str:
    """The expression in a notation."""
    return _pieces(expression, notation)[id(expression)].text


def summands(expression: Expression, notation: Notation) -> list[tuple[str, str]]:
    """The expression as a sum, (sign, text) of every term; the first has no sign. One entry for what is no sum."""
    pieces = _pieces(expression, notation)
    terms: list[tuple[str, str]] = []
    while expression.operator in ("+", "-"):
        left, right = expression.arguments
        terms.append((expression.operator, _right_of(expression.operator, pieces[id(right)], notation).text))
        expression = left
    first = pieces[id(expression)]
    text = _fenced(first, BINDING["+"], notation).text if terms else first.text
    return [("", text), *reversed(terms)]


def name_parts(name: str) -> NameParts:
    """Take a name apart: ``x_max`` into ``x`` and ``max``, ``y12'`` into ``y``, ``12`` and a prime."""
    bare = name.rstrip("'")
    head, _, tail = bare.partition("_")
    digits = re.search(r"(?<=[^\W\d])\d+$", head)
    if digits and not tail:
        head, tail = head[: digits.start()], digits.group()
    if not head:
        head, tail = bare, ""
    return NameParts(head, tuple(part for part in tail.split("_") if part), len(name) - len(bare))


def greek_name(word: str) -> str | None:
    """The name of the Greek letter that a word spells or is: ``mu`` for ``mu`` and ``μ``; None for anything else."""
    if word in GREEK:
        return word
    words = unicodedata.name(word, "").split() if len(word) == 1 else []
    if len(words) != 4 or words[0] != "GREEK" or words[2] != "LETTER":
        return None
    spelled = {"LAMDA": "lambda"}.get(words[3], words[3].lower())
    spelled = spelled if words[1] == "SMALL" else spelled.capitalize()
    return spelled if spelled in GREEK else None


def number_parts(value: float) -> tuple[str, str, int | None]:
    """Digits, constant and power of ten of a number: whole multiples of pi by name, 1.5e-3 as 1.5 and -3."""
    if value == math.e:
        return "", "e", None
    multiple = value / math.pi
    if value and multiple.is_integer() and multiple * math.pi == value and abs(multiple) < 100:
        return {1: "", -1: "-"}.get(int(multiple), str(int(multiple))), "pi", None
    if value.is_integer() and abs(value) < 1e16:
        whole = str(int(value))
        zeros = len(whole) - len(whole.rstrip("0"))
        return (whole, "", None) if zeros < ZEROS or not value else (whole[:-zeros], "", zeros)
    mantissa, _, exponent = f"{value!r}".partition("e")
    return mantissa.removesuffix(".0"), "", int(exponent) if exponent else None


def _pieces(expression: Expression, notation: Notation) -> dict[int, Piece]:
    """Every node of a tree as it is set, by identity."""
    written: dict[int, Piece] = {}
    for node in postorder([expression]):
        written[id(node)] = _piece(node, [written[id(a)] for a in node.arguments], notation)
    return written


def _piece(node: Expression, parts: list[Piece], notation: Notation) -> Piece:
    """A node, from its arguments."""
    operator = node.operator
    if node.value is not None:
        digits, constant, exponent = number_parts(node.value)
        lead = "" if not digits else "-" if digits.startswith("-") else "0"
        return Piece(notation.number(digits, constant, exponent), ATOM if node.value >= 0 else BINDING["neg"], lead)
    if node.name is not None:
        return Piece(notation.name(node.name), ATOM, tail="'" if node.name.endswith("'") else "")
    if operator in FUNCTIONS:
        text = notation.call(operator, [part.text for part in parts])
        binding = notation.piecewise if operator == "where" else ATOM
        return Piece(text, binding, tail="" if operator in _UNFENCED else ")")
    if operator == "neg":
        least = BINDING["*"] if negated_first(node.arguments[0]) else BINDING["^"]
        return Piece(notation.prefix("neg", _fenced(parts[0], least, notation).text), BINDING["+"] + 1, "-")
    if operator == "not":
        return Piece(notation.prefix("not", _fenced(parts[0], ATOM, notation).text), BINDING["not"])
    if operator == "^":
        return _power(node, parts[0], parts[1], notation)
    if operator == "/":
        return Piece(notation.fraction(parts[0].text, parts[1].text), BINDING["*"])
    return _infix(operator, parts[0], parts[1], notation)


def _infix(operator: str, left: Piece, right: Piece, notation: Notation) -> Piece:
    own = BINDING[operator]
    before, after = _fenced(left, own, notation), _right_of(operator, right, notation)
    # Two factors stand side by side, but digits would run together.
    sign = "·" if operator == "*" and after.lead == "0" else operator
    return Piece(notation.infix(sign, before.text, after.text), own, before.lead)


def _right_of(operator: str, right: Piece, notation: Notation) -> Piece:
    """The right operand, in parentheses where it needs them."""
    if right.lead == "-" and operator in ("+", "-", "*"):
        return Piece(notation.fenced(right.text), ATOM)
    # To the right of + and * the same operator needs no parentheses on paper: a + (b + c) is read as a + b + c.
    return _fenced(right, BINDING[operator] + (operator == "-"), notation)


def _power(node: Expression, base: Piece, exponent: Piece, notation: Notation) -> Piece:
    # A name with primes takes no exponent: x'^2 is set as (x')^2; nor does the e of exp(x).
    called = node.arguments[0].operator in FUNCTIONS
    plain = base.binding >= ATOM and (base.tail == ")" if called else base.tail != "'")
    below = base if plain else Piece(notation.fenced(base.text), ATOM)
    return Piece(notation.power(below.text, exponent.text), BINDING["^"], below.lead)


def _fenced(piece: Piece, least: int, notation: Notation) -> Piece:
    """The piece, in parentheses if it holds together less tightly than `least`."""
    return piece if piece.binding >= least else Piece(notation.fenced(piece.text), ATOM)
