"""Errors, refusals, moderation, keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from social_care.connectors.bluesky.errors import NAMES, STATUSES, classify
from social_care.connectors.bluesky.matching import is_echo_of, rkey_of
from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.errors import Refused, Retryable, TargetGone
from social_care.core.events import Audience, Author, MessageReceived, Thread
from social_care.core.moderation import ModerationAction
from social_care.core.replies import DeliveryState, Part, StoredMessage
from tests.connectors.bluesky.office import Town
from tests.connectors.contract.proof import NOW, stored

CONNECTOR = load("bluesky")
ACCOUNT = Account(name="Ours", platform="bluesky", external_id="did:plc:ours", handle="northwind.example")
TARGET: StoredMessage = replace(
    stored(Audience.PUBLIC), message_id="at://did:plc:ada/app.bsky.feed.post/3ask", author_id="did:plc:ada"
)


def part(**more: Any) -> Part:
    given: dict[str, Any] = {
        "id": "p1",
        "account": "Ours",
        "ticket": "1",
        "reply": "r",
        "audience": Audience.PUBLIC,
        "index": 1,
        "of": 1,
        "text": "In Oslo.",
        "state": DeliveryState.SENDING,
        "target": TARGET,
        "idempotency_key": "key-1",
        "first_attempt_at": datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=timezone.utc),
    }
    return Part(**given | more)


# --- errors ---------------------------------------------------------------------------------------------------------
def test_every_sentence_is_ours() -> None:
    for kind, sentence in (*NAMES.values(), *STATUSES.values()):
        assert sentence.endswith("."), sentence
        assert issubclass(kind, Exception)


def test_the_name_decides_and_the_status_where_there_is_none() -> None:
    assert isinstance(classify(500, {}, {"error": "RecordNotFound"}), TargetGone)
    assert type(classify(400, {}, {"error": "NobodyKnowsThis", "message": "x"})) is Refused
    assert type(classify(599, {}, None)) is Retryable


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"ratelimit-reset": "1795161900", "date": "Fri, 20 Nov 2026 08:00:00 GMT"}, 300.0),
        ({"RateLimit-Reset": "1795161900"}, 400.0),
        ({"ratelimit-reset": "1"}, 1.0),
        ({"ratelimit-reset": "9999999999"}, 86_400.0),
        ({"ratelimit-reset": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "later"}, None),
        ({}, None),
    ],
)
def test_the_servers_own_time_is_waited_for(headers: dict[str, str], wait: float | None) -> None:
    error = classify(429, headers, {"error": "RateLimitExceeded"}, now=1795161500.0)
    assert isinstance(error, Retryable)
    assert error.retry_after_s == wait


# --- rules ----------------------------------------------------------------------------------------------------------
def test_who_may_not_see_private_messages_is_told_before_anything_is_stored() -> None:
    plain = replace(ACCOUNT, permissions=frozenset({"com.atproto.appPass"}))
    assert "direct messages" in CONNECTOR.refusal(TARGET, plain, Audience.PRIVATE, NOW)
    assert CONNECTOR.refusal(TARGET, plain, Audience.PUBLIC, NOW) == ""
    assert CONNECTOR.refusal(TARGET, ACCOUNT, Audience.PRIVATE, NOW) == ""


def test_a_limited_conversation_is_a_warning_since_it_may_open_again() -> None:
    limited = replace(TARGET, route={"reply_disabled": "1"})
    assert CONNECTOR.refusal(limited, ACCOUNT, Audience.PUBLIC, NOW) == ""
    assert "may refuse" in CONNECTOR.price("x", Audience.PUBLIC, limited)[1]
    assert CONNECTOR.price("x", Audience.PRIVATE, limited)[1] == ""


# --- keys and echoes ------------------------------------------------------------------------------------------------
def test_a_part_has_one_key_for_ever_and_two_parts_never_share_one() -> None:
    first = part()
    assert rkey_of(first) == rkey_of(replace(first, attempts=7, state=DeliveryState.UNKNOWN))
    assert rkey_of(first) == rkey_of(part(first_attempt_at=datetime(2026, 11, 20, 8, tzinfo=timezone.utc))), (
        "a database that keeps no fractions of a second would give a second post"
    )
    others = [part(text="In Bergen."), part(idempotency_key="key-2"), part(previous_id="at://did:plc:ours/a.b/3x")]
    assert len({rkey_of(one) for one in (first, *others)}) == 4
    assert rkey_of(part(first_attempt_at=None)) == ""


def echo(
    message_id: str, *, text: str = "other words", audience: Audience = Audience.PUBLIC, **more: Any
) -> MessageReceived:
    return MessageReceived(
        message_id=message_id,
        thread=Thread(id=more.pop("thread", "t"), audience=audience),
        author=Author(id="did:plc:ours"),
        text=text,
        **more,
    )


def test_a_post_of_ours_is_known_by_its_key_alone() -> None:
    key = rkey_of(part())
    assert is_echo_of(part(), echo(f"at://did:plc:ours/app.bsky.feed.post/{key}"))
    assert not is_echo_of(part(), echo("at://did:plc:ours/app.bsky.feed.post/3other", text="In Oslo."))
    assert not is_echo_of(part(), echo(f"at://did:plc:ours/app.bsky.feed.like/{key}"))
    assert not is_echo_of(part(audience=Audience.PRIVATE), echo(f"at://did:plc:ours/app.bsky.feed.post/{key}"))


def test_a_private_message_of_ours_is_known_by_words_place_and_time() -> None:
    ours = part(audience=Audience.PRIVATE, target=replace(stored(Audience.PRIVATE), route={"convo": "c1"}))
    private: dict[str, Any] = {"audience": Audience.PRIVATE, "text": " In  Oslo.", "thread": "c1"}
    first = ours.first_attempt_at
    assert first is not None
    assert is_echo_of(ours, echo("m", sent_at=first, **private))
    assert not is_echo_of(ours, echo("m", sent_at=first - timedelta(minutes=5), **private))
    assert not is_echo_of(ours, echo("m", **private)), "without a time it may be an old message"
    assert not is_echo_of(ours, echo("m", sent_at=first, **{**private, "thread": "c2"}))
    assert not is_echo_of(ours, echo("m", sent_at=first, **{**private, "text": "In Bergen."}))


# --- moderation -----------------------------------------------------------------------------------------------------
def test_what_is_offered_for_whom() -> None:
    ours = replace(TARGET, author_id="did:plc:ours", direction="out")
    ground = replace(TARGET, thread_id="at://did:plc:ours/app.bsky.feed.post/3morning")
    private = stored(Audience.PRIVATE)

    def able(target: StoredMessage) -> set[str]:
        offers = [CONNECTOR.offer(one, target, ACCOUNT, NOW) for one in CONNECTOR.capabilities.moderates]  # type: ignore[attr-defined]
        return {one.action.value for one in offers if not one.refusal}

    elsewhere = replace(TARGET, thread_id="at://did:plc:ada/app.bsky.feed.post/3ask")
    assert able(elsewhere) == {"like", "block"}
    assert able(ground) == {"hide", "like", "block"}
    assert able(replace(ours, thread_id=ground.thread_id)) == {"delete", "like", "block"}
    assert able(private) == {"block"}


def test_moderation_is_carried_out_and_undone(town: Town) -> None:
    morning = town.sky.post(town.team, "Good morning")
    spam = town.sky.post(town.ada, "buy pills", reply_to=morning)
    town.poll()
    connection, target = town.connection(), town.stored(spam.uri)

    def do(*actions: ModerationAction) -> None:
        for action in actions:
            connection.moderate(action, target)

    def there(collection: str) -> int:
        return sum(one.did == town.team.did for one in town.sky.state.newest(collection))

    do(ModerationAction.LIKE, ModerationAction.LIKE)
    assert there("app.bsky.feed.like") == 1, "liking twice is one like"
    do(ModerationAction.UNLIKE, ModerationAction.UNLIKE)
    assert there("app.bsky.feed.like") == 0
    do(ModerationAction.HIDE, ModerationAction.HIDE)
    gate = next(town.sky.state.newest("app.bsky.feed.threadgate"))
    assert gate.value["hiddenReplies"] == [spam.uri]
    assert gate.rkey == morning.rkey
    do(ModerationAction.UNHIDE)
    assert next(town.sky.state.newest("app.bsky.feed.threadgate")).value["hiddenReplies"] == []
    do(ModerationAction.BLOCK)
    assert there("app.bsky.graph.block") == 1
    do(ModerationAction.UNBLOCK)
    assert there("app.bsky.graph.block") == 0
    connection.close()


def test_hiding_keeps_who_may_answer(town: Town) -> None:
    morning = town.sky.post(town.team, "Good morning")
    spam = town.sky.post(town.ada, "buy pills", reply_to=morning)
    town.poll()
    town.sky.close_thread(morning)
    connection = town.connection()
    connection.moderate(ModerationAction.HIDE, town.stored(spam.uri))
    connection.close()
    assert next(town.sky.state.newest("app.bsky.feed.threadgate")).value == {
        "post": morning.uri,
        "allow": [],
        "hiddenReplies": [spam.uri],
    }


def test_only_our_own_posts_are_deleted(town: Town) -> None:
    post = town.sky.post(town.ada, "@northwind.example hello")
    town.poll()
    part = town.answer(post.uri, "Wrong words.")
    target = town.stored(post.uri)
    connection = town.connection()
    with pytest.raises(Refused):
        connection.moderate(ModerationAction.DELETE, target)
    connection.moderate(ModerationAction.DELETE, replace(target, message_id=part.external_id or ""))
    connection.close()
    assert town.said() == []
