"""Bodies of X become the events their fixtures expect, and nothing at all makes the parser fail in another way."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.core.errors import UnreadablePayload
from social_care.core.events import AccountRevoked, Event, MessageDeleted, MessageEdited, MessageReceived
from social_care.core.payloads import Exchange
from tests.connectors.x.reading import CONNECTOR, NAMES, events_of, fixture, payload, written

US = "5000000000000000001"
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", "7", US, "\ud800"])
)
NAMES_OF_X = """
data includes errors meta users tweets posts media event_type payload filter user_id id id_str text author_id type
for_user_id tweet_create_events direct_message_events message_create sender_id target recipient_id user_event revoke
tweet_delete_events status entities mentions user_mentions indices referenced_tweets referenced_posts
edit_history_tweet_ids attachments media_keys extended_tweet full_text note_tweet created_at variants bit_rate
matching_rules user source edit_history quoted_status in_reply_to_user_id display_text_range dm_conversation_id
participant_ids public_metrics followers_count resource_id resource_type video_info message_data attachment url
media_key created_timestamp username
"""
KEYS = st.sampled_from(NAMES_OF_X.split())
KINDS = st.sampled_from(
    ["post.create", "tweet.delete", "dm.received", "oauth.revoke", "MessageCreate", "retweeted", "quoted"]
)
JSON = st.recursive(
    SCALARS | KINDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=6),
)
FEEDS = st.sampled_from(["webhook", "mentions", "direct_messages", "search:a", "lookup", ""])
URLS = st.sampled_from(
    [
        "/2/tweets",
        "/2/tweets?ids=1",
        "/2/tweets/1",
        "/2/users/1/mentions",
        "/2/dm_events",
        "/2/dm_conversations",
        "http://[",
        "",
        "/2/users/me",
    ]
)


def parsed(body: object, feed: str = "webhook", us: str = US) -> tuple[Event, ...]:
    try:
        return CONNECTOR.parse(payload(body, feed=feed, account_id=us))
    except UnreadablePayload:
        return ()


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_becomes_the_events_it_expects(name: str) -> None:
    case = fixture(name)
    found = [written(event) for event in events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]], case["shows"]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected, case["shows"]


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[]", b"7", b'"x"', b"{}", b"null", b'{"data": 7, "x": 1', b"[" * 100_000, b'{"hello": 1}']
)
def test_what_is_no_body_of_x_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        CONNECTOR.parse(payload(body))


@settings(max_examples=600, deadline=None)
@given(body=JSON, feed=FEEDS, us=st.sampled_from(["", US]))
def test_any_json_becomes_events_or_unreadable(body: Any, feed: str, us: str) -> None:
    for event in parsed(body, feed, us):
        assert_usable(event)


@settings(max_examples=200, deadline=None)
@given(
    body=JSON, request=JSON, url=URLS, status=st.sampled_from([200, 201, 204, 302, 400, 401, 402, 403, 404, 429, 500, 999])
)
def test_any_exchange_becomes_events_or_unreadable(body: Any, request: Any, url: str, status: int) -> None:
    for method in ("GET", "POST", "DELETE", "PUT"):
        exchange = Exchange(method=method, url=url, status=status, request_body=request, body=body)
        assert isinstance(CONNECTOR.account_id_in(b"", exchange), str)
        try:
            events = CONNECTOR.parse_exchange(exchange, "")
        except UnreadablePayload:
            continue
        for event in events:
            assert_usable(event)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=SCALARS | st.just([]) | st.just({}) | st.just([[]]) | st.just([{}]) | st.just({"data": {}}))
@pytest.mark.parametrize("name", [name for name in NAMES if "exchange" not in fixture(name)])
def test_a_fixture_with_anything_in_any_place_becomes_events(name: str, value: Any) -> None:
    case = fixture(name)
    for path in places(case["body"]):
        body = copy.deepcopy(case["body"])
        if path:
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
        else:
            body = value
        for event in parsed(body, case["feed"], case["account_id"]):
            assert_usable(event)


@pytest.mark.parametrize("name", [name for name in NAMES if "exchange" not in fixture(name)])
def test_a_fixture_without_any_one_key_becomes_events(name: str) -> None:
    case = fixture(name)
    for path in places(case["body"]):
        if path and isinstance(path[-1], str):
            body = copy.deepcopy(case["body"])
            holder = body
            for step in path[:-1]:
                holder = holder[step]
            del holder[path[-1]]
            for event in parsed(body, case["feed"], case["account_id"]):
                assert_usable(event)


def assert_usable(event: Event) -> None:
    """A desk can store it: ids are short text, text is text, and what must be known is known."""
    assert isinstance(event.message_id, str)
    assert len(event.message_id) <= 140
    json.dumps(written(event), default=str).encode()
    if isinstance(event, MessageReceived):
        assert event.message_id
        assert event.thread.id
        event.text.encode()  # raises for a lone surrogate
        author = event.author
        assert author is None or author.id or author.handle or author.name, "an author of whom nothing is known"
        assert event.sent_at is None or event.sent_at.utcoffset() is not None
        assert all(isinstance(key, str) and isinstance(value, str) for key, value in event.route.items())
    if isinstance(event, MessageEdited):
        assert event.revision, "an edit without a revision would look like the original"
    if isinstance(event, MessageDeleted):
        assert event.message_id, "a deletion has to say of what"


def test_an_author_without_an_id_is_not_found_among_users_without_an_id() -> None:
    body = {"data": [{"id": "1", "text": "hi"}], "includes": {"users": [{"username": "somebody"}]}, "meta": {}}
    (event,) = parsed(body, "mentions")
    assert isinstance(event, MessageReceived)
    assert event.author is None


def test_escapes_are_undone_once() -> None:
    (event,) = parsed({"data": [{"id": "1", "text": "&amp;lt;b&amp;gt; &lt;i&gt; &quot;"}], "meta": {}}, "mentions")
    assert isinstance(event, MessageReceived)
    assert event.text == "&lt;b&gt; <i> &quot;"


def test_poll_and_webhook_put_a_direct_message_into_one_thread() -> None:
    other = "42"
    dm = {"id": "9", "message_create": {"sender_id": other, "target": {"recipient_id": US}, "message_data": {"text": "a"}}}
    page = {"data": [{"id": "9", "event_type": "MessageCreate", "text": "a", "sender_id": other}], "meta": {}}
    named = {"data": [{"id": "9", "text": "a", "sender_id": other, "dm_conversation_id": f"{US}-{other}"}], "meta": {}}
    bodies = (
        ({"for_user_id": US, "direct_message_events": [dm]}, "webhook"),
        (page, "direct_messages"),
        (named, "direct_messages"),
    )
    threads = {
        event.thread.id for body, feed in bodies for event in parsed(body, feed) if isinstance(event, MessageReceived)
    }
    assert threads == {f"42-{US}"}


def test_a_revocation_is_seen_although_our_id_is_unknown() -> None:
    body = {"data": {"event_type": "oauth.revoke", "filter": {}, "payload": {"user_id": "1"}}}
    assert isinstance(parsed(body, us="")[0], AccountRevoked)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"for_user_id": "1"}, "1"),
        ({"data": {"filter": {"user_id": "2"}}}, "2"),
        ({"data": [{"filter": {}}, {"filter": {"user_id": 3}}]}, "3"),
        ({"user_event": {"revoke": {"source": {"user_id": "4"}}}}, "4"),
        ({"data": {"event_type": "oauth.revoke", "filter": {}, "payload": {"user_id": "5"}}}, "5"),
        ({"data": {"event_type": "post.create", "payload": {"user_id": "5"}}}, ""),
        ([], ""),
    ],
)
def test_our_own_id_is_read_from_the_body(body: object, expected: str) -> None:
    assert CONNECTOR.account_id_in(json.dumps(body).encode()) == expected
