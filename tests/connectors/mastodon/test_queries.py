"""Mastodon's search language, written from the parts of a search, and what is left to be checked."""

from __future__ import annotations

import pytest

from social_care.connectors.mastodon.queries import build_query
from social_care.core.errors import Refused
from social_care.core.listening import Condition, SearchParts, read_terms

ALL, ANY, NONE = Condition.ALL, Condition.ANY, Condition.NONE
LANGUAGES, FOLLOWERS = Condition.LANGUAGES, Condition.FOLLOWERS


@pytest.mark.parametrize(
    ("parts", "expected", "left"),
    [
        ({"all_of": "late\nlost bag"}, 'late "lost bag"', {FOLLOWERS}),
        ({"any_of": "late"}, "late", {FOLLOWERS}),
        ({"all_of": "nw204", "any_of": "late\nlost"}, "nw204", {ANY, FOLLOWERS}),
        (
            {"all_of": "from:ada@far.example\nlate", "none_of": "job\n#ad", "languages": ("pl",)},
            "late -job -#ad from:@ada@far.example language:pl",
            {FOLLOWERS},
        ),
        ({"all_of": "late", "languages": ("pl", "sr")}, "late", {LANGUAGES, FOLLOWERS}),
        ({"all_of": "@northwind", "none_of": "@bob\nfrom:bob"}, "northwind", {ALL, NONE, FOLLOWERS}),
        ({"any_of": "#a\n#b", "none_of": "late"}, "#a #b", {ALL, NONE, LANGUAGES, FOLLOWERS}),
        ({"all_of": "#a\n#b"}, "#a #b", {ALL, NONE, LANGUAGES, FOLLOWERS}),
        ({"all_of": 'late" from:"bob'}, '"late from: bob"', {FOLLOWERS}),
        ({"all_of": "language:pl\n-late\nin:library"}, '"language:pl" "-late" "in:library"', {FOLLOWERS}),
    ],
)
def test_parts_become_a_query(parts: dict[str, object], expected: str, left: set[Condition]):
    given = {key: read_terms(value) if isinstance(value, str) else value for key, value in parts.items()}
    built = build_query(SearchParts(**given))  # type: ignore[arg-type]
    assert (built.query, built.left) == (expected, left)


@pytest.mark.parametrize(
    ("field", "lines", "why"),
    [
        ("none_of", "late", "needs a word"),
        ("any_of", "late\n#lost", "a search for each"),
        ("all_of", "!?\nlate", "no letters"),
    ],
)
def test_what_mastodon_cannot_look_for_is_refused(field: str, lines: str, why: str):
    with pytest.raises(Refused, match=why):
        build_query(SearchParts(**{field: read_terms(lines)}))
