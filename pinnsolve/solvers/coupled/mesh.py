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
FEW = 16
"""So many windows are no burden: they are not laid out anew."""
WORTH = 0.5
"""Windows are laid out anew if at most so many of them are needed."""
ROOM = 1.25
"""Windows of a new layout over those needed: the need is only known window by window."""


NO_STOPS: Array = np.empty(0)


def with_stops(edges: Array, stops: Array) -> Array:
    """The edges and the places (s,) at which a window must end too; both in the order of marching."""
    if not len(stops):
        return edges
    sign = 1.0 if edges[-1] > 0 else -1.0
    return np.asarray(sign * np.unique(np.concatenate([sign * edges, sign * stops])))


def refined(edges: Array, errors: Array, tolerance: float, nodes: int, stops: Array = NO_STOPS) -> Array:
    """New window ends, for errors above the tolerance.

    Parameters
    ----------
    edges
        (m + 1,) ends of the windows.
    errors
        (m,) error of each, in units of the states' sizes.
    tolerance
        What each may have.
    stops
        (s,) edges that stay.
    """
    share = _share(errors, tolerance, nodes)
    lengths = np.abs(np.diff(edges))
    ends = [edges[:1]]
    window, last = 0, len(errors) - 1
    while window <= last:
        pair = share[window : window + 2]
        alike = window < last and lengths[window : window + 2].max() <= LIKE * lengths[window : window + 2].min()
        if alike and 2 * pair.max() < JOIN and edges[window + 1] not in stops:
            window += 2
            ends.append(edges[window : window + 1])
            continue
        pieces = min(PIECES, int(np.ceil(share[window])))
        ends.append(np.linspace(edges[window], edges[window + 1], max(pieces, 1) + 1)[1:])
        window += 1
    return np.concatenate(ends)


def thinned(edges: Array, errors: Array, tolerance: float, nodes: int, stops: Array = NO_STOPS) -> Array | None:
    """Far fewer windows that still keep to the tolerance, each with as much of the error; None where few can be saved.

    A continuation leaves windows behind where its layers were on the way.
    """
    share = np.maximum(_share(errors, tolerance, nodes), 1 / PIECES)
    count = max(FEW // 2, int(np.ceil(ROOM * share.sum())))
    if len(errors) <= FEW or count > WORTH * len(errors):
        return None
    need = np.concatenate([[0.0], np.cumsum(share)])
    ends = np.interp(np.linspace(0, need[-1], count + 1), need, edges)
    ends[[0, -1]] = edges[[0, -1]]
    return with_stops(ends, stops)


def _share(errors: Array, tolerance: float, nodes: int) -> Array:
    """(m,) how many times shorter each window would have to be to just keep to the tolerance."""
    return np.asarray(np.nan_to_num((np.maximum(errors, 1e-300) / tolerance) ** (1 / (ORDER * nodes)), posinf=PIECES))
