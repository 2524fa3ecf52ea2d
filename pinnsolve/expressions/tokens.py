"""Text to tokens. Offsets are those of the text as it was written; only names are normalised."""

from __future__ import annotations

import re
from typing import NamedTuple

from pinnsolve.expressions.errors import ExpressionError
from pinnsolve.expressions.names import normalise_name


class Token(NamedTuple):
    """One word of an expression."""

    kind: str
    """``number``, ``name``, ``operator`` or ``end``."""
    text: str
    """As written; a name in its NFKC form."""
    start: int
    end: int


_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    # Combining marks belong to the letter before them: NFKC joins the two.
    r"|(?P<name>[^\W\d][\w\u0300-\u036f]*'*)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|[-+*/^()<>,])"
)

_CURES = {
    "'": "strings have no place in an expression",
    '"': "strings have no place in an expression",
    "`": "strings have no place in an expression",
    ".": "attribute access has no place in an expression",
    "[": "subscripts have no place in an expression: write (...) for grouping and x1 for a name with a number",
    "]": "subscripts have no place in an expression: write (...) for grouping and x1 for a name with a number",
    "=": "'=' has no place in an expression: write == to compare",
    "!": "'!' has no place in an expression: write != or not",
    "&": "'&' has no place in an expression: write and",
    "|": "'|' has no place in an expression: write or, and abs(x) for an absolute value",
    "%": "'%' has no place in an expression: the remainder of x/y is x - y*floor(x/y)",
    "−": "unexpected character '−': write -",
    "–": "unexpected character '–': write -",
    "×": "unexpected character '×': write *",
    "·": "unexpected character '·': write *",
    "⋅": "unexpected character '⋅': write *",
    "÷": "unexpected character '÷': write /",
    "≤": "unexpected character '≤': write <=",
    "≥": "unexpected character '≥': write >=",
    "≠": "unexpected character '≠': write !=",
    "√": "unexpected character '√': write sqrt(x)",
    "′": "unexpected character '′': write ' for a derivative",
    "’": "unexpected character '’': write ' for a derivative",
}


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, with one of kind ``end`` behind them.

    Raises
    ------
    ExpressionError
        At the first character that belongs to no token.
    """
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _unexpected(text, place)
        word, kind = match.group(), match.lastgroup
        if kind == "name":
            word = _name(word, place, match.end())
        if kind != "space":
            tokens.append(Token(kind, word, place, match.end()))
        place = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _name(word: str, start: int, end: int) -> str:
    name = normalise_name(word)
    if not name.rstrip("'").isidentifier():
        raise ExpressionError(f"'{word}' is not a name: a name begins with a letter", start, end)
    return name


def _unexpected(text: str, place: int) -> ExpressionError:
    character = text[place]
    cure = _CURES.get(character)
    if cure is None:
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        cure = f"unexpected character '{shown}'"
    return ExpressionError(cure, place, place + 1)
