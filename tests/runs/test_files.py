"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from pinnsolve.errors import RunError
from pinnsolve.runs.files import write_file


def test_text_is_written_as_utf8_with_its_own_line_ends(tmp_path):
    write_file(tmp_path / "a.csv", "β\nx\n")
    assert (tmp_path / "a.csv").read_bytes() == "β\nx\n".encode()


def test_nothing_else_stays_behind(tmp_path):
    write_file(tmp_path / "a.csv", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_says_what_to_do(tmp_path, monkeypatch, step):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(RunError, match=r"cannot write .*a\.csv: No space left on device; free some space"):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_an_interrupted_write_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.csv", "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs a device file")
def test_a_device_is_written_and_not_replaced():
    from pathlib import Path

    write_file(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_file(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "text"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_kill_at_any_moment_leaves_the_old_or_the_new_file(tmp_path):
    """A child writes two long texts in turn as fast as it can; whenever it is killed, the file is one of them."""
    code = (
        "import sys; from pathlib import Path; from pinnsolve.runs.files import write_file\n"
        "path = Path(sys.argv[1])\n"
        "while True:\n"
        "    write_file(path, 'a' * 2_000_000); write_file(path, 'b' * 2_000_000)\n"
    )
    path = tmp_path / "file.txt"
    for delay in (0.01, 0.023, 0.037):
        child = subprocess.Popen([sys.executable, "-c", code, str(path)])
        while not path.exists():
            time.sleep(0.01)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
        text = path.read_text()
        assert text in ("a" * 2_000_000, "b" * 2_000_000)
        path.unlink()
