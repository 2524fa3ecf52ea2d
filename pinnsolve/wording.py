"""Numbers as people write them, for messages."""

from __future__ import annotations


def short(value: float) -> str:
    """A number in two digits: ``9.9e-8``, ``0.73``."""
    if value == 0 or 0.01 <= abs(value) < 99.5:
        return f"{value:.2g}"
    return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
