"""What the parser promises: each fixture becomes what it expects, and nothing that comes in breaks it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social_care.connectors.telegram.content import SERVICE
from social_care.connectors.telegram.parse import NO_MATTER, READERS
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import CallFailed, Event, Ignored, MessageReceived, Unknown
from social_care.core.payloads import Exchange
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.replay import read_exchange
from tests.connectors.meta.reading import NOW
from tests.connectors.shared import shared_fixtures
from tests.connectors.telegram.reading import TELEGRAM, US
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable, places

NAMES = """
    update_id result ok message_id chat from sender_chat date edit_date text caption entities caption_entities offset length
    type id username title first_name photo file_id file_size width height document sticker contact location venue poll
    options question reply_to_message message_thread_id is_topic_message is_automatic_forward forward_origin
    business_connection_id message_ids direct_messages_topic topic_id new_reaction emoji user data new_chat_member status
    is_bot is_direct_messages migrate_to_chat_id quote sender_business_bot latitude longitude rights
"""
KEYS = [*NAMES.split(), *READERS, *NO_MATTER]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "-1", "\ud800", "private"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
)
CASES = TELEGRAM.cases()
BODIES = [case for case in CASES if "exchange" not in case]


def assert_all_usable(events: tuple[Event, ...]) -> None:
    for event in events:
        assert_usable(event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in TELEGRAM.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


@settings(max_examples=300, deadline=None)
@given(body=JSON)
def test_any_json_becomes_events_or_unreadable(body: Any) -> None:
    assert_all_usable(TELEGRAM.tolerant(body))
    assert_all_usable(TELEGRAM.tolerant({"update_id": 1, "message": body}))


@settings(max_examples=150, deadline=None)
@given(body=JSON | st.text(max_size=30), status=st.sampled_from([200, 302, 400, 404, 500]))
def test_any_exchange_becomes_events_or_unreadable(body: Any, status: int) -> None:
    for method in ("sendMessage", "getUpdates", "editMessageText", "deleteMessage", "getMe", "["):
        url = f"https://api.telegram.org/bot1:x/{method}" if method != "[" else "http://["
        exchange = Exchange(method="POST", url=url, status=status, body=body, request_body=body)
        assert isinstance(TELEGRAM.connector.account_id_in(b"", exchange), str)
        try:
            assert_all_usable(TELEGRAM.connector.parse_exchange(exchange, ""))
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
            assert_all_usable(TELEGRAM.tolerant(body, case["feed"]))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_ends_with_the_same_messages(data: st.DataObject) -> None:
    updates = [one for case in BODIES for one in _updates(case["body"])]
    assert len(updates) > 40
    shuffled = data.draw(st.permutations(updates))
    again = data.draw(st.lists(st.sampled_from(updates), max_size=6))
    assert _final([*shuffled, *again]) == _final(updates)


def _updates(body: Any) -> list[Any]:
    return body if isinstance(body, list) else body.get("result", [body])


def _final(updates: list[Any]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform="telegram", external_id=US)
    desk.add_account(account)
    for update in updates:
        _, trouble = handle_events(TELEGRAM.parse(update), Office(desk, TELEGRAM.connector, account, lambda: NOW))
        assert trouble == []
    rows = desk.rows("select message_id, text, author_id, revision from message where not tombstone order by 1")
    desk.close()
    return [tuple(row) for row in rows]


def test_recorded_payloads_become_their_events() -> None:
    folder = shared_fixtures("telegram")
    if folder is None:
        pytest.skip("the shared fixtures are not at hand")
    files = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    assert files.keys() >= TELEGRAM.kinds.keys()
    for name, raw in files.items():
        exchange = read_exchange(raw)
        events = TELEGRAM.connector.parse_exchange(exchange, "") if exchange else TELEGRAM.parse(raw, us="")
        kinds = [type(one.error if isinstance(one, CallFailed) else one).__name__ for one in events]
        assert kinds == TELEGRAM.kinds.get(name, kinds), name
        assert not [event for event in events if isinstance(event, Unknown)], name


@pytest.mark.parametrize(
    ("handle", "words", "called"),
    [
        ("NorthwindBot", "@northwindBOT hi", True),
        ("NorthwindBot", "@OtherBot hi", False),
        ("NorthwindBot", "@NorthwindBot2 hi", False),
        ("", "@OtherBot hi", True),
        ("", "@somebody hi", False),
        ("NorthwindBot", "/help", False),
    ],
)
def test_who_is_called_in_a_group(handle: str, words: str, called: bool) -> None:
    """While our name is not known, any bot's counts: a case too many is better than a customer lost."""
    size = len(words.split()[0])
    kind = "bot_command" if words.startswith("/") else "mention"
    message = {
        "message_id": 1,
        "date": 1790000000,
        "chat": {"id": -1001, "type": "supergroup"},
        "from": {"id": 5},
        "text": words,
        "entities": [{"type": kind, "offset": 0, "length": size}],
    }
    payload = replace(TELEGRAM.payload({"update_id": 1, "message": message}, account_id=US), handle=handle)
    (event,) = TELEGRAM.connector.parse(payload)
    assert isinstance(event, MessageReceived)
    assert event.addresses_us is called


@pytest.mark.parametrize("name", [*SERVICE, *NO_MATTER])
def test_what_is_nobodys_word_is_ignored_with_a_reason(name: str) -> None:
    message = {"message_id": 1, "date": 1790000000, "chat": {"id": 5001, "type": "private"}, name: {}}
    update = {"update_id": 1, **({name: {}} if name in NO_MATTER else {"message": message})}
    (event,) = TELEGRAM.parse(update)
    assert isinstance(event, Ignored)
    assert event.reason


@pytest.mark.parametrize("inner", ["blocks", "text", "items", "caption", "list"])
def test_a_formatted_message_may_be_nested_to_any_depth(inner: str) -> None:
    value: Any = {"type": "paragraph", "text": "deep"}
    for _ in range(150):
        value = [value] if inner == "list" else {"type": "details", inner: [value]}
    message = {"message_id": 1, "date": 1790000000, "chat": {"id": 5001, "type": "private"}}
    shallow = {"type": "paragraph", "text": "Hello"}
    (event,) = TELEGRAM.parse({"update_id": 1, "message": {**message, "rich_message": {"blocks": [shallow, value]}}})
    assert isinstance(event, MessageReceived)
    assert event.text.startswith("Hello")


def test_who_we_are_is_found_where_it_is_told() -> None:
    found = {case["name"]: TELEGRAM.connector.account_id_in(TELEGRAM.payload(case["body"]).body) for case in BODIES}
    assert {name for name, own in found.items() if own} == {"answer_to_us", "business", "membership"}
    assert set(found.values()) == {"", US}
    exchange = Exchange(method="POST", url="https://api.telegram.org/bot123:secret/getUpdates", status=200)
    assert TELEGRAM.connector.account_id_in(b"", exchange) == "123"
