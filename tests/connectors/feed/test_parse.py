"""What the parser promises: each fixture becomes what it expects, and nothing that comes in breaks it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.connectors.feed.decoding import decode
from social_care.connectors.feed.documents import when
from social_care.connectors.feed.envelope import Envelope
from social_care.connectors.feed.messages import mark_of
from social_care.connectors.feed.parse import parse_body, read_document
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import MessageReceived
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from tests.connectors.feed.reading import FEED
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable

CASES = FEED.cases()
AT = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
TAGS = ["<rss>", "<channel>", "<item>", "</item>", "<guid>1</guid>", "<title>", "</title>", "<link>", "<entry>", "<id>"]
TAGS += ["</id>", "<pubDate>", "<![CDATA[", "]]>", "&", "&amp;", "&#x0;", "<!DOCTYPE", "]>", "é", "https://a.example/", "{"]
TAGS += ["<media:content", "<thr:in-reply-to"]
ODD = ["<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<content type='xhtml'>", "<?xml encoding='x'?>"]
ODD += ["\x00", " xml:base='//['", " url='http://['/>", "\ud800", '{"version":"jsonfeed.org/version/1","items":[']
ANY_FEED = st.binary(max_size=60) | st.lists(st.sampled_from(TAGS + ODD), max_size=20).map(
    lambda found: "".join(found).encode("utf-8", "replace")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in FEED.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


def usable(raw: bytes) -> None:
    for event in FEED.tolerant(raw):
        assert_usable(event)


@settings(max_examples=300, deadline=None)
@given(raw=ANY_FEED)
def test_any_bytes_become_events_or_unreadable(raw: bytes) -> None:
    usable(raw)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_fixtures_cut_and_changed_anywhere_become_events_or_unreadable(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([case["body"] for case in CASES if isinstance(case.get("body"), bytes)]))
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, min(begin + 40, len(raw))))
    usable(raw[:begin] + data.draw(st.binary(max_size=8)) + raw[end:])


@settings(max_examples=100, deadline=None)
@given(value=st.text(max_size=60))
def test_any_text_is_a_time_or_none(value: str) -> None:
    found = when(value)
    assert found is None or found.utcoffset() is not None


@settings(max_examples=100, deadline=None)
@given(
    raw=st.binary(max_size=60),
    told=st.sampled_from(["", "text/xml; charset=punycode", "a; charset=utf-7", "x; charset=hex"]),
)
def test_any_bytes_are_text(raw: bytes, told: str) -> None:
    assert isinstance(decode(raw, told), str)


W = "<rss version='2.0'><channel><item><guid>1</guid><description>{}</description></item></channel></rss>"


@pytest.mark.parametrize(
    "hostile",
    [
        "<rss><channel><item><author>" + "a" * 300_000 + "</author></item></channel></rss>",
        "<rss><channel><item><author>" + "a@" * 150_000 + "</author></item></channel></rss>",
        W.format("<![CDATA[" * 30_000),
        W.format("<a>" * 100_000),
        W.format("<![CDATA[" + "<a><b>" * 50_000 + "]]>"),
        "<!DOCTYPE [" * 30_000,
        "<" * 300_000,
        "<?xml " * 50_000,
        "<?xml version='1.0' encoding='punycode'?><rss>" + "é" * 150_000,
    ],
    ids=range(9),
)
def test_hostile_feeds_take_no_time(hostile: str) -> None:
    begin = time.process_time()
    usable(hostile.encode())
    assert time.process_time() - begin < 10, "this grows faster than the feed does"


def test_nothing_of_this_machine_is_read() -> None:
    with pytest.raises(UnreadablePayload):
        FEED.parse(b"/etc/passwd")


@pytest.mark.parametrize(
    "raw",
    [
        b"<rss><channel>" + b"<a>" * 2000 + b"</a>" * 2000 + b"<item><title>lost</title></item></channel></rss>",
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "f", "items": {"id": "1"}}',
    ],
    ids=["an entry behind what no parser goes through", "items that are no list"],
)
def test_a_feed_whose_entries_cannot_be_reached_is_parked(raw: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        FEED.parse(raw)


# --- the same tickets, whatever comes when ------------------------------------------------------------------------------
def rss(*entries: tuple[str, str, int]) -> bytes:
    """Return a feed of entries: id, words, hour of publication; newest first, as feeds are."""
    items = "".join(
        f"<item><guid>{name}</guid><author>p{name} x</author><title>{words}</title>"
        f"<pubDate>Sun, 22 Nov 2026 {hour:02}:00:00 GMT</pubDate></item>"
        for name, words, hour in reversed(entries)
    )
    return f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode()


VISITS = [
    rss(("1", "one", 1), ("2", "two", 2)),
    rss(("1", "one", 1), ("2", "two, edited", 2), ("3", "three", 3)),
    rss(("2", "two, edited", 2), ("3", "three", 3), ("4", "four", 4)),  # the first one made room; it was not deleted
    rss(("2", "two again", 2), ("4", "four", 4)),
]
KEPT = [Envelope(raw=raw, at=AT + timedelta(hours=number)).dump() for number, raw in enumerate(VISITS)]


def final(bodies: list[bytes]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: AT)
    account = Account(name="Ours", platform="feed", external_id="https://a.example/feed")
    desk.add_account(account)
    for body in bodies:
        events = parse_body(body, us=account.external_id, at=AT)
        _, trouble = handle_events(events, Office(desk, FEED.connector, account, lambda: AT))
        assert trouble == []
    rows = desk.rows("select message_id, thread_id, text, ticket is null, deleted_at from message order by 1")
    tickets = desk.row("select count(*) as n from ticket")
    desk.close()
    return [*map(tuple, rows), (tickets["n"],)]


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(KEPT), again=st.lists(st.sampled_from(KEPT), max_size=4))
def test_any_order_and_repetition_ends_with_the_same_tickets(order: list[bytes], again: list[bytes]) -> None:
    clean = final(KEPT)
    assert [row[2] for row in clean[:-1]] == ["one", "two again", "three", "four"]
    assert clean[-1] == (4,)
    assert final([*order, *again]) == clean


def test_an_unchanged_entry_is_no_other_version() -> None:
    desk = SqliteDesk(clock=lambda: AT)
    account = Account(name="Ours", platform="feed", external_id="")
    desk.add_account(account)
    for number in range(3):
        body = Envelope(raw=VISITS[0], at=AT + timedelta(minutes=number)).dump()
        handle_events(parse_body(body, us="", at=AT), Office(desk, FEED.connector, account, lambda: AT))
    assert [row["versions"] for row in desk.rows("select versions from message")] == ["[]", "[]"]
    desk.close()


def test_an_answer_joins_the_thread_of_what_it_answers() -> None:
    case = next(one for one in CASES if one["name"] == "atom10_thread")
    desk = SqliteDesk(clock=lambda: AT)
    account = Account(name="Ours", platform="feed", external_id="")
    desk.add_account(account)
    handle_events(FEED.events_of(case), Office(desk, FEED.connector, account, lambda: AT))
    assert {row["thread_id"] for row in desk.rows("select thread_id from message")} == {"https://a.example/1"}
    desk.close()


# --- what is kept -------------------------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=50), ours=st.frozensets(st.text(min_size=1, max_size=5).filter(str.isalpha)))
def test_a_kept_feed_comes_back_as_it_was(raw: bytes, ours: frozenset[str]) -> None:
    kept = Envelope(raw=raw, at=AT, url="https://a.example/", since=AT, only=frozenset({"x"}), ours=ours)
    assert Envelope.read(kept.dump(), AT + timedelta(days=1)) == kept


def test_only_what_changed_is_handled() -> None:
    whole = Envelope(raw=VISITS[1], at=AT)
    marks = {event.text: mark_of(event) for event in parse_body(whole.dump(), us="", at=AT)}
    (event,) = parse_body(replace(whole, only=frozenset({marks["three"]})).dump(), us="", at=AT)
    assert isinstance(event, MessageReceived)
    assert event.text == "three"


@pytest.mark.parametrize(
    "odd",
    [
        "<entry><id>o</id><title>o</title><link href='http://[x/'/></entry>",
        "<entry><id>o</id><title>o</title><thr:in-reply-to xmlns:thr='http://purl.org/syndication/thread/1.0'"
        " href='http://[x]/'/></entry>",
        "<entry><id>o</id><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>o<b:0:c/></div></content></entry>",
    ],
    ids=["link", "answered", "name"],
)
def test_one_broken_entry_costs_no_other(odd: str) -> None:
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>one</title></entry>{odd}</feed>"
    assert {event.text for event in parse_body(feed.encode(), us="", at=AT)} == {"one", "o"}


def test_more_entries_than_are_read_are_told() -> None:
    document = read_document(("<rss><channel>" + "<item><guid>a</guid></item>" * 2001).encode(), "", "")
    assert (len(document.entries), document.left_out) == (2000, 1)


def test_recorded_feeds_become_their_events() -> None:
    folder = shared_fixtures("rss")
    if folder is None:
        pytest.skip("the shared fixtures are not at hand")
    files = {path.stem: path.read_bytes() for path in folder.glob("*.xml")}
    assert files.keys() >= FEED.kinds.keys()
    for name, raw in files.items():
        try:
            kinds = [type(event).__name__.replace("Edited", "Received") for event in FEED.parse(raw)]
        except UnreadablePayload as error:
            kinds = [type(error).__name__]
        assert kinds == FEED.kinds.get(name, kinds), name
