"""docs/gallery.md is up to date with configs/: if a test fails here, run scripts/make_gallery.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from pinnsolve.runs.starters import starter_names, starters

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images" / "gallery"


@pytest.fixture(scope="module")
def gallery():
    found = importlib.util.spec_from_file_location("make_gallery", ROOT / "scripts" / "make_gallery.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_writes(gallery):
    assert (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8") == gallery.page(starters())


def test_every_problem_has_a_small_picture_and_no_other_is_kept():
    pictures = sorted(PICTURES.iterdir())
    assert [picture.name for picture in pictures] == [f"{name}.png" for name in starter_names()]
    sizes = [picture.stat().st_size for picture in pictures]
    assert max(sizes) < 60_000
    assert sum(sizes) < 2_500_000


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Robertson's reaction", "robertsons-reaction"), ("Lotka–Volterra, 2 states", "lotkavolterra-2-states")],
)
def test_links_follow_the_rules_for_headings(gallery, heading, name):
    assert gallery.anchor(heading) == name
