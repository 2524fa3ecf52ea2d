"""Small solutions of every kind that the figures must cope with, and what the tests ask of a figure."""

from __future__ import annotations

import functools
from dataclasses import replace
from itertools import combinations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from pinnsolve import plots
from pinnsolve.analysis.reference import Reference
from pinnsolve.errors import Interrupted
from pinnsolve.solvers import Solution, solve
from pinnsolve.spec import load_problem

PROBLEMS = {
    "decay": ({"c": "-c"}, {"c": 1}, [0, 5]),
    "harmonic": ({"x": "v", "v": "-x"}, {"x": 1, "v": 0}, [0, 10]),
    "van_der_pol": ({"x": "y", "y": "(1 - x^2)*y - x"}, {"x": 2, "y": 0}, [0, 20]),
    "backward": ({"x": "v", "v": "-x - 0.1*v"}, {"x": 1, "v": 0}, [10, 0]),
    "forced": ({"x": "v", "v": "-x + sin(2*t)"}, {"x": 1, "v": 0}, [0, 10]),
    "still": ({"x": "v", "v": "3 - x"}, {"x": 3, "v": 0}, [0, 5]),
    "nothing": ({"x": "0*x", "y": "0*y"}, {"x": 3, "y": 0}, [0, 5]),
    "blow_up": ({"x": "x^2", "y": "x - y"}, {"x": 1, "y": 0}, [0, 3]),
    "robertson": (
        {"A": "-0.04*A + 1e4*B*C", "B": "0.04*A - 1e4*B*C - 3e7*B^2", "C": "3e7*B^2"},
        {"A": 1, "B": 0, "C": 0},
        [0, 1e8],
    ),
    "greek": ({"beta1": "omega", "omega": "-beta1"}, {"beta1": 1, "omega": 0}, [0, 3]),
    "ring": (
        {f"u{i}": f"u{(i - 2) % 20 + 1} - u{i}" for i in range(1, 21)},
        {f"u{i}": float(i == 1) for i in range(1, 21)},
        [0, 10],
    ),
    "crowd": ({f"u{i}": f"-{i}*u{i}" for i in range(1, 34)}, {f"u{i}": 1 for i in range(1, 34)}, [0, 1]),
}


@functools.cache
def solved(name: str, **settings: float) -> Solution:
    equations, initial, time = PROBLEMS[name]
    problem = load_problem({"name": name, "system": {"equations": equations}, "initial": initial, "time": time} | settings)
    return solve(problem, record=True)


@functools.cache
def drawn(kind: str, name: str) -> Figure:
    """A figure of a solution, drawn once for all tests: look, do not touch."""
    return getattr(plots, f"draw_{kind}")(solved(name))


class StopAt:
    """Interrupts a solve after some windows."""

    def __init__(self, windows: int) -> None:
        self.left = windows

    def update(self, step, snapshot):
        self.left -= 1
        if self.left == 0:
            raise Interrupted


@functools.cache
def interrupted(name: str, windows: int) -> Solution:
    return solve(solved(name).problem, progress=StopAt(windows), record=True)


@functools.cache
def unsolved() -> Solution:
    return replace(
        solved("harmonic"),
        network=None,
        status="not_converged",
        message="the right-hand side is not finite at the start, t = 0; change the initial values",
        estimated=np.inf,
        history=[],
        error_times=np.empty(0),
        error_values=np.empty((0, 2)),
    )


def exact_reference(times: np.ndarray, values: np.ndarray, error: float = 1e-13) -> Reference:
    """A reference whose values are known."""
    return Reference(
        times=times,
        values=values,
        reached=float(times[-1]),
        method="DOP853",
        rtol=1e-13,
        seconds=0.0,
        sizes=np.abs(values).max(axis=0),
        error=np.full_like(values, error),
    )


def shown_texts(figure: Figure) -> list[Text]:
    """Every text that can be read in a figure, tick labels included where their tick lies inside the axes."""
    plots.render(figure, "png")
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text() and text not in hidden]


def written(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in shown_texts(figure))


def assert_legible(figure: Figure) -> None:
    """No text overlaps another, and none leaves the figure."""
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown_texts(figure)]
    width, height = figure.canvas.get_width_height()
    for text, box in boxes:
        assert box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1, f"{text!r} leaves the figure"
    for (one, a), (other, b) in combinations(boxes, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide < 1.5 or high < 1.5, f"{one!r} overlaps {other!r}"
