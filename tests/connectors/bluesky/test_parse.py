"""What the parser promises: each fixture becomes what it expects, and nothing that comes in breaks it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, MessageReceived, ReactionChanged
from social_care.core.payloads import Exchange
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.replay import Replay, read_exchange
from tests.connectors.bluesky.reading import BLUESKY, US
from tests.connectors.meta.reading import NOW
from tests.connectors.shared import shared_fixtures
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable, places

NAMES = """
    notifications posts profiles uri cid author record reason reasonSubject did handle indexedAt labels val neg viewer
    text facets index byteStart byteEnd features $type reply root parent embed images image ref $link external record media
    thread post replies notFound blocked logs rev convoId message sender reaction value messages convos lastMessage id sentAt
    kind commit collection rkey operation createdAt langs associated chat allowIncoming verification relatedProfiles feed
"""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "1", "\ud800", "mention", "reply", "at://did:plc:a/app.bsky.feed.post/3a", "app.bsky.feed.post"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6),
)
CASES = BLUESKY.cases()
BODIES = [case for case in CASES if "exchange" not in case]
CALLS = [
    *("app.bsky.notification.listNotifications", "app.bsky.feed.getPosts", "app.bsky.feed.getPostThread"),
    *("com.atproto.repo.createRecord", "com.atproto.repo.deleteRecord", "chat.bsky.convo.sendMessage"),
    *("chat.bsky.convo.getMessages?convoId=c", "chat.bsky.convo.sendMessageBatch", "com.atproto.server.getSession"),
]


def assert_all_usable(events: tuple[Event, ...]) -> None:
    for event in events:
        assert_usable(event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in BLUESKY.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


@settings(max_examples=400, deadline=None)
@given(body=JSON, feed=st.sampled_from(["webhook", "mentions", "direct_messages", "search:a"]))
def test_any_json_becomes_events_or_unreadable(body: Any, feed: str) -> None:
    assert_all_usable(BLUESKY.tolerant(body, feed))


@settings(max_examples=200, deadline=None)
@given(
    body=JSON | st.text(max_size=30), asked=JSON, call=st.sampled_from(CALLS), status=st.sampled_from([200, 302, 400, 500])
)
def test_any_exchange_becomes_events_or_unreadable(body: Any, asked: Any, call: str, status: int) -> None:
    for url in (f"https://pds.example/xrpc/{call}", "https://<pds>/xrpc/" + call, "http://[", ""):
        exchange = Exchange(method="POST", url=url, status=status, body=body, request_body=asked)
        assert isinstance(BLUESKY.connector.account_id_in(b"", exchange), str)
        try:
            assert_all_usable(BLUESKY.connector.parse_exchange(exchange, ""))
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
            assert_all_usable(BLUESKY.tolerant(body, case["feed"]))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_ends_with_the_same_messages(data: st.DataObject) -> None:
    entries = [
        {"notifications": [entry]}
        for case in BODIES
        if case["account_id"] == US
        for entry in case["body"].get("notifications", [])
    ]
    logs = [{"logs": [entry]} for case in BODIES for entry in case["body"].get("logs", [])]
    assert len(entries) > 10
    assert len(logs) > 20
    shuffled = data.draw(st.permutations([*entries, *logs]))
    again = data.draw(st.lists(st.sampled_from(entries), max_size=6))
    assert _final([*shuffled, *again]) == _final([*entries, *logs])


def _final(bodies: list[Any]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform="bluesky", external_id=US)
    desk.add_account(account)
    for body in bodies:
        _, trouble = handle_events(BLUESKY.parse(body), Office(desk, BLUESKY.connector, account, lambda: NOW))
        assert trouble == []
    rows = desk.rows(
        "select message_id, thread_id, text, author_id, deleted_at is null, ticket is null from message order by 1"
    )
    desk.close()
    return [tuple(row) for row in rows]


def test_recorded_payloads_become_their_events() -> None:
    folder = shared_fixtures("bluesky")
    if folder is None:
        pytest.skip("the shared fixtures are not at hand")
    files = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    assert files.keys() >= BLUESKY.kinds.keys()
    for name, raw in files.items():
        exchange = read_exchange(raw)
        assert exchange is not None
        events = BLUESKY.connector.parse_exchange(exchange, "")
        kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
        expected = BLUESKY.kinds.get(name, kinds)
        assert sorted(kinds) == sorted(expected), name


def test_a_replay_knows_from_the_call_what_was_asked_and_who_we_are(tmp_path: Any) -> None:
    import json

    told = {}
    for name in ("call_create_record", "call_get_messages"):
        case = json.loads((BLUESKY.folder / f"{name}.json").read_text("utf-8"))["exchange"]
        recorded = {
            "request": {"method": case["method"], "url": case["url"], "body": case.get("request_body")},
            "response": {name: case[name] for name in ("status", "headers", "body")},
        }
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(recorded), "utf-8")
        (told[name],) = Replay(platform="bluesky").files([str(path)])
    sent, received = told["call_create_record"], told["call_get_messages"]
    assert (sent["direction"], sent["text"]) == ("out", "In Oslo, sorry.")
    assert (received["action"], received["audience"], received["thread"]) == ("open", "private", "3convoada")


def test_reactions_tell_what_they_are_now() -> None:
    case = next(one for one in CASES if one["name"] == "chat_log")
    found = [one for one in BLUESKY.events_of(case) if isinstance(one, ReactionChanged)]
    assert [one.reaction for one in found] == ["👍 ❤️", ""]
    assert found[0].author is not None
    assert found[0].author.handle == "ada.example.com"


def test_who_writes_privately_is_looked_up_where_only_their_did_is_told() -> None:
    case = next(one for one in CASES if one["name"] == "chat_log")
    received = [one for one in BLUESKY.events_of(case) if isinstance(one, MessageReceived)]
    assert [[one.value for one in event.missing] for event in received] == [[], [], ["author"]]


def test_profiles_tell_who_takes_private_messages() -> None:
    def accepts(**profile: Any) -> bool | None:
        author = {"did": "did:plc:ada", "handle": "ada.example", **profile}
        record = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2026-11-20T08:00:00Z"}
        view = {"uri": "at://did:plc:ada/app.bsky.feed.post/3a", "cid": "b", "author": author, "record": record}
        (event,) = BLUESKY.parse({"posts": [view]})
        assert isinstance(event, MessageReceived)
        assert event.author is not None
        return event.author.accepts_private

    def chat(allowed: str) -> dict[str, Any]:
        return {"associated": {"chat": {"allowIncoming": allowed}}}

    assert accepts() is None
    assert [accepts(**chat(allowed)) for allowed in ("all", "none", "following")] == [True, False, False]
    assert accepts(**chat("following"), viewer={"followedBy": "at://did:plc:ada/app.bsky.graph.follow/3f"}) is True


def test_a_time_in_the_future_counts_from_when_it_was_indexed() -> None:
    record = {"$type": "app.bsky.feed.post", "text": "hi", "createdAt": "2099-01-01T00:00:00Z"}
    view = {"uri": "at://did:plc:ada/app.bsky.feed.post/3a", "record": record, "indexedAt": "2026-11-20T08:00:00Z"}
    (event,) = BLUESKY.parse({"posts": [view]})
    assert isinstance(event, MessageReceived)
    assert event.sent_at is not None
    assert event.sent_at.year == 2026
