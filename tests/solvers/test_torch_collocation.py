"""Windows in torch operations, as a GPU runs them, give the answer of the NumPy ones. Here on torch's CPU device."""

import numpy as np
import pytest
import torch

from pinnsolve.solvers.windows import march
from pinnsolve.solvers.windows.march import Marcher
from pinnsolve.solvers.windows.rounding import PROBES
from pinnsolve.solvers.windows.table import table
from pinnsolve.solvers.windows.torch_collocation import TorchCollocation
from tests.solvers.problems import EXACT

NEEDS_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


@pytest.mark.parametrize("name", ["decay", "harmonic", "explicit time", "backward", "twenty states", "stiff"])
@pytest.mark.parametrize("kind", ["cpu", pytest.param("cuda", marks=NEEDS_GPU)])
def test_windows_in_torch_end_where_windows_in_numpy_end(name, kind):
    problem = EXACT[name].problem()
    y, ends = np.array(problem.initial), []
    for in_torch in (False, True):
        marcher = Marcher(problem.system, table(12), y, *problem.time, 1e-8, None, np.empty(0))
        if in_torch:
            marcher.collocation = TorchCollocation(problem.system, table(12), problem.time[0], kind)
        state = marcher.begin()
        marcher.run(state, most=2000)
        assert state.stop is None
        ends.append(state)
    exact = EXACT[name].solution(np.array(problem.time[1:]))[0]
    size = np.abs(EXACT[name].solution(np.linspace(*problem.time, 50))).max(axis=0)
    for state in ends:
        assert (np.abs(state.y - exact) <= 1e-5 * size).all()
    assert abs(len(ends[0].windows) - len(ends[1].windows)) <= 1 + 0.1 * len(ends[0].windows)


def test_one_window_agrees_in_solution_and_error():
    problem = EXACT["harmonic"].problem()
    y, maps = np.array(problem.initial), table(16)
    parts = []
    for collocation in (
        march.Collocation(problem.system.kernels, 2, maps, 0.0),
        TorchCollocation(problem.system, maps, 0.0, "cpu"),
    ):
        start = np.repeat(collocation.derivative(0.0, y)[:, None], 16, axis=1)
        g = collocation.newton(0.0, y, 0.5, start, np.ones((2, 1)), 1e-10)
        probes = 1e-3 * np.arange(2 * PROBES).reshape(PROBES, 2)
        start, signs = np.array([1e-3, 0.0]), np.ones((PROBES, 2))
        errors = collocation.errors(0.0, y, 0.5, g, start, probes, signs, None)
        again = collocation.errors(0.0, y, 0.5, g, start, probes, signs, errors.noise)
        np.testing.assert_array_equal(again.probes, errors.probes)
        parts.append((g, errors.carried, errors.probes, errors.largest, collocation.residual))
    for numpy_part, torch_part in zip(*parts, strict=True):
        np.testing.assert_allclose(torch_part, numpy_part, atol=1e-13)
    # an error of 1e-3 in x at the start is rotated by the time, as the exact solution says
    t = (maps.tau + 1) / 2
    np.testing.assert_allclose(parts[1][1], 1e-3 * np.array([np.cos(t), -np.sin(t)]), atol=1e-9)
