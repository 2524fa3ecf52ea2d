"""Single values of a problem file: from YAML's data to the number, text or choice that a setting wants.

Each function raises `ValueFault` with the second half of a sentence; its first half is the path of the setting.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pinnsolve.expressions import ExpressionError, evaluate_constant, nearest_name, normalise_name
from pinnsolve.spec.words import described, listed, shown

_NAME = re.compile(r"[^\W\d]\w*")
_INFINITE = re.compile(r"(?P<sign>[-+]?)\.?inf(inity)?", re.IGNORECASE)
_NOT_DECIMAL = (
    (re.compile(r"[-+]?[0-9]+(:[0-9]+)+(\.[0-9]*)?"), "numbers are decimal, without colons"),
    (re.compile(r"[-+]?\.?(inf|nan)(inity)?", re.IGNORECASE), "it must be finite"),
)
"""Numbers of older versions of YAML, and those that no setting can have."""


class ValueFault(Exception):
    """A value is not what its setting wants. ``span`` has the characters of the value that are meant, if not all."""

    def __init__(self, message: str, span: tuple[int, int] | None = None, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.suggestion = suggestion


def number(value: Any, parameters: Mapping[str, float], what: str = "a number") -> float:
    """A finite number, given as one or as a constant expression in the parameters."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueFault(f"must be {what}, not {described(value)}")
    if isinstance(value, str):
        return _constant(value, parameters, what)
    if not abs(value) <= 1.7976931348623157e308:  # also refuses NaN, and whole numbers that no float can hold
        raise ValueFault(f"must be {what}, not {described(value)}: it must be finite")
    return float(value)


def whole(value: Any, parameters: Mapping[str, float]) -> int:
    """A whole number; ``1e3`` and ``2^10`` are ones."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    result = number(value, parameters, "a whole number")
    if result != math.floor(result):
        raise ValueFault(f"must be a whole number, not {described(value)}")
    return int(result)


def text(value: Any) -> str:
    """Text; numbers count as such, nothing is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueFault(f"must be text, not {described(value)}")
    return value if isinstance(value, str) else described(value)


def bound(value: Any, parameters: Mapping[str, float]) -> float | None:
    """A number, infinity, or None where there is no bound."""
    if value is None:
        return None
    infinite = _INFINITE.fullmatch(value.strip()) if isinstance(value, str) else None
    if infinite is not None:
        return -math.inf if infinite["sign"] == "-" else math.inf
    if isinstance(value, float) and math.isinf(value):
        return value
    return number(value, parameters, "a number, or null for no bound")


def choice(value: Any, options: Sequence[str]) -> str:
    """One of a few words."""
    if isinstance(value, str) and value in options:
        return value
    suggestion = nearest_name(value, options) if isinstance(value, str) else None
    raise ValueFault(f"must be {listed(options, 'or')}, not {described(value)}", suggestion=suggestion)


def _constant(value: str, parameters: Mapping[str, float], what: str) -> float:
    for pattern, cure in _NOT_DECIMAL:
        if pattern.fullmatch(value.strip()):
            raise ValueFault(f"must be {what}, not {shown(value)}: {cure}")
    # The parser looks at every name that it is given, and a file may have thousands of parameters.
    words = _NAME.findall(normalise_name(value))
    used = {name: parameters[name] for name in words if name in parameters}
    try:
        return evaluate_constant(value, used if len(used) == len(set(words)) else parameters)
    except ExpressionError as error:
        if value.isidentifier():  # one word, such as `abc` or `yes`, is not meant as an expression
            suggestion = nearest_name(value, parameters)
            raise ValueFault(f"must be {what}, not {shown(value)}", suggestion=suggestion) from None
        raise ValueFault(error.message, (error.start, error.end), error.suggestion) from None
