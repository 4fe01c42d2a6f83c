"""What X lets an account do to posts and people, and the calls that do it. No network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

from social_care.core import errors as e
from social_care.core.events import Audience
from social_care.core.moderation import ModerationAction as Do
from tests.connectors.x.office import ACCOUNT, ANA, API, DM_TARGET, NOW, TARGET, US, connect
from tests.connectors.x.reading import CONNECTOR, events_of, fixture

ANSWER = replace(TARGET, message_id="61", route={"reply_to": "62", "begun_by": US})
OURS = replace(TARGET, message_id="70", direction="out", author_id=US, route={})
CALLS = [
    (Do.HIDE, ANSWER, "PUT", "/2/tweets/62/hidden", {"hidden": True}, {"hidden": True}, "0.005"),
    (Do.UNHIDE, ANSWER, "PUT", "/2/tweets/62/hidden", {"hidden": False}, {"hidden": False}, "0.005"),
    (Do.DELETE, OURS, "DELETE", "/2/tweets/70", None, {"deleted": True}, "0.005"),
    (Do.LIKE, ANSWER, "POST", f"/2/users/{US}/likes", {"tweet_id": "62"}, {"liked": True}, "0.015"),
    (Do.UNLIKE, ANSWER, "DELETE", f"/2/users/{US}/likes/62", None, {"liked": False}, "0.010"),
    (Do.BLOCK, DM_TARGET, "POST", f"/2/users/{ANA}/dm/block", None, {"blocked": True}, "0.015"),
    (Do.UNBLOCK, DM_TARGET, "POST", f"/2/users/{ANA}/dm/unblock", None, {"blocked": False}, "0.010"),
]


@pytest.fixture
def x() -> Iterator[responses.RequestsMock]:
    """Stricter than the folder's: whatever a test prepares has to be asked for."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(("action", "target", "method", "path", "sent", "answer", "cost"), CALLS)
def test_the_call(
    x: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any, answer: Any, cost: str
) -> None:
    x.add(method, API + path, json={"data": answer})
    assert connect().moderate(action, target) == Decimal(cost)
    body = x.calls[0].request.body
    assert (json.loads(body) if body else None) == sent


@pytest.mark.parametrize(("action", "target", "method", "path", "sent", "answer", "cost"), CALLS)
def test_lost_answers_are_unknown_and_others_are_not(
    x: responses.RequestsMock, action: Do, target: Any, method: str, path: str, sent: Any, answer: Any, cost: str
) -> None:
    x.add(method, API + path, status=503)
    x.add(method, API + path, body=requests.ConnectionError("reset"))
    x.add(method, API + path, json={})
    for _ in range(3):
        with pytest.raises(e.OutcomeUnknown):
            connect().moderate(action, target)
    x.add(method, API + path, json={"data": {name: not value for name, value in answer.items()}})
    x.add(method, API + path, status=403, json={"title": "Forbidden", "detail": "no"})
    x.add(method, API + path, status=404, json={"title": "Not Found"})
    x.add(method, API + path, status=429, headers={"x-rate-limit-reset": "1"}, json={})
    for kind in (e.Refused, e.NotAllowed, e.TargetGone, e.RateLimited):
        with pytest.raises(kind):
            connect().moderate(action, target)


def test_an_id_that_is_none_stands_in_no_address() -> None:
    with pytest.raises(e.Refused):
        connect().moderate(Do.BLOCK, replace(TARGET, author_id="../me"))


def offer(action: Do, target: Any, **account: Any) -> str:
    return CONNECTOR.offer(action, target, replace(ACCOUNT, **account), NOW).refusal


def test_only_answers_in_our_own_conversations_can_be_hidden() -> None:
    assert offer(Do.HIDE, ANSWER) == ""
    assert offer(Do.HIDE, replace(ANSWER, route={})) == "", "X decides where nobody told who began"
    assert "began" in offer(Do.HIDE, replace(ANSWER, route={"begun_by": ANA}))
    assert "began" in offer(Do.HIDE, TARGET), "the first post of a conversation is no answer"
    assert "public" in offer(Do.HIDE, DM_TARGET)


def test_who_began_a_conversation_is_read_from_direct_answers() -> None:
    [event] = events_of(fixture("activity_reply_new_spelling"))
    assert event.route["begun_by"] == event.parent_author_id


def test_only_our_own_posts_can_be_deleted() -> None:
    assert offer(Do.DELETE, OURS) == ""
    assert "own" in offer(Do.DELETE, ANSWER)


def test_likes_are_for_enterprise_customers() -> None:
    assert "Enterprise" in offer(Do.LIKE, ANSWER)
    assert offer(Do.LIKE, ANSWER, options={"x_reply_rule": "Enterprise"}) == ""


def test_a_reading_app_is_offered_nothing() -> None:
    assert "read" in offer(Do.HIDE, ANSWER, permissions=frozenset({"read"}))
    assert offer(Do.HIDE, ANSWER, permissions=frozenset({"read", "write"})) == ""


def test_a_block_says_what_it_blocks() -> None:
    found = CONNECTOR.offer(Do.BLOCK, replace(TARGET, audience=Audience.PUBLIC), ACCOUNT, NOW)
    assert (found.refusal, "private messages only" in found.note) == ("", True)
