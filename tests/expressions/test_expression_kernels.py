"""The compiled functions: shapes and places of their results, shared work, branches, and torch's transforms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.func import jacfwd, jacrev, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from pinnsolve.expressions import compile_numpy, compile_scalar, compile_torch, differentiate, parse
from pinnsolve.expressions.program import Program

TEXTS = {
    "smooth": "mu*(1 - x^2)*y - x".replace("mu", "1.3"),
    "time": "cos(2*t)*x + exp(-t)",
    "powers": "x^3 + 2^y + (x + 3)^y + x^-2 + cbrt(x)",
    "kinks": "abs(x) + max(x, y, 0.1) + min(x, 2) + atan2(y, 2) + atan2(1, x)",
    "jumps": "sign(x)*y + floor(3*x)*y + step(y)*x",
    "branches": "where(x < 1 and not (y > 2) or x == 5, x*y, 3)",
    "constant": "2*pi",
    "time alone": "sin(t)",
    "state alone": "y",
}


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("n", [1, 2, 17])
@pytest.mark.parametrize("k", [1, 2, 20])
def test_numpy_results_go_to_their_slots_for_any_number_of_points_and_states(n, k):
    names = [f"x{i}" for i in range(k)]
    f = [parse(f"{i + 1}*x{i} + t", names) for i in range(k)]
    rng = np.random.default_rng(0)
    t, y = rng.normal(size=n), rng.normal(size=(k, n))
    slopes = [((1 + i, j), differentiate(f[i], names[j])) for i in range(k) for j in range(k)]
    slopes = [(slot, slope) for slot, slope in slopes if slope.value != 0]
    kernel = compile_numpy(
        [*f, *[slope for _, slope in slopes]], names, [(0, i) for i in range(k)] + [slot for slot, _ in slopes]
    )
    out = np.zeros((1 + k, k, n))
    assert kernel(t, y, out) is out
    np.testing.assert_allclose(out[0], np.arange(1, k + 1)[:, None] * y + t, rtol=1e-15)
    np.testing.assert_array_equal(out[1:], np.broadcast_to(np.diag(np.arange(1.0, k + 1))[:, :, None], (k, k, n)))


def test_equal_subexpressions_are_computed_once_also_with_factors_swapped():
    names = ["x", "y"]
    outputs = [parse(text, names) for text in ("sin(x*y) + 1", "2*sin(y*x)", "cos(x*y)^2")]
    operators = Program(outputs, names).operators
    assert operators.count("sin") == 1
    assert operators.count("cos") == 1
    assert sorted(o for o in operators if o == "*") == ["*"] * 3  # x*y, 2*sin, cos*cos


@pytest.mark.parametrize(("power", "products"), [("x^2", 1), ("x^3", 2), ("x^4", 2), ("x^8", 3)])
def test_small_integer_powers_are_products(power, products):
    operators = Program([parse(power, ["x"])], ["x"]).operators
    assert operators.count("*") == products
    assert "^" not in operators


def test_a_name_that_is_no_state_is_refused_when_compiling():
    with pytest.raises(ValueError, match="'mu' is neither t nor one of x, y: substitute parameters first"):
        compile_scalar([parse("mu*x", ["x", "mu"])], ["x", "y"])


@pytest.mark.parametrize(
    "text",
    [
        "where(x > 0, log(x), 7)",
        "where(x <= 0, 7, sqrt(x) + 1/x)",
        "where(x > 0 and log(x) > 0, 1, 7)",
        "where(x <= 0 or log(x) < 0, 7, 1)",
        "where(not (x <= 0 or log(x) < 0), 1, 7)",
        "where(x > 0, where(log(x) > 0, 1, 2), where(1/(x - 1) > 5, 3, 7))",
        "7 + where(x > 0, log(x)*log(x) + log(x), 0)",
    ],
)
def test_a_scalar_function_does_not_touch_the_branch_that_is_not_chosen(text):
    assert compile_scalar([parse(text, ["x"])], ["x"])(0.0, [-1.0]) == (7.0,)
    with pytest.raises((ValueError, ZeroDivisionError)):
        compile_scalar([parse("log(x)", ["x"])], ["x"])(0.0, [-1.0])


def test_what_two_branches_share_is_right_in_both_and_behind_them():
    expression = parse("where(x > 0, sin(x)*y, -sin(x)) + where(y > 0, sin(x), y*y) + sin(x) + y*y", ["x", "y"])
    f = compile_scalar([expression, expression], ["x", "y"])
    for x in (-0.7, 0.4):
        for y in (-1.1, 0.3):
            s = math.sin(x)
            expected = (s * y if x > 0 else -s) + (s if y > 0 else y * y) + s + y * y
            assert f(0.0, [x, y]) == (pytest.approx(expected), pytest.approx(expected))


def test_a_scalar_function_raises_where_f_has_no_value():
    with pytest.raises(OverflowError):
        compile_scalar([parse("exp(x)", ["x"])], ["x"])(0.0, [1e4])
    with pytest.raises(ZeroDivisionError):
        compile_scalar([parse("1/x", ["x"])], ["x"])(0.0, [0.0])


def test_a_scalar_function_returns_plain_floats():
    values = compile_scalar([parse(text, ["x"]) for text in ("sign(x)", "step(x)", "floor(x)", "3")], ["x"])(0.0, [2.5])
    assert values == (1.0, 1.0, 2.0, 3.0)
    assert all(type(value) is float for value in values)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_torch_takes_points_and_columns_lists_and_stacked_states(text):
    f = compile_torch([parse(text, ["x", "y"])], ["x", "y"])
    t, y = double(0.3, 0.9, -0.4), torch.stack([double(0.7, -0.2, 2.3), double(1.4, 2.6, -0.8)])
    (columns,) = f(t, y)
    assert columns.shape == (3,)
    assert columns.dtype == torch.float64
    assert torch.equal(columns, f(t, [y[0], y[1]])[0])
    assert torch.allclose(vmap(lambda t, y: f(t, y)[0])(t, y.T), columns, rtol=1e-15)
    for i in range(3):
        assert f(t[i], y[:, i])[0].shape == ()
        assert torch.allclose(f(t[i], y[:, i])[0], columns[i], rtol=1e-15)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("transform", [jacfwd, jacrev])
def test_torch_differentiates_what_the_symbolic_derivative_says(text, transform):
    expression = parse(text, ["x", "y"])
    f = compile_torch([expression], ["x", "y"])
    slopes = compile_torch([differentiate(expression, name) for name in ("x", "y")], ["x", "y"])
    t, y = double(0.3, 0.9), torch.stack([double(0.7, -0.2), double(1.4, 2.6)], dim=-1)
    found = vmap(transform(lambda y, t: f(t, y)[0]))(y, t)
    expected = torch.stack(slopes(t, y.T), dim=-1)
    assert torch.allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_torch_functions_can_be_traced(text):
    f = compile_torch([parse(text, ["x", "y"])], ["x", "y"])

    def both(t, y):
        return vmap(jacfwd(lambda t, y: f(t, y)[0]))(t, y), vmap(lambda t, y: f(t, y)[0])(t, y)

    t, y = double(0.3, 0.9), torch.stack([double(0.7, -0.2), double(1.4, 2.6)])
    traced = make_fx(both)(t, y)
    other = (double(-0.6, 2.2), torch.stack([double(1.7, 0.4), double(-2.2, 0.6)]))
    for a, b in zip(traced(*other), both(*other), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torch_constants_have_the_type_and_shape_of_the_states(dtype):
    outputs = [parse(text, ["x"]) for text in ("3", "where(x < 0, 1, 2)", "max(x, 0)*2", "atan2(1, x)", "2^x")]
    y = torch.ones((1, 4), dtype=dtype)
    for value in compile_torch(outputs, ["x"])(torch.zeros(4, dtype=dtype), y):
        assert (value.dtype, value.shape) == (dtype, (4,))


@pytest.mark.parametrize(
    "text",
    [
        "where(x > 0, sqrt(x), 0)",
        "where(x <= 0, 0, log(x))",
        "where(x > 0, x^1.5, 0)",
        "where(x > 0, 1/x^2 + acos(exp(-x)), 0)",
        "where(x > -1, where(x > 0, sqrt(x), 0), log10(-x))",
    ],
)
def test_gradients_of_the_chosen_side_are_finite_where_the_other_has_none(text):
    f = compile_torch([parse(text, ["x"])], ["x"])
    for at in (-0.5, 0.0):
        x = double(at).requires_grad_()
        (value,) = f(double(0.0), [x])
        (slope,) = torch.autograd.grad(value.sum(), x)
        assert slope.item() == 0.0
        assert value.item() == 0.0


def test_the_torch_cube_root_is_the_real_one_and_has_its_slope():
    f = compile_torch([parse("cbrt(x)", ["x"])], ["x"])
    x = double(-8.0, 27.0)
    assert torch.allclose(f(x, [x])[0], double(-2.0, 3.0), rtol=1e-15)
    slope = vmap(jacfwd(lambda x: f(x, [x])[0]))(x)
    assert torch.allclose(slope, double(1 / 12, 1 / 27), rtol=1e-14)
