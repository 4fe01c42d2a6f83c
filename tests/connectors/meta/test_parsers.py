"""What the parsers of Meta's platforms promise alike, whatever comes in and in whatever order."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, Unknown
from social_care.core.payloads import Exchange
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.replay import read_exchange
from tests.connectors.facebook.expected import FACEBOOK
from tests.connectors.instagram.expected import INSTAGRAM
from tests.connectors.meta.reading import NOW, Platform
from tests.connectors.shared import shared_fixtures
from tests.connectors.whatsapp.expected import WHATSAPP
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable as usable
from tests.connectors.x.test_parse import places

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", "\ud800", "0"])
)
NAMES_OF_META = """
    object entry id time changes field value messaging standby changed_fields sample from message text post_id comment_id
    parent_id item verb created_time sender recipient timestamp mid attachments type payload url reply_to story is_echo
    is_deleted postback title reaction read delivery mids message_edit num_edit referral data paging cursors messages
    participants to comments parent attachment media metadata contacts messages statuses errors code context profile name
    wa_id user_id status interactive body image reactions username media_id link permalink_url message_echoes
"""
KEYS = st.sampled_from(NAMES_OF_META.split())
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=6)
)
PLATFORMS = [FACEBOOK, INSTAGRAM, WHATSAPP]
PATHS = [
    "/v25.0/1/comments",
    "/1_2/comments",
    "/v25.0/1/feed",
    "/1/messages",
    "/1/conversations",
    "/x",
    "http://[",
    "",
    "/1",
]


def assert_usable(events: tuple[Event, ...]) -> None:
    """A desk can store them; Meta's ids may be longer than X's."""
    for event in events:
        assert len(event.message_id) <= 255
        usable(replace(event, message_id=event.message_id[:140]))


@pytest.fixture(params=PLATFORMS, ids=lambda one: one.key, scope="module")
def platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.param
    return found


def test_fixtures_become_the_events_they_expect(platform: Platform) -> None:
    cases = platform.cases()
    assert cases
    for case in cases:
        found = [written(event) for event in platform.events_of(case)]
        assert [one["type"] for one in found] == [one["type"] for one in case["expected"]], case["name"]
        for one, expected in zip(found, case["expected"], strict=True):
            assert {key: one.get(key, "no such field") for key in expected} == expected, case["name"]


@settings(max_examples=300, deadline=None)
@given(body=JSON, feed=st.sampled_from(["webhook", "mentions", "direct_messages"]))
def test_any_json_becomes_events_or_unreadable(platform: Platform, body: Any, feed: str) -> None:
    assert_usable(platform.tolerant(body, feed))


@settings(max_examples=150, deadline=None)
@given(body=JSON, request=JSON, path=st.sampled_from(PATHS), status=st.sampled_from([200, 302, 400, 404, 500]))
def test_any_exchange_becomes_events_or_unreadable(
    platform: Platform, body: Any, request: Any, path: str, status: int
) -> None:
    connector = platform.connector
    for method in ("GET", "POST", "DELETE"):
        exchange = Exchange(method=method, url=path, status=status, request_body=request, body=body)
        assert isinstance(connector.account_id_in(b"", exchange), str)
        try:
            assert_usable(connector.parse_exchange(exchange, ""))
        except UnreadablePayload:
            continue


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=SCALARS | st.sampled_from([[], {}, [[]], [{}], {"data": {}}]))
def test_fixtures_with_anything_in_any_place_become_events(platform: Platform, value: Any) -> None:
    for case, path in _places(platform):
        body = copy.deepcopy(case["body"])
        holder = body
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
        assert_usable(platform.tolerant(body, case["feed"]))


def test_fixtures_without_any_one_key_become_events(platform: Platform) -> None:
    for case, path in _places(platform):
        if isinstance(path[-1], str):
            body = copy.deepcopy(case["body"])
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]
            assert_usable(platform.tolerant(body, case["feed"]))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_ends_with_the_same_tickets(platform: Platform, data: st.DataObject) -> None:
    """Of the entries of a batch."""
    entries = [entry for case in platform.cases() for entry in _entries(case)]
    assert len(entries) > 8
    shuffled = data.draw(st.permutations(entries))
    again = data.draw(st.lists(st.sampled_from(entries), max_size=6))
    product = next(case["body"]["object"] for case in platform.cases() if _entries(case))
    clean = _final(platform, {"object": product, "entry": entries})
    assert _final(platform, {"object": product, "entry": [*shuffled, *again]}) == clean
    assert clean["tickets"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_split_over_bodies_ends_with_the_same_tickets(platform: Platform, data: st.DataObject) -> None:
    """Meta sends batches in no order, and again: what a customer did may come in any body, once or twice."""
    entries = [entry for case in platform.cases() for entry in _entries(case)]
    product = next(case["body"]["object"] for case in platform.cases() if _entries(case))
    clean = _final(platform, {"object": product, "entry": entries})
    shuffled = data.draw(st.permutations(entries)) + data.draw(st.lists(st.sampled_from(entries), max_size=6))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(shuffled) - 1), max_size=8, unique=True)))
    pieces = [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    found = _final(platform, *({"object": product, "entry": piece} for piece in pieces))
    assert found == clean


def _final(platform: Platform, *bodies: object) -> dict[str, Any]:
    """Return what an empty desk holds after some bodies, without the numbers it gave to tickets."""
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform=platform.key, external_id=platform.us)
    desk.add_account(account)
    office = Office(desk, platform.connector, account, lambda: NOW)
    for body in bodies:
        _, trouble = handle_events(platform.parse(body), office)
        assert trouble == []
    # A reaction to a public message that has not come is nobody's matter, so it may be missing.
    columns = "message_id, thread_id, direction, text, author_id, parent_id, revision, versions, media,"
    columns += " case audience when 'public' then '' else reactions end"
    rows = desk.rows(f"select ticket, {columns}, deleted_at is null, context from message order by message_id")  # noqa: S608
    groups: dict[object, list[str]] = {}
    for row in rows:
        groups.setdefault(row["ticket"], []).append(row["message_id"])
    desk.close()
    return {
        "messages": [tuple(row)[1:] for row in rows],
        "tickets": sorted(ids for ticket, ids in groups.items() if ticket is not None),
    }


def test_recorded_payloads_become_their_events(platform: Platform) -> None:
    folder = shared_fixtures(platform.key)
    files = sorted(folder.glob("*.json")) if folder else []
    if not files:
        pytest.skip("the shared fixtures are not at hand")
    connector = platform.connector
    assert {path.stem for path in files} >= set(platform.kinds)
    for path in files:
        raw = path.read_bytes()
        exchange = read_exchange(raw)
        if exchange is not None:
            events = connector.parse_exchange(exchange, connector.account_id_in(b"", exchange))
        else:
            events = platform.parse(raw, us=connector.account_id_in(raw))
        kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
        assert kinds == platform.kinds.get(path.stem, kinds), path.stem
        assert not [event for event in events if isinstance(event, Unknown)], path.stem
        assert_usable(events)


def _places(platform: Platform) -> Iterator[tuple[dict[str, Any], tuple[Any, ...]]]:
    for case in platform.cases():
        if "exchange" not in case:
            yield from ((case, path) for path in places(case["body"]) if path)


def _entries(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of a webhook fixture in the plain envelope, one update each."""
    body = case.get("body")
    if case.get("feed") != "webhook" or not isinstance(body, dict) or "object" not in body:
        return []
    found = []
    for entry in body["entry"]:
        lists = [name for name in ("changes", "messaging", "standby") if isinstance(entry.get(name), list)]
        rest = {name: value for name, value in entry.items() if name not in lists}
        found += [{**rest, name: [one]} for name in lists for one in entry[name]]
    return found
