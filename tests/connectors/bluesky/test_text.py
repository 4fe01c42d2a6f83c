"""Counting, and links, mentions and tags by their bytes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.connectors.bluesky.addresses import make_tid
from social_care.connectors.bluesky.text import clean, facets_of, graphemes, length, shown

PEOPLE = {"ada.example.com": "did:plc:ada", "bob.test": "did:plc:bob"}
WORDS = st.sampled_from(
    [
        *(
            "@ada.example.com",
            "@bob.test",
            "@nobody.test",
            "#bags",
            "#2026",
            "https://a.example/ü?q=(1)",
            "👨‍👩‍👧‍👦",
            "e\u0301",
            "日本",
        )
    ]
)
TEXTS = st.lists(WORDS | st.text(max_size=6) | st.sampled_from([" ", "\n", ". ", "("]), max_size=12).map(" ".join)


def resolve(handle: str) -> str:
    return PEOPLE.get(handle, "")


def told(text: str) -> list[tuple[str, str]]:
    """Return what each facet covers, and what it leads to."""
    raw = text.encode()
    found = []
    for one in facets_of(text, resolve):
        (feature,) = one["features"]
        value = next(feature[name] for name in ("uri", "did", "tag") if name in feature)
        found.append((raw[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), value))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Grüße 👋🏽 @ada.example.com!", [("@ada.example.com", "did:plc:ada")]),
        ("@Ada.Example.COM.", [("@Ada.Example.COM", "did:plc:ada")]),
        ("ask@ada.example.com", []),
        ("@nobody.test", []),
        ("@ada", []),
        ("(https://a.example/b).", [("https://a.example/b", "https://a.example/b")]),
        ("https://a.example/b_(c)", [("https://a.example/b_(c)", "https://a.example/b_(c)")]),
        ("https://a.example/@bob.test#part", [("https://a.example/@bob.test#part",) * 2]),
        ("see https://a.example/?q=ü, and", [("https://a.example/?q=ü", "https://a.example/?q=ü")]),
        ("#bags, #Straße. #日本 ＃wide", [("#bags", "bags"), ("#Straße", "Straße"), ("#日本", "日本"), ("＃wide", "wide")]),
        ("#1 #2026 a#b ##x #", []),
        ("#" + "a" * 65, []),
        ("", []),
    ],
)
def test_links_mentions_and_tags_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(text) == expected


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_every_facet_covers_whole_characters_and_none_overlaps(text: str) -> None:
    text = clean(text)
    end = 0
    for piece, (one, (covered, value)) in enumerate(zip(facets_of(text, resolve), told(text), strict=True)):
        index = one["index"]
        assert end <= index["byteStart"] < index["byteEnd"] <= len(text.encode()), piece
        end = index["byteEnd"]
        assert covered.lower().endswith((value, "ada.example.com", "bob.test", value.lower()))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_text_that_we_sent_reads_the_same_when_it_comes_back(text: str) -> None:
    text = clean(text)
    assert shown(text, facets_of(text, resolve)) == text


ANY: Any = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["index", "byteStart", "byteEnd", "features", "$type", "uri"]), inner, max_size=4)
    ),
)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=12), start=st.integers(-3, 60), end=st.integers(-3, 60), odd=ANY)
def test_facets_that_fit_no_text_are_passed_over(text: str, start: int, end: int, odd: Any) -> None:
    link = [{"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/"}]
    assert isinstance(shown(text, [{"index": {"byteStart": start, "byteEnd": end}, "features": link}, odd]), str)


@pytest.mark.parametrize(
    ("label", "address", "expected"),
    [
        ("a.example/long…", "https://a.example/long/way", "https://a.example/long/way"),
        ("a.example/long...", "https://www.a.example/long/way", "https://www.a.example/long/way"),
        ("a.example", "https://a.example/", "a.example"),
        ("https://a.example/b", "https://a.example/b", "https://a.example/b"),
        ("your bank", "https://thief.example/", "your bank (https://thief.example/)"),
    ],
)
def test_a_link_that_shows_something_else_tells_its_address(label: str, address: str, expected: str) -> None:
    index = {"byteStart": 3, "byteEnd": 3 + len(label.encode())}
    facets = [{"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": address}]}]
    assert shown(f"ü {label} ü", facets) == f"ü {expected} ü"


def test_the_length_minds_both_limits() -> None:
    assert length("a" * 300) == 300
    assert (graphemes("👨‍👩‍👧‍👦" * 120), length("👨‍👩‍👧‍👦" * 120)) == (120, 300), "of 25 bytes each"
    assert length("👨‍👩‍👧‍👦" * 121) > 300
    assert length("") == 0


@settings(max_examples=100, deadline=None)
@given(
    salt=st.integers(0, 2**64 - 1),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc)),  # noqa: DTZ001
    micros=st.integers(0, 999_999),
)
def test_a_key_does_not_mind_fractions_of_a_second(salt: int, moment: datetime, micros: int) -> None:
    first = moment.replace(microsecond=0)
    key = make_tid(first, salt)
    assert len(key) == 13
    assert key[0] in "234567abcdefghij", "the first bit of a TID is zero"
    assert make_tid(first.replace(microsecond=micros), salt) == key
    assert make_tid(first + timedelta(seconds=1), salt) > key, "keys grow with time"
