"""One case, two audiences, on the embedded desk: a comment, the private reply, the customer's answer in Messenger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import responses

from social_care.core.accounts import Account
from social_care.core.errors import NotAllowed, PrivateReplyUsed, Refused, WindowClosed
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.replies import DeliveryState, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine import private_replies
from social_care.engine.replying import queue_reply, resend_by_person
from social_care.wiring import LocalOffice, load_connector
from tests.fakes import StillClock

API = "https://graph.facebook.com/v25.0"
PAGE, ANA, PSID = "900", "700", "7700"
ACCOUNT = Account(name="Northwind", platform="facebook", external_id=PAGE)


class Desk:
    """A desk with a Page, on a clock that stands still."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.desk = SqliteDesk(clock=self.clock)
        self.desk.add_account(ACCOUNT)
        self.office = LocalOffice(self.desk, self.clock, {ACCOUNT.name: {"access_token": "t", "client_secret": "s"}})

    def receive(self, **entry: Any) -> None:
        body = {"object": "page", "entry": [{"id": PAGE, "time": int(self.clock().timestamp()), **entry}]}
        payload = Payload(
            platform="facebook",
            account=ACCOUNT.name,
            account_id=PAGE,
            feed="webhook",
            body=json.dumps(body).encode(),
            source=Source.WEBHOOK,
            received_at=self.clock(),
        )
        self.desk.ledger.keep(payload)
        self.office.work()

    def comment(self, identity: str = "5_1", text: str = "My bag is lost") -> None:
        value = {"item": "comment", "verb": "add", "post_id": "900_5", "parent_id": "900_5", "comment_id": identity}
        value |= {"from": {"id": ANA, "name": "Ana"}, "message": text, "created_time": int(self.clock().timestamp())}
        self.receive(changes=[{"field": "feed", "value": value}])

    def message(self, mid: str, text: str, **more: Any) -> None:
        item = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": int(self.clock().timestamp() * 1000)}
        self.receive(messaging=[item | {"message": {"mid": mid, "text": text}} | more])

    def reply(self, message_id: str, text: str, audience: Audience | None = None, **more: Any) -> str:
        target = self.desk.tickets.find_message(ACCOUNT.name, message_id)
        assert target is not None
        assert target.ticket is not None
        reply = Reply(ticket=target.ticket, target=target, text=text, author="agent", audience=audience, **more)
        connector = load_connector("facebook")
        with self.desk.transaction():
            _, parts = queue_reply(
                reply, ACCOUNT, reply_name=f"r{text}", desk=self.desk, connector=connector, clock=self.clock
            )
        self.office.work()
        return parts[0]

    def quota(self, message_id: str = "5_1") -> str:
        target = self.desk.tickets.find_message(ACCOUNT.name, message_id)
        assert target is not None
        return private_replies.describe(target, ACCOUNT, load_connector("facebook"), self.clock())

    def tickets(self) -> dict[str, Any]:
        rows = self.desk.rows("select message_id, ticket from message where ticket is not null order by id")
        return {row["message_id"]: row["ticket"] for row in rows}

    def state(self, part: str) -> DeliveryState:
        found = self.desk.outbox.get(part)
        assert found is not None
        return found.state


@pytest.fixture
def page(graph: responses.RequestsMock) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.desk.close()


@pytest.fixture
def graph(graph: responses.RequestsMock) -> responses.RequestsMock:
    graph.get(f"{API}/{PSID}", json={"first_name": "Ana", "last_name": "Flies"})
    return graph


def test_a_private_reply_and_its_answer_stay_one_case(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_1", "recipient_id": PSID})
    graph.post(f"{API}/5_1/comments", json={"id": "5_2"})
    page.reply("5_1", "Please tell us the number of your bag.", Audience.PRIVATE)
    page.reply("5_1", "We have sent you a message.")
    page.message("m_2", "It is 42")
    assert page.tickets() == {"5_1": 1, "m_1": 1, "5_2": 1, "m_2": 1}
    page.message("m_3", "Hello?")
    assert page.tickets()["m_3"] == 1


def test_an_echo_before_the_answer_settles_a_lost_private_reply(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    graph.post(f"{API}/{PAGE}/messages", status=500, json={"error": {"code": 2}})
    graph.get(f"{API}/{PAGE}/conversations", json={"data": []})
    part = page.reply("5_1", "Please tell us the number.", Audience.PRIVATE)
    assert page.state(part) is DeliveryState.UNKNOWN
    echo = {"mid": "m_1", "text": "Please tell us the number.", "is_echo": True, "metadata": f"social_care:{part}"}
    page.message("m_1", "", sender={"id": PAGE}, recipient={"id": PSID}, message=echo)
    assert page.state(part) is DeliveryState.SENT
    page.message("m_2", "It is 42")
    assert page.tickets()["m_2"] == 1
    assert len([call for call in graph.calls if call.request.method == "POST"]) == 1, "it was sent twice"


def test_what_cannot_be_is_refused_before_anything_is_stored(page: Desk) -> None:
    page.comment()
    page.message("m_1", "Hello")
    long_text = "word " * 500
    with pytest.raises(Refused, match="1 are the most"):
        page.reply("5_1", long_text, Audience.PRIVATE)
    with pytest.raises(NotAllowed, match="privately"):
        page.reply("m_1", "Hi", Audience.PUBLIC)
    page.clock.now += timedelta(hours=25)
    with pytest.raises(WindowClosed, match="until 2026-03-02 12:00 UTC"):
        page.reply("m_1", "Hi")
    page.clock.now += timedelta(days=7)
    with pytest.raises(NotAllowed, match="7 days"):
        page.reply("5_1", "Hi", Audience.PRIVATE)
    assert page.desk.row("select count(*) from message where state is not null")[0] == 0  # type: ignore[index]


def test_a_new_word_opens_the_window_again(page: Desk, graph: responses.RequestsMock) -> None:
    page.message("m_1", "Hello")
    page.clock.now += timedelta(hours=25)
    page.message("m_2", "Anybody?")
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_9", "recipient_id": PSID})
    assert page.state(page.reply("m_1", "Yes, we are here.")) is DeliveryState.SENT


def test_times_are_those_of_the_messages(page: Desk) -> None:
    page.comment()
    found = page.desk.tickets.find_message(ACCOUNT.name, "5_1")
    assert found is not None
    assert found.sent_at == datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    assert found.reply_until is None


USED_UP = {"error": {"code": 10900, "message": "used"}}


def posts(graph: responses.RequestsMock, path: str) -> int:
    return len([call for call in graph.calls if call.request.method == "POST" and f"/{path}?" in f"{call.request.url}?"])


def test_the_one_private_reply_is_told_used_and_refused(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    assert page.quota() == "One private reply is possible until 2026-03-08 12:00 UTC."
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_1", "recipient_id": PSID})
    page.reply("5_1", "Your number?", Audience.PRIVATE)
    assert "sent already" in page.quota()
    with pytest.raises(PrivateReplyUsed):
        page.reply("5_1", "And your name?", Audience.PRIVATE)
    page.comment("5_3", "And my other bag")
    assert "possible" in page.quota("5_3"), "each comment has one of its own"
    assert posts(graph, "messages") == 1


def test_a_private_reply_that_was_certainly_not_sent_is_given_back(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    graph.post(f"{API}/{PAGE}/messages", status=400, json={"error": {"code": 100}})
    part = page.reply("5_1", "Your number?", Audience.PRIVATE)
    assert page.state(part) is DeliveryState.FAILED
    assert "possible" in page.quota()
    graph.replace("POST", f"{API}/{PAGE}/messages", json={"message_id": "m_1", "recipient_id": PSID})
    page.reply("5_1", "Which number?", Audience.PRIVATE)
    with pytest.raises(PrivateReplyUsed):
        resend_by_person(part, "agent", desk=page.desk, connector=load_connector("facebook"))
    assert page.state(part) is DeliveryState.FAILED


def test_one_that_may_have_arrived_or_was_used_elsewhere_stays_used(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    graph.get(f"{API}/{PAGE}/conversations", json={"data": []})
    graph.post(f"{API}/{PAGE}/messages", status=500, json={"error": {"code": 2}})
    part = page.reply("5_1", "Your number?", Audience.PRIVATE)
    assert page.state(part) is DeliveryState.UNKNOWN
    assert "sent already" in page.quota()
    assert page.desk.outbox.cancel(part)
    assert "sent already" in page.quota(), "given up is not the same as not sent"
    page.comment("5_3")
    graph.replace("POST", f"{API}/{PAGE}/messages", status=400, json=USED_UP)
    page.reply("5_3", "Your name?", Audience.PRIVATE)
    assert "sent already" in page.quota("5_3"), "Facebook said that it was used"


def test_a_public_note_follows_a_private_reply_once_it_arrived(page: Desk, graph: responses.RequestsMock) -> None:
    page.desk.add_account(replace(ACCOUNT, public_note="We have sent you a message."))
    page.comment()
    graph.post(f"{API}/5_1/comments", json={"id": "5_2"})
    graph.get(f"{API}/{PAGE}/conversations", json={"data": []})
    graph.post(f"{API}/{PAGE}/messages", status=500, json={"error": {"code": 2}})
    part = page.reply("5_1", "Your number?", Audience.PRIVATE)
    assert posts(graph, "5_1/comments") == 0, "nobody knows whether the private reply arrived"
    echo = {"mid": "m_1", "text": "Your number?", "is_echo": True, "metadata": f"social_care:{part}"}
    for _ in range(2):
        page.message("m_1", "", sender={"id": PAGE}, recipient={"id": PSID}, message=echo)
        page.clock.now += timedelta(seconds=1)
        page.office.work()
    assert posts(graph, "5_1/comments") == 1
    note = page.desk.tickets.find_message(ACCOUNT.name, "5_2")
    assert note is not None
    assert (note.text, note.ticket) == ("We have sent you a message.", "1")
    assert page.desk.row("select automatic from message where message_id = '5_2'")[0] == 1  # type: ignore[index]


def test_a_private_answer_that_is_faster_than_our_confirmation_waits(page: Desk, graph: responses.RequestsMock) -> None:
    page.comment()
    graph.post(f"{API}/{PAGE}/messages", json={"message_id": "m_1", "recipient_id": PSID})
    target = page.desk.tickets.find_message(ACCOUNT.name, "5_1")
    assert target is not None
    reply = Reply(ticket="1", target=target, text="Your number?", author="agent", audience=Audience.PRIVATE)
    with page.desk.transaction():
        connector = load_connector("facebook")
        _, [part] = queue_reply(reply, ACCOUNT, reply_name="r", desk=page.desk, connector=connector, clock=page.clock)
    page.desk.outbox.claim(part, page.clock())
    page.message("m_2", "It is 42")
    assert "m_2" not in page.tickets()
    page.desk.outbox.record_retry(part, "not sent", page.clock())
    page.office.work()
    page.clock.now += timedelta(minutes=1)
    page.office.work()
    assert page.tickets()["m_2"] == 1, "the customer's answer opened a ticket of its own"


def test_a_name_is_looked_up_once(page: Desk, graph: responses.RequestsMock) -> None:
    page.message("m_1", "Hello")
    page.message("m_2", "Anybody?")
    profile = page.desk.row("select name from profile where external_id = ?", PSID)
    assert profile is not None
    assert profile["name"] == "Ana Flies"
    assert len([call for call in graph.calls if PSID in f"{call.request.url}"]) == 1
    assert page.desk.tickets.incomplete(9) == ()


def test_a_look_up_that_fails_costs_nothing(page: Desk, graph: responses.RequestsMock) -> None:
    graph.replace("GET", f"{API}/{PSID}", status=500, json={"error": {"code": 2}})
    page.message("m_1", "Hello")
    assert page.tickets() == {"m_1": 1}
    for _ in range(9):
        page.office.work()
    assert page.desk.tickets.incomplete(9) == ()
    assert len(graph.calls) == 5, "it is not asked for ever"
