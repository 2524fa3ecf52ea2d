"""``train --tensorboard``: every iteration as an event that TensorBoard shows, under ``tensorboard/`` in the run.

The events are written with TensorBoard's own records to a plain file, without its writer, which needs a thread and would
import TensorFlow where that is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from pinnsolve.progress import Progress, Snapshot, Step, tell_preparation
from pinnsolve.runs.directory import EVENTS, RunDirectory
from pinnsolve.runs.extras import require

FLUSH_EVERY = 2.0
"""Seconds after which what is written can be seen by a TensorBoard that is watching."""


def require_tensorboard() -> None:
    """Refuse to begin a run whose log could not be written.

    Raises
    ------
    UsageError
        If TensorBoard is not installed.
    """
    require("tensorboard", "tensorboard", "--tensorboard")


def logged(
    progress: Progress | None,
    directory: RunDirectory,
    states: Sequence[str],
    tell: Callable[[str], None],
    *,
    wanted: bool,
) -> AbstractContextManager[Progress | None]:
    """The listener to use instead of `progress`: one that also logs, where that is wanted, or where a run that is carried
    on has been logged so far.
    """
    begun = any(directory.events())
    if wanted or (begun and find_spec("tensorboard") is not None):
        return EventLog(progress, directory.path / EVENTS, states, tell, carry_on=begun)
    if begun:
        tell("going on without TensorBoard's log: tensorboard is not installed any more")
    return nullcontext(progress)


class EventLog:
    """Listens to a solver, writes scalars, one step an iteration, and passes everything on.

    ``residual/<state>`` and ``window`` are those of `Step`; ``size/<stage>`` is its size, whose meaning depends on the stage:
    damping, step, learning rate or window length; ``stage`` is a text, written when it changes.

    Parameters
    ----------
    progress
        Hears of everything as well.
    tell
        Told if the log cannot be written: the solve goes on without it.
    carry_on
        Whether earlier events are there; those from the first new iteration on are taken back.
    """

    def __init__(
        self,
        progress: Progress | None,
        folder: Path,
        states: Sequence[str],
        tell: Callable[[str], None],
        *,
        carry_on: bool = False,
    ) -> None:
        self.progress, self.folder, self.states = progress, folder, states
        self.tell, self.carry_on = tell, carry_on
        self.file: Any = None
        self.records: Any = None
        self.stage = ""
        self.flushed = 0.0
        self.failed = False

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.file is not None:
            self._attempt(self.file.close)

    def update(self, step: Step, snapshot: Snapshot) -> None:
        """Write an iteration."""
        if not self.failed:
            self._attempt(lambda: self._write(step))
        if self.progress is not None:
            self.progress.update(step, snapshot)

    def prepare(self, what: str, snapshot: Snapshot) -> None:
        """Pass on what comes before the first iteration."""
        tell_preparation(self.progress, what, snapshot)

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            if self.failed:
                return
            self.failed = True
            self.tell(f"going on without TensorBoard's log in {self.folder}: {error.strerror or error}")

    def _write(self, step: Step) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary

        if self.file is None:
            self._open(step)
        scalars = {f"residual/{state}": norm for state, norm in zip(self.states, step.residual, strict=True)}
        scalars |= {f"size/{step.stage}": step.size, "window": step.window}
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        if step.stage != self.stage:
            self.stage = step.stage
            values.append(_text("stage", step.stage))
        self._record(step=step.iteration, summary=Summary(value=values))
        if time.monotonic() - self.flushed >= FLUSH_EVERY:
            self.file.flush()
            self.flushed = time.monotonic()

    def _open(self, step: Step) -> None:
        from tensorboard.compat.proto.event_pb2 import SessionLog
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.folder.mkdir(exist_ok=True)
        self.file = (self.folder / f"events.out.tfevents.{time.time():.6f}").open("xb")
        self.records = RecordWriter(self.file)
        self._record(file_version="brain.Event:2")
        if self.carry_on:
            self._record(step=step.iteration, session_log=SessionLog(status=SessionLog.START))

    def _record(self, **fields: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self.records.write(Event(wall_time=time.time(), **fields).SerializeToString())


def _text(tag: str, text: str) -> Any:
    """A text as TensorBoard's own plugin for texts reads it."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return Summary.Value(tag=tag, metadata=metadata, tensor=TensorProto(dtype=DT_STRING, string_val=[text.encode()]))
