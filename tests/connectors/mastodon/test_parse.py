"""What the parser promises: each fixture becomes what it expects, and nothing that comes in breaks it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.connectors.kit.plain import to_plain
from social_care.connectors.mastodon.statuses import full_acct, identity_of
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, MessageReceived, Unknown
from social_care.core.payloads import Exchange
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.replay import read_exchange
from tests.connectors.mastodon.reading import MASTODON, US
from tests.connectors.meta.reading import NOW
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable, places

NAMES = """
    id type account status last_status event payload content visibility acct url uri mentions in_reply_to_id edited_at
    in_reply_to_account_id created_at reblog spoiler_text media_attachments poll options quote quoted_status statuses
    accounts notification_groups sample_account_ids status_id ancestors descendants configuration source
"""
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "\ud800", "mention", "direct"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6),
)
CASES = MASTODON.cases()
BODIES = [case for case in CASES if "exchange" not in case]
PATHS = ["/api/v1/notifications", "/api/v1/statuses", "/api/v1/statuses/1", "/api/v1/statuses/1/history", "http://[", ""]


def assert_all_usable(events: tuple[Event, ...]) -> None:
    for event in events:
        assert_usable(event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in MASTODON.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


@settings(max_examples=400, deadline=None)
@given(body=JSON, feed=st.sampled_from(["webhook", "mentions", "direct_messages", "search:a"]))
def test_any_json_becomes_events_or_unreadable(body: Any, feed: str) -> None:
    assert_all_usable(MASTODON.tolerant(body, feed))


@settings(max_examples=200, deadline=None)
@given(body=JSON | st.text(max_size=30), path=st.sampled_from(PATHS), status=st.sampled_from([200, 206, 302, 404, 500]))
def test_any_exchange_becomes_events_or_unreadable(body: Any, path: str, status: int) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        exchange = Exchange(method=method, url=path, status=status, body=body)
        try:
            assert_all_usable(MASTODON.connector.parse_exchange(exchange, ""))
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
            assert_all_usable(MASTODON.tolerant(body, case["feed"]))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_ends_with_the_same_messages(data: st.DataObject) -> None:
    entries = [entry for case in BODIES if case["account_id"] == US for entry in _notifications(case["body"])]
    assert len(entries) > 12
    shuffled = data.draw(st.permutations(entries))
    again = data.draw(st.lists(st.sampled_from(entries), max_size=6))
    assert _final([*shuffled, *again]) == _final(entries)


def _notifications(body: Any) -> list[Any]:
    return [one for one in body if "type" in one and "status" in one] if isinstance(body, list) else []


def _final(entries: list[Any]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform="mastodon", external_id=US)
    desk.add_account(account)
    for entry in entries:
        _, trouble = handle_events(MASTODON.parse(entry), Office(desk, MASTODON.connector, account, lambda: NOW))
        assert trouble == []
    rows = desk.rows("select message_id, thread_id, text, author_id, revision, ticket is null from message order by 1")
    desk.close()
    return [tuple(row) for row in rows]


def test_recorded_payloads_become_their_events() -> None:
    folder = shared_fixtures("mastodon")
    if folder is None:
        pytest.skip("the shared fixtures are not at hand")
    files = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    assert files.keys() >= MASTODON.kinds.keys()
    for name, raw in files.items():
        exchange = read_exchange(raw)
        events = MASTODON.connector.parse_exchange(exchange, "") if exchange else MASTODON.parse(raw, us="")
        kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
        assert kinds == MASTODON.kinds.get(name, kinds), name
        assert not [event for event in events if isinstance(event, Unknown)], name


def test_people_of_two_servers_are_two_although_their_ids_are_one() -> None:
    def person(host: str) -> str | None:
        account = {"id": "1", "acct": "ada", "url": f"https://{host}/@ada"}
        (event,) = MASTODON.parse({"id": "5", "content": "hi", "visibility": "public", "account": account})
        assert isinstance(event, MessageReceived)
        assert event.author is not None
        return event.author.id

    assert person("one.example") != person("two.example")


def test_one_person_is_one_seen_from_here_or_from_elsewhere() -> None:
    mention = {"id": "7", "acct": "ada@one.example", "url": "https://one.example/@ada"}
    account = {"id": "8", "acct": "ada", "url": "https://one.example/@ada"}
    assert identity_of(mention) == identity_of(account)
    assert full_acct(mention) == full_acct(account) == "ada@one.example"


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ('<a href="https://bank.example/">your bank</a>', "your bank (https://bank.example/)"),
        ('<a href="https://a.example/long/way">a.example/lo…</a>', "https://a.example/long/way"),
        ('<a href="https://a.example/"><img src="x" alt=":blob:"></a>', ":blob: (https://a.example/)"),
        ("x<script>alert(1)</script>y<style>p{}</style>", "xy"),
        ("<p>unclosed <b>and <![x[ odd", "unclosed and"),
        ("&#xD800;&#0;", "\ufffd\ufffd"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_reads(html: str, plain: str) -> None:
    assert to_plain(html).startswith(plain)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-&;[]#x =\"'ap br\n", max_size=60))
def test_any_html_becomes_text(html: str) -> None:
    assert isinstance(to_plain(html), str)
