"""Expressions in the values of states at given times, such as ``x(0) + 2*x'(1)``: the sides of boundary conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from pinnsolve.expressions import faults
from pinnsolve.expressions.errors import ExpressionError
from pinnsolve.expressions.functions import FUNCTIONS
from pinnsolve.expressions.names import nearest_name, normalise_name
from pinnsolve.expressions.parser import _Parser, _Part, _symbols
from pinnsolve.expressions.printing import number_to_text
from pinnsolve.expressions.simplify import substitute
from pinnsolve.expressions.tokens import Token
from pinnsolve.expressions.tree import Expression, symbol

SAME_TIME = 1e-12
"""Relative difference up to which two times are the same."""


def state_at(state: str, label: str) -> str:
    """The name of the symbol for a state at the time with this label: ``x(start)``."""
    return f"{state}({label})"


def parse_at(text: str, states: Sequence[str], parameters: Mapping[str, float], times: Mapping[str, float]) -> Expression:
    """Read an expression in the values that states have at given times.

    Parameters
    ----------
    text
        What the user wrote: states stand in it as ``state(time)``, with a constant expression as time.
    states, parameters
        The declared names; parameters with their values, which times may use. In the expression they stay symbols.
    times
        Label: time, for every time that may be asked for. While none is known (an empty mapping), any time is taken,
        under the label ``start``.

    Returns
    -------
    An expression in the parameters and in symbols that are named by `state_at`.

    Raises
    ------
    ExpressionError
        With the place of the first fault as offsets into `text`.
    """
    return _PointParser(text, states, parameters, times).parse()


@lru_cache(maxsize=4)
def _normalised(states: tuple[str, ...]) -> Mapping[str, str]:
    """The states by their normal form; kept, because the conditions of one problem are read with the same states."""
    return {normalise_name(name): name for name in states}


class _PointParser(_Parser):
    """Reads ``state(time)`` where the grammar otherwise has a function; everything else is as in any expression."""

    def __init__(self, text: str, states: Sequence[str], parameters: Mapping[str, float], times: Mapping[str, float]) -> None:
        super().__init__(text, _symbols(tuple(parameters), time=False))
        self.states = _normalised(tuple(states))
        self.parameters = parameters
        self.times = times

    def name(self, token: Token) -> _Part:
        if token.text in self.states:
            message = f"{token.text} must be taken at one of the end times: write {self._examples(token.text)}"
            return self.stand_in(token, ExpressionError(message, token.start, token.end))
        if token.text == "t" and "t" not in self.known:
            example = self._examples(next(iter(self.states), "x"))
            message = f"the time t has no place in a condition: write the end time itself, {example}"
            return self.stand_in(token, ExpressionError(message, token.start, token.end))
        return super().name(token)

    def call(self, token: Token) -> _Part:
        if token.text in self.states:
            return self._state(token)
        if token.text not in FUNCTIONS and token.text not in self.known:
            states = ", ".join([*self.states][:10])
            suggestion = nearest_name(token.text, [*self.states, *FUNCTIONS])
            message = f"'{faults.shortened(token.text)}' is not a state (these are {states})"
            return self.unknown_call(token, ExpressionError(message, token.start, token.end, suggestion))
        return super().call(token)

    def _state(self, token: Token) -> _Part:
        opening = self.advance()
        self.deeper(opening)
        argument = self.argument(condition=False)
        end = self.close(opening).end
        time = substitute(argument.node, dict(self.parameters)).value
        if time is None and argument.node.symbols.isdisjoint(self.unknown):
            raise ExpressionError(f"the time of {token.text} must be a constant", argument.start, argument.end)
        label = "start" if time is None else self._label(time, argument)
        return _Part(symbol(state_at(self.states[token.text], label)), token.start, end)

    def _label(self, time: float, argument: _Part) -> str:
        if not self.times:
            return "start"
        label = min(self.times, key=lambda name: abs(self.times[name] - time))
        if abs(self.times[label] - time) > SAME_TIME * max(map(abs, self.times.values())):
            ends = " nor ".join(f"the {name} ({number_to_text(value)})" for name, value in self.times.items())
            message = f"the time {number_to_text(time)} is neither {ends} of the interval"
            raise ExpressionError(message, argument.start, argument.end)
        return label

    def _examples(self, state: str) -> str:
        times = [number_to_text(value) for value in self.times.values()] or ["0"]
        return " or ".join(f"{state}({time})" for time in times)
