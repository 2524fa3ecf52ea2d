"""Writing files so that a crash at any moment leaves either the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsolve.errors import RunError

_CURES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EROFS: "choose another place",
    errno.EACCES: "choose another place, or change its permissions",
    errno.EPERM: "choose another place, or change its permissions",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOTDIR: "a part of the path is a file: choose another place",
    errno.EEXIST: "a file is in the way: choose another place",
}


def write_error(path: Path, error: OSError, what: str = "write", *, place: str = "", name: str = "") -> RunError:
    """The sentence for a failed write: the path, the system's reason and the cure.

    Parameters
    ----------
    what
        What failed: ``write`` or ``make the run directory``.
    place, name
        The options that choose another place or name, where every command that comes here has them.
    """
    reason = error.strerror or str(error)
    cure = _CURES.get(error.errno or 0)
    for choice, option in (("another place", place), ("a shorter name", name)):
        if cure and option:
            cure = cure.replace(choice, f"{choice} with {option}")
    return RunError(f"cannot {what} {path}: {reason}" + (f"; {cure}" if cure else ""))


def read_error(path: Path, error: OSError) -> RunError:
    """The sentence for a failed read."""
    return RunError(f"cannot read {path}: {error.strerror or error}")


def json_text(document: Mapping[str, Any]) -> str:
    """A JSON file's text, indented; infinities and NaN must have been made null."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_file(path: Path, data: bytes | str) -> None:
    """Write a whole file, text as UTF-8 with its line ends as they are.

    The bytes go to a temporary file in the same directory, to the disk, and only then to their name. A path that is no
    regular file, such as a device or a pipe, is written directly.

    Raises
    ------
    RunError
        If it cannot be written; the old file, if there was one, is still there.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    target = path.resolve() if path.is_symlink() else path
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        raise write_error(path, error) from error


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    """Bring the new name itself to the disk, where the system knows how."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse; the file itself is safe already
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
