"""Numbers as people write them, for messages."""

from __future__ import annotations

import math


def short(value: float) -> str:
    """A number with at most two digits: 1e-6, 2.3e-7."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"
