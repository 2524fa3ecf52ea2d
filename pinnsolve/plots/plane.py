"""What figures of a plane share: lines in few points, and the arrows of a vector field."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from pinnsolve.plots.style import FAINT

Array = NDArray[np.float64]

FIELD_ENTRY: dict[str, Any] = {
    "linestyle": "none",
    "marker": r"$\rightarrow$",
    "markersize": 11,
    "color": FAINT,
    "label": "vector field",
}
"""The entry of the legend."""


def along(shown: Array) -> Array:
    """(n,) length of a line up to each of its points (n, 2)."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(shown, axis=0).T))])


def apart(lengths: Array, step: float) -> NDArray[np.intp]:
    """Which points of a line to draw, from its lengths (n,) up to each: about one a `step`, and the last."""
    return np.unique(np.append(np.flatnonzero(np.diff(np.floor(lengths / step), prepend=-1.0)), len(lengths) - 1))


def arrows(points: Array, rates: Array, size: Array, aspect: float) -> tuple[Array, Array]:
    """Points (m, 2) and directions (m, 2) of unit length as they look; none where there is no direction.

    Parameters
    ----------
    rates
        (n, 2) of the states at the points (n, 2).
    size, aspect
        (2,) of the part of the plane that is shown, and height over width of the axes.
    """
    shown = rates / size * np.array([1.0, aspect])
    length = np.hypot(*shown.T)
    good = np.isfinite(length) & (length > 0)
    return points[good], shown[good] / length[good, None]


def draw_arrows(axes: Axes, points: Array, directions: Array, scale: float) -> None:
    """Draw a vector field; `scale` is in arrows along the width of the axes."""
    axes.quiver(
        *points.T,
        *directions.T,
        angles="uv",
        pivot="mid",
        color=FAINT,
        scale=scale,
        scale_units="width",
        width=0.0022,
        headwidth=4,
        headlength=4.5,
        headaxislength=4,
        zorder=1,
    )
