"""Pages of small solutions of every kind, and a reader that sees a page as a browser does, without one."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
from html.parser import HTMLParser
from typing import Any
from unittest.mock import patch

import numpy as np

from pinnsolve.report import report
from pinnsolve.runs.result import result_document
from pinnsolve.solvers import Solution, solve
from pinnsolve.spec import load_problem
from tests.plots.samples import interrupted, solved, unsolved

__all__ = ["Page", "fitted", "interrupted", "page", "page_of", "pendulum", "solved", "unpacked", "unsolved"]

STRANGE = """<script>alert('x')</script></script><img src=x onerror=alert(1)> "{{ 7*7 }}" & é"""


def page_of(solution: Solution, *, stills: bool = False, **more: Any) -> Page:
    """The page of a solution, without the still figures unless they are what is tested: they take most of the time."""
    result = result_document(solution, 1e-9, {"total": 1.25})
    with contextlib.nullcontext() if stills else patch("pinnsolve.report.page.still_figures", return_value={}):
        return Page(report(solution, result, **more))


@functools.cache
def page(name: str) -> Page:
    commands = [("pinnsolve train 'a b.yaml'", "solves it again")]
    return page_of(solved(name), stills=name == "van_der_pol", config="name: a # <b>comment</b>\n", commands=commands)


@functools.cache
def pendulum() -> Solution:
    """Of second order, with a parameter, a Greek letter and a description."""
    return solve(
        load_problem(
            {
                "name": "pendulum",
                "description": STRANGE,
                "system": {"equations": {"theta''": "-omega0^2*sin(theta) - theta'/10"}, "parameters": {"omega0": 1.5}},
                "initial": {"theta": 1, "theta'": 0},
                "time": [0, 10],
            }
        ),
        record=True,
    )


@functools.cache
def fitted() -> Solution:
    """Decay whose rate and start are found from noisy data with a gap."""
    t = np.linspace(0, 4, 21)
    noise = np.random.default_rng(0).normal(0, 0.02, 21)
    values = 2 * np.exp(-0.7 * t) + noise
    values[3] = np.nan
    return solve(
        load_problem(
            {
                "name": "decay",
                "system": {"equations": {"x'": "-k*x"}, "parameters": {"k": 1}},
                "initial": {"x": 1},
                "time": [0, 4],
                "fit": {
                    "parameters": {"k": {"start": 1, "bounds": [0, 5]}},
                    "initial": ["x"],
                    "data": {"t": t.tolist(), "<counts>": values.tolist()},
                    "observe": {"x": "<counts>"},
                },
            }
        ),
        record=True,
    )


def unpacked(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["data"]), f"<{packed['type']}").astype(np.float64)


class Page(HTMLParser):
    """A page, taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._open.append("script" if "type" not in dict(attributes) and tag == "script" else dict(attributes).get("id", tag))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._open.pop()
        elif not tag.startswith("m") and tag not in ("b", "span", "code"):  # mathematics and what stands within a line
            self.words.append(" ")

    def handle_data(self, data):
        if self._open:
            self.raw[self._open[-1]] = self.raw.get(self._open[-1], "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, spaces as one."""
        return " ".join("".join(self.words).translate({0x2062: None, 0x2061: None}).split())

    @property
    def numbers(self) -> dict[str, Any]:
        return json.loads(self.raw["numbers"])

    def chart(self, key: str) -> dict[str, Any]:
        return next(chart for chart in self.numbers["charts"] if chart["key"] == key)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
