"""What is shown on stderr while a command works: a live picture on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from pinnsolve.cli.output import note
from pinnsolve.progress import Progress, Silent, Snapshot, Step
from pinnsolve.wording import short

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

BARS = "▁▂▃▄▅▆▇█"
TRACE = 48
"""Columns of the picture of the falling residual."""


class Display(Protocol):
    """Shows lines and iterations."""

    progress: Progress

    def tell(self, text: str) -> None:
        """Show a line."""


class Lines:
    """Every line that is told, as it is."""

    progress: Progress = Silent()

    def tell(self, text: str) -> None:
        """Show a line."""
        note(text)


class Quiet:
    """Nothing."""

    progress: Progress = Silent()

    def tell(self, text: str) -> None:
        """Show nothing."""


class Picture:
    """What is trained, how far it is, how the residual falls, how long it will take."""

    def __init__(self) -> None:
        self.progress: Progress = self
        self.begun = time.perf_counter()
        self.title = "starting"
        self.phase = ""
        self.step: Step | None = None
        self.trace = Trace()

    def tell(self, text: str) -> None:
        """Take a line: the first is the title, later ones say what is being done until the next iteration."""
        if self.title == "starting":
            self.title, self.begun = text, time.perf_counter()
        else:
            self.phase = text

    def update(self, step: Step, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Note an iteration; drawing it is the business of another thread."""
        self.step, self.phase = step, ""
        self.trace.add(max(step.residual))

    def prepare(self, what: str, snapshot: Snapshot) -> None:  # noqa: ARG002
        """Take a moment of the preparation."""
        self.phase = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw three or four lines."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        from pinnsolve.runs.lines import duration, window_text

        yield Text(self.title, style="bold", overflow="ellipsis", no_wrap=True)
        step, elapsed = self.step, time.perf_counter() - self.begun
        if step is None or self.phase:
            yield Text(f"{self.phase}  {duration(elapsed)}".strip(), overflow="ellipsis", no_wrap=True)
            return
        parts = [
            window_text(step),
            step.stage,
            f"iteration {step.iteration:,}",
            f"residual {short(max(step.residual))}",
        ]
        yield Text("   ".join(part for part in (*parts, step.message) if part), overflow="ellipsis", no_wrap=True)
        if not options.ascii_only:
            yield Text(self.trace.picture(), style="cyan", overflow="ellipsis", no_wrap=True)
        bar = max(10, min(TRACE, options.max_width - 36))
        row = Table.grid(padding=(0, 1))
        row.add_column(width=bar)
        row.add_column(no_wrap=True)
        left = f", about {duration(elapsed * (1 / step.fraction - 1))} left" if 0.01 < step.fraction < 1 else ""
        row.add_row(
            ProgressBar(total=1.0, completed=step.fraction, width=bar),
            f"{100 * step.fraction:3.0f} %  {duration(elapsed)}{left}",
        )
        yield row


class Trace:
    """The residual over the iterations so far in few numbers: each is the largest of as many iterations."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.each = 1
        self.count = 0

    def add(self, value: float) -> None:
        """Take the residual of an iteration."""
        if not 0 < value < math.inf:
            return
        if self.count % self.each == 0:
            self.values.append(math.log10(value))
        else:
            self.values[-1] = max(self.values[-1], math.log10(value))
        self.count += 1
        if len(self.values) == TRACE and self.count % self.each == 0:
            self.values = [max(pair) for pair in zip(self.values[::2], self.values[1::2], strict=True)]
            self.each *= 2

    def picture(self) -> str:
        """A row of bars, in the logarithm of the residual."""
        shown = list(self.values)
        if len(shown) < 2:
            return ""
        low, high = min(shown), max(shown)
        scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
        return "".join(BARS[round((value - low) * scale)] for value in shown)


@contextmanager
def display(*, quiet: bool = False) -> Iterator[Display]:
    """Show what happens inside the ``with``, in the way that stderr allows."""
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty() and os.environ.get("TERM", "dumb" if os.name == "posix" else "") != "dumb":
        from rich.console import Console
        from rich.live import Live

        picture = Picture()
        live = Live(picture, console=Console(stderr=True), refresh_per_second=8, transient=True, redirect_stdout=False)
        live.start()
        try:
            yield picture
        finally:
            with suppress(OSError):  # a terminal that has been closed takes no last picture
                live.stop()
    else:
        yield Lines()
