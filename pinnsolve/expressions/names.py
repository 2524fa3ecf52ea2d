"""Names: their normal form, and the known name that an unknown one is nearest to."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def normalise_name(name: str) -> str:
    """The NFKC form, in which names are compared: x₁ is x1, µ (micro) is μ (mu)."""
    return unicodedata.normalize("NFKC", name)


def nearest_name(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or None if none is near. Case does not matter."""
    folded: dict[str, str] = {}
    for candidate in candidates:
        # Without this foo would be taken for floor.
        if abs(len(candidate) - len(word)) <= max(1, len(word) // 2):
            folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
