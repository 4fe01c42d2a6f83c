"""Whether a message can be answered, and what it costs, before anything is sent."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from social_care.connectors.x import rules
from social_care.core.accounts import Account
from social_care.core.events import Audience
from social_care.core.replies import Reply, StoredMessage
from social_care.engine.composing import plan
from tests.connectors.x.reading import CONNECTOR

PUBLIC, PRIVATE = Audience.PUBLIC, Audience.PRIVATE
NOW = datetime(2026, 9, 1, tzinfo=timezone.utc)


def account(**options: str) -> Account:
    return Account(name="Northwind", platform="x", external_id="900", options=options)


def target(
    route: dict[str, str] | None = None, *, audience: Audience = PUBLIC, deleted: bool = False, author: str | None = "7"
) -> StoredMessage:
    return StoredMessage(
        id="m",
        account="Northwind",
        message_id="60",
        thread_id="60" if audience is PUBLIC else "7-900",
        audience=audience,
        direction="in",
        kind="post",
        text="hi",
        author_id=author,
        deleted=deleted,
        route=route or {},
    )


@pytest.mark.parametrize(
    ("route", "options", "expected"),
    [
        ({"mentioned": "explicit"}, {}, ""),
        ({"quoted": "1"}, {}, ""),
        ({"via": "search:brand"}, {}, rules.NOT_SUMMONED),
        ({"via": "search:brand"}, {"x_reply_rule": "Enterprise"}, ""),
        ({"mentioned": "implicit", "reply_to_us": "1"}, {}, ""),
        ({"mentioned": "implicit", "reply_to_us": "1"}, {"x_implicit_mention_counts": "0"}, rules.NOT_SUMMONED),
        ({"mentioned": "explicit", "protected": "1"}, {}, rules.PROTECTED),
        ({"quoted": "1", "reply_settings": "mentionedUsers"}, {}, rules.ONLY_MENTIONED),
        ({"mentioned": "explicit", "reply_settings": "mentionedUsers"}, {}, ""),
    ],
)
def test_a_public_answer_needs_a_summons(route: dict[str, str], options: dict[str, str], expected: str) -> None:
    assert CONNECTOR.refusal(target(route), account(**options), PUBLIC, NOW) == expected


@pytest.mark.parametrize(
    ("message", "audience", "expected"),
    [
        (target({"mentioned": "explicit"}, deleted=True), PUBLIC, rules.DELETED),
        (target(audience=PRIVATE), PUBLIC, rules.NOT_PUBLICLY),
        (target(audience=PRIVATE), PRIVATE, ""),
        (target({"accepts_private": "0"}), PRIVATE, rules.NO_PRIVATE),
        (target({"accepts_private": "1"}), PRIVATE, ""),
        (target({}), PRIVATE, ""),
        (target({}, author=None), PRIVATE, rules.NO_AUTHOR),
        (target({}, author="900"), PUBLIC, ""),
    ],
)
def test_refusals_by_audience(message: StoredMessage, audience: Audience, expected: str) -> None:
    assert CONNECTOR.refusal(message, account(), audience, NOW) == expected


@pytest.mark.parametrize(
    ("text", "audience", "route", "expected", "warns"),
    [
        ("hello", PUBLIC, {"mentioned": "explicit"}, "0.010", False),
        ("hello", PUBLIC, {}, "0.015", False),
        ("see example.com", PUBLIC, {"mentioned": "explicit"}, "0.200", True),
        ("see example.com", PRIVATE, {}, "0.015", False),
    ],
)
def test_prices(text: str, audience: Audience, route: dict[str, str], expected: str, warns: bool) -> None:
    cost, warning = CONNECTOR.price(text, audience, target(route))
    assert cost == Decimal(expected)
    assert bool(warning) is warns


def test_the_private_thread_is_the_one_x_will_name() -> None:
    found = CONNECTOR.private_thread(target(), account())
    assert found is not None
    assert found.id == "7-900"
    assert CONNECTOR.private_thread(target(author=None), account()) is None


def test_an_account_with_premium_may_write_longer() -> None:
    assert CONNECTOR.text_rule(target(), account(), PUBLIC) is None
    assert CONNECTOR.text_rule(target(), account(x_long_posts="0"), PUBLIC) is None
    premium = CONNECTOR.text_rule(target(), account(x_long_posts="1"), PUBLIC)
    assert premium is not None
    assert premium.limit == 25_000
    assert CONNECTOR.text_rule(target(), account(x_long_posts="1"), PRIVATE) is None, "private messages have their own rule"


def test_a_long_reply_is_one_post_with_premium_and_several_without() -> None:
    message = target({"mentioned": "explicit"})
    reply = Reply(ticket="1", target=message, text="We are sorry. " * 60, author="agent")
    assert len(plan(reply, account(), CONNECTOR, NOW).drafts) > 1
    assert len(plan(reply, account(x_long_posts="1"), CONNECTOR, NOW).drafts) == 1
