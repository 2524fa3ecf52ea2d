"""Numbers as the page writes them."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float | None, digits: int = 6) -> str:
    """A number for reading: 0.25, −1.5, 8.9 × 10⁻⁸; what is not finite or not known is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent and value and (abs(value) < 1e-3 or abs(value) >= 1e6):
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    if not exponent:
        return mantissa.replace("-", "−")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    if mantissa in ("1", "-1"):
        return power if mantissa == "1" else f"−{power}"
    return f"{mantissa.replace('-', '−')} × {power}"


def times(ratio: float) -> str:
    """A ratio in words: 11, 2.4, 300."""
    return f"{ratio:.2g}" if ratio < 10 else f"{float(f'{ratio:.2g}'):,.0f}" if ratio < 1e6 else written(ratio, 2)
