"""What Facebook lets a Page do to comments and people, and the calls that do it. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import responses

from social_care.connectors.registry import load
from social_care.core import errors as e
from social_care.core.accounts import Account
from social_care.core.moderation import ModerationAction as Do
from tests.connectors.facebook.test_client import ACCOUNT, ANA, API, COMMENT, MESSAGE, NOW, PAGE, connect

OURS = replace(COMMENT, message_id="5_9", direction="out", author_id=PAGE)
YES = {"success": True}
CALLS = [
    (Do.HIDE, COMMENT, "POST", "/5_1", {"is_hidden": True}, YES),
    (Do.UNHIDE, COMMENT, "POST", "/5_1", {"is_hidden": False}, YES),
    (Do.DELETE, COMMENT, "DELETE", "/5_1", None, YES),
    (Do.LIKE, COMMENT, "POST", "/5_1/likes", None, YES),
    (Do.UNLIKE, COMMENT, "DELETE", "/5_1/likes", None, YES),
    (Do.BLOCK, COMMENT, "POST", f"/{PAGE}/blocked", {"user": [ANA]}, {ANA: True}),
    (Do.BLOCK, MESSAGE, "POST", f"/{PAGE}/blocked", {"psid": [ANA]}, {ANA: True}),
    (Do.UNBLOCK, MESSAGE, "DELETE", f"/{PAGE}/blocked", {"psid": ANA}, YES),
]


@pytest.fixture
def graph() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(("action", "target", "method", "path", "sent", "answer"), CALLS)
def test_the_call(
    graph: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any, answer: Any
) -> None:
    graph.add(method, API + path, json=answer)
    assert connect().moderate(action, target) == 0
    body = graph.calls[0].request.body
    assert (json.loads(body) if body else None) == sent
    assert "SECRET" not in graph.calls[0].request.url


@pytest.mark.parametrize(("action", "target", "method", "path", "sent", "answer"), CALLS)
def test_lost_answers_are_unknown_and_others_are_not(
    graph: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any, answer: Any
) -> None:
    graph.add(method, API + path, body=requests.ConnectionError("reset"))
    graph.add(method, API + path, status=500, json={"error": {"code": 2, "is_transient": True}})
    graph.add(method, API + path, body="")
    for _ in range(3):
        with pytest.raises(e.OutcomeUnknown):
            connect().moderate(action, target)
    graph.add(method, API + path, json=dict.fromkeys(answer, False))
    graph.add(method, API + path, status=403, json={"error": {"code": 200}})
    graph.add(method, API + path, status=400, json={"error": {"code": 100, "error_subcode": 33}})
    graph.add(method, API + path, status=400, json={"error": {"code": 190}})
    graph.add(method, API + path, status=400, json={"error": {"code": 32}})
    for kind in (e.Refused, e.NotAllowed, e.TargetGone, e.AccountNeedsLogin, e.RateLimited):
        with pytest.raises(kind):
            connect().moderate(action, target)


def offer(action: Do, target: Any, account: Account = ACCOUNT) -> str:
    return load("facebook").offer(action, target, account, NOW).refusal  # type: ignore[attr-defined]


def test_what_is_offered_for_which_message() -> None:
    able = (Do.HIDE, Do.DELETE, Do.LIKE, Do.BLOCK)
    assert [offer(action, COMMENT) for action in able] == [""] * 4
    assert [bool(offer(action, MESSAGE)) for action in able] == [True, True, True, False]
    assert [bool(offer(action, OURS)) for action in able[:3]] == [True, False, False]
    elsewhere = replace(COMMENT, route={"elsewhere": "1"})
    assert [bool(offer(action, elsewhere)) for action in able] == [True, True, False, False]
    visitors_post = replace(COMMENT, kind="post")
    assert [bool(offer(action, visitors_post)) for action in able] == [True, True, False, False]


def test_a_permission_that_is_surely_missing_is_named() -> None:
    told = replace(ACCOUNT, permissions=frozenset({"pages_messaging"}))
    assert "pages_manage_engagement" in offer(Do.HIDE, COMMENT, told)
    assert offer(Do.BLOCK, MESSAGE, told) == ""
