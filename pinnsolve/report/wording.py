"""Numbers as the page writes them."""

from __future__ import annotations

import math
import re

from pinnsolve.wording import power_of_ten

_EXPONENTIAL = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)e([-+]?\d+)(?![\w.]*\w)")


def written(value: float | None, digits: int = 6) -> str:
    """A number for reading: 0.25, −1.5, 8.9 × 10⁻⁸; what is not finite or not known is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}g}"
    if "e" not in text and value and (abs(value) < 1e-3 or abs(value) >= 1e6):
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{exponent}"
    return typographic(text).replace("-", "−")


def typographic(text: str) -> str:
    """A text with its numbers as the page writes them: 8.9e-8 becomes 8.9 × 10⁻⁸."""
    return _EXPONENTIAL.sub(_power, text)


def times(ratio: float) -> str:
    """A ratio in words: 11, 2.4, 300."""
    return f"{ratio:.2g}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}" if ratio < 1e6 else written(ratio, 2)


def duration(seconds: float) -> str:
    """A time with its unit: 0.011 s, 2.6 s, 340 s."""
    return f"{written(seconds, 2 if seconds < 10 else 3)}\u00a0s"


def _power(found: re.Match[str]) -> str:
    mantissa, power = found[1].replace("-", "−"), power_of_ten(int(found[2]))
    return mantissa.removesuffix("1") + power if mantissa in ("1", "−1") else f"{mantissa}\u202f×\u202f{power}"
