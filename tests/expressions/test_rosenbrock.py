"""Linearly implicit steps as one generated function, against the same formulas with a dense linear solver."""

import math

import numpy as np
import pytest

from pinnsolve.expressions import compile_rosenbrock, compile_scalar, differentiate, parse
from pinnsolve.expressions.rosenbrock import MOST


def sweep_of(texts, names):
    outputs = [parse(text, names) for text in texts]
    partials = {(i, j): differentiate(f, name) for i, f in enumerate(outputs) for j, name in enumerate(names)}
    return compile_rosenbrock(outputs, {place: p for place, p in partials.items() if p.value != 0}, names)


def dense_step(texts, names, t, y, h):
    """RODAS3 as in the paper, with numpy.linalg."""
    outputs = [parse(text, names) for text in texts]
    f, k = compile_scalar(outputs, names), len(names)
    entries = compile_scalar([differentiate(output, name) for output in outputs for name in names], names)
    drift = np.array(compile_scalar([differentiate(output, "t") for output in outputs], names)(t, y))
    matrix = 2 / h * np.eye(k) - np.reshape(entries(t, y), (k, k))
    start = np.array(f(t, y))
    a = np.linalg.solve(matrix, start + h / 2 * drift)
    b = np.linalg.solve(matrix, start + 3 * h / 2 * drift + 4 * a / h)
    c = np.linalg.solve(matrix, f(t + h, y + 2 * a) + (a - b) / h)
    d = np.linalg.solve(matrix, f(t + h, y + 2 * a + c) + (a - b - 8 / 3 * c) / h)
    return y + 2 * a + c + d


NONLINEAR = (["y*z - t*x", "sin(x) + t^2", "x - z^2 + w", "-3*w*x + cos(t)"], ["x", "y", "z", "w"])


def test_a_step_agrees_with_the_formulas_in_dense_matrices():
    y = np.array([0.3, -0.7, 1.1, 0.4])
    found = sweep_of(*NONLINEAR)(0.5, y.tolist(), 0.1, [1.0])
    np.testing.assert_allclose(found[0], dense_step(*NONLINEAR, 0.5, y, 0.2), rtol=1e-13)


def test_halving_the_steps_divides_the_error_by_eight():
    sweep = sweep_of(["-2*(x - cos(t)) - sin(t) + y*(x - cos(t))", "x*y - y*cos(t) - y"], ["x", "y"])
    exact = [math.cos(2.0), math.exp(-2.0)]
    errors = []
    for steps in (20, 40, 80):
        nodes = (-1 + 2 * np.arange(1, steps + 1) / steps).tolist()
        errors.append(np.abs(np.array(sweep(0.0, [1.0, 1.0], 1.0, nodes)[-1]) - exact).max())
    assert 6 < errors[0] / errors[1] < 10
    assert 6 < errors[1] / errors[2] < 10


def test_steps_far_longer_than_the_fastest_time_follow_the_slow_solution():
    found = sweep_of(["-1e8*(x - cos(t)) - sin(t)"], ["x"])(0.0, [1.5], 0.5, np.linspace(-0.8, 1, 10).tolist())
    assert found[-1][0] == pytest.approx(math.cos(1.0), abs=1e-7)


def test_what_stays_constant_along_the_sweep_follows_the_states():
    outputs = [parse("-mode*x", ["x", "mode"])]
    sweep = compile_rosenbrock(outputs, {(0, 0): parse("-mode", ["x", "mode"])}, ["x", "mode"])
    assert sweep(0.0, [1.0, 2.0], 0.05, [0.0, 1.0])[-1][0] == pytest.approx(math.exp(-0.2), rel=1e-4)


def test_a_jacobian_with_too_many_entries_gets_no_sweep():
    k = math.isqrt(MOST) + 1
    names = [f"x{i}" for i in range(k)]
    assert sweep_of(["+".join(names)] * k, names) is None
    assert sweep_of([f"-{name}" for name in names], names) is not None


def test_a_singular_matrix_raises_an_arithmetic_error():
    with pytest.raises(ArithmeticError):
        sweep_of(["2*x"], ["x"])(0.0, [1.0], 0.5, [1.0])
