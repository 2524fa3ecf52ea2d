"""Linearly implicit steps with everything written out in the loop, for systems where Runge–Kutta steps are unstable.

RODAS3 (Sandu et al., Atmospheric Environment 31, 1997, 3459) has four stages and order three and is L-stable. With J = df/dy
and M = 2/h − J at the start of a step of length h,

    M a = f(t, y) + h/2 f_t                   M c = f(t + h, y + 2a) + (a − b)/h
    M b = f(t, y) + 3h/2 f_t + 4a/h           M d = f(t + h, y + 2a + c) + (a − b − 8/3 c)/h

    y(t + h) = y + 2a + c + d

M is factored without exchange of rows, in an order and with a pattern of zeros that are known when the function is
generated: a step of three states costs a few microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pinnsolve.expressions.compile import ScalarSource
from pinnsolve.expressions.differentiate import differentiate
from pinnsolve.expressions.sweep import Sweep
from pinnsolve.expressions.tree import Expression

MOST = 100
"""Most entries of the factors: with more of them the steps are no longer cheap."""


def compile_rosenbrock(
    outputs: Sequence[Expression], jacobian: Mapping[tuple[int, int], Expression], symbols: Sequence[str]
) -> Sweep | None:
    """Steps from node to node.

    Parameters
    ----------
    outputs
        The k right-hand sides.
    jacobian
        Their derivatives by the states, (row, column): expression, without those that vanish.
    symbols
        Names of the k states, then of what stays constant along the sweep.

    Returns
    -------
    sweep
        ``sweep(t, y, half, nodes)`` as that of `compile_rk4`, but with the k *values* at every node: of a stiff system
        the derivatives tell less. May raise ArithmeticError or ValueError. None where the Jacobian has too many entries.
    """
    k = len(outputs)
    rows = range(k)
    drifts = [differentiate(output, "t") for output in outputs]
    start = ScalarSource([*outputs, *jacobian.values(), *drifts], symbols)
    inner = ScalarSource(outputs, symbols)
    entries = dict(zip(jacobian, start.texts[k:], strict=False))
    factors = _factor(entries, k)
    if factors is None:
        return None
    drift = ["" if drifts[i].value == 0 else f" * step * ({text})" for i, text in enumerate(start.texts[-k:])]
    loop = [
        "step = half * (node - last)",
        *(f"y{i} = x{i}" for i in rows),
        *start.lines,
        *(f"f{i} = {start.texts[i]}" for i in rows),
        "r = 1.0 / step",
        "s = 2.0 * r",
        *factors.lines,
        *factors.solve("a", [f"f{i}" + (drift[i] and f" + 0.5{drift[i]}") for i in rows]),
        "s = 4.0 * r",
        *factors.solve("b", [f"f{i} + s * a{i}" + (drift[i] and f" + 1.5{drift[i]}") for i in rows]),
        "t = begin + half * (node + 1.0)",
        *(f"b{i} = r * (a{i} - b{i})" for i in rows),
        *(f"y{i} = x{i} = x{i} + 2.0 * a{i}" for i in rows),
        *inner.lines,
        *factors.solve("c", [f"{text} + b{i}" for i, text in enumerate(inner.texts)]),
        f"s = {8 / 3!r} * r",
        *(f"y{i} = x{i} = x{i} + c{i}" for i in rows),
        *inner.lines,
        *factors.solve("d", [f"{text} + b{i} - s * c{i}" for i, text in enumerate(inner.texts)]),
        *(f"x{i} = x{i} + d{i}" for i in rows),
        f"found.append(({''.join(f'x{i}, ' for i in rows)}))",
        "last = node",
    ]
    lines = [
        f"{''.join(f'y{i}, ' for i in range(len(symbols)))} = y",
        "begin, last, found = t, -1.0, []",
        *(f"x{i} = y{i}" for i in rows),
        "for node in nodes:",
        *(f"    {line}" for line in loop),
        "return found",
    ]
    sweep: Sweep = ScalarSource.define("t, y, half, nodes", lines)
    return sweep


@dataclass(frozen=True)
class _Factors:
    """M = L U as source: entries ``m{i}_{j}`` and, for the pivots, their inverses ``p{i}``."""

    lines: list[str]
    """From ``s`` = 2/h and the entries of J to the factors."""
    order: list[int]
    """Of the pivots."""
    below: list[list[int]]
    """For each row, the columns of its entries of L."""
    above: list[list[int]]
    """For each row, the columns of its entries of U."""

    def solve(self, name: str, right: Sequence[str]) -> list[str]:
        """Lines that store the solution for the texts of a right-hand side in the variables of a name."""

        def terms(i: int, columns: list[list[int]]) -> str:
            return "".join(f" - m{i}_{j} * {name}{j}" for j in columns[i])

        return [
            *(f"{name}{i} = {right[i]}{terms(i, self.below)}" for i in self.order),
            *(f"{name}{i} = ({name}{i}{terms(i, self.above)}) * p{i}" for i in reversed(self.order)),
        ]


def _factor(entries: Mapping[tuple[int, int], str], k: int) -> _Factors | None:
    """Eliminate with the pivot that fills in least next (Markowitz); None where too many entries come up."""
    full = {(i, i) for i in range(k)}.union(entries)
    lines = []
    for i, j in sorted(full):
        text = f"-({entries[i, j]})" if (i, j) in entries else ""
        lines.append(f"m{i}_{j} = " + (f"s {text}".strip() if i == j else text))
    left, order = set(range(k)), []

    def fill(pivot: int) -> int:
        return sum((i, pivot) in full for i in left) * sum((pivot, j) in full for j in left)

    while left:
        pivot = min(left, key=fill)
        left.remove(pivot)
        order.append(pivot)
        lines.append(f"p{pivot} = 1.0 / m{pivot}_{pivot}")
        columns = [j for j in left if (pivot, j) in full]
        for i in left:
            if (i, pivot) in full:
                lines.append(f"m{i}_{pivot} = m{i}_{pivot} * p{pivot}")
                lines += [f"m{i}_{j} = {f'm{i}_{j}' if (i, j) in full else ''} - m{i}_{pivot} * m{pivot}_{j}" for j in columns]
                full.update((i, j) for j in columns)
        if len(full) > MOST:
            return None
    rank = {pivot: number for number, pivot in enumerate(order)}
    below = [[j for j in range(k) if (i, j) in full and rank[j] < rank[i]] for i in range(k)]
    above = [[j for j in range(k) if (i, j) in full and rank[j] > rank[i]] for i in range(k)]
    return _Factors(lines, order, below, above)
