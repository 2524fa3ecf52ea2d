"""Expressions and names as MathML Core, which browsers set themselves: no script and no fonts from elsewhere.

Piecewise functions are set with a brace, a case a line.
"""

from __future__ import annotations

import unicodedata
from html import escape

from pinnsolve.expressions.tree import BINDING, Expression
from pinnsolve.expressions.typesetting import greek_name, name_parts, number_parts, summands, typeset

_OPERATORS = {
    "-": "−",
    "<=": "≤",
    ">=": "≥",
    "==": "=",
    "!=": "≠",
    "and": "∧",
    "or": "∨",
    "·": "⋅",
}
_TIMES = "<mo>\u2062</mo><mspace width='0.16em'/>"
"""Invisible, with a little room, so that names of several letters stay apart."""
_CONSTANTS = {"pi": "<mi>π</mi>", "e": "<mi>e</mi>"}
_CALLED = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "log": "ln"}
_FENCES = {"abs": ("|", "|"), "floor": ("⌊", "⌋")}
LONG = 16
"""A name of more letters is set letter by letter: as a subscript it could not be read."""
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PRIMES = {0: "", 1: "′", 2: "″", 3: "‴", 4: "⁗"}


def to_mathml(expression: Expression) -> str:
    """The expression as the content of a ``<math>`` element."""
    return typeset(expression, _MathML())


def sum_to_mathml(expression: Expression) -> list[str]:
    """The terms of a sum, each the content of a ``<math>`` element of its own, so that a line can end between them."""
    first, *others = summands(expression, _MathML())
    return [first[1], *(_row(_operator(sign, infix=True), text) for sign, text in others)]


def name_to_mathml(name: str) -> str:
    """A name as it is set: Greek letters, a subscript for ``x1`` and ``x_max``, primes above; ``x(2.0)`` is x at that time."""
    name, at, time = name.partition("(")
    if at:
        return _row(name_to_mathml(name), _MathML().fenced(number_to_mathml(float(time.rstrip(")")))))
    parts = name_parts(name)
    long = len(name) > LONG
    head = f"<mi>{escape(name.rstrip(chr(39)))}</mi>" if long else _word(parts.head)
    subscripts = () if long else parts.subscripts
    below = "<mo>,</mo>".join(map(_word, subscripts))
    below = f"<mrow>{below}</mrow>" if len(subscripts) > 1 else below
    primes = f"<mo lspace='0' rspace='0'>{_PRIMES.get(parts.primes, '′' * parts.primes)}</mo>"
    if below and parts.primes:
        return f"<msubsup>{head}{below}{primes}</msubsup>"
    if below:
        return f"<msub>{head}{below}</msub>"
    return f"<msup>{head}{primes}</msup>" if parts.primes else head


def name_to_symbols(name: str) -> str:
    """A name in plain letters, for where nothing can be typeset: Greek letters, digits below, primes."""
    parts = name_parts(name)
    if len(name) > LONG or any(not part.isdecimal() for part in parts.subscripts):
        return name
    below = ",".join(parts.subscripts).translate(_SUBSCRIPTS)
    return f"{_letter(parts.head)}{below}{_PRIMES.get(parts.primes, '′' * parts.primes)}"


def number_to_mathml(value: float) -> str:
    """A finite number: whole multiples of pi by name, a power of ten as such."""
    return _MathML().number(*number_parts(float(value)))


def _word(word: str) -> str:
    """A word of a name: a letter slanted, a number, or a longer word upright, as browsers do by themselves."""
    return f"<mn>{word}</mn>" if word.isdecimal() else f"<mi>{escape(_letter(word))}</mi>"


def _letter(word: str) -> str:
    """The Greek letter that a word spells, or the word."""
    greek = greek_name(word)
    if greek is None:
        return word
    size = "SMALL" if greek[0].islower() else "CAPITAL"
    spelled = {"LAMBDA": "LAMDA"}.get(greek.upper(), greek.upper())
    return unicodedata.lookup(f"GREEK {size} LETTER {spelled}")


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _operator(operator: str, *, infix: bool = False) -> str:
    # First in its element it would be taken for a sign; the room before it is that of the line's own space.
    form = " form='infix' lspace='0' rspace='0.22em'" if infix else ""
    return f"<mo{form}>{escape(_OPERATORS.get(operator, operator))}</mo>"


def _parenthesis(sign: str, content: str) -> str:
    """A parenthesis, which grows only with what is taller than a line."""
    tall = any(element in content for element in ("<mfrac", "<mtable", "<msqrt", "<mroot"))
    return f"<mo stretchy='{'true' if tall else 'false'}'>{sign}</mo>"


class _MathML:
    """The notation of MathML."""

    piecewise = BINDING["or"]

    def number(self, digits: str, constant: str, exponent: int | None) -> str:
        sign = "<mo>−</mo>" if digits.startswith("-") else ""
        size = f"<mn>{digits.removeprefix('-')}</mn>" if digits.strip("-") else ""
        if constant:
            size += (_TIMES if size else "") + _CONSTANTS[constant]
        if exponent is not None:
            raised = _row("<mo>−</mo>", f"<mn>{-exponent}</mn>") if exponent < 0 else f"<mn>{exponent}</mn>"
            power = f"<msup><mn>10</mn>{raised}</msup>"
            size = power if digits.strip("-") == "1" else f"{size}<mo>⋅</mo>{power}"
        return _row(sign, size)

    def name(self, name: str) -> str:
        return name_to_mathml(name)

    def fenced(self, text: str) -> str:
        return _row(_parenthesis("(", text), text, _parenthesis(")", text))

    def prefix(self, operator: str, text: str) -> str:
        return _row("<mo form='prefix'>−</mo>" if operator == "neg" else "<mo>¬</mo>", text)

    def infix(self, operator: str, left: str, right: str) -> str:
        return _row(left, _TIMES if operator == "*" else _operator(operator), right)

    def power(self, base: str, exponent: str) -> str:
        return f"<msup>{_row(base)}{_row(exponent)}</msup>"

    def fraction(self, above: str, below: str) -> str:
        return f"<mfrac>{_row(above)}{_row(below)}</mfrac>"

    def call(self, function: str, arguments: list[str]) -> str:
        if function == "where":
            condition, a, b = arguments
            cases = ((a, f"<mtext>if\u00a0</mtext>{condition}"), (b, "<mtext>otherwise</mtext>"))
            lines = "".join(f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>" for value, when in cases)
            return _row("<mo>{</mo>", f"<mtable class='cases'>{lines}</mtable>")
        content = "<mo>,</mo>".join(arguments)
        if function == "exp":
            return f"<msup><mi>e</mi>{_row(content)}</msup>"
        if function == "sqrt":
            return f"<msqrt>{content}</msqrt>"
        if function == "cbrt":
            return f"<mroot>{_row(content)}<mn>3</mn></mroot>"
        if function in _FENCES:
            left, right = _FENCES[function]
            return _row(f"<mo fence='true' form='prefix'>{left}</mo>", content, f"<mo fence='true' form='postfix'>{right}</mo>")
        named = f"<mi>{_CALLED.get(function, function)}</mi>"
        if function == "log10":
            named = "<msub><mi>log</mi><mn>10</mn></msub>"
        return _row(named, "<mo>\u2061</mo>", self.fenced(content))
