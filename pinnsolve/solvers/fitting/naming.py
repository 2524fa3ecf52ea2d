"""Names for what the data do determine where they leave something open: ``a*b``, ``V/K``, ``a + b``.

The open directions at one place do not tell a product from a sum: for a = b both have the same. At two places they do. A
product of powers stays the same along directions whose relative parts are orthogonal to its exponents, a weighted sum along
those whose absolute parts are orthogonal to its weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.wording import listed

Array = NDArray[np.float64]

SIMPLE = (1, 2, 3)
"""Powers and weights are multiples of one over one of these."""
LARGEST = 4
"""Largest power or weight that is believed."""
LINKED = 1e-4
"""Least coupling of two unknowns in the projector on the open directions."""


@dataclass(frozen=True)
class Place:
    """The open directions at one place."""

    value: Array
    """(q,) the unknowns."""
    directions: Array
    """(q, d) absolute changes."""


def determined(names: Sequence[str], places: Sequence[Place], tolerance: float, least: float) -> list[tuple[str, list[str]]]:
    """For each group of unknowns that are open together: what of it is determined, empty for nothing, and their names.

    Parameters
    ----------
    places
        One place or several; a name must hold at all of them.
    tolerance
        Of powers and weights.
    least
        Relative size of a change, compared with the largest of a direction, below which an unknown takes no part.
    """
    found = []
    for group in _groups(places[0], least):
        chosen = [names[i] for i in group]
        parts = [Place(place.value[group], _within(place, group)) for place in places]
        found.append((_text(chosen, parts, tolerance), chosen))
    return found


def _groups(place: Place, least: float) -> list[list[int]]:
    """Unknowns that are open together."""
    relative = place.directions / np.where(place.value != 0, np.abs(place.value), 1.0)[:, None]
    size = np.linalg.norm(relative, axis=1)
    left = np.flatnonzero(size > least * size.max()).tolist()
    basis, _ = np.linalg.qr(relative[left] / size[left, None])
    linked = dict(zip(left, np.abs(basis @ basis.T) > LINKED, strict=True))
    groups = []
    while left:
        group, todo = set(), [left[0]]
        while todo:
            i = todo.pop()
            group.add(i)
            todo += [j for j, near in zip(linked, linked[i], strict=True) if near and j not in group and j not in todo]
        groups.append(sorted(group))
        left = [i for i in left if i not in group]
    return groups


def _within(place: Place, group: Sequence[int]) -> Array:
    """The directions of one group, an orthogonal basis of them."""
    part = place.directions[list(group)]
    left, values, _ = np.linalg.svd(part / np.linalg.norm(part, axis=1).max(), full_matrices=False)
    return left[:, values > LINKED * values.max()]


def _text(names: Sequence[str], places: Sequence[Place], tolerance: float) -> str:
    count = len(names) - places[0].directions.shape[1]
    if count <= 0:
        return ""
    if all((place.value != 0).all() for place in places):
        powers = _common([place.directions / place.value[:, None] for place in places], tolerance)
        if powers is not None:
            return " and ".join(_product(names, row) for row in powers)
    weights = _common([place.directions for place in places], tolerance)
    if weights is not None:
        return " and ".join(_sum(names, row) for row in weights)
    return f"{'a combination' if count == 1 else f'{count} combinations'} of {listed(names)}"


def _common(directions: Sequence[Array], tolerance: float) -> list[list[int]] | None:
    """Whole numbers orthogonal to the directions (s, d) at all places, a row for each independent choice."""
    rows = _reduced(np.linalg.svd(directions[0], full_matrices=True)[0][:, directions[0].shape[1] :].T)
    if rows is None:
        return None
    whole = []
    for row in rows:
        for factor in SIMPLE:
            numbers = np.round(row * factor)
            if np.abs(numbers - row * factor).max() <= tolerance * factor and np.abs(numbers).max() <= LARGEST:
                break
        else:
            return None
        size = np.linalg.norm(numbers)
        if any((np.abs(numbers @ d) > tolerance * size * np.linalg.norm(d, axis=0)).any() for d in directions):
            return None
        whole.append([int(number) for number in numbers])
    return whole


def _reduced(rows: Array) -> Array | None:
    """The reduced row echelon form."""
    rows, pivot = rows.copy(), 0
    for column in range(rows.shape[1]):
        if pivot == len(rows):
            break
        best = pivot + int(np.abs(rows[pivot:, column]).argmax())
        if abs(rows[best, column]) < LINKED:
            continue
        rows[[pivot, best]] = rows[[best, pivot]]
        rows[pivot] /= rows[pivot, column]
        others = np.arange(len(rows)) != pivot
        rows[others] -= rows[others, column][:, None] * rows[pivot]
        pivot += 1
    return rows if pivot == len(rows) else None


def _product(names: Sequence[str], powers: Sequence[int]) -> str:
    over = [_power(name, power) for name, power in zip(names, powers, strict=True) if power > 0]
    under = [_power(name, -power) for name, power in zip(names, powers, strict=True) if power < 0]
    return "/".join(["*".join(over), *under])


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


def _sum(names: Sequence[str], weights: Sequence[int]) -> str:
    text = ""
    for name, weight in zip(names, weights, strict=True):
        if weight:
            sign = (" + " if text else "") if weight > 0 else (" - " if text else "-")
            text += sign + (name if abs(weight) == 1 else f"{abs(weight)}*{name}")
    return text
