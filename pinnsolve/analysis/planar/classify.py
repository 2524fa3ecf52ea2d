"""What a fixed point is: its eigenvalues, its type, whether it is stable.

The linear part decides everywhere but in two cases. With purely imaginary eigenvalues the point is a centre or a weak
focus: orbits around it are followed once around, at several distances, and either close or drift. With an eigenvalue 0
it is degenerate, and stable if no orbit from a small circle around it goes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinnsolve.analysis.planar.field import Field
from pinnsolve.analysis.planar.fixed_points import Zeros, index
from pinnsolve.analysis.planar.flow import ROOM, Flow
from pinnsolve.analysis.planar.turns import Ray
from pinnsolve.analysis.planar.window import Window

Array = NDArray[np.float64]

SINGULAR, BLURRED = 1e-13, 1e-6
"""A determinant below this share of the squared Jacobian is zero, for a point known to rounding and for one that is not."""
DOUBLE = 1e-12
"""Eigenvalues whose squared difference is smaller than this share of their squared sum are equal."""
IMAGINARY = 1e-10
"""A real part smaller than this share of an eigenvalue is zero."""
DISTANCES = (0.008, 0.025, 0.08, 0.25)
"""Where orbits around a centre or a weak focus start, as shares of the way to the next fixed point or the edge."""
FINE = 1e-11
STEEPEST = 9
"""A weak focus drifts like a power of the distance; powers above this one are not taken for it."""
KINK = 1e-7
"""Step of central differences, as a share of the window."""
CIRCLE, AWAY, STARTS = 1e-3, 5.0, 12
"""Radius of the circle around a degenerate point as a share of the window, where an orbit has gone away in radii, and how
many orbits start on it."""


@dataclass(frozen=True)
class FixedPoint:
    """A fixed point and what happens close to it."""

    at: Array
    """(2,)"""
    type: str
    """``stable node``, ``unstable node``, ``stable focus``, ``unstable focus``, ``saddle``, ``centre`` or ``degenerate``."""
    eigenvalues: tuple[complex, complex]
    stable: bool
    """In the sense of Lyapunov: orbits that start close to it stay close. So a centre is stable."""
    jacobian: Array
    """(2, 2)"""
    index: int
    """Poincaré's: 1 for nodes, foci and centres, -1 for saddles."""
    weak: bool = False
    """A focus whose linear part is a centre: only the higher terms make orbits spiral."""

    @property
    def directions(self) -> tuple[tuple[float, Array], ...]:
        """Eigenvalue and unit eigenvector (2,) of a saddle or node, the smaller eigenvalue first."""
        (a, b), (c, d) = self.jacobian
        found = []
        for value in sorted(eigenvalue.real for eigenvalue in self.eigenvalues):
            rows = (np.array([b, value - a]), np.array([value - d, c]))
            vector = max(rows, key=lambda row: float(np.hypot(*row)))
            length = float(np.hypot(*vector))
            found.append((value, vector / length if length else np.array([1.0, 0.0])))
        return tuple(found)


def classify(field: Field, zeros: Zeros, window: Window) -> list[FixedPoint]:
    """The fixed points of a window with their types."""
    if not len(zeros.points):
        return []
    jacobians = field.jacobian(zeros.points)[1]
    if field.system.pieces is not None:
        jacobians = _through_kinks(field, zeros.points, jacobians, window)
    found = []
    for i, (point, jacobian) in enumerate(zip(zeros.points, jacobians, strict=True)):
        others = np.delete(zeros.points, i, axis=0)
        found.append(_one(field, window, point, jacobian, bool(zeros.sharp[i]), others))
    return found


def _through_kinks(field: Field, points: Array, jacobians: Array, window: Window) -> Array:
    """The Jacobians (n, 2, 2), by central differences where these say something else: on a kink the derivative may be that of
    neither side.
    """
    steps = np.diag(KINK * window.size)
    differences = np.stack([(field(points + step) - field(points - step)) / (2 * step.sum()) for step in steps], axis=2)
    size = np.abs(differences).max(axis=(1, 2), keepdims=True)
    other = (np.abs(differences - jacobians) > 1e-4 * size).any(axis=(1, 2))
    return np.where(other[:, None, None], differences, jacobians)


def eigenvalues(jacobian: Array) -> tuple[complex, complex]:
    """The eigenvalues of a 2x2 matrix; two that only differ by rounding are equal, real parts of rounding are zero."""
    (a, b), (c, d) = jacobian.tolist()
    half, rest = (a + d) / 2, ((a - d) / 2) ** 2 + b * c
    if abs(rest) <= DOUBLE * (half**2 + abs(a * d - b * c)):
        return complex(half), complex(half)
    if rest < 0:
        root = float(np.sqrt(-rest))
        half = 0.0 if abs(half) <= IMAGINARY * root else half
        return complex(half, root), complex(half, -root)
    # The larger by addition, the smaller from the product: no digits cancel.
    large = half + np.copysign(np.sqrt(rest), half)
    small = (a * d - b * c) / large + 0.0
    return complex(max(large, small)), complex(min(large, small))


def _one(field: Field, window: Window, point: Array, jacobian: Array, sharp: bool, others: Array) -> FixedPoint:
    values = eigenvalues(jacobian)
    scaled = jacobian * window.size / window.size[:, None]
    determinant = float(np.linalg.det(scaled)) if np.isfinite(scaled).all() else 0.0
    if abs(determinant) <= (SINGULAR if sharp else BLURRED) * (scaled**2).sum():
        around = index(field, window, point, CIRCLE)
        return FixedPoint(point, "degenerate", values, _stays(field, window, point), jacobian, around or 0)
    if determinant < 0:
        return FixedPoint(point, "saddle", values, False, jacobian, -1)
    real = values[0].real
    if values[0].imag == 0:
        kind = "stable node" if real < 0 else "unstable node"
        return FixedPoint(point, kind, values, real < 0, jacobian, 1)
    weak = real == 0
    drift = _drift(field, window, point, values[0].imag, others) if weak else float(np.sign(real))
    if drift == 0:
        return FixedPoint(point, "centre", values, True, jacobian, 1)
    kind = "stable focus" if drift < 0 else "unstable focus"
    return FixedPoint(point, kind, values, drift < 0, jacobian, 1, weak=weak)


def _drift(field: Field, window: Window, point: Array, frequency: float, others: Array) -> float:
    """Whether orbits around a linear centre spiral outwards (1), inwards (-1) or are closed (0)."""
    room = float(np.min(np.concatenate([point - window.low, window.high - point]) / np.tile(window.size, 2)))
    room = max(room, 0.05)  # a point close to the edge
    if len(others):
        room = min(room, float(window.distance(others, point).min()))
    ray = Ray(Flow(field, window.grown(ROOM), FINE), point, np.array([1.0, 0.3]), window.size)
    drifts: list[tuple[float, float]] = []
    noise = 0.0
    for distance in DISTANCES:
        turn = ray.turn(distance * room, 1, 2 * np.pi / frequency)
        if turn is None:
            break
        noise = max(noise, turn.noise)
        drifts.append((distance * room, turn.drift if abs(turn.drift) > turn.noise else 0.0))
    moving = [i for i, (_, drift) in enumerate(drifts) if drift]
    if not moving:
        return 0.0
    first = moving[0]
    if first > 0:
        # From further out it drifts, closer in not: a centre with something else around it, unless the drift of a weak
        # focus would have been too small to be seen there.
        ratio = drifts[first - 1][0] / drifts[first][0]
        if abs(drifts[first][1]) * ratio**STEEPEST > noise:
            return 0.0
    return float(np.sign(drifts[first][1]))


def _stays(field: Field, window: Window, point: Array) -> bool:
    """Whether orbits from a small circle around a point stay close to it."""
    flow = Flow(field, window.grown(ROOM))

    def gone(points: Array) -> int | None:
        far = np.flatnonzero(window.distance(points, point) > AWAY * CIRCLE)
        return int(far[0]) if len(far) else None

    turn = 2 * np.pi * (np.arange(STARTS) + 0.25) / STARTS
    starts = point + CIRCLE * np.stack([np.cos(turn), np.sin(turn)], axis=1) * window.size
    speeds = np.hypot(*(field(starts) / window.size).T)
    for start, speed in zip(starts, speeds, strict=True):
        slow = CIRCLE / speed if speed > 0 else None  # the time for one radius
        if flow.follow(start, 1, gone, slow, pieces=8).end not in ("rest", "long"):
            return False
    return True


def origins(points: Sequence[FixedPoint]) -> list[tuple[Array, float]]:
    """The fixed points that closed orbits can go around, and whether orbits close to each drift outwards (1), inwards (-1)
    or it is not known (0).
    """
    drifts = {"stable node": -1.0, "stable focus": -1.0, "unstable node": 1.0, "unstable focus": 1.0}
    return [(point.at, drifts.get(point.type, 0.0)) for point in points if point.index >= 1]
