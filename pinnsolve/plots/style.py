"""How the figures look: colours, markers, fonts, the sheet with its heading, labels, and the bytes of a file.

Figures are objects: no pyplot, no window. The style holds inside `drawing` functions and `render` only, whatever the
user's own matplotlib settings are, so that the same run gives the same figure everywhere.
"""

from __future__ import annotations

import io
import math
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.ticker import FuncFormatter, NullFormatter
from numpy.typing import NDArray

from pinnsolve.expressions import name_to_latex
from pinnsolve.problem import Problem
from pinnsolve.solvers.solution import Solution
from pinnsolve.wording import counted, power_of_ten

Arguments = ParamSpec("Arguments")
Line = tuple[str, float, str, str]
"""A line above the axes: text, size in points, colour, weight."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of Okabe and Ito (2008), "Color Universal Design": told apart with every kind of colour vision."""
MARKERS = ("o", "s", "^", "D", "v", "P")
"""One a colour, so that lines are told apart in black and white too."""
INK, MUTED, FAINT = "#222222", "#6e6e6e", "#c9c9c9"
OVERLAID = len(COLOURS)
"""Most lines in one panel; more states get a panel each."""
LONG = 30
"""Of a name with more letters than this, the middle is left out."""
WIDTH = 9.0
"""Of every figure, in inches."""
HEADING = "heading"
"""What the lines above the axes are labelled with, so that they can be left out."""

STYLE: dict[str, Any] = {
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is everywhere
    "font.size": 10,
    "mathtext.fontset": "dejavusans",
    "text.usetex": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.labelsize": 11,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "lines.solid_capstyle": "round",
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "pinnsolve",
    "svg.fonttype": "path",
}
METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""What matplotlib would write of itself and of the clock: left out, so that equal figures are equal files."""


def drawing(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Run `draw` under the style of the figures, lay the figure out once for all formats, and leave the settings
    outside as they were.
    """

    @wraps(draw)
    def inside(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        with matplotlib.style.context(["default", STYLE]), _without_glyph_warnings():
            figure = draw(*args, **kwargs)
            layout = figure.get_layout_engine()
            if layout is not None:
                layout.execute(figure)
                figure.set_layout_engine("none")
            return figure

    return inside


def render(figure: Figure, file_format: str, *, heading: bool = True) -> bytes:
    """The figure as the bytes of a file: ``png``, ``svg`` or ``pdf``. Equal figures give equal bytes.

    Without its `heading` it is cut to what remains, for a place where all that is said already.
    """
    buffer = io.BytesIO()
    lines = [] if heading else [text for text in figure.texts if text.get_label() == HEADING]
    with matplotlib.style.context(["default", STYLE]), _without_glyph_warnings():
        for text in lines:
            text.set_visible(False)
        box: dict[str, Any] = {} if heading else {"bbox_inches": "tight", "pad_inches": 0.05}
        figure.savefig(buffer, format=file_format, metadata=METADATA[file_format], **box)
        for text in lines:
            text.set_visible(True)
    return buffer.getvalue()


@contextmanager
def _without_glyph_warnings() -> Iterator[None]:
    """A letter that the font lacks is drawn as a box; a warning about it would help nobody."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def sheet(
    solution: Solution,
    kind: str,
    heights: Iterable[float],
    columns: int = 1,
    *,
    notes: Iterable[str] = (),
    sharey: bool = False,
) -> Figure:
    """A figure with its heading and a grid of axes that share the time axis.

    Parameters
    ----------
    kind
        What the figure shows, after the problem's name.
    heights
        Height of every row of axes, in inches.
    columns
        Axes a row.
    notes
        Sentences for the end of the heading.
    sharey
        Whether all axes have one vertical axis.
    """
    return titled(_heading(solution, kind, notes), heights, columns, sharey=sharey)


def titled(lines: Sequence[Line], heights: Iterable[float], columns: int = 1, *, sharey: bool = False) -> Figure:
    """A figure with the given lines of heading above a grid of axes; the other parameters are those of `sheet`."""
    rows = list(heights)
    head = 0.12 + sum(size * 1.45 for _, size, _, _ in lines) / 72
    height = head + sum(rows) + 0.35
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - head / height), h_pad=0.06, w_pad=0.08)
    at = 0.12
    for text, size, colour, weight in lines:
        where = (0.1 / WIDTH, 1 - at / height)
        style: dict[str, Any] = {"size": size, "color": colour, "weight": weight, "va": "top", "ha": "left"}
        figure.text(*where, text, parse_math=False, label=HEADING, **style)
        at += size * 1.45 / 72
    figure.subplots(len(rows), columns, sharex=True, sharey=sharey, squeeze=False, height_ratios=rows)
    return figure


def message_sheet(solution: Solution, kind: str, sentence: str = "There is no solution to draw.") -> Figure:
    """A sheet that says why there is nothing to draw."""
    figure = sheet(solution, kind, [1.2])
    axes = figure.axes[0]
    axes.set_axis_off()
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=MUTED, size=11)
    return figure


def number(value: float, digits: int = 3) -> str:
    """A number as people write it: 1e-06 becomes 1e-6, infinity becomes 'unknown'."""
    if not math.isfinite(value):
        return "unknown"
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def title(problem: Problem, kind: str) -> list[Line]:
    """The first lines above the axes: what the figure shows of which problem."""
    name = problem.name if len(problem.name) <= 60 else problem.name[:59] + "…"
    lines: list[Line] = [(f"{name}: {kind}", 13.0, INK, "bold")]
    return lines + [(line, 10.0, INK, "normal") for line in wrapped(problem.description, 112, most=3)]


def remarks(notes: Iterable[str]) -> list[Line]:
    """Sentences for the end of the heading."""
    return [(line, 8.5, MUTED, "normal") for note in notes for line in wrapped(note, 138, most=2)]


def _heading(solution: Solution, kind: str, notes: Iterable[str]) -> list[Line]:
    problem = solution.problem
    lines = title(problem, kind)
    status = solution.status.replace("_", " ")
    facts = [
        f"relative error asked for {number(problem.accuracy)}, estimated {number(solution.estimated, 2)}",
        counted(solution.windows, "network"),
    ]
    if solution.status == "converged" or not solution.message:
        facts.insert(0, status)
    else:
        lines += [(line, 8.5, INK, "normal") for line in wrapped(f"{status}: {solution.message}", 138, most=3)]
    lines.append((" · ".join(facts), 8.5, MUTED, "normal"))
    return lines + remarks(notes)


def wrapped(text: str, width: int, most: int) -> list[str]:
    """The text in lines of at most `width` letters; of more than `most` lines the rest becomes an ellipsis."""
    return textwrap.wrap(" ".join(text.split()), width, max_lines=most, placeholder=" …")


@lru_cache(maxsize=1024)
def label(name: str) -> str:
    """The user's name of a state or parameter as a label: typeset where that is possible, else letter by letter."""
    if len(name) > LONG:
        half = LONG // 2
        return f"{name[:half]}…{name[-half:]}".replace("$", r"\$")
    typeset = f"${name_to_latex(name)}$"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fonts without the letter: they say so again when they are drawn
            MathTextParser("path").parse(typeset)
    except ValueError:
        return name.replace("$", r"\$")
    return typeset


def legend(axes: Axes, handles: Iterable[Artist]) -> None:
    """A legend to the right of the axes, where it covers nothing."""
    axes.legend(handles=list(handles), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def decades(axis: Axis) -> None:
    """Write the decades of a logarithmic axis as 10⁻⁶, in the letters of the font: typeset powers take most of the time
    that a figure takes.
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
    axis.set_minor_formatter(NullFormatter())


def power(value: float) -> str:
    """A power of ten, or its negative, as a tick label: 10⁻⁶, 1, 10; anything else as a plain number."""
    if value < 0:
        return "−" + power(-value)
    exponent = round(math.log10(value)) if value > 0 else 0
    if exponent in (0, 1) or not math.isclose(value, 10.0**exponent):
        return number(value)
    return power_of_ten(exponent)


def grid_shape(count: int) -> tuple[int, int]:
    """(rows, columns) for small multiples on one sheet."""
    columns = 1 if count <= 3 else 2 if count <= 6 else 3 if count == 9 else 4 if count <= 24 else 5
    return math.ceil(count / columns), columns


def state_style(index: int) -> dict[str, Any]:
    """Colour and marker of one state."""
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[index % len(MARKERS)],
        "markersize": 4.5,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
    }


def marked(positions: NDArray[np.float64], index: int, count: int = 9) -> list[int]:
    """Which points of a line carry its marker: about `count`, evenly along the axis, staggered from state to state.

    `positions` is (n,) along the axis, as drawn.
    """
    low, high = float(positions.min()), float(positions.max())
    shift = (index % OVERLAID + 0.5) / OVERLAID
    places = low + (np.arange(count) + shift) / count * (high - low)
    nearest = np.abs(positions[None, :] - places[:, None]).argmin(axis=1)
    return [int(i) for i in np.unique(nearest)]
