"""The first signal is a wish, the second one an order."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from pinnsolve.errors import Interrupted
from pinnsolve.runs.interrupt import InterruptGuard

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals between processes are POSIX")


@pytest.fixture(autouse=True)
def signals_as_in_a_terminal():
    """A background job of a shell or nohup hands down signals that are ignored; `InterruptGuard` leaves those alone."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_is_noted_and_ends_the_solve_at_the_next_check(number, code):
    with InterruptGuard() as guard:
        guard.check()
        signal.raise_signal(number)
        with pytest.raises(Interrupted) as caught:
            guard.check()
    assert caught.value.exit_code == code


def test_the_second_ctrl_c_stops_at_once():
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_the_handlers_are_given_back():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with InterruptGuard():
        assert not set(before) & {signal.getsignal(number) for number in numbers}
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with InterruptGuard() as guard:
            signal.raise_signal(signal.SIGINT)
            assert guard.received is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_are_left_alone():
    found = []

    def work():
        with InterruptGuard():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]
