"""Runs of boundary values and closed orbits: written, loaded, carried on and compared like any other."""

from __future__ import annotations

import json

import numpy as np
import pytest

import pinnsolve
from pinnsolve.runs.comparison import compare_run
from pinnsolve.runs.lines import summary
from pinnsolve.runs.outcomes import RunInterrupted
from pinnsolve.runs.prediction import predict_run
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .helpers import StopAfter
from .test_resume import assert_same

ORBIT = """\
system:
  equations: {x': y, y': mu*(1 - x^2)*y - x}
  parameters: {mu: 10}
initial: {x: 2, y: 0}
periodic: {period: 15}
output: {points: 11, formats: [svg]}
"""
LAYER = """\
system:
  equations: {"y''": "(1 - y'^2)/eps"}
  parameters: {eps: 0.001}
boundary: [y(0) = 0, y(1) = 0.2]
time: [0, 1]
accuracy: 1e-9
output: {points: 11, formats: [svg]}
"""


@pytest.fixture(params=[ORBIT, LAYER], ids=["orbit", "layer"])
def config(request, tmp_path):
    path = tmp_path / "problem.yaml"
    path.write_text(request.param)
    return path


def test_a_run_is_written_and_loaded_as_it_was_solved(config, tmp_path):
    solution = pinnsolve.train(config, tmp_path / "runs", plots=False)
    assert solution.status == "converged", solution.message
    result = json.loads((solution.directory / "result.json").read_text())
    loaded = pinnsolve.load(solution.directory)
    t = np.linspace(*solution.interval, 101)
    assert (loaded(t) == solution(t)).all() and (loaded.error(t) == solution.error(t)).all()
    assert (loaded.period, loaded.orbit, loaded.message) == (solution.period, solution.orbit, solution.message)
    assert result.get("period") == solution.period and result.get("orbit") == solution.orbit
    assert result["time_reached"] == solution.interval[1]
    _, *rows = (solution.directory / "solution.csv").read_text().splitlines()
    assert len(rows) == 11 and float(rows[-1].split(",")[0]) == solution.interval[1]


@pytest.mark.parametrize("after", [1, 8])
def test_an_interrupted_run_carries_on_to_the_same_bytes(config, tmp_path, after):
    reference = pinnsolve.train(config, tmp_path / "whole", plots=False)
    with pytest.raises(RunInterrupted):
        pinnsolve.train(config, tmp_path / "stopped", plots=False, progress=StopAfter(after))
    run = tmp_path / "stopped" / "problem"
    resumed = pinnsolve.resume(run, plots=False)
    assert resumed.status == "converged"
    assert_same(run, reference.directory)


def test_the_comparison_is_kept_in_the_run(config, tmp_path):
    solution = pinnsolve.train(config, tmp_path / "runs", plots=False)
    report = compare_run(solution.directory, allow_python=False)
    assert report["ok"] is True
    assert json.loads((solution.directory / "compare.json").read_text()) == report


def test_a_prediction_of_an_orbit_wraps_and_its_summary_has_the_period(tmp_path):
    (tmp_path / "orbit.yaml").write_text(ORBIT)
    solution = pinnsolve.train(tmp_path / "orbit.yaml", tmp_path / "runs", plots=False)
    times = ",".join(repr(turn * solution.period + 1) for turn in range(3))
    values = predict_run(solution.directory, times, extrapolate=False, allow_python=False).values
    np.testing.assert_allclose(values, np.tile(values[0], (3, 1)), rtol=1e-9, atol=1e-9)
    text = summary(json.loads((solution.directory / "result.json").read_text()), "orbit", None)
    assert "period 19.07836956" in text
    assert ", stable; Floquet multipliers of size 1, " in text


def test_the_figures_of_an_orbit_close_and_name_one_period(tmp_path):
    (tmp_path / "orbit.yaml").write_text(ORBIT)
    solution = pinnsolve.train(tmp_path / "orbit.yaml", tmp_path / "runs")
    names = {path.stem for path in (solution.directory / "plots").iterdir()}
    assert {"solution", "residual", "training", "phase"} <= names
    from pinnsolve.plots import draw_all

    axes = draw_all(solution)["phase"].axes[0]
    longest = max(axes.lines, key=lambda line: len(line.get_xdata()))
    path = np.column_stack([longest.get_xdata(), longest.get_ydata()]).astype(float)
    assert np.abs(path[0] - path[-1]).max() < 1e-6


def test_the_progress_line_says_that_all_windows_are_trained_together_and_what_is_tried(config):
    from pinnsolve.runs.lines import progress_line

    class Lines:
        def __init__(self):
            self.said = []

        def update(self, step, snapshot):
            self.said.append(progress_line(step, 1.0))

    listener = Lines()
    solve(load_problem(config), progress=listener)
    assert listener.said
    assert all(" windows together, gauss-newton, iteration " in line for line in listener.said)
    if "eps" in config.read_text():
        assert any("continuation in eps, " in line for line in listener.said)
