"""The Python blocks of docs/derivatives.md run, in order, and their assertions hold."""

import re
from pathlib import Path

import torch

PAGE = Path(__file__).parents[2] / "docs" / "derivatives.md"


def test_every_block_of_the_page_runs():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert len(blocks) >= 8
    names: dict[str, object] = {}
    with torch.random.fork_rng():
        for number, block in enumerate(blocks):
            exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    assert names["dy"].shape == (5, 2)


def test_every_route_of_the_check_is_in_the_table_of_the_page():
    from pinnsolve.analysis.routes import ROUTES

    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(ROUTES)
