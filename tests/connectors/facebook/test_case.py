"""One case, two audiences, on the embedded desk: a comment, the private reply, the customer's answer in Messenger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import responses

from social_care.core.accounts import Account
from social_care.core.errors import NotAllowed, Refused, WindowClosed
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.replies import DeliveryState, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
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

    def tickets(self) -> dict[str, Any]:
        rows = self.desk.rows("select message_id, ticket from message where ticket is not null order by id")
        return {row["message_id"]: row["ticket"] for row in rows}

    def state(self, part: str) -> DeliveryState:
        found = self.desk.outbox.get(part)
        assert found is not None
        return found.state


@pytest.fixture
def page() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.desk.close()


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
