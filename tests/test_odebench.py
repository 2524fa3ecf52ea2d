"""Half of ODEBench with default settings, against reference solutions in extended precision."""

from __future__ import annotations

import pytest

from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem
from scripts.benchmarks.suite import load_suite

SUITE = load_suite()


def test_the_suite_is_whole_and_its_references_are_better_than_what_is_asked():
    assert len(SUITE) == 64
    assert {entry.values.shape[1] for entry in SUITE} == {1, 2, 3, 4}
    assert max(entry.error for entry in SUITE) < 2e-13


@pytest.mark.parametrize(("accuracy", "every"), [(1e-6, 1), (1e-4, 4), (1e-8, 4), (1e-10, 4)])
def test_all_are_solved_as_asked_and_nearly_all_estimates_are_right(accuracy, every):
    ratios = {}
    for entry in SUITE[::every]:
        solution = solve(load_problem({**entry.source, "accuracy": accuracy}))
        assert solution.status == "converged", f"{entry.name}: {solution.message}"
        error = entry.true_error(solution)
        assert error <= accuracy, entry.name
        ratios[entry.name] = entry.ratio(solution.estimated, error)
    off = {name: ratio for name, ratio in ratios.items() if not 1 / 3 <= ratio <= 10}
    assert len(off) <= 0.05 * len(ratios), off
