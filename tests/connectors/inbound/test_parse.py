"""What the parser promises: each fixture becomes what it expects, nothing breaks it, and the schema says the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import social_care
from social_care.core.accounts import Account
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Unknown
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from tests.connectors.meta.reading import NOW, Platform
from tests.connectors.x.reading import written
from tests.connectors.x.test_parse import assert_usable, places

INBOUND = Platform(key="inbound", us="shop")
CASES = INBOUND.cases()
BODIES = [case for case in CASES if "exchange" not in case]
SCHEMA = json.loads((Path(social_care.__file__).parent / "public/schemas/inbound.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NAMES = """id kind messages audience thread_id parent_id author ours text html type created_at edited_at url media reaction
    followers handle name avatar alt account addresses_us reply_id"""
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "1", "\ud800", "public", "edited"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6),
)


def assert_all_usable(events: tuple[Event, ...]) -> None:
    for event in events:
        assert_usable(event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_fixture_becomes_the_events_it_expects(case: dict[str, Any]) -> None:
    found = [written(event) for event in INBOUND.events_of(case)]
    assert [one["type"] for one in found] == [one["type"] for one in case["expected"]]
    for one, expected in zip(found, case["expected"], strict=True):
        assert {key: one.get(key, "no such field") for key in expected} == expected


@settings(max_examples=400, deadline=None)
@given(body=JSON)
def test_any_json_becomes_events_or_unreadable(body: Any) -> None:
    assert_all_usable(INBOUND.tolerant(body))


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
            assert_all_usable(INBOUND.tolerant(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "messages: is missing"),
        ({"messages": {}}, "messages: has to be a list"),
        ("words", "has to be an object"),
        ({"account": "another", "messages": []}, "account: this body is for 'another'"),
        (b"{", "not JSON"),
    ],
)
def test_a_body_that_is_none_says_why(body: object, reason: str) -> None:
    with pytest.raises(UnreadablePayload, match=reason):
        INBOUND.parse(body)


# --- the schema ---------------------------------------------------------------------------------------------------------
def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case["name"])
def test_the_schema_takes_what_the_parser_takes(case: dict[str, Any]) -> None:
    body = case["body"]
    messages = body if isinstance(body, list) else body.get("messages", [body])
    for message in messages:
        (event,) = INBOUND.parse({"messages": [message]})
        assert VALIDATOR.is_valid({"messages": [message]}) != isinstance(event, Unknown), event


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_the_schema_takes_is_taken(data: st.DataObject) -> None:
    message = copy.deepcopy(data.draw(st.sampled_from([one for case in BODIES for one in _objects(case["body"])])))
    for name in data.draw(st.lists(st.sampled_from(NAMES.split()), max_size=3)):
        message[name] = data.draw(SCALARS | st.sampled_from([[], {}, "https://a.example/", "2026-11-22", "x" * 141]))
    if VALIDATOR.is_valid({"messages": [message]}):
        for event in INBOUND.parse({"messages": [message]}):
            odd_time = isinstance(event, Unknown) and "has to be a time" in event.reason  # the schema does not read dates
            assert odd_time or not isinstance(event, Unknown), event


def _objects(body: Any) -> list[dict[str, Any]]:
    found = body if isinstance(body, list) else body.get("messages", [body])
    return [one for one in found if isinstance(one, dict)]


# --- the same tickets, whatever comes when ------------------------------------------------------------------------------
STORY: list[dict[str, Any]] = [
    {"id": "1", "thread_id": "t", "audience": "public", "author": {"id": "ada"}, "text": "one", "created_at": 1795341600},
    {"id": "2", "thread_id": "t", "audience": "public", "author": {"id": "ben"}, "text": "two", "created_at": 1795341700},
    {"id": "1", "kind": "edited", "thread_id": "t", "audience": "public", "author": {"id": "ada"}, "text": "one!"}
    | {"edited_at": 1795341800, "created_at": 1795341600},
    {"id": "3", "thread_id": "p", "audience": "private", "author": {"id": "ada"}, "text": "three", "created_at": 1795341900},
    {"id": "2", "kind": "deleted", "thread_id": "t"},
    {"id": "3", "kind": "reaction", "thread_id": "p", "audience": "private", "author": {"id": "ada"}, "reaction": "👍"},
]


def final(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    desk = SqliteDesk(clock=lambda: NOW)
    account = Account(name="Ours", platform="inbound", external_id="shop")
    desk.add_account(account)
    for message in messages:
        _, trouble = handle_events(INBOUND.parse(message), Office(desk, INBOUND.connector, account, lambda: NOW))
        assert trouble == []
    found = "select message_id, thread_id, text, ticket is null, deleted_at is null, reactions from message order by 1"
    rows, tickets = desk.rows(found), desk.row("select count(*) as n from ticket")["n"]
    desk.close()
    return [*map(tuple, rows), (tickets,)]


@settings(max_examples=60, deadline=None)
@given(order=st.permutations(STORY), again=st.lists(st.sampled_from(STORY), max_size=4))
def test_any_order_and_repetition_ends_with_the_same_tickets(
    order: list[dict[str, Any]], again: list[dict[str, Any]]
) -> None:
    clean = final(STORY)
    assert clean[-1] == (3,)
    assert final([*order, *again]) == clean
