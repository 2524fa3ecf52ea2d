"""Every problem in configs/ is valid, says how to run it, and is about what its name says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pinnsolve
from pinnsolve.spec import load_problem, to_mapping

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def config(request):
    return request.param


def test_there_are_problems_to_start_from():
    assert len(CONFIGS) >= 18


def test_the_file_is_valid(config):
    problem = load_problem(config)
    assert problem.name == config.stem
    assert problem.description


def test_it_converges_to_what_it_asks_for(config):
    solution = pinnsolve.solve(config)
    assert solution.status == "converged", solution.message
    assert solution.accuracy["estimated"] <= solution.accuracy["asked"]


def test_its_head_says_how_to_run_it(config):
    head = config.read_text(encoding="utf-8").splitlines()[:2]
    assert head[0].startswith("# ")
    assert head[1] == f"# Run: pinnsolve train configs/{config.name}"


def test_it_is_the_same_when_written_down_and_read_again(config):
    mapping = to_mapping(load_problem(config))
    assert to_mapping(load_problem(mapping)) == mapping


def test_the_right_hand_side_is_finite_at_the_start(config):
    problem = load_problem(config)
    start = np.ones(problem.system.k) if problem.initial is None else np.array(problem.initial)
    value = problem.system.rhs_numpy(np.array(problem.time[:1]), start[None])
    assert np.isfinite(value).all()


def test_most_problems_are_planar_and_ask_for_the_default_accuracy():
    problems = [load_problem(path) for path in CONFIGS]
    assert sum(problem.system.k == 2 for problem in problems) > len(problems) / 2
    assert sum(problem.accuracy == 1e-6 for problem in problems) >= len(problems) - 1
