"""Replies at their receiver: once, signed, and with every answer that it may give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from social_care.connectors.inbound.client import InboundConnection
from social_care.core.accounts import Account
from social_care.core.errors import (
    ConfigurationError,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Retryable,
    SocialCareError,
    TargetGone,
    UnverifiedWebhook,
)
from social_care.core.replies import DeliveryState, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.inbound import InboundSandbox
from social_care.wiring import LocalOffice, load_connector

NAME = "Shop"


@pytest.fixture
def shop() -> Iterator[InboundSandbox]:
    with InboundSandbox() as found:
        yield found


@pytest.fixture
def office(shop: InboundSandbox) -> LocalOffice:
    desk = SqliteDesk(clock=shop.clock)
    options = {"inbound_reply_to": f"{shop.base_url}/replies", "loopback_allowed": "1"}
    desk.add_account(Account(name=NAME, platform="inbound", external_id="shop", options=options))
    return LocalOffice(desk=desk, clock=shop.clock, credentials={NAME: {"webhook_secret": shop.secret}})


def receive(office: LocalOffice, shop: InboundSandbox, *messages: dict[str, object]) -> None:
    body = json.dumps({"messages": messages}).encode()
    office.receive(NAME, body, shop.headers_for(body))
    work(office)


def work(office: LocalOffice) -> None:
    while office.work():
        pass


def answer(office: LocalOffice, message_id: str = "m1", text: str = "We look into it.") -> str:
    target = office.desk.tickets.find_message(NAME, message_id)
    assert target is not None
    reply = Reply(ticket=str(target.ticket), target=target, text=text, author="agent@example.com")
    account = office.desk.accounts.get(NAME)
    _, (part, *_) = queue_reply(
        reply, account, reply_name="r", desk=office.desk, connector=load_connector("inbound"), clock=office.clock
    )
    return part


def state(office: LocalOffice, part: str) -> DeliveryState:
    found = office.desk.outbox.get(part)
    assert found is not None
    return found.state


def test_a_message_becomes_a_ticket_and_its_answer_arrives_once(shop: InboundSandbox, office: LocalOffice) -> None:
    receive(office, shop, shop.write("Where is my bag?"))
    part = answer(office)
    work(office)
    assert state(office, part) is DeliveryState.SENT
    [reply] = shop.replies
    assert (reply["text"], reply["in_reply_to"]) == ("We look into it.", {"id": "m1", "thread_id": "m1"})
    assert "agent@example.com" not in str(reply), "the receiver has no use for people's addresses"
    row = office.desk.row("select message_id, permalink from message where state = 'sent'")
    assert (row["message_id"], row["permalink"]) == ("r1", f"{shop.base_url}/messages/m1#r1")


def test_our_answer_coming_back_is_no_second_one(shop: InboundSandbox, office: LocalOffice) -> None:
    receive(office, shop, shop.write("Where is my bag?"))
    part = answer(office)
    shop.fault("reset_after", "POST /replies")
    work(office)
    assert state(office, part) is DeliveryState.UNKNOWN
    [reply] = shop.replies
    echo = {"id": "r1", "audience": "public", "thread_id": "m1", "ours": True, "text": "other", "reply_id": reply["key"]}
    receive(office, shop, echo)
    assert state(office, part) is DeliveryState.SENT
    assert len(office.desk.rows("select 1 from message where direction = 'out'")) == 1


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_lost_answer_is_sent_again_only_where_the_receiver_knows_it(
    shop: InboundSandbox, office: LocalOffice, idempotent: bool
) -> None:
    shop.tolerance_s = 10**6  # the connection signs by the machine's clock
    known = office.desk.accounts.get(NAME)
    office.desk.add_account(replace(known, options={**known.options, "inbound_idempotent": str(int(idempotent))}))
    receive(office, shop, shop.write("Where is my bag?"))
    part = answer(office)
    shop.fault("reset_after", "POST /replies")
    for _ in range(8):
        work(office)
        shop.clock.advance(600)
    assert state(office, part) is (DeliveryState.SENT if idempotent else DeliveryState.UNKNOWN)
    assert len(shop.replies) == 1, "it was taken twice"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, ConfigurationError),
        (401, ConfigurationError),
        (403, NotAllowed),
        (404, TargetGone),
        (422, Refused),
        (429, RateLimited),
        (500, OutcomeUnknown),
        (503, Retryable),
    ],
)
def test_what_the_receiver_answers(
    shop: InboundSandbox, office: LocalOffice, status: int, expected: type[SocialCareError]
) -> None:
    receive(office, shop, shop.write("Where is my bag?"))
    part = office.desk.outbox.get(answer(office))
    shop.fault("status", "POST /replies", status=status)
    with pytest.raises(expected) as caught:
        office.connect(office.desk.accounts.get(NAME)).send(part)
    assert type(caught.value) is expected


def test_a_receiver_that_is_away_was_not_reached(office: LocalOffice, shop: InboundSandbox) -> None:
    receive(office, shop, shop.write("Where is my bag?"))
    part = office.desk.outbox.get(answer(office))
    shop.stop()
    with pytest.raises(Retryable):
        office.connect(office.desk.accounts.get(NAME)).send(part)


def test_a_wrong_secret_is_the_owner_s_matter(office: LocalOffice, shop: InboundSandbox) -> None:
    office.credentials[NAME]["webhook_secret"] = "another"
    with pytest.raises(ConfigurationError, match="compare the webhook secret"):
        office.connect(office.desk.accounts.get(NAME)).check()
    office.credentials[NAME] |= {"webhook_secret": "new", "previous_webhook_secret": shop.secret}
    assert office.connect(office.desk.accounts.get(NAME)).check().account_id == "shop"


@pytest.mark.parametrize(
    "address", ["http://shop.example/replies", "https://10.0.0.1/", "https://169.254.169.254/", "https://127.0.0.1/", "shop"]
)
def test_replies_go_to_the_open_internet_only(office: LocalOffice, address: str) -> None:
    options = {"inbound_reply_to": address}
    connection = InboundConnection(replace(office.desk.accounts.get(NAME), options=options), {"webhook_secret": "s"})
    with pytest.raises(ConfigurationError, match="cannot be used"):
        connection.check()


def test_without_a_reply_address_people_answer_elsewhere(shop: InboundSandbox, office: LocalOffice) -> None:
    office.desk.add_account(Account(name=NAME, platform="inbound", external_id="shop"))
    receive(office, shop, shop.write("Where is my bag?"))
    with pytest.raises(NotAllowed, match=r"/messages/m1\), then record that"):
        answer(office)
    assert office.connect(office.desk.accounts.get(NAME)).check().limits == (
        "replies: agents answer elsewhere and record that",
    )


def test_a_body_is_pushed_by_the_sandbox_as_senders_do(shop: InboundSandbox, office: LocalOffice) -> None:
    body = b'{"messages": []}'
    office.receive(NAME, body, shop.headers_for(body))
    shop.clock.advance(3600)
    with pytest.raises(UnverifiedWebhook):
        office.receive(NAME, body, shop.headers_for(body))


def test_a_secret_that_could_be_guessed_is_told(shop: InboundSandbox, office: LocalOffice) -> None:
    account = replace(office.desk.accounts.get(NAME), options={})
    for secret, problems in ((shop.secret, 0), ("abc", 1)):
        connection = load_connector("inbound").connect(account, {"webhook_secret": secret}, lambda _: None, lambda _: b"")
        assert len(connection.check().problems) == problems, secret
        connection.close()
