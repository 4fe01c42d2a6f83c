"""Bluesky's search language, written from the parts of a search; what is left is checked; a search is tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.connectors.bluesky.queries import build_query
from social_care.connectors.registry import load
from social_care.core.accounts import Search
from social_care.core.errors import Refused
from social_care.core.listening import Condition, SearchParts, read_terms
from social_care.engine.trying import Trial, try_search
from social_care.sandbox.bluesky import BlueskySandbox
from social_care.sandbox.bluesky.search import matcher
from tests.connectors.bluesky.office import Town

ALL, ANY, NONE = Condition.ALL, Condition.ANY, Condition.NONE
ALWAYS = {NONE, Condition.FOLLOWERS}
PROFILES = "/xrpc/app.bsky.actor.getProfiles"


@pytest.mark.parametrize(
    ("parts", "expected", "left"),
    [
        ({"all_of": "late\nlost bag"}, 'late "lost bag"', set()),
        ({"any_of": "late"}, "late", set()),
        ({"all_of": "nw204", "any_of": "late\nlost"}, "nw204", {ANY}),
        ({"all_of": "late\n#nw204", "none_of": "job\n@bob.example", "languages": ("pl",)}, "late #nw204 lang:pl", set()),
        ({"all_of": "late", "languages": ("pl", "sr")}, "late", {Condition.LANGUAGES}),
        ({"all_of": "from:@ada.example.com\nlate"}, "from:ada.example.com late", {ALL}),
        ({"all_of": "late", "any_of": "@northwind.example"}, "late mentions:northwind.example", {ANY}),
        ({"all_of": "@ada.example\n@bob.example\n@ada.example"}, "mentions:ada.example", {ALL}),
        ({"all_of": 'lang:pl\n-late\nor\nlate" from:"bob'}, '"lang:pl" "-late" "or" "late from: bob"', set()),
    ],
)
def test_parts_become_a_query(parts: dict[str, object], expected: str, left: set[Condition]) -> None:
    given = {key: read_terms(value) if isinstance(value, str) else value for key, value in parts.items()}
    built = build_query(SearchParts(**given))  # type: ignore[arg-type]
    assert (built.query, built.left) == (expected, left | ALWAYS)


@pytest.mark.parametrize(
    ("field", "lines", "why"),
    [
        ("none_of", "late", "needs a word"),
        ("any_of", "late\nlost", "a search for each"),
        ("all_of", "!?\nlate", "no letters"),
        ("all_of", "@northwind", "no whole handle"),
        ("all_of", "from:ada@far.example", "no whole handle"),
    ],
)
def test_what_bluesky_cannot_look_for_is_refused(field: str, lines: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        build_query(SearchParts(**{field: read_terms(lines)}))


def test_the_sandbox_finds_what_the_search_service_would(sandbox: BlueskySandbox) -> None:
    ada, _ = sandbox.add_user("ada.example.com"), sandbox.add_user("ben.example.net")
    post = sandbox.post(ada, "My bag is late again @ben.example.net #NW204", langs=["en-GB"])
    hits = ["bag late", '"is late" #nw204', "from:ada.example.com", "@ben.example.net bag", "lang:en", "from:nobody.example"]
    misses = ['"late is"', "from:ben.example.net", "mentions:ada.example.com", "lang:pl", "#nw20", "ba", "domain:a.example"]
    assert [one for one in (*hits, *misses) if matcher(one, sandbox.state)(post)] == hits


# --- hits -------------------------------------------------------------------------------------------------------------
def looked_for(town: Town, **parts: object) -> Search:
    """Let the account have one search, of these parts."""
    given = {key: read_terms(value) if isinstance(value, str) else value for key, value in parts.items()}
    search = Search(name="brand", parts=SearchParts(**given))  # type: ignore[arg-type]
    town.account = replace(town.account, searches=(search,))
    town.office.desk.add_account(town.account)
    return search


def tried(town: Town, search: Search) -> Trial:
    return try_search(
        search,
        town.account,
        desk=town.office.desk,
        connector=load("bluesky"),
        connect=town.connection,
        clock=town.clock,
    )


def test_hits_know_how_many_follow_their_authors(town: Town) -> None:
    looked_for(town, all_of="northwind\nlate", none_of="job", followers_at_least=1000)
    known, unknown = town.sky.post(town.ada, "Northwind is late"), town.sky.post(town.ben, "Northwind was late")
    unwanted = town.sky.post(town.ada, "A job at Northwind, late shift")
    assert town.poll() == []
    assert town.stored(known.uri).ticket, "4800 follow Ada, which a post does not say"
    assert not town.stored(unknown.uri).ticket
    assert not town.stored(unwanted.uri).ticket
    (row,) = town.office.desk.rows("select followers from profile where external_id = ?", town.ada.did)
    assert row[0] == 4800


def test_authors_are_asked_for_once_a_visit_and_25_at_a_time(town: Town) -> None:
    looked_for(town, all_of="northwind")
    people = [town.sky.add_user(f"p{number}.example.net") for number in range(30)]
    for number in range(210):
        town.sky.post(people[number % 30], f"northwind {number}")
    town.sky.requests.clear()
    assert town.poll() == []
    asked = [request.status for request in town.sky.requests if request.path == PROFILES]
    assert asked == [200, 200], "thirty people on three pages are two askings"


def test_hits_come_also_where_their_authors_cannot_be_asked_for(town: Town) -> None:
    looked_for(town, all_of="northwind")
    hit = town.sky.post(town.ada, "northwind?")
    town.sky.fault("status", f"GET {PROFILES}", status=500, times=None)
    assert town.poll() == []
    assert town.stored(hit.uri).ticket


def test_a_search_is_tried_before_it_counts(town: Town) -> None:
    search = looked_for(town, all_of="northwind", languages=("en",), followers_at_least=1000)
    town.sky.post(town.ben, "northwind late", langs=["en"])
    town.sky.post(town.ada, "northwind late", langs=["en"])
    town.sky.post(town.ada, "northwind spóźniony", langs=["pl"])
    found = tried(town, search)
    assert found.asked.query == "northwind lang:en"
    assert [(one.event.author.handle, one.why) for one in found.hits] == [  # type: ignore[union-attr]
        ("ada.example.com", ""),
        ("ben.example.net", "Found by the search “brand”, but its author has 0 followers."),
    ]
    assert not town.office.desk.rows("select * from payload"), "a trial stores nothing"
