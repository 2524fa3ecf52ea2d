"""What leaves the package: names of the figures, equal bytes for equal runs, and no trace in matplotlib's own state."""

from __future__ import annotations

import gc
import hashlib
import subprocess
import sys
import weakref

import matplotlib
import numpy as np
import pytest

from pinnsolve.plots import draw_all, draw_phase, draw_residual, draw_solution, render
from pinnsolve.plots.style import label, number, power
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .samples import drawn, exact_reference, solved, unsolved, written

ELSEWHERE = """
import hashlib, sys
from pinnsolve.plots import draw_solution, render
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
problem = load_problem({"name": "decay", "system": {"equations": {"c": "-c"}}, "initial": {"c": 1}, "time": [0, 5]})
figure = draw_solution(solve(problem))
print(hashlib.sha256(render(figure, "svg") + render(figure, "png") + render(figure, "pdf")).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


def test_another_process_makes_the_same_bytes_without_pyplot():
    environment = {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": ":".join(filter(None, sys.path))}
    other = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True, env=environment)
    figure = drawn("solution", "decay")
    here = hashlib.sha256(b"".join(render(figure, file_format) for file_format in ("svg", "png", "pdf"))).hexdigest()
    assert other.stdout.split() == [here, "False"]


@pytest.mark.parametrize("file_format", ["png", "svg", "pdf"])
def test_rendering_twice_and_drawing_twice_give_the_same_bytes(file_format):
    figure = drawn("phase", "harmonic")
    first = render(figure, file_format)
    assert render(figure, file_format) == first
    assert render(draw_phase(solved("harmonic")), file_format) == first


def test_files_say_nothing_of_the_date_or_the_program():
    figure = drawn("solution", "decay")
    assert b"dc:date" not in render(figure, "svg")
    assert b"tEXt" not in render(figure, "png")
    assert b"CreationDate" not in render(figure, "pdf")


def test_the_user_s_own_matplotlib_settings_neither_change_nor_matter():
    expected = render(draw_residual(solved("decay")), "png")
    own = {"font.size": 30, "axes.grid": False, "svg.hashsalt": "other", "lines.linewidth": 9, "figure.dpi": 40}
    with matplotlib.rc_context(own):
        before = dict(matplotlib.rcParams)
        assert render(draw_residual(solved("decay")), "png") == expected
        assert dict(matplotlib.rcParams) == before


def test_png_has_150_dots_an_inch():
    width = int.from_bytes(render(drawn("solution", "decay"), "png")[16:20], "big")
    assert width == 9 * 150


@pytest.mark.parametrize(
    ("kind", "name"),
    [("solution", "ring"), ("residual", "robertson"), ("residual", "ring")],
)
def test_vector_files_stay_small(kind, name):
    assert len(render(drawn(kind, name), "svg")) < 300_000


def test_all_figures_of_a_planar_system():
    t = np.linspace(0, 10, 101)
    exact = exact_reference(t, np.stack([np.cos(t), -np.sin(t)], axis=1))
    assert list(draw_all(solved("harmonic"), exact)) == ["solution", "residual", "training", "phase", "error"]


def test_no_phase_plane_for_one_state_and_no_error_without_a_reference():
    assert list(draw_all(solved("decay"))) == ["solution", "residual", "training"]


def test_all_figures_of_a_failed_solve_can_be_drawn():
    for figure in draw_all(unsolved()).values():
        assert render(figure, "png").startswith(b"\x89PNG")


def test_figures_are_freed_with_their_last_name():
    figure = draw_phase(solved("harmonic"))
    render(figure, "png")
    alive = weakref.ref(figure)
    del figure
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "$x$"),
        ("x'", "$x'$"),
        ("beta1'", r"$\beta_1'$"),
        ("cost$", r"cost\$"),
        ("a_very_long_name_of_a_state_in_a_big_model", "a_very_long_nam…_in_a_big_model"),
    ],
)
def test_labels_are_the_names_typeset_or_letter_by_letter(name, text):
    assert label(name) == text


def test_letters_that_the_font_lacks_are_no_warning():
    problem = load_problem({"system": {"equations": {"温度": "-温度"}}, "initial": {"温度": 1}, "time": [0, 1]})
    assert "温度" in written(draw_solution(solve(problem)))


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-6, "10⁻⁶"), (1.0, "1"), (10.0, "10"), (100.0, "10²"), (-1e3, "−10³"), (1e15, "10¹⁵"), (0.0, "0"), (50.0, "50")],
)
def test_decades_are_written_as_powers(value, text):
    assert power(value) == text


@pytest.mark.parametrize(("value", "text"), [(1e-6, "1e-6"), (2.5e12, "2.5e12"), (0.01, "0.01"), (np.inf, "unknown")])
def test_numbers_have_no_padded_exponents(value, text):
    assert number(value) == text
