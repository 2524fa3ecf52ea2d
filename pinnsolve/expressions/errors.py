"""The error of this package: what is wrong with an expression, and where in its text."""

from __future__ import annotations

from pinnsolve.errors import PinnsolveError


class ExpressionError(PinnsolveError, ValueError):
    """An expression is faulty.

    Parameters
    ----------
    message
        One sentence: what is wrong and what to write instead.
    start, end
        The place, as offsets into the text from 0; `end` is excluded.
    suggestion
        The nearest known name, where a name is unknown.

    Attributes
    ----------
    more
        Errors of the same text beyond this first one.
    """

    exit_code = 2

    def __init__(self, message: str, start: int = 0, end: int = 0, suggestion: str | None = None) -> None:
        super().__init__(message, start, end, suggestion)
        self.message = message
        self.start = start
        self.end = end
        self.suggestion = suggestion
        self.more: tuple[ExpressionError, ...] = ()

    @property
    def all(self) -> tuple[ExpressionError, ...]:
        """The error itself and those beyond it."""
        return self, *self.more

    def moved(self, offset: int) -> ExpressionError:
        """The same errors for a text in which this one begins at `offset`."""
        error = ExpressionError(self.message, self.start + offset, self.end + offset, self.suggestion)
        error.more = tuple(other.moved(offset) for other in self.more)
        return error

    def __str__(self) -> str:
        return f"{self.message} (did you mean '{self.suggestion}'?)" if self.suggestion else self.message
