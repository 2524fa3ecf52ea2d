"""Boundary value problems with known solutions.

The numbers of the singularly perturbed ones are those of the collection of Cash (J. R. Cash, D. Hollevoet, F. Mazzia, A. M.
Nagy, "Algorithm 927: the MATLAB code bvptwp.m", ACM TOMS 39, 2013, and the BVP test set of Bari), eps its parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import airy, airye, dawsn, erf

from pinnsolve.expressions import parse
from pinnsolve.problem import ExpressionSystem, Problem

PI = np.pi


@dataclass(frozen=True)
class Example:
    """One problem, with the parameter eps or without."""

    equations: Mapping[str, str]
    conditions: Callable[[float], Sequence[str]]
    """eps -> conditions."""
    time: tuple[float, float]
    exact: Callable[[np.ndarray, float], Sequence[np.ndarray]]
    """t (n,), eps -> the states, (n,) each."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    initial: Sequence[float] | None = None


def system(equations, parameters=None):
    """A system of expressions."""
    parameters = parameters or {}
    names = [*equations, *parameters]
    return ExpressionSystem({state: parse(text, names) for state, text in equations.items()}, parameters)


def boundary(equations, conditions, time, parameters=None, **settings):
    """A boundary value problem."""
    return Problem(system=system(equations, parameters), boundary=conditions, time=time, **settings)


def problem(example, eps, **settings):
    """The problem of an example for one eps."""
    used = any("eps" in text for text in example.equations.values())
    parameters = {**example.parameters, **({"eps": eps} if used else {})}
    settings = {"initial": example.initial, **settings}
    return boundary(example.equations, example.conditions(eps), example.time, parameters, **settings)


def true_error(solution, exact):
    """The largest relative error, each state against its own largest value, between all nodes."""
    edges = solution.window_edges
    inside = np.concatenate([np.linspace(0, 1, 41), 0.5 - 0.5 * np.cos(np.linspace(0, PI, 30))])
    low, high = sorted(solution.interval)
    times = np.clip(np.unique((edges[:-1, None] + np.diff(edges)[:, None] * inside).ravel()), low, high)
    values = np.stack(np.broadcast_arrays(*exact(times)), axis=1)
    size = np.abs(values).max(axis=0)
    return float((np.abs(solution(times) - values) / np.where(size > 0, size, 1.0)).max())


def at(time, value):
    """The condition that y has a value, to its last digit."""
    return f"y({time}) = {float(value)!r}"


def second_order(right):
    """y'' = right in y and v = y'."""
    return {"y": "v", "v": right}


def _one(t, eps):
    r = np.sqrt(eps)
    a, b, c = np.exp(-t / r), np.exp((t - 2) / r), -np.expm1(-2 / r)
    return (a - b) / c, -(a + b) / r / c


def _two(t, eps):
    c = -np.expm1(-1 / eps)
    return -np.expm1((t - 1) / eps) / c, -np.exp((t - 1) / eps) / eps / c


def _cosine(t, eps):
    return np.cos(PI * t), -PI * np.sin(PI * t)


def _four(t, eps):
    q = (1 + eps) / eps
    return np.exp(t - 1) + np.exp(-q * (1 + t)), np.exp(t - 1) - q * np.exp(-q * (1 + t))


def _erf(t, eps):
    s = np.sqrt(2 * eps)
    total = erf(1 / s)
    return erf(t / s) / total, 2 / np.sqrt(PI) / s * np.exp(-t * t / (2 * eps)) / total


def _six(t, eps):
    (c, dc), (e, de) = _cosine(t, eps), _erf(t, eps)
    return c + e, dc + de


def _seven(t, eps):
    s = np.sqrt(2 * eps)
    total = erf(1 / s) + np.sqrt(2 * eps / PI) * np.exp(-1 / (2 * eps))
    c, dc = _cosine(t, eps)
    y = c + t + (t * erf(t / s) + np.sqrt(2 * eps / PI) * np.exp(-t * t / (2 * eps))) / total
    return y, dc + 1 + erf(t / s) / total


def _eight(t, eps):
    c = -np.expm1(-1 / eps)
    return (2 - np.exp(-1 / eps) - np.exp(-t / eps)) / c, np.exp(-t / eps) / eps / c


def _nine(t, eps):
    return 1 / (eps + t * t), -2 * t / (eps + t * t) ** 2


def _layer(t, eps, left, right):
    """cos(pi t) with layers of unit height at the ends asked for: sinh((t + 1)/r) / sinh(2/r) at the right one."""
    r = np.sqrt(eps)
    y, v = _cosine(t, eps)
    total = -np.expm1(-4 / r)
    for wanted, away, sign in ((left, t + 1, -1.0), (right, 1 - t, 1.0)):
        a, b = np.exp(-away / r), np.exp((away - 4) / r)
        y = y + wanted * (a - b) / total
        v = v + sign * wanted * (a + b) / r / total
    return y, v


def _airy(z):
    """Ai, Ai', Bi, Bi' and p: for z > 0 the first two times exp(p), the others times exp(-p)."""
    power = 2 / 3 * np.maximum(z, 0) ** 1.5
    return *(np.where(z > 0, a, b) for a, b in zip(airye(np.maximum(z, 0)), airy(np.minimum(z, 0)), strict=True)), power


def _fifteen(t, eps):
    scale = np.cbrt(eps)
    (a0, a1), _, (b0, b1), _, (_, last) = _airy(np.array([-1.0, 1.0]) / scale)
    a, b = np.linalg.solve([[a0, b0 * np.exp(-last)], [a1 * np.exp(-last), b1]], [1.0, 1.0])
    ai, dai, bi, dbi, p = _airy(t / scale)
    down, up = a * np.exp(-p), b * np.exp(p - last)
    return down * ai + up * bi, (down * dai + up * dbi) / scale


def _seventeen(t, eps):
    return t / np.sqrt(eps + t * t), eps / (eps + t * t) ** 1.5


def _eighteen(t, eps):
    return np.exp(-t / eps), -np.exp(-t / eps) / eps


def log_cosh(x):
    """log(cosh(x)) without overflow."""
    return np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - np.log(2)


def _twenty(t, eps):
    return 1 + eps * log_cosh((t - 0.745) / eps), np.tanh((t - 0.745) / eps)


def _twenty_one(t, eps):
    r = np.sqrt(eps)
    return np.exp(-t / r), -np.exp(-t / r) / r


def _thirty_five(t, eps):
    """t/2 and 3/2 of the even solution exp(z^2) (1 - 2 z D(z)), which is large at the ends only."""
    scale = np.sqrt(2 * eps)
    last, z = 1 / scale, t / scale
    growth, end = np.exp(z * z - last * last), 1 - 2 * last * dawsn(last)
    return 0.5 * t + 1.5 * growth * (1 - 2 * z * dawsn(z)) / end, 0.5 - 1.5 * growth * 2 * dawsn(z) / scale / end


def _burgers(t, eps):
    """eps y'' + y y' = 0 with y = tanh(t/(2 eps))."""
    y = np.tanh(t / (2 * eps))
    return y, (1 - y * y) / (2 * eps)


FORCED = "(1 + eps*pi^2)*cos(pi*t)"
PERTURBED = {
    "1: layer at the start": Example(second_order("y/eps"), lambda _: ["y(0) = 1", "y(1) = 0"], (0, 1), _one),
    "2: layer at the end": Example(second_order("v/eps"), lambda _: ["y(0) = 1", "y(1) = 0"], (0, 1), _two),
    "3: smooth, strong advection": Example(
        second_order(f"(y - (2 + cos(pi*t))*v - {FORCED} - pi*(2 + cos(pi*t))*sin(pi*t))/eps"),
        lambda _: ["y(-1) = -1", "y(1) = -1"], (-1, 1), _cosine,
    ),
    "4: layer at the start, variable": Example(
        second_order("((1 + eps)*y - v)/eps"),
        lambda eps: [at(-1, 1 + np.exp(-2)), at(1, 1 + np.exp(-2 * (1 + eps) / eps))], (-1, 1), _four,
    ),
    "5: turning point, smooth": Example(
        second_order(f"(t*v + y - {FORCED} + pi*t*sin(pi*t))/eps"),
        lambda _: ["y(-1) = -1", "y(1) = -1"], (-1, 1), _cosine,
    ),
    "6: interior layer": Example(
        second_order("(-t*v - eps*pi^2*cos(pi*t) - pi*t*sin(pi*t))/eps"),
        lambda _: ["y(-1) = -2", "y(1) = 0"], (-1, 1), _six,
    ),
    "7: corner layer": Example(
        second_order(f"(-t*v + y - {FORCED} - pi*t*sin(pi*t))/eps"),
        lambda _: ["y(-1) = -1", "y(1) = 1"], (-1, 1), _seven,
    ),
    "8: layer at the start, no reaction": Example(second_order("-v/eps"), lambda _: ["y(0) = 1", "y(1) = 2"], (0, 1), _eight),
    "9: peak": Example(
        second_order("-(4*t*v + 2*y)/(eps + t^2)"),
        lambda eps: [at(-1, 1 / (1 + eps)), at(1, 1 / (1 + eps))], (-1, 1), _nine,
    ),
    "10: interior layer, homogeneous": Example(
        second_order("-t*v/eps"), lambda _: ["y(-1) = 0", "y(1) = 2"], (-1, 1),
        lambda t, eps: (1 + _erf(t, eps)[0], _erf(t, eps)[1]),
    ),
    "11: smooth, two possible layers": Example(
        second_order(f"(y - {FORCED})/eps"), lambda _: ["y(-1) = -1", "y(1) = -1"], (-1, 1), _cosine
    ),
    "12: layer at the end": Example(
        second_order(f"(y - {FORCED})/eps"), lambda _: ["y(-1) = -1", "y(1) = 0"], (-1, 1), lambda t, e: _layer(t, e, 0, 1)
    ),
    "13: layer at the start": Example(
        second_order(f"(y - {FORCED})/eps"), lambda _: ["y(-1) = 0", "y(1) = -1"], (-1, 1), lambda t, e: _layer(t, e, 1, 0)
    ),
    "14: layers at both ends": Example(
        second_order(f"(y - {FORCED})/eps"), lambda _: ["y(-1) = 0", "y(1) = 0"], (-1, 1), lambda t, e: _layer(t, e, 1, 1)
    ),
    "15: oscillation turns into growth": Example(
        second_order("t*y/eps"), lambda _: ["y(-1) = 1", "y(1) = 1"], (-1, 1), _fifteen
    ),
    "17: interior layer of algebraic decay": Example(
        second_order("-3*eps*y/(eps + t^2)^2"),
        lambda eps: [at(-0.1, -0.1 / np.sqrt(eps + 0.01)), at(0.1, 0.1 / np.sqrt(eps + 0.01))],
        (-0.1, 0.1), _seventeen,
    ),
    "18: decaying layer": Example(
        second_order("-v/eps"), lambda eps: ["y(0) = 1", at(1, np.exp(-1 / eps))], (0, 1), _eighteen
    ),
    "20: corner layer, nonlinear": Example(
        second_order("(1 - v^2)/eps"),
        lambda eps: [at(0, 1 + eps * log_cosh(-0.745 / eps)), at(1, 1 + eps * log_cosh(0.255 / eps))],
        (0, 1), _twenty,
    ),
    "21: layer at the start, nonlinear": Example(
        second_order("(y + y^2 - exp(-2*t/sqrt(eps)))/eps"),
        lambda eps: ["y(0) = 1", at(1, np.exp(-1 / np.sqrt(eps)))], (0, 1), _twenty_one,
    ),
}
"""By the number and what is hard about it. Number 17 is undetermined for eps = 0.01."""
ILL_CONDITIONED = {
    "35: exponentially small eigenvalue": Example(
        second_order("(t*v - y)/eps"), lambda _: ["y(-1) = 1", "y(1) = 2"], (-1, 1), _thirty_five
    ),
    "Burgers: shock": Example(
        second_order("-y*v/eps"),
        lambda eps: [at(-1, np.tanh(-0.5 / eps)), at(1, np.tanh(0.5 / eps))], (-1, 1), _burgers,
    ),
}
"""Solutions that hang on digits of their conditions or equations that double precision does not have."""
EPSILONS = (1.0, 0.1, 0.01, 1e-4)
