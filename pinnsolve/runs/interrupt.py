"""Ctrl-C, SIGTERM and the end of the terminal as a wish that the solver grants between two iterations."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

from pinnsolve.errors import Interrupted

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Windows has no SIGHUP, which is what a terminal sends that is closed or loses its connection."""


class InterruptGuard:
    """While it is entered, the first Ctrl-C, SIGTERM or SIGHUP is noted and the second one stops at once.

    Signals can be handled in the main thread alone: elsewhere the guard leaves them as they are. A signal that the
    process was started to ignore (``nohup``, a background job) stays ignored.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        """Number of the signal that asked to stop."""
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> InterruptGuard:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if callable(handler) else signal.SIG_DFL)
        self._before.clear()

    def check(self) -> None:
        """Raise `Interrupted` if a signal has come."""
        if self.received is not None:
            raise Interrupted(self.received)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            return
        # From here on the system's own handling: a third signal ends the process even inside a long computation.
        for name in self._before:
            signal.signal(name, signal.SIG_DFL)
        raise KeyboardInterrupt
