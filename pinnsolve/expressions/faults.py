"""What the parser says when a text is not an expression: one sentence each, with the cure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from pinnsolve.expressions.errors import ExpressionError
from pinnsolve.expressions.functions import FUNCTIONS, RESERVED, Function
from pinnsolve.expressions.names import nearest_name
from pinnsolve.expressions.tokens import Token

_SYNONYMS = {
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "sgn": "sign",
    "heaviside": "step",
    "fabs": "abs",
    "minimum": "min",
    "maximum": "max",
    "piecewise": "where",
    "if": "where",
    "ifelse": "where",
}
"""What other programs call a function: name in lower case -> ours."""

TOO_LARGE = "is too large for a floating-point number (the largest is about 1.8e308)"


def shortened(text: str, most: int = 40) -> str:
    """The text, cut where it would make a message unreadable."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def missing_operand(tokens: Sequence[Token], place: int) -> ExpressionError:
    """A token stands where a number, a name or ( should."""
    token = tokens[place]
    previous = tokens[place - 1] if place else None
    if token.kind == "end" and previous is not None:
        return ExpressionError(f"the expression ends after '{previous.text}': something is missing", previous.start, previous.end)
    if previous is not None and previous.text == token.text == "/":
        return ExpressionError("there is no operator '//': write floor(x/y)", previous.start, token.end)
    if previous is not None and previous.text == "(" and token.text == ")":
        return ExpressionError("there is nothing between ( and )", previous.start, token.end)
    return ExpressionError(f"a number, a name or ( must stand here, not '{token.text}'", token.start, token.end)


def missing_operator(tokens: Sequence[Token], place: int) -> ExpressionError:
    """A token stands where an operator should, or the end."""
    left, token = tokens[place - 1], tokens[place]
    if token.text == ")":
        return ExpressionError("this ) has no (", token.start, token.end)
    if token.text == ",":
        return ExpressionError("a comma separates the arguments of a function; the decimal point is .", token.start, token.end)
    if token.text == "not":
        return ExpressionError("not stands before a whole comparison: not x > 0", token.start, token.end)
    if left.kind == token.kind == "number":
        return ExpressionError(f"an operator is missing between {left.text} and {token.text}", left.start, token.end)
    if left.text == ")":
        return ExpressionError(f"there is no implied multiplication: write )*{token.text}", left.start, token.end)
    right = "(...)" if token.text == "(" else token.text
    written = shortened(f"{left.text}*{right}")
    return ExpressionError(f"there is no implied multiplication: write {written}", left.start, token.end)


def unknown_name(token: Token, written: str, known: Iterable[str]) -> ExpressionError:
    """A name that stands for nothing."""
    name, start, end = token.text, token.start, token.end
    known = list(known)
    if name in FUNCTIONS:
        arguments = ", ".join("xyz"[: FUNCTIONS[name].least])
        return ExpressionError(f"{name} is a function: write {name}({arguments})", start, end)
    if name == "t":
        return ExpressionError("the time t has no place here: this must be a constant", start, end)
    exponent = "".join(c for c in written if "SUPERSCRIPT" in unicodedata.name(c, ""))
    if exponent:
        base = written.replace(exponent, "")
        return ExpressionError(f"write a power with ^: {base}^{unicodedata.normalize('NFKC', exponent)}", start, end)
    if name.endswith("'") and name.rstrip("'") in set(known) - RESERVED:
        cure = f"it may be used only where {name}' or a higher derivative has an equation"
        return ExpressionError(f"unknown name {name}: {cure}", start, end)
    suggestion = _SYNONYMS.get(name.casefold()) or nearest_name(name, [*known, *FUNCTIONS])
    return ExpressionError(f"unknown name '{name}'", start, end, suggestion)


def not_a_function(token: Token, known: Iterable[str]) -> ExpressionError:
    """A name before ( that is no function."""
    name = token.text
    if name in known:
        return ExpressionError(f"{name} is not a function: write {name}*(...) for a product", token.start, token.end)
    suggestion = _SYNONYMS.get(name.casefold()) or nearest_name(name, FUNCTIONS)
    return ExpressionError(f"unknown function '{name}'", token.start, token.end, suggestion)


def wrong_count(row: Function, count: int, start: int, end: int) -> ExpressionError:
    """A function with too few or too many arguments."""
    takes = f"{row.least} or more" if row.most is None else str(row.least)
    plural = "" if row.most == 1 else "s"
    return ExpressionError(f"{row.name} takes {takes} argument{plural}, not {count}", start, end)


def number_runs_on(token: Token, following: Token) -> ExpressionError | None:
    """What follows a number without a gap, where it tells that the number was meant in another notation."""
    if following.kind != "name" or following.start != token.end:
        return None
    if token.text == "0" and following.text[0] in "xXbBoO" and following.text[1:2].isalnum():
        return ExpressionError("numbers are decimal", token.start, following.end)
    if following.text.startswith("_"):
        return ExpressionError("write the digits of a number without _", token.start, following.end)
    return None
