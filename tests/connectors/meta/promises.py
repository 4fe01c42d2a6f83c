"""What the parsers of Meta's platforms promise alike: a subclass names its platform, the rest is run for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, Unknown
from social_care.core.payloads import Exchange, Payload, Source
from social_care.core.ports import Connector
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.intake import Office, handle_events
from social_care.replay import read_exchange
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable as usable
from tests.connectors.x.test_parse import places

HERE = Path(__file__).parent.parent
NOW = datetime(2026, 9, 1, tzinfo=timezone.utc)
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


@dataclass(frozen=True)
class Platform:
    """One platform's fixtures and connector. `us`: our own id in the fixtures."""

    key: str
    us: str

    @property
    def connector(self) -> Connector:
        return load(self.key)

    @property
    def folder(self) -> Path:
        return HERE / self.key / "fixtures"

    def cases(self) -> list[dict[str, Any]]:
        return [{"name": one.stem, **json.loads(one.read_text("utf-8"))} for one in sorted(self.folder.glob("*.json"))]

    def payload(self, body: object, *, feed: str = "webhook", account_id: str = "") -> Payload:
        return Payload(
            platform=self.key,
            account="Ours",
            account_id=account_id,
            feed=feed,
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
            source=Source.WEBHOOK,
            received_at=NOW,
        )

    def parse(self, body: object, *, feed: str = "webhook", us: str | None = None) -> tuple[Event, ...]:
        return self.connector.parse(self.payload(body, feed=feed, account_id=self.us if us is None else us))

    def events_of(self, case: dict[str, Any]) -> tuple[Event, ...]:
        if "exchange" in case:
            return self.connector.parse_exchange(Exchange(**case["exchange"]), case["account_id"])
        return self.parse(case["body"], feed=case["feed"], us=case["account_id"])

    def tolerant(self, body: object, feed: str = "webhook") -> tuple[Event, ...]:
        try:
            return self.parse(body, feed=feed)
        except UnreadablePayload:
            return ()


def assert_usable(events: tuple[Event, ...]) -> None:
    """A desk can store them; Meta's ids may be longer than X's."""
    for event in events:
        assert len(event.message_id) <= 255
        usable(replace(event, message_id=event.message_id[:140]))


class ParserPromises:
    """Subclasses set `platform` and `kinds` (file of the shared fixtures → the kinds of its events)."""

    platform: Platform
    kinds: dict[str, list[str]]

    def test_fixtures_become_the_events_they_expect(self) -> None:
        cases = self.platform.cases()
        assert cases
        for case in cases:
            found = [written(event) for event in self.platform.events_of(case)]
            assert [one["type"] for one in found] == [one["type"] for one in case["expected"]], case["name"]
            for one, expected in zip(found, case["expected"], strict=True):
                assert {key: one.get(key, "no such field") for key in expected} == expected, case["name"]

    @settings(max_examples=300, deadline=None)
    @given(body=JSON, feed=st.sampled_from(["webhook", "mentions", "direct_messages"]))
    def test_any_json_becomes_events_or_unreadable(self, body: Any, feed: str) -> None:
        assert_usable(self.platform.tolerant(body, feed))

    @settings(max_examples=150, deadline=None)
    @given(body=JSON, request=JSON, path=st.sampled_from(PATHS), status=st.sampled_from([200, 302, 400, 404, 500]))
    def test_any_exchange_becomes_events_or_unreadable(self, body: Any, request: Any, path: str, status: int) -> None:
        connector = self.platform.connector
        for method in ("GET", "POST", "DELETE"):
            exchange = Exchange(method=method, url=path, status=status, request_body=request, body=body)
            assert isinstance(connector.account_id_in(b"", exchange), str)
            try:
                assert_usable(connector.parse_exchange(exchange, ""))
            except UnreadablePayload:
                continue

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(value=SCALARS | st.sampled_from([[], {}, [[]], [{}], {"data": {}}]))
    def test_fixtures_with_anything_in_any_place_become_events(self, value: Any) -> None:
        for case, path in _places(self.platform):
            body = copy.deepcopy(case["body"])
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
            assert_usable(self.platform.tolerant(body, case["feed"]))

    def test_fixtures_without_any_one_key_become_events(self) -> None:
        for case, path in _places(self.platform):
            if isinstance(path[-1], str):
                body = copy.deepcopy(case["body"])
                holder = body
                for step in path[:-1]:
                    holder = holder[step]
                del holder[path[-1]]
                assert_usable(self.platform.tolerant(body, case["feed"]))

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_any_order_and_repetition_ends_with_the_same_tickets(self, data: st.DataObject) -> None:
        """Of the entries of a batch."""
        entries = [entry for case in self.platform.cases() for entry in _entries(case)]
        assert len(entries) > 8
        shuffled = data.draw(st.permutations(entries))
        again = data.draw(st.lists(st.sampled_from(entries), max_size=6))
        product = next(case["body"]["object"] for case in self.platform.cases() if _entries(case))
        clean = self._final({"object": product, "entry": entries})
        assert self._final({"object": product, "entry": [*shuffled, *again]}) == clean
        assert clean["tickets"]

    def _final(self, body: object) -> dict[str, Any]:
        """Return what an empty desk holds after a body, without the numbers it gave to tickets."""
        desk = SqliteDesk(clock=lambda: NOW)
        account = Account(name="Ours", platform=self.platform.key, external_id=self.platform.us)
        desk.add_account(account)
        events = self.platform.parse(body)
        _, trouble = handle_events(events, Office(desk, self.platform.connector, account, lambda: NOW))
        assert trouble == []
        columns = "message_id, thread_id, direction, text, author_id, parent_id, revision, versions, media, reactions"
        rows = desk.rows(f"select ticket, {columns}, deleted_at is null, context from message order by message_id")  # noqa: S608
        groups: dict[object, list[str]] = {}
        for row in rows:
            groups.setdefault(row["ticket"], []).append(row["message_id"])
        desk.close()
        return {
            "messages": [tuple(row)[1:] for row in rows],
            "tickets": sorted(ids for ticket, ids in groups.items() if ticket is not None),
        }

    def test_recorded_payloads_become_their_events(self) -> None:
        folder = shared_fixtures(self.platform.key)
        files = sorted(folder.glob("*.json")) if folder else []
        if not files:
            pytest.skip("the shared fixtures are not at hand")
        connector = self.platform.connector
        assert {path.stem for path in files} >= set(self.kinds)
        for path in files:
            raw = path.read_bytes()
            exchange = read_exchange(raw)
            if exchange is not None:
                events = connector.parse_exchange(exchange, connector.account_id_in(b"", exchange))
            else:
                events = self.platform.parse(raw, us=connector.account_id_in(raw))
            kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
            assert kinds == self.kinds.get(path.stem, kinds), path.stem
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
