"""Phase portraits as figures: every element has its line and its legend entry, and nothing overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from pinnsolve.analysis.planar.portrait import Portrait, portrait
from pinnsolve.analysis.planar.projection import project
from pinnsolve.plots import draw_portrait, draw_projection, render
from pinnsolve.plots.portrait import CYCLE, MARKERS, X_NULL, Y_NULL
from pinnsolve.spec import load_problem

from .samples import assert_legible

PROBLEMS = {
    "species": ({"x": "x*(3 - x - 2*y)", "y": "y*(2 - x - y)"}, {"x": 0.5, "y": 0.55}),
    "cycles": (
        {
            "beta1": "-omega + 0.3*beta1*(1 - beta1^2 - omega^2)*(4 - beta1^2 - omega^2)",
            "omega": "beta1 + 0.3*omega*(1 - beta1^2 - omega^2)*(4 - beta1^2 - omega^2)",
        },
        {"beta1": 1.9, "omega": 0},
    ),
    "line": ({"x": "x*y", "y": "-y"}, {"x": 1, "y": 1}),
    "nothing": ({"x": "0*x", "y": "0*y"}, {"x": 1, "y": 1}),
}


@pytest.fixture(scope="module")
def portraits() -> dict[str, Portrait]:
    return {
        name: portrait(load_problem({"name": name, "system": {"equations": equations}, "initial": initial, "time": [0, 20]}))
        for name, (equations, initial) in PROBLEMS.items()
    }


def entries(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_text_leaves_the_figure_and_every_format_is_written(portraits, name):
    figure = draw_portrait(portraits[name])
    assert_legible(figure)
    assert render(figure, "png") == render(draw_portrait(portraits[name]), "png")
    assert len(render(figure, "svg")) < 600_000


def test_the_legend_names_what_is_there_and_nothing_else(portraits):
    assert entries(draw_portrait(portraits["species"])) == [
        "nullcline $x'$ = 0",
        "nullcline $y'$ = 0",
        "trajectory",
        "from the start",
        "unstable manifold",
        "stable manifold",
        "stable node",
        "unstable node",
        "saddle",
        "vector field",
    ]
    assert "line of fixed points" in entries(draw_portrait(portraits["line"]))
    assert "vector field" not in entries(draw_portrait(portraits["nothing"]))


def test_stable_and_unstable_cycles_are_drawn_apart(portraits):
    found = portraits["cycles"]
    figure = draw_portrait(found)
    lines = [line for line in figure.axes[0].lines if line.get_color() == CYCLE]
    assert sorted(line.get_linestyle() for line in lines) == ["-", "--"]
    assert {"stable limit cycle", "unstable limit cycle"} <= set(entries(figure))


def test_every_fixed_point_has_the_marker_of_its_type(portraits):
    axes = draw_portrait(portraits["species"]).axes[0]
    for point in portraits["species"].fixed_points:
        style = MARKERS[point.type]
        assert any(
            line.get_marker() == style["marker"] and np.allclose(np.ravel(line.get_xydata()), point.at)
            for line in axes.lines
            if len(line.get_xydata()) == 1
        )


def test_nullclines_have_a_colour_each(portraits):
    axes = draw_portrait(portraits["species"]).axes[0]
    colours = [line.get_color() for line in axes.lines]
    assert (colours.count(X_NULL), colours.count(Y_NULL)) == (2, 2)


@pytest.mark.parametrize("name", ["species", "cycles"])
def test_arrow_heads_point_with_the_flow(portraits, name):
    found = portraits[name]
    axes = draw_portrait(found).axes[0]
    heads = np.array([patch._posA_posB for patch in axes.patches if isinstance(patch, FancyArrowPatch)])
    assert len(heads) > 10
    velocity = found.problem.system.rhs_numpy(np.zeros(len(heads)), heads[:, 1])
    assert ((heads[:, 1] - heads[:, 0]) / found.window.size * (velocity / found.window.size)).sum(axis=1).min() > 0


def test_the_view_is_the_window(portraits):
    axes = draw_portrait(portraits["species"]).axes[0]
    assert axes.get_xlim() == portraits["species"].window.x
    assert axes.get_ylim() == portraits["species"].window.y


def test_a_projection_is_drawn_with_its_start():
    problem = load_problem(
        {
            "system": {"equations": {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8/3*z"}},
            "initial": {"x": 1, "y": 1, "z": 1},
            "time": [0, 5],
        }
    )
    figure = draw_projection(project(problem, ("x", "z")))
    assert_legible(figure)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("$x$", "$z$")
    assert entries(figure) == ["trajectory from its start"]
