"""Blocking people on WhatsApp: who can be, and the calls that do it. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.registry import load
from social_care.connectors.whatsapp.client import WhatsAppConnection
from social_care.core import errors as e
from social_care.core.moderation import ModerationAction as Do
from tests.connectors.whatsapp.test_client import ACCOUNT, ANA, API, NOW, TARGET, US

URL = f"{API}/{US}/block_users"
ASKED = {"messaging_product": "whatsapp", "block_users": [{"user": ANA}]}
CALLS = [(Do.BLOCK, "POST", "added_users"), (Do.UNBLOCK, "DELETE", "removed_users")]


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def connect() -> WhatsAppConnection:
    return WhatsAppConnection(ACCOUNT, {"access_token": "token"}, lambda _: None, lambda _: b"", clock=lambda: NOW)


def told(**lists: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "block_users": lists}


@pytest.mark.parametrize(("action", "method", "done"), CALLS)
def test_the_call(graph: responses.RequestsMock, action: Do, method: str, done: str) -> None:
    graph.add(method, URL, json=told(**{done: [{"input": f"+{ANA}", "wa_id": ANA}]}))
    assert connect().moderate(action, TARGET) == 0
    assert json.loads(graph.calls[0].request.body) == ASKED


@pytest.mark.parametrize(("action", "method", "done"), CALLS)
def test_lost_answers_are_unknown_and_others_are_not(
    graph: responses.RequestsMock, action: Do, method: str, done: str
) -> None:
    graph.add(method, URL, body=requests.ConnectionError("reset"))
    graph.add(method, URL, status=500, json={"error": {"code": 139103}})
    graph.add(method, URL, json={"messaging_product": "whatsapp"})
    for _ in range(3):
        with pytest.raises(e.OutcomeUnknown):
            connect().moderate(action, TARGET)
    graph.add(method, URL, json=told(failed_users=[{"input": ANA, "errors": [{"code": 131047}]}]))
    graph.add(method, URL, status=400, json={"error": {"code": 139101}})
    graph.add(method, URL, status=400, json={"error": {"code": 131047}})
    for kind in (e.Refused, e.Refused, e.WindowClosed):
        with pytest.raises(kind):
            connect().moderate(action, TARGET)


def offer(action: Do, target: Any) -> str:
    return load("whatsapp").offer(action, target, ACCOUNT, NOW).refusal  # type: ignore[attr-defined]


def test_people_can_be_blocked_for_a_day_and_unblocked_at_any_time() -> None:
    assert offer(Do.BLOCK, TARGET) == ""
    late = replace(TARGET, reply_until=NOW - timedelta(minutes=1))
    assert "24 hours" in offer(Do.BLOCK, late)
    assert offer(Do.UNBLOCK, late) == ""


def test_a_hidden_number_cannot_be_blocked() -> None:
    assert "number" in offer(Do.BLOCK, replace(TARGET, author_id="US.1234", route={"user_id": "US.1234"}))
