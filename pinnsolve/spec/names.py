"""The names of states and parameters: which are allowed, and what is said of the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pinnsolve.expressions import FUNCTIONS, RESERVED
from pinnsolve.spec.words import shown

_STATE = re.compile(r"(?P<base>[^\W\d]\w*)(?P<primes>'*)")
_LEIBNIZ = re.compile(r"d(?P<order>[2-9²³]?)\^?\d?\s*(?P<base>[^\W\d]\w*?)\s*/\s*dt.*")
_CALL = re.compile(r"(?P<state>[^\W\d]\w*'*)\s*\(\s*t\s*\)")
_OTHER_PRIMES = str.maketrans({"′": "'", "’": "'", "‘": "'", "´": "'", "`": "'", "″": "''", '"': "''"})


def split_state(name: str) -> tuple[str, int] | None:
    """The base name and the number of primes; None if this is not the name of a state."""
    match = _STATE.fullmatch(name)
    return None if match is None else (match["base"], len(match["primes"]))


def name_fault(name: str, what: str) -> tuple[str, str | None] | None:
    """Why `name` cannot name a state or parameter, with a suggestion; None if it can.

    Parameters
    ----------
    name
        A name without primes.
    what
        ``state`` or ``parameter``.
    """
    if name in RESERVED:
        kind = "the time" if name == "t" else "a constant" if name == "pi" else "a word of the expressions"
        kind = "a function" if name in FUNCTIONS else kind
        return f"'{name}' cannot name a {what}: it is {kind}", None
    match = _STATE.fullmatch(name)
    if match is not None and not match["primes"]:
        return None
    message = f"{shown(name)} cannot name a {what}: a name has letters, digits and _, and begins with a letter"
    return message, _meant(name)


def left_side_fault(name: str) -> tuple[str, str | None]:
    """What to say of the left side of an equation that is none."""
    return f"{shown(name)} is not the left side of an equation: write x' for the derivative of x", _meant(name)


def _meant(name: str) -> str | None:
    """The name that was most likely meant by another way of writing it."""
    if (match := _LEIBNIZ.fullmatch(name)) is not None:
        order = {"": 1, "²": 2, "³": 3}.get(match["order"]) or int(match["order"])
        return match["base"] + "'" * order
    if (match := _CALL.fullmatch(name)) is not None:
        return match["state"]
    plain = name.translate(_OTHER_PRIMES)
    return plain if plain != name and _STATE.fullmatch(plain) else None


def states_of(equations: Iterable[tuple[str, int]]) -> list[str]:
    """All states in their order: an equation of higher order brings its lower derivatives in place."""
    return [base + "'" * order for base, orders in equations for order in range(max(orders, 1))]
