"""What the parser promises: each fixture becomes what it expects, and nothing that comes in breaks it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.connectors.youtube.text import addressed, fingerprint, mentions, to_plain
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, Ignored, Unknown
from social_care.core.payloads import Exchange
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.replay import read_exchange
from tests.connectors.meta.reading import NOW
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable, places
from tests.connectors.youtube.reading import US, YOUTUBE

NAMES = """
    kind id items snippet topLevelComment replies comments channelId videoId postId parentId textDisplay textOriginal
    authorDisplayName authorChannelId authorChannelUrl value publishedAt updatedAt likeCount canReply totalReplyCount
    moderationStatus socialCare textFormat handle since videos error errors reason code pageInfo
"""
VALUES = ["", "1", "\ud800", "heldForReview", "2026-11-02T10:00:00Z", "youtube#comment", "youtube#commentThreadListResponse"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(VALUES)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6),
)
CASES = YOUTUBE.cases()
BODIES = [case for case in CASES if "exchange" not in case]
API = "https://youtube.googleapis.com/youtube/v3/"
URLS = [
    API + "commentThreads",
    API + "comments",
    API + "comments?id=1,2",
    API + "comments/setModerationStatus?id=1",
    "http://[",
    "",
]


def assert_all_usable(events: tuple[Event, ...]) -> None:
    for event in events:
        assert_usable(event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in YOUTUBE.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


@settings(max_examples=400, deadline=None)
@given(body=JSON, feed=st.sampled_from(["webhook", "mentions"]))
def test_any_json_becomes_events_or_unreadable(body: Any, feed: str) -> None:
    assert_all_usable(YOUTUBE.tolerant(body, feed))


@settings(max_examples=200, deadline=None)
@given(body=JSON | st.text(max_size=30), url=st.sampled_from(URLS), status=st.sampled_from([200, 204, 302, 404, 500]))
def test_any_exchange_becomes_events_or_unreadable(body: Any, url: str, status: int) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        exchange = Exchange(method=method, url=url, status=status, body=body, request_body=body)
        assert isinstance(YOUTUBE.connector.account_id_in(b"", exchange), str)
        try:
            assert_all_usable(YOUTUBE.connector.parse_exchange(exchange, ""))
        except UnreadablePayload:
            continue


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=SCALARS | st.sampled_from([[], {}, [[]], [{}]]))
def test_fixtures_with_anything_in_any_place_become_events(value: Any) -> None:
    for case in BODIES:
        for path in filter(None, places(case["body"])):
            body = copy.deepcopy(case["body"])
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            assert_all_usable(YOUTUBE.tolerant(body, case["feed"]))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_ends_with_the_same_messages(data: st.DataObject) -> None:
    [page] = [case["body"] for case in BODIES if case["name"] == "comments_page"]
    bodies = list(_pieces(page))
    assert len(bodies) == 6
    shuffled = data.draw(st.permutations(bodies))
    again = data.draw(st.lists(st.sampled_from(bodies), max_size=4))
    assert _final([*shuffled, *again]) == _final(bodies)


def _pieces(page: Any) -> Iterator[Any]:
    """Yield a page, its first comment alone, each of its answers alone, and an edit of the first comment."""
    [thread] = page["items"]
    yield page
    yield {**page, "items": [{**thread, "replies": {}}]}
    for answer in thread["replies"]["comments"]:
        yield {**page, "kind": "youtube#commentListResponse", "items": [answer]}
    edited = copy.deepcopy(thread)
    edited["snippet"]["topLevelComment"]["snippet"] |= {"textDisplay": "It came!", "updatedAt": "2026-11-02T12:00:00Z"}
    yield {**page, "items": [edited]}


def _final(bodies: list[Any]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform="youtube", external_id=US, handle="northwind")
    desk.add_account(account)
    for body in bodies:
        _, trouble = handle_events(YOUTUBE.parse(body), Office(desk, YOUTUBE.connector, account, lambda: NOW))
        assert trouble == []
    rows = desk.rows("select message_id, thread_id, text, author_id, revision, ticket is null from message order by 1")
    desk.close()
    return [tuple(row) for row in rows]


def test_recorded_payloads_become_their_events() -> None:
    folder = shared_fixtures("youtube")
    if folder is None:
        pytest.skip("the shared fixtures are not at hand")
    files = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    assert files.keys() >= YOUTUBE.kinds.keys()
    for name, raw in files.items():
        exchange = read_exchange(raw)
        events = YOUTUBE.connector.parse_exchange(exchange, "") if exchange else YOUTUBE.parse(raw, us="")
        kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
        assert kinds == YOUTUBE.kinds.get(name, kinds), name
        assert not [event for event in events if isinstance(event, Unknown)], name


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        (API + f"commentThreads?allThreadsRelatedToChannelId={US}", None, US),
        (API + "channels?mine=true", {"kind": "youtube#channelListResponse", "items": [{"id": US}]}, US),
        (API + "channels?id=UCelse", {"kind": "youtube#channelListResponse", "items": [{"id": "UCelse"}]}, ""),
        (API + "videos?id=1", {"kind": "youtube#videoListResponse", "items": []}, ""),
    ],
)
def test_a_call_may_name_our_channel(url: str, body: object, expected: str) -> None:
    assert YOUTUBE.connector.account_id_in(b"", Exchange(method="GET", url=url, status=200, body=body)) == expected


def test_a_pushed_video_is_no_comment() -> None:
    feed = '<?xml version="1.0"?><feed xmlns:yt="http://www.youtube.com/xml/schemas/2015"><entry><yt:videoId>x</yt:videoId></entry></feed>'
    [event] = YOUTUBE.parse(feed.encode())
    assert isinstance(event, Ignored)
    with pytest.raises(UnreadablePayload):
        YOUTUBE.parse(b"<html>502</html>")


# --- text -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("one<br>two<BR />three", "one\ntwo\nthree"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ('<a href="https://www.youtube.com/watch?v=x&amp;t=62">1:02</a>', "1:02"),
        ('<a class="x" href="https://a.example/b?c=1&amp;d=2">https://a.example/…</a>', "https://a.example/b?c=1&d=2"),
        ('<a href="http://google.com/">Google.com</a>', "Google.com"),
        ("<b>bold</b> <i>and</i> <s>not</s> I <3 you", "bold and not I <3 you"),
        ("<a href=", "<a href="),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_typed(html: str, plain: str) -> None:
    assert to_plain(html) == plain


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-&;[]#x =\"'ahref br\n", max_size=60))
def test_any_html_becomes_text(html: str) -> None:
    assert isinstance(to_plain(html), str)


def test_a_page_made_to_be_slow_is_not() -> None:
    for evil in ('<a href="' * 12_000, "<a " * 30_000, "<br " * 30_000, '<a href="x">' * 9_000):
        to_plain(evil)  # a fault shows as minutes


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("@northwind hi", True),
        ("ask @Northwind!", True),
        ("@northwind.", True),
        ("@northwind-air hi", False),
        ("@northwinds hi", False),
        ("mail@northwind", False),
        ("northwind", False),
    ],
)
def test_a_mention_is_of_the_whole_handle(words: str, named: bool) -> None:
    assert mentions(words, "@northwind") is named


def test_an_answer_names_once_whom_it_is_for() -> None:
    assert addressed("Sorry.", "ada") == "@ada Sorry."
    assert addressed("Sorry, @Ada.", "ada") == "Sorry, @Ada."
    assert addressed("Sorry.", "") == "Sorry."


def test_a_text_is_known_again_behind_a_mention() -> None:
    assert (
        fingerprint("@ada Sorry.\n\nWe look.")
        == fingerprint("Sorry. We look.")
        == fingerprint("\u200b@ada\u200b Sorry. We look.")
    )
    assert fingerprint("Sorry.") != fingerprint("Sorry!")
