"""Numbers, errors on their scale, and sentences."""

from __future__ import annotations

import math

import pytest

from pinnsolve.report.verdict import error_scale
from pinnsolve.report.wording import times, typographic, written


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, 6, "0"),
        (1.5, 6, "1.5"),
        (-2.0, 6, "−2"),
        (1 / 3, 6, "0.333333"),
        (8.9e-8, 2, "8.9 × 10⁻⁸"),
        (1e-6, 2, "10⁻⁶"),
        (-1e20, 3, "−10²⁰"),
        (0.00012, 2, "1.2 × 10⁻⁴"),
        (1234567.0, 3, "1.23 × 10⁶"),
        (123456.0, 6, "123456"),
        (math.inf, 6, "–"),
        (math.nan, 6, "–"),
        (None, 6, "–"),
    ],
)
def test_numbers_are_written_as_in_print(value, digits, text):
    assert written(value, digits).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the estimated error 8.9e-8 meets the accuracy 1e-6", "the estimated error 8.9 × 10⁻⁸ meets the accuracy 10⁻⁶"),
        ("state1e3 and x.2e5 stay", "state1e3 and x.2e5 stay"),
        ("t = 1.0095: there", "t = 1.0095: there"),
    ],
)
def test_numbers_within_a_sentence_are_written_so_too(text, shown):
    assert typographic(text).replace("\u202f", " ") == shown


@pytest.mark.parametrize(("ratio", "text"), [(1.234, "1.2"), (11.2, "11"), (987_654.0, "990,000"), (1e7, "10⁷")])
def test_ratios_are_rounded(ratio, text):
    assert times(ratio) == text


@pytest.mark.parametrize(
    ("asked", "estimated", "true"),
    [(1e-6, 8.9e-8, None), (1e-6, 0.99, 0.7), (1e-3, 1.5e2, None), (1e-8, 0.0, 1e-16), (0.5, 0.4, 0.3), (1e-6, math.inf, None)],
)
def test_errors_lie_on_the_scale_in_their_order(asked, estimated, true):
    scale = error_scale(asked, estimated, true)
    known = {"asked": asked, "estimated": estimated, "true": true}
    places = {pointer.kind: pointer.at for pointer in scale.pointers}
    assert places.keys() == {kind for kind, error in known.items() if error is not None and math.isfinite(error)}
    assert all(0 < at < 100 for at in places.values())
    assert sorted(places, key=lambda kind: places[kind]) == sorted(places, key=lambda kind: known[kind])
    assert 3 <= len(scale.ticks) <= 12
    assert all(0 < at < 100 for at, _ in scale.ticks)
