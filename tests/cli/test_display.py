"""What is shown on the way: live on a terminal, sparse lines elsewhere, nothing if quiet."""

from __future__ import annotations

import io
import sys

import pytest

from pinnsolve.cli.display import BARS, TRACE, Picture, Trace, display
from pinnsolve.progress import Step
from pinnsolve.runs.lines import duration, progress_line
from pinnsolve.wording import short


def step(**changes):
    given = {
        "window": 11,
        "windows": None,
        "stage": "gauss-newton",
        "iteration": 345,
        "residual": (1e-9, 3.2e-9),
        "size": 0.5,
        "fraction": 0.25,
    }
    return Step(**{**given, **changes})


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_a_line_says_window_stage_residual_and_the_time_left():
    assert progress_line(step(), 10.0) == "window 12, gauss-newton, iteration 345, residual 3.2e-9, 25 %, about 30 s left"
    assert progress_line(step(windows=20, fraction=0.0, message="polishing"), 1.0) == (
        "window 12 of 20, gauss-newton, iteration 345, residual 3.2e-9, polishing"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.87e-8, "9.9e-8"),
        (1e-6, "1e-6"),
        (3e-14, "3e-14"),
        (0.73, "0.73"),
        (1.1, "1.1"),
        (99.4, "99"),
        (99.9, "1e2"),
        (0.0, "0"),
        (2e5, "2e5"),
    ],
)
def test_numbers_have_two_digits(value, text):
    assert short(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.123, "0.12 s"), (1.26, "1.3 s"), (9.99, "10 s"), (75, "1 min 15 s"), (7500, "2 h 5 min")]
)
def test_times_are_short(seconds, text):
    assert duration(seconds) == text


def test_without_a_terminal_there_are_plain_lines(capsys):
    with display() as shown:
        shown.tell("a line")
        shown.progress.update(step(), dict)
    assert capsys.readouterr() == ("", "a line\n")


def test_quiet_says_nothing(capsys):
    with display(quiet=True) as shown:
        shown.tell("a line")
        shown.progress.update(step(), dict)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("no_color", [False, True])
def test_on_a_terminal_there_is_a_picture_which_goes_away(monkeypatch, no_color):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with display() as shown:
        shown.tell("vdp: 2 states")
        for size in range(10):
            shown.progress.update(step(residual=(10.0**-size,)), dict)
    text = terminal.getvalue()
    assert "vdp: 2 states" in text
    assert "residual 1e-9" in text
    assert "25 %" in text
    assert text.endswith("\x1b[?25h") or "\x1b[2K" in text  # the cursor is back and the lines are gone
    assert ("\x1b[36m" in text) is not no_color


def test_a_dumb_terminal_gets_plain_lines(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    with display() as shown:
        shown.tell("a line")
    assert terminal.getvalue() == "a line\n"


def test_the_picture_shows_what_is_being_prepared_until_the_first_iteration():
    from rich.console import Console

    def drawn(picture):
        console = Console(width=80, file=io.StringIO())
        console.print(picture)
        return console.file.getvalue()

    picture = Picture()
    picture.tell("a headline")
    picture.prepare("laying out the networks", dict)
    assert "laying out the networks" in drawn(picture)
    picture.update(step(), dict)
    assert "laying out" not in drawn(picture)


def test_the_picture_fits_into_narrow_terminals():
    from rich.console import Console

    picture = Picture()
    picture.tell("a very long headline " * 10)
    for size in range(300):
        picture.update(step(residual=(10.0 ** (-size / 50),)), dict)
    console = Console(width=60, file=io.StringIO(), force_terminal=False)
    console.print(picture)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 4
    assert max(map(len, lines)) <= 60


def test_a_falling_residual_is_a_falling_row_of_bars_of_bounded_length():
    trace = Trace()
    for number in range(10_000):
        trace.add(10.0 ** (-number / 1000))
    picture = trace.picture()
    assert (picture[0], picture[-1]) == (BARS[-1], BARS[0])
    assert len(picture) <= TRACE
    assert list(picture) == sorted(picture, reverse=True)


def test_a_residual_that_is_zero_or_infinite_is_left_out_of_the_picture():
    trace = Trace()
    for value in (0.0, float("inf"), float("nan"), 1.0):
        trace.add(value)
    assert trace.picture() == ""
