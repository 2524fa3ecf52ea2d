"""``log.txt``: what was printed, with times."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path


class Log:
    """Appends lines to a file. It is opened for each line, so that nothing is lost and nothing is held."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str) -> None:
        """Append the lines of `text`, each with the local time."""
        now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        lines = "".join(f"{now}  {line}".rstrip() + "\n" for line in text.splitlines())
        # A full disk must not end a solve for the sake of a log line; the files that matter report it.
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(lines)
