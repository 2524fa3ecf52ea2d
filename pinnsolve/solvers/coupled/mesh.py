"""Where the windows end: split where the error is too large, joined where it is far below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ORDER = 0.7
"""Exponent of the error in the window length, as a share of the number of nodes."""
PIECES = 4
"""Most pieces of one window at a time."""
JOIN = 0.8
"""Two windows become one if it is expected to use so much of its tolerance, measured in lengths."""
LIKE = 1.5
"""Most ratio of the lengths of windows that are joined."""


def refined(edges: Array, errors: Array, tolerance: float, nodes: int) -> Array:
    """New window ends.

    Parameters
    ----------
    edges
        (m + 1,) ends of the windows.
    errors
        (m,) error of each, in units of the states' sizes.
    tolerance
        What each may have.
    """
    share = np.nan_to_num((np.maximum(errors, 1e-300) / tolerance) ** (1 / (ORDER * nodes)), posinf=PIECES)
    lengths = np.abs(np.diff(edges))
    ends = [edges[:1]]
    window, last = 0, len(errors) - 1
    while window <= last:
        pair = share[window : window + 2]
        alike = window < last and lengths[window : window + 2].max() <= LIKE * lengths[window : window + 2].min()
        if alike and 2 * pair.max() < JOIN:
            window += 2
            ends.append(edges[window : window + 1])
            continue
        pieces = min(PIECES, int(np.ceil(share[window])))
        ends.append(np.linspace(edges[window], edges[window + 1], max(pieces, 1) + 1)[1:])
        window += 1
    return np.concatenate(ends)
