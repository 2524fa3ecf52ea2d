"""The verdict of a run: a word, a sentence, what to do, and where the errors lie on a scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pinnsolve.report.wording import times, typographic
from pinnsolve.solvers import Solution
from pinnsolve.wording import short, typed

WORDS = {
    "converged": "Converged",
    "not_converged": "Not converged",
    "diverged": "Diverged",
    "interrupted": "Interrupted",
}
DECADES = 6
"""The scale of errors shows at least so many."""
SMALLEST = 1e-17
"""An estimate of less is drawn here."""


@dataclass(frozen=True)
class Pointer:
    """An error on the scale."""

    kind: str
    """``asked``, ``estimated`` or ``true``."""
    at: float
    """Per cent of the scale."""
    text: str
    anchor: str
    """``start``, ``middle`` or ``end``: on which side of the place its text stands."""


@dataclass(frozen=True)
class Scale:
    """Errors on a logarithmic axis."""

    ticks: tuple[tuple[float, str], ...]
    """Per cent of the scale, and what is written there."""
    pointers: tuple[Pointer, ...]

    def pointer(self, kind: str) -> Pointer | None:
        """The pointer of a kind, if there is one."""
        return next((pointer for pointer in self.pointers if pointer.kind == kind), None)


@dataclass(frozen=True)
class Verdict:
    """What became of the run."""

    status: str
    word: str
    sentence: str
    cure: str
    """What to do about it; empty where nothing needs to be done."""
    comparison: str
    """The estimated error in words."""
    scale: Scale


def verdict(solution: Solution, comparison: Mapping[str, Any] | None) -> Verdict:
    """The verdict of a solution; `comparison` is the document of ``pinnsolve compare``, where there is one."""
    status = solution.status
    sentence, cure = solution.message, ""
    if status == "interrupted":
        cure = f"Carry it on: pinnsolve resume {typed(solution.directory or 'RUN')}"
    elif status != "converged":
        sentence, _, cure = sentence.rpartition("; ") if "; " in sentence else (sentence, "", "")
    asked, estimated = solution.problem.accuracy, solution.estimated
    true = None if comparison is None else comparison.get("true")
    return Verdict(
        status,
        WORDS[status],
        _sentence(sentence, solution.states),
        _sentence(cure, solution.states),
        _in_words(asked, estimated),
        error_scale(asked, estimated, true),
    )


def error_scale(asked: float, estimated: float, true: float | None) -> Scale:
    """The errors that are known, on one axis."""
    known = {"asked": asked, "estimated": estimated, "true": true}
    errors = {kind: max(error, SMALLEST) for kind, error in known.items() if error is not None and math.isfinite(error)}
    low = math.floor(math.log10(min(errors.values()))) - 1
    high = math.ceil(math.log10(max(errors.values()))) + 1
    low = min(low, high - DECADES)
    stride = math.ceil((high - low) / 10)
    at = {kind: 100 * (math.log10(error) - low) / (high - low) for kind, error in errors.items()}
    pointers = [Pointer(kind, round(place, 2), _named(kind, errors[kind]), _anchor(place)) for kind, place in at.items()]
    ticks = [(round(100 * (n - low) / (high - low), 2), typographic(f"1e{n}")) for n in range(low + 1, high, stride)]
    return Scale(tuple(ticks), tuple(pointers))


def _named(kind: str, error: float) -> str:
    return f"{'asked for' if kind == 'asked' else kind} {typographic(short(error))}"


def _anchor(place: float) -> str:
    return "start" if place < 22 else "end" if place > 78 else "middle"


def _in_words(asked: float, estimated: float) -> str:
    if not math.isfinite(estimated):
        return "No error can be given."
    if estimated <= 0:
        return "The estimated error is zero."
    if estimated > asked:
        return f"The estimated error is {times(estimated / asked)} times larger than asked for."
    ratio = asked / estimated
    return f"The estimated error is {times(ratio)} times smaller than asked for." if ratio >= 1.05 else ""


def _sentence(text: str, states: Sequence[str]) -> str:
    """The text with a capital letter, unless it begins with the name of a state, and a full stop."""
    text = typographic(text.strip())
    if not text:
        return ""
    first = text[0] if text.split(maxsplit=1)[0].rstrip(",:") in states else text[0].upper()
    return first + text[1:] + ("" if text[-1] in ".!?" or "pinnsolve" in text.split("; ")[-1] else ".")
