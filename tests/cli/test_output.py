"""Tables on stdout: no blanks at the ends of lines, no colours where nobody sees them, one sentence on a full disk."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from pinnsolve.cli.main import run
from pinnsolve.cli.output import drawn
from pinnsolve.cli.result import show_result


def test_what_is_drawn_has_no_blanks_at_the_ends_and_no_two_empty_lines():
    text = drawn(lambda console: [console.print(line) for line in ("", "a  ", "", "", "", "b", "")])
    assert text == "a\n\nb"


def test_colours_are_for_terminals(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def bold(console):
        console.print("[bold]a[/]")

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert drawn(bold) == "a"
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert drawn(bold) == "\x1b[1ma\x1b[0m"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_table_for_a_full_disk_is_one_sentence(monkeypatch, capfd):
    with monkeypatch.context() as patch, Path("/dev/full").open("w", encoding="utf-8") as full:
        patch.setattr(sys, "stdout", full)
        assert run(["new", "--list"]) == 1
    assert capfd.readouterr().err == "error: cannot write to standard output: No space left on device\n"


def test_a_narrow_terminal_does_not_cost_digits(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    assert drawn(lambda console: console.print("0.123456789 " * 6)) == " ".join(["0.123456789"] * 6)


def test_a_verdict_of_several_lines_has_one_colour(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    result = {
        "status": "converged",
        "message": "the estimated error 1e-9 meets the accuracy 1e-6 asked for",
        "accuracy": {"asked": 1e-6, "estimated": 1e-9},
        "states": ["x"],
        "method": "gauss-newton",
        "iterations": 3,
        "seconds": {},
        "device": "cpu",
    }
    show_result(result, "p", None, json=False)
    verdict = capsys.readouterr().out.split("\n\n")[0]
    assert verdict.count("\n") == 1
    assert verdict.startswith("\x1b[32m")
    assert verdict.endswith("\x1b[0m")
