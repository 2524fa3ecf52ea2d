"""Numbers as people write them, for messages."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float) -> str:
    """A number in two digits: ``9.9e-8``, ``0.73``."""
    if value == 0 or 0.01 <= abs(value) < 99.5:
        return f"{value:.2g}"
    return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 value``, ``1,200 values``, ``2 passes``."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def listed(names: Sequence[str]) -> str:
    """Names as people list them: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def power_of_ten(exponent: int) -> str:
    """A power of ten in the letters of a text: ``10⁻⁶``."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def typed(path: object) -> str:
    """A path as it is typed in a shell: in quotes where it has blanks or other letters that a shell takes for its own."""
    text = str(path)
    if re.fullmatch(r"[\w./\\:~+,@%=-]+", text):
        return text
    return shlex.quote(text) if re.search(r'["$`!\\]', text) and os.name == "posix" else f'"{text}"'


def exact(value: float) -> str:
    """A number as short as it can be without becoming another one: ``2``, ``0.1``, ``1e-6``."""
    value = float(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value).replace("e-0", "e-").replace("e+", "e")
