"""What is known of a run besides its curves: how it was computed, every setting, the facts of a closed orbit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pinnsolve.report.wording import duration, written
from pinnsolve.solvers import Solution
from pinnsolve.spec.mapping import to_mapping
from pinnsolve.wording import exact

_SECONDS = {"solve": "solving", "total": "in all"}
_SAID = ("name", "description", "system", "initial", "boundary", "periodic", "fit")
"""Parts of a problem that the page shows in their own places."""
_REAL = 1e-12
"""An imaginary part of less is rounding."""


@dataclass(frozen=True)
class Orbit:
    """A closed orbit."""

    period: str
    multipliers: tuple[str, ...]
    """Floquet multipliers, none where they are not known."""
    stable: bool | None


def facts(solution: Solution, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was done, in few words: (name, text)."""
    found = [("method", str(result.get("method") or ", ".join(solution.problem.method)))]
    network = result.get("network")
    if network is not None:
        shape = "–".join(str(width) for width in (1, *network["hidden"], len(solution.states)))
        windows = solution.windows
        count = "one" if windows == 1 else f"{windows:,} windows, each"
        found.append(("networks", f"{count} {shape} {network['activation']}"))
        found.append(("weights trained", f"{result.get('weights', 0):,}"))
    found.append(("iterations", f"{result.get('iterations', 0):,}"))
    if result.get("residual") is not None:
        found.append(("residual", f"{written(result['residual'], 2)} of the largest |y′|"))
    seconds = result.get("seconds") or {}
    spent = [f"{duration(seconds[key])} {word}" for key, word in _SECONDS.items() if seconds.get(key)]
    found.append(("time", ", ".join(spent) or "–"))
    device, seed = result.get("device", solution.device), solution.problem.seed
    found.append(("computed", f"on {device} in {solution.problem.dtype}, seed {seed}"))
    return found


def settings(solution: Solution) -> list[tuple[str, str]]:
    """Every setting, its dotted key and its value, defaults filled in."""
    mapping = to_mapping(solution.problem)
    return list(_flat({key: value for key, value in mapping.items() if key not in _SAID}))


def orbit(solution: Solution) -> Orbit | None:
    """The facts of a closed orbit, None where there is none."""
    if solution.period is None:
        return None
    known = solution.orbit or {}
    return Orbit(
        written(solution.period, 10), tuple(_complex(*pair) for pair in known.get("multipliers") or ()), known.get("stable")
    )


def _complex(real: float, imaginary: float) -> str:
    if abs(imaginary) < _REAL:
        return written(real)
    return f"{written(real)} {'+' if imaginary > 0 else '−'} {written(abs(imaginary))} i"


def _flat(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
            yield from _flat({f"{key}[{i}]": entry for i, entry in enumerate(value)}, prefix)
        elif value is not None:
            yield f"{prefix}{key}", ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return exact(value) if isinstance(value, float) else str(value)
