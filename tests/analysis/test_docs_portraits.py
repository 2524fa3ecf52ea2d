"""The Python block of docs/portraits.md runs and finds what its comments say; its picture is small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_example_finds_what_its_comments_say(monkeypatch):
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs" / "portraits.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    scope: dict[str, object] = {}
    exec(block, scope)
    said = dict(re.findall(r"^(found\.\S+)\s+# (.*)$", block, re.MULTILINE))
    assert eval(said["found.fixed_points[0].type"]) == eval("found.fixed_points[0].type", scope)
    assert eval(said["found.cycles[0].period"]) == pytest.approx(eval("found.cycles[0].period", scope), rel=1e-9)
    assert {curve.shape[1] for curve in eval("found.nullclines[1].curves", scope)} == {2}


def test_pictures_that_the_page_shows_are_small():
    assert (ROOT / "docs" / "images" / "portrait.png").stat().st_size < 200_000
