"""What Instagram lets an account do to comments and people, and the calls that do it. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.instagram.client import InstagramConnection
from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction as Do
from tests.connectors.instagram.test_client import ACCOUNT, ANA, COMMENT, FACEBOOK, INSTAGRAM, NOW

MESSAGE = replace(COMMENT, audience=Audience.PRIVATE, kind="direct_message", thread_id=ANA)
BY_INSTAGRAM = replace(ACCOUNT, options={"instagram_login": "Instagram"})
CALLS = [
    (Do.HIDE, COMMENT, "POST", "/501", {"hide": True}),
    (Do.UNHIDE, COMMENT, "POST", "/501", {"hide": False}),
    (Do.DELETE, COMMENT, "DELETE", "/501", None),
    (Do.BLOCK, MESSAGE, "POST", "/me/moderate_conversations", {"user_ids": [{"id": ANA}], "actions": ["block_user"]}),
    (Do.UNBLOCK, MESSAGE, "POST", "/me/moderate_conversations", {"user_ids": [{"id": ANA}], "actions": ["unblock_user"]}),
]


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def connect(account: Account = ACCOUNT) -> InstagramConnection:
    return InstagramConnection(account, {"access_token": "token"}, lambda _: None, lambda _: b"", clock=lambda: NOW)


@pytest.mark.parametrize(("action", "target", "method", "path", "sent"), CALLS)
def test_the_call(graph: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any) -> None:
    graph.add(method, FACEBOOK + path, json={"success": "true"})
    assert connect().moderate(action, target) == 0
    body = graph.calls[0].request.body
    assert (json.loads(body) if body else None) == sent


@pytest.mark.parametrize(("action", "target", "method", "path", "sent"), CALLS)
def test_lost_answers_are_unknown_and_others_are_not(
    graph: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any
) -> None:
    graph.add(method, FACEBOOK + path, body=requests.ReadTimeout("slow"))
    graph.add(method, FACEBOOK + path, body="<html>")
    for _ in range(2):
        with pytest.raises(e.OutcomeUnknown):
            connect().moderate(action, target)
    graph.add(method, FACEBOOK + path, json={"success": "false"})
    graph.add(method, FACEBOOK + path, status=400, json={"error": {"code": 100, "error_subcode": 33}})
    graph.add(method, FACEBOOK + path, status=400, json={"error": {"code": 10}})
    for kind in (e.Refused, e.TargetGone, e.ConfigurationError):
        with pytest.raises(kind):
            connect().moderate(action, target)


def test_comments_go_to_the_host_of_the_login(graph: responses.RequestsMock) -> None:
    graph.post(f"{INSTAGRAM}/501", json={"success": True})
    connect(BY_INSTAGRAM).moderate(Do.HIDE, COMMENT)


def test_people_are_blocked_through_the_page_only() -> None:
    with pytest.raises(e.Refused, match="Page"):
        connect(BY_INSTAGRAM).moderate(Do.BLOCK, MESSAGE)


def offer(action: Do, target: Any, account: Account = ACCOUNT) -> str:
    return load("instagram").offer(action, target, account, NOW).refusal  # type: ignore[attr-defined]


def test_what_is_offered_for_which_message() -> None:
    able = (Do.HIDE, Do.DELETE, Do.BLOCK)
    assert [bool(offer(action, COMMENT)) for action in able] == [False, False, True]
    assert [bool(offer(action, MESSAGE)) for action in able] == [True, True, False]
    assert "Page" in offer(Do.BLOCK, MESSAGE, BY_INSTAGRAM)
    assert [bool(offer(action, replace(COMMENT, route={"elsewhere": "1"}))) for action in able[:2]] == [True, True]
    ours = replace(COMMENT, direction="out")
    assert [bool(offer(action, ours)) for action in able[:2]] == [True, False]


def test_a_hidden_comment_takes_no_public_answer() -> None:
    hidden, connector = replace(COMMENT, hidden=True), load("instagram")
    assert "hidden" in connector.refusal(hidden, ACCOUNT, Audience.PUBLIC, NOW)
    assert connector.refusal(hidden, ACCOUNT, Audience.PRIVATE, NOW) == ""
    assert connector.refusal(COMMENT, ACCOUNT, Audience.PUBLIC, NOW) == ""
