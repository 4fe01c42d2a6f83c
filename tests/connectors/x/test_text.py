"""Counting as X counts: a table of our own, and X's conformance suite where it is at hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_care.connectors.x.text import fingerprint, has_link, weighted_length
from tests.connectors.shared import shared_fixtures

CONFORMANCE = shared_fixtures("twitter-text/validate.yml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("Grüße, привет", 13),
        ("機内持ち込み", 12),
        ("한국어", 6),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("it’s “fine” – really", 20),
        ("…", 2),
        ("€5", 3),
        ("© ®", 5),
        ("https://example.com/a/very/long/path?with=many&parameters=inside", 23),
        ("see example.com now", 31),
        ("www.example.notatld", 19),
        ("a\r\nb\rc\nd", 7),
        ("e\u0301", 1),
        ("a" * 281, 281),
    ],
)
def test_length_is_counted_as_x_counts(text: str, expected: int) -> None:
    assert weighted_length(text) == expected


@given(st.text(max_size=80))
def test_any_text_has_a_length(text: str) -> None:
    assert 0 <= weighted_length(text) <= 23 * len(text) + 23


@pytest.mark.skipif(CONFORMANCE is None, reason="X's conformance suite is not at hand")
@pytest.mark.parametrize("suite", ["WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"])
def test_xs_own_conformance_suite_holds(suite: str) -> None:
    import yaml

    cases = yaml.safe_load(CONFORMANCE.read_text(encoding="utf-8"))["tests"][suite]
    assert cases, "the suite is empty"
    wrong = [
        (case["description"], weighted_length(case["text"]), case["expected"]["weightedLength"])
        for case in cases
        if weighted_length(case["text"]) != case["expected"]["weightedLength"]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("See https://example.com/a for more", "See https://t.co/abcdefghij for more"),
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("with a picture", "with a picture https://t.co/abcdefghij"),
        ("line\r\nbreak", "line\nbreak"),
        ("cafe\u0301", "café"),
        ("see example.com", "see https://t.co/abcdefghij"),
        ("We are on it", "@ana_flies @ben We are on it"),
        ("@ana_flies We are on it", "@ana_flies We are on it"),
    ],
)
def test_a_text_is_known_again_after_x_changed_it(sent: str, seen: str) -> None:
    assert fingerprint(sent) == fingerprint(seen)


def test_other_words_are_another_text() -> None:
    assert fingerprint("We are on it") != fingerprint("We are at it")


def test_links_are_seen_as_x_sees_them() -> None:
    assert has_link("see example.com/x")
    assert not has_link("rule no.1 of 3.50 EUR")
