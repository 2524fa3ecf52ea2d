"""Expressions to fast functions of NumPy arrays, plain floats and torch tensors.

This is the one file of pinnsolve that runs generated source. The source is made from the operations of a `Program`:
generated names (``v12``, ``f_sin``), integer places and float literals, never a character of the user's text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.guard import guarded
from pinnsolve.expressions.program import Program
from pinnsolve.expressions.tree import COMPARISONS, Expression

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]

MAX_INLINE = 20
"""Operations inside each other on one line of generated source, well inside what Python's own parser takes."""
MAX_INDENT = 40
"""Branches inside each other in generated source; Python allows 100. Deeper ones are evaluated on both sides."""

_HOLES = ("{0}", "{1}", "{2}")
_INFIX = {operator: f"({{0}} {operator} {{1}})" for operator in ("+", "-", "*", "/", *COMPARISONS)}
_CALLS = {name: f"f_{name}({', '.join(_HOLES[: row.most or 2])})" for name, row in FUNCTIONS.items()}
_COMMON = {**_INFIX, **_CALLS, "neg": "(-{0})", "^": "f_pow({0}, {1})", "time": "t"}
_ELEMENTWISE = {**_COMMON, "and": "({0} & {1})", "or": "({0} | {1})", "not": "(~{0})"}
_PLAIN = {
    **_COMMON,
    "and": "({0} and {1})",
    "or": "({0} or {1})",
    "not": "(not {0})",
    "where": "({1} if {0} else {2})",
}
_BRANCHES = {"where": ("{1}", "{2}"), "and": ("{1}", "False"), "or": ("True", "{1}")}
"""What a lazy operation is when its first argument holds, and when it does not."""


@dataclass(frozen=True)
class _Target:
    """A language to write a program in."""

    templates: Mapping[str, str]
    """Operation: its source, with {0}, {1} for the arguments."""
    lazy: bool = False
    """Whether only the branch that a condition chooses is evaluated."""
    tensors: frozenset[str] = field(default=frozenset())
    """Operations whose arguments may not be numbers."""
    state: str = "y[{0}]"
    """Where a state is found."""


_NUMPY = _Target({**_ELEMENTWISE, "not": "f_not({0})"})  # of a mode a condition is a plain bool, whose ~ is a number
_SCALAR = _Target(_PLAIN, lazy=True)
_LOCAL = _Target(_PLAIN, lazy=True, state="y{0}")
_TORCH = _Target(_ELEMENTWISE, tensors=frozenset({"atan2", "min", "max", "where"}))


def compile_numpy(
    outputs: Sequence[Expression], symbols: Sequence[str], slots: Sequence[tuple[int, ...]]
) -> Callable[[Array, Array, Array], Array]:
    """A function of many points.

    Parameters
    ----------
    outputs
        m expressions in `symbols` and ``t``.
    symbols
        Names of the k states.
    slots
        For each output its place in the result.

    Returns
    -------
    f
        ``f(t (n,), y (k, n), out) -> out`` with output j stored in ``out[slots[j]]``, (n,) each. Both sides of a
        ``where`` are evaluated: silence NumPy's warnings around the call.
    """
    program = Program(outputs, symbols)
    writer = _Writer(program, _NUMPY)
    texts = writer.write(program.outputs)
    places = [", ".join(str(int(place)) for place in slot) for slot in slots]
    stores = [f"out[{place}] = {text}" for place, text in zip(places, texts, strict=True)]
    functions = {f"f_{name}": row.numpy for name, row in FUNCTIONS.items()}
    return _run("t, y, out", [*writer.lines, *stores, "return out"], {**functions, "f_pow": np.power, "f_not": np.logical_not})


def compile_scalar(
    outputs: Sequence[Expression], symbols: Sequence[str]
) -> Callable[[float, Sequence[float]], tuple[float, ...]]:
    """A function of one point in plain floats.

    Returns
    -------
    f
        ``f(t, y) -> (m floats)`` with y a sequence of k floats. Of a ``where`` only the branch chosen is evaluated.
        Raises ArithmeticError or ValueError outside the domain.
    """
    program = Program(outputs, symbols)
    writer = _Writer(program, _SCALAR)
    texts = writer.write(program.outputs)
    return _run("t, y", [*writer.lines, _returned(texts)], _scalar_functions())


class ScalarSource:
    """Expressions of plain floats as lines of source, to be written into a larger generated function.

    The lines read the time from ``t`` and the states from ``y0``, ``y1``, …; `texts` stand for the outputs behind them.
    """

    def __init__(self, outputs: Sequence[Expression], symbols: Sequence[str]) -> None:
        program = Program(outputs, symbols)
        writer = _Writer(program, _LOCAL)
        self.texts = writer.write(program.outputs)
        self.lines = writer.lines

    @staticmethod
    def define(parameters: str, lines: Sequence[str]) -> Callable[..., Any]:
        """The function of generated lines."""
        return _run(parameters, lines, _scalar_functions())


def _scalar_functions() -> dict[str, Any]:
    return {**{f"f_{name}": row.scalar for name, row in FUNCTIONS.items()}, "f_pow": math.pow}


def compile_torch(
    outputs: Sequence[Expression], symbols: Sequence[str]
) -> Callable[[torch.Tensor, Sequence[torch.Tensor] | torch.Tensor], tuple[torch.Tensor, ...]]:
    """A function of tensors that `torch.func` can differentiate, map and trace.

    Returns
    -------
    f
        ``f(t, y) -> (m tensors)``; y is a sequence of k tensors, or one with the states on its first axis. Components
        are 0-d or (n,). Constants come back with shape, dtype and device of the components.
    """
    import torch

    from pinnsolve.expressions import torch_functions

    program = Program([guarded(output) for output in outputs], symbols)
    writer = _Writer(program, _TORCH)
    texts = writer.write(program.outputs, tensors=True)
    functions = {
        f"f_{name}": getattr(torch_functions, row.torch, None) or getattr(torch, row.torch) for name, row in FUNCTIONS.items()
    }
    namespace = {**functions, "f_pow": torch.pow, "full": torch.full_like}
    return _run("t, y", ["like = y[0]", *writer.lines, _returned(texts)], namespace)


def _returned(texts: Sequence[str]) -> str:
    return f"return ({''.join(f'{text}, ' for text in texts)})"


def _run(parameters: str, lines: Sequence[str], namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """Define the generated function."""
    source = "\n    ".join([f"def kernel({parameters}):", *lines])
    scope: dict[str, Any] = {**namespace, "inf": math.inf, "nan": math.nan}
    exec(compile(source, "<expressions>", "exec"), scope)
    return scope["kernel"]


class _Writer:
    """Writes the operations of a program as lines of Python."""

    def __init__(self, program: Program, target: _Target) -> None:
        self.program = program
        self.target = target
        self.lines: list[str] = []
        self.texts: dict[int, str] = {}
        """What stands for an operation that has been written: a variable, a literal or an expression used once."""
        self.depths: dict[int, int] = {}
        self.indent = 0

    def write(self, roots: Sequence[int], tensors: bool = False) -> list[str]:
        """Write what `roots` need; returns what stands for them."""
        # The arguments of an operation have smaller numbers than the operation itself.
        for index in sorted(self._needed(roots)):
            if self._lazy(index):
                self._branch(index)
            else:
                self._operation(index)
        return [self._operand(root, tensors) for root in roots]

    def _needed(self, roots: Sequence[int]) -> set[int]:
        """What must be evaluated for `roots` whichever branches are taken, less what has been written."""
        needed: set[int] = set()
        todo = list(roots)
        while todo:
            index = todo.pop()
            if index not in needed and index not in self.texts:
                needed.add(index)
                arguments = self.program.arguments[index]
                todo += arguments[:1] if self._lazy(index) else arguments
        return needed

    def _lazy(self, index: int) -> bool:
        return self.target.lazy and self.indent < MAX_INDENT and self.program.operators[index] in _BRANCHES

    def _operand(self, index: int, tensors: bool) -> str:
        text = self.texts[index]
        value = self.program.constant(index)
        return f"full(like, {text})" if tensors and value is not None and not isinstance(value, bool) else text

    def _operation(self, index: int) -> None:
        program = self.program
        operator, arguments, value = program.operators[index], program.arguments[index], program.values[index]
        if operator == "constant":
            self.texts[index] = repr(value) if value is None or value >= 0 else f"({value!r})"
            return
        if operator == "state":
            text = self.target.state.format(value)
        else:
            tensors = operator in self.target.tensors
            text = self.target.templates[operator].format(*[self._operand(a, tensors) for a in arguments])
        depth = 1 + max((self.depths.get(argument, 0) for argument in arguments), default=0)
        if program.uses[index] == 1 and depth < MAX_INLINE:
            self.texts[index], self.depths[index] = text, depth
        else:
            self._assign(index, text)

    def _assign(self, index: int, text: str) -> None:
        self._line(f"v{index} = {text}")
        self.texts[index] = f"v{index}"

    def _line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def _branch(self, index: int) -> None:
        """An operation of which only the chosen side is evaluated. What its sides compute is unknown behind them."""
        program = self.program
        arguments = program.arguments[index]
        condition = self.texts[arguments[0]]
        for head, side in zip((f"if {condition}:", "else:"), _BRANCHES[program.operators[index]], strict=True):
            self._line(head)
            self.indent += 1
            before = len(self.texts)
            used = [argument for i, argument in enumerate(arguments) if side == f"{{{i}}}"]
            texts = self.write(used)
            self._line(f"v{index} = {texts[0] if texts else side}")
            while len(self.texts) > before:
                self.texts.popitem()
            self.indent -= 1
        self.texts[index] = f"v{index}"
