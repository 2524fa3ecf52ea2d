"""Right-hand sides with jumps and kinks, taken apart into smooth pieces.

``where``, ``step``, ``sign``, ``abs``, ``min``, ``max`` and ``floor`` change from one smooth expression to another where a
switching function passes through zero (for ``floor``: through an integer). With the state of every switch frozen in a mode
variable, f is smooth and can be integrated beyond the place where it will switch; the zero of the switching function along
that solution is the end of the piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pinnsolve.expressions import Expression, apply, differentiate, number, symbol
from pinnsolve.expressions.tree import COMPARISONS, postorder

MODE = "mode "
"""How the names of mode variables begin; no name in a text has a space."""
PIECEWISE = {"step", "sign", "abs", "min", "max", "floor"} | set(COMPARISONS)


@dataclass(frozen=True)
class Switch:
    """One switching function."""

    function: Expression
    """Smooth as long as the modes are frozen."""
    kind: str
    """``sign``: its mode is +1 or −1, the sign of the function; ``floor``: its mode is the integer below the function."""
    mode: str
    """The name of its mode variable, which no text can contain."""


@dataclass(frozen=True)
class Pieces:
    """A right-hand side with frozen modes."""

    equations: tuple[Expression, ...]
    """In states, t and mode variables."""
    switches: tuple[Switch, ...]

    def rates(self, equations: Mapping[str, Expression]) -> tuple[list[Expression], list[list[Expression]]]:
        """The time derivative of every switching function along the solution, and its gradient by the states.

        Parameters
        ----------
        equations
            State: its frozen right-hand side.
        """
        gradients = [[differentiate(s.function, name) for name in equations] for s in self.switches]
        rates = []
        for switch, gradient in zip(self.switches, gradients, strict=True):
            rate = differentiate(switch.function, "t")
            for partial, f in zip(gradient, equations.values(), strict=True):
                rate = apply("+", rate, apply("*", partial, f))
            rates.append(rate)
        return rates, gradients


def freeze(equations: Sequence[Expression]) -> Pieces | None:
    """Replace every switch of the equations by a mode variable; None where they are smooth."""
    switches: dict[tuple[Expression, str], Switch] = {}
    done: dict[Expression, Expression] = {}

    def mode(function: Expression, kind: str = "sign") -> Expression:
        # The same function with the opposite sign is the same switch, but a mode more costs less than finding out.
        switch = switches.setdefault((function, kind), Switch(function, kind, f"{MODE}{len(switches)}"))
        return symbol(switch.mode)

    for node in postorder(equations):
        arguments = [done[argument] for argument in node.arguments]
        if node.operator in PIECEWISE and any(argument.value is None for argument in arguments):
            done[node] = _frozen(node.operator, arguments, mode)
        else:
            done[node] = apply(node.operator, *arguments) if arguments else node
    if not switches:
        return None
    return Pieces(tuple(done[equation] for equation in equations), tuple(switches.values()))


def _frozen(operator: str, arguments: list[Expression], mode: Callable[..., Expression]) -> Expression:
    """One piecewise operation in terms of its mode."""
    zero, one = number(0), number(1)
    if all(_constant(argument) for argument in arguments):  # changes where its modes do, and nowhere else
        return apply(operator, *arguments)
    if operator in ("==", "!="):
        equal = _equal(*arguments)
        return equal if operator == "==" else apply("not", equal)
    if operator in COMPARISONS:  # a mode is +1 where its function is zero, also where that is so for longer than no time
        first, second = arguments if operator in ("<", ">=") else reversed(arguments)
        holds = "<" if operator in ("<", ">") else ">"
        return apply(holds, mode(apply("-", first, second)), zero)
    if operator in ("min", "max"):
        result = arguments[0]
        for argument in arguments[1:]:
            larger = apply(">", mode(apply("-", result, argument)), zero)
            pair = (result, argument) if operator == "max" else (argument, result)
            result = apply("where", larger, *pair)
        return result
    if operator == "floor":
        return mode(arguments[0], "floor")
    if operator == "sign" and not is_smooth(arguments[0]):  # it may be zero for longer than no time
        positive, negative = (_frozen(">", pair, mode) for pair in ([arguments[0], zero], [zero, arguments[0]]))
        return apply("-", apply("where", positive, one, zero), apply("where", negative, one, zero))
    variable = mode(arguments[0])
    if operator == "abs":
        return apply("*", variable, arguments[0])
    return variable if operator == "sign" else apply("where", apply(">", variable, zero), one, zero)


def _equal(left: Expression, right: Expression) -> Expression:
    """Where two frozen expressions are equal for longer than no time: not where their difference passes through zero."""
    for side, other in ((left, right), (right, left)):
        if side.operator == "where":
            condition, yes, no = side.arguments
            first = apply("and", condition, _equal(yes, other))
            return apply("or", first, apply("and", apply("not", condition), _equal(no, other)))
    if left == right or (_constant(left) and _constant(right)):
        return apply("==", left, right)
    return apply("==", number(0), number(1))


def is_smooth(expression: Expression) -> bool:
    """Whether no mode stands in a frozen expression."""
    return not any(name.startswith(MODE) for name in expression.symbols)


def _constant(expression: Expression) -> bool:
    """Whether a frozen expression is constant as long as the modes are."""
    return all(name.startswith(MODE) for name in expression.symbols)
