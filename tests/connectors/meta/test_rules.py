"""Whether a message can be answered, in which time, and how our own is known again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from social_care.connectors.meta import matching, rules
from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.events import Audience, Author, Media, MessageReceived, Thread
from social_care.core.replies import DeliveryState, Part, StoredMessage

PUBLIC, PRIVATE = Audience.PUBLIC, Audience.PRIVATE
NOW = datetime(2026, 9, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def account(platform: str = "facebook", **options: str) -> Account:
    return Account(name="Ours", platform=platform, external_id="900", options=options)


def target(audience: Audience = PUBLIC, **more: object) -> StoredMessage:
    made = StoredMessage(
        id="m",
        account="Ours",
        message_id="5_1",
        thread_id="900_5" if audience is PUBLIC else "7",
        audience=audience,
        direction="in",
        kind="comment" if audience is PUBLIC else "direct_message",
        text="hi",
        author_id="7",
        sent_at=NOW - DAY,
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
@pytest.mark.parametrize(
    ("message", "audience", "expected"),
    [
        (target(), PUBLIC, ""),
        (target(), PRIVATE, ""),
        (target(author_id=None), PRIVATE, ""),
        (target(PRIVATE), PRIVATE, ""),
        (target(PRIVATE), PUBLIC, rules.NOT_PUBLICLY),
        (target(PRIVATE, route={"user_ref": "r"}), PRIVATE, rules.NOBODY),
        (target(deleted=True), PUBLIC, rules.DELETED),
        (target(deleted=True), PRIVATE, rules.DELETED),
        (target(sent_at=NOW - 8 * DAY), PUBLIC, ""),
        (target(sent_at=NOW - 8 * DAY), PRIVATE, rules.TOO_OLD),
        (target(sent_at=None), PRIVATE, ""),
        (target(route={"can_reply_privately": "0"}), PRIVATE, rules.USED_UP),
        (target(route={"elsewhere": "1"}), PRIVATE, rules.ELSEWHERE),
        (target(route={"elsewhere": "1"}), PUBLIC, ""),
        (target(author_id="900"), PRIVATE, rules.OUR_OWN),
        (target(direction="out"), PRIVATE, rules.OUR_OWN),
    ],
)
def test_refusals(platform: str, message: StoredMessage, audience: Audience, expected: str) -> None:
    connector = load(platform)
    assert connector.refusal(message, account(platform), audience, NOW) == expected.format(title=connector.title)


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_windows(platform: str) -> None:
    connector = load(platform)
    private = MessageReceived(message_id="1", thread=Thread(id="7", audience=PRIVATE), author=None, text="", sent_at=NOW)
    assert connector.reply_until(private, account(platform)) == NOW + DAY
    assert connector.reply_until(private, account(platform, human_agent="1")) == NOW + 7 * DAY
    assert connector.reply_until(private, account(platform, **{f"{platform}_human_agent": "1"})) == NOW + 7 * DAY
    assert connector.reply_until(private, account(platform, human_agent="0")) == NOW + DAY
    assert connector.reply_until(replace(private, sent_at=None), account(platform)) is None
    public = replace(private, thread=Thread(id="7", audience=PUBLIC))
    assert connector.reply_until(public, account(platform)) is None


def test_whatsapp_says_that_templates_come_later() -> None:
    connector = load("whatsapp")
    closed = target(PRIVATE, reply_until=NOW - DAY)
    assert "templates" in connector.refusal(closed, account("whatsapp"), PRIVATE, NOW)
    assert connector.refusal(target(PRIVATE, reply_until=NOW + DAY), account("whatsapp"), PRIVATE, NOW) == ""
    message = MessageReceived(message_id="1", thread=Thread(id="7", audience=PRIVATE), author=None, text="", sent_at=NOW)
    assert connector.reply_until(message, account("whatsapp", human_agent="1")) == NOW + DAY


@pytest.mark.parametrize(
    ("platform", "text", "expected"),
    [("facebook", "héé", 3), ("facebook", "😀", 2), ("instagram", "héé", 5), ("instagram", "😀", 4), ("whatsapp", "😀", 2)],
)
def test_private_texts_are_counted_as_the_platform_counts(platform: str, text: str, expected: int) -> None:
    assert load(platform).measure(text, PRIVATE) == expected


PART = Part(
    id="17",
    account="Ours",
    ticket="1",
    reply="r",
    audience=PUBLIC,
    index=1,
    of=1,
    text="We are on it",
    state=DeliveryState.UNKNOWN,
    target=target(),
    first_attempt_at=NOW,
)
ECHO = MessageReceived(
    message_id="5_9",
    thread=Thread(id="900_5", audience=PUBLIC),
    author=Author(id="900"),
    text="We are  on it\n",
    sent_at=NOW,
    parent_id="5_1",
)
DM = replace(PART, audience=PRIVATE, target=target(PRIVATE))
DM_ECHO = replace(ECHO, thread=Thread(id="7", audience=PRIVATE), parent_id=None)


@pytest.mark.parametrize(
    ("part", "event", "expected"),
    [
        (PART, ECHO, True),
        (PART, replace(ECHO, text="Other words"), False),
        (PART, replace(ECHO, parent_id="5_2"), False),
        (PART, replace(ECHO, sent_at=NOW - DAY), False),
        (replace(PART, first_attempt_at=None), ECHO, False),
        (replace(PART, target=target(message_id="900_5", kind="post")), replace(ECHO, parent_id=None), True),
        (PART, DM_ECHO, False),
        (DM, DM_ECHO, True),
        (DM, replace(DM_ECHO, thread=Thread(id="8", audience=PRIVATE)), False),
        (DM, replace(DM_ECHO, text="changed", route={"metadata": "social_care:17"}), True),
        (DM, replace(DM_ECHO, route={"metadata": "social_care:18"}), False),
        (replace(PART, audience=PRIVATE), DM_ECHO, True),
        (replace(PART, audience=PRIVATE), replace(DM_ECHO, thread=Thread(id="8", audience=PRIVATE)), False),
        (replace(DM, text="", media=("file",)), replace(DM_ECHO, text=""), False),
        (replace(DM, text="", media=("file",)), replace(DM_ECHO, text="", media=(Media(kind="image"),)), True),
    ],
)
def test_our_own_is_known_again(part: Part, event: MessageReceived, expected: bool) -> None:
    assert matching.is_echo_of(part, event) is expected


def test_the_private_thread_is_known_where_the_ids_are_the_same() -> None:
    comment, message = target(), target(PRIVATE)
    assert load("facebook").private_thread(comment, account()) is None, "Facebook names it only in its answer"
    for platform in ("facebook", "instagram", "whatsapp"):
        found = load(platform).private_thread(message, account(platform))
        assert found is not None
        assert found.id == "7"
    found = load("instagram").private_thread(comment, account("instagram"))
    assert found is not None
    assert found.id == "7"
    assert load("instagram").private_thread(target(author_id=None), account("instagram")) is None
