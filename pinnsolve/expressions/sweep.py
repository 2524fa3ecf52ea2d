"""Runge–Kutta steps with the right-hand side written out in the loop.

For a few states a call of a generated function costs more than the arithmetic in it. A sweep of classical Runge–Kutta steps
through given nodes, in one generated function with all states in local variables, takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinnsolve.expressions.compile import ScalarSource
from pinnsolve.expressions.tree import Expression

Sweep = Callable[[float, Sequence[float], float, Sequence[float]], list[tuple[float, ...]]]
"""sweep(t, y, half, nodes) -> derivatives at the nodes."""


def compile_rk4(outputs: Sequence[Expression], symbols: Sequence[str]) -> Sweep:
    """Classical Runge–Kutta steps from node to node.

    Parameters
    ----------
    outputs
        The k right-hand sides.
    symbols
        Names of the k states, then of what stays constant along the sweep.

    Returns
    -------
    sweep
        ``sweep(t, y, half, nodes)`` starts at time t with values y of the symbols; node τ stands for the time
        t + half·(τ + 1). Returns the k derivatives at every node. Raises ArithmeticError or ValueError outside the
        domain.
    """
    k = len(outputs)
    source = ScalarSource(outputs, symbols)

    def names(letter: str) -> list[str]:
        return [f"{letter}{i}" for i in range(k)]

    def stage(time: str, state: Sequence[str], slope: str) -> list[str]:
        """The right-hand side at `state`, stored in the variables of `slope`."""
        moved = [f"y{i} = {value}" for i, value in enumerate(state)]
        return [*moved, f"t = {time}", *source.lines, *(f"{slope}{i} = {text}" for i, text in enumerate(source.texts))]

    x, a, b, c = names("x"), names("a"), names("b"), names("c")
    loop = [
        "step = half * (node - last)",
        "h = 0.5 * step",
        "middle = begin + half * (last + 1.0) + h",
        *stage("middle", [f"{p} + h * {q}" for p, q in zip(x, a, strict=True)], "b"),
        *stage("middle", [f"{p} + h * {q}" for p, q in zip(x, b, strict=True)], "c"),
        *stage("middle + h", [f"{p} + step * {q}" for p, q in zip(x, c, strict=True)], "d"),
        "w = step / 6.0",
        *(f"x{i} = x{i} + w * (a{i} + 2.0 * (b{i} + c{i}) + d{i})" for i in range(k)),
        *stage("middle + h", x, "a"),
        f"found.append(({''.join(f'{name}, ' for name in a)}))",
        "last = node",
    ]
    lines = [
        f"{''.join(f'y{i}, ' for i in range(len(symbols)))} = y",
        "begin, last, found = t, -1.0, []",
        *(f"x{i} = y{i}" for i in range(k)),
        *stage("begin", x, "a"),
        "for node in nodes:",
        *(f"    {line}" for line in loop),
        "return found",
    ]
    sweep: Sweep = source.define("t, y, half, nodes", lines)
    return sweep
