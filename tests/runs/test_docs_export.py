"""The commands of docs/export.md run, and its Python blocks run after them, in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import pinnsolve
from pinnsolve.cli.main import run
from pinnsolve.runs.directory import EXPORTS

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", flags=re.M | re.S)


def test_every_command_and_block_of_the_page_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    pinnsolve.train(PAGE.parents[1] / "configs" / "van_der_pol.yaml", plots=False)
    names: dict[str, object] = {}
    counts = {"sh": 0, "python": 0}
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python":
            exec(compile(text, f"{PAGE.name}, block {counts[kind]}", "exec"), names)
            counts[kind] += 1
        for line in text.splitlines() if kind == "sh" else []:
            if line.startswith("pinnsolve export"):
                assert run([*shlex.split(line)[1:], "--quiet"]) == 0, capsys.readouterr().err
                counts[kind] += 1
    assert counts == {"sh": 4, "python": 3}
    assert names["values"].shape == (5, 2)


def test_every_format_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{form}` |" in text for form in EXPORTS)
