"""From end to end: customers write to the sandbox's bot, tickets open on the embedded desk, answers arrive once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest
import requests

from social_care.connectors.telegram.client import TelegramConnection
from social_care.core.accounts import Account
from social_care.core.errors import Refused, UnverifiedWebhook
from social_care.core.events import Audience
from social_care.core.payloads import Payload, Source
from social_care.core.ports import ReceivesWebhooks
from social_care.core.replies import DeliveryState, Reply, Upload
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.serve import serve
from social_care.sandbox.telegram import Person, TelegramSandbox
from social_care.wiring import LocalOffice, load_connector
from tests.fakes import StillClock
from tests.sandbox.conftest import Receiver

SECRET = "chosen-by_the_owner"
SENT, FAILED, QUEUED, UNKNOWN = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.QUEUED, DeliveryState.UNKNOWN


class StillOffice(LocalOffice):
    """An office whose connections look at its clock, too."""

    def connect(self, account: Account) -> TelegramConnection:
        connection = super().connect(account)
        assert isinstance(connection, TelegramConnection)
        connection._clock = self.clock
        return connection


@dataclass
class Team:
    """A bot's account on the embedded desk."""

    sandbox: TelegramSandbox
    clock: StillClock
    receive_by: str = "Polling"
    taken: int = 0
    replies: int = 0
    desk: SqliteDesk = field(init=False)
    office: StillOffice = field(init=False)

    def __post_init__(self) -> None:
        self.account = Account(
            name="Northwind",
            platform="telegram",
            external_id=str(self.sandbox.bot["id"]),
            handle="NorthwindBot",
            options={"api_base_url": self.sandbox.base_url, "telegram_receive_by": self.receive_by},
        )
        self.desk = SqliteDesk(clock=self.clock)
        self.desk.add_account(self.account)
        credentials = {"access_token": self.sandbox.token, "webhook_secret": SECRET}
        self.office = StillOffice(self.desk, self.clock, {"Northwind": credentials}, lambda upload: b"content")

    def hear(self) -> list[str]:
        """Poll, and handle what came; return the errors."""
        reports = self.office.poll("Northwind")
        self.work()
        return [one.error for one in reports if one.error]

    def take(self, receiver: Receiver) -> None:
        """Take in what was pushed since: verified, stored, handled."""
        self.sandbox.pusher.flush()
        connector = load_connector("telegram")
        assert isinstance(connector, ReceivesWebhooks)
        for body, headers in list(zip(receiver.bodies, receiver.headers, strict=True))[self.taken :]:
            connector.verify(body, headers, [SECRET])
            with pytest.raises(UnverifiedWebhook):
                connector.verify(body, headers, ["another"])
            payload = Payload(
                platform="telegram",
                account="Northwind",
                account_id=self.account.external_id,
                feed="webhook",
                body=body,
                source=Source.WEBHOOK,
                received_at=self.clock(),
            )
            self.desk.ledger.keep(payload)
            self.work()
        self.taken = len(receiver.bodies)

    def work(self) -> None:
        while self.office.work():
            continue

    def reply(
        self, message: dict[str, Any], text: str, audience: Audience | None = None, media: tuple[Upload, ...] = ()
    ) -> list[str]:
        """Answer a customer's message, return the names of the parts."""
        connection = f"@{message['business_connection_id']}" if "business_connection_id" in message else ""
        identity = f"{message['chat']['id']}:{message['message_id']}{connection}"
        target = self.desk.tickets.find_message("Northwind", identity)
        assert target is not None, f"{identity} never arrived"
        assert target.ticket is not None, f"{identity} is on no ticket"
        self.replies += 1
        reply = Reply(ticket=target.ticket, target=target, text=text, author="agent", audience=audience, media=media)
        with self.desk.transaction():
            _, parts = queue_reply(
                reply,
                self.account,
                reply_name=f"reply {self.replies}",
                desk=self.desk,
                connector=load_connector("telegram"),
                clock=self.clock,
            )
        self.work()
        return list(parts)

    def states(self, parts: list[str]) -> list[DeliveryState]:
        found = [self.desk.outbox.get(one) for one in parts]
        return [one.state for one in found if one is not None]

    def wait(self, **amount: float) -> None:
        self.clock.forward(**amount)
        self.work()

    def on_tickets(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for row in self.desk.rows("select ticket, text from message where ticket is not null order by sent_at, id"):
            found.setdefault(row["ticket"], []).append(row["text"])
        return found


@pytest.fixture
def make_team() -> Iterator[Callable[..., Team]]:
    teams: list[Team] = []

    def make(receive_by: str = "Polling") -> Team:
        clock = StillClock()
        sandbox = TelegramSandbox(clock)
        sandbox.start()
        teams.append(Team(sandbox, clock, receive_by))
        return teams[-1]

    yield make
    for team in teams:
        team.sandbox.stop()
        team.desk.close()


@pytest.fixture
def team(make_team: Callable[..., Team]) -> Team:
    return make_team()


@pytest.fixture
def ada(team: Team) -> Person:
    return team.sandbox.add_person("Ada", "ada_travels")


def words(team: Team, where: Any, **more: Any) -> list[str]:
    return [one.get("text", "") for one in team.sandbox.said(where, **more)]


def test_a_lost_bag_from_the_first_word_to_the_last_thanks(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "My bag is lost")
    assert team.hear() == []
    assert team.states(team.reply(first, "What is its number?")) == [SENT]
    team.wait(minutes=2)
    team.sandbox.edit(first, "My blue bag is lost")
    answer = team.sandbox.write(ada, "It is 42", reply_to_message=team.sandbox.said(ada)[0])
    picture = team.sandbox.send_file(ada, "document", "tag.pdf", b"%PDF", caption="the tag")
    team.hear()
    assert team.states(team.reply(answer, "Found. " + "It comes tomorrow. " * 300)) == [SENT, SENT]
    assert [one.endswith(("(1/2)", "(2/2)")) for one in words(team, ada)] == [False, True, True]
    assert words(team, ada)[0] == "What is its number?"
    (ticket,) = team.on_tickets().values()
    assert {"My blue bag is lost", "It is 42", "the tag"} <= set(ticket)
    assert "My bag is lost" not in ticket
    found = team.office.connect(team.account).download(picture["document"]["file_id"])
    assert (found.name, found.content) == ("tag.pdf", b"%PDF")


def test_a_group_is_a_room(team: Team, ada: Person) -> None:
    """Who calls the bot has a case, with what follows; the others' talk stays off it."""
    ben, group = team.sandbox.add_person("Ben", "benw"), team.sandbox.group
    words_in_turn: list[tuple[Person, str]] = [
        (ben, "Good morning all"),
        (ada, "@NorthwindBot my flight is late"),
        (ben, "Anybody hungry?"),
        (ada, "It is NW204"),
        (ben, "Mine too"),
        (ben, "@NorthwindBot and my bag?"),
    ]
    said: list[dict[str, Any]] = []
    for person, text in words_in_turn:
        answer = {"reply_to_message": said[1]} if text == "Mine too" else {}
        said.append(team.sandbox.write(person, text, group, **answer))
        team.clock.forward(seconds=20)
    first, other = said[1], said[-1]
    team.hear()
    assert list(team.on_tickets().values()) == [
        ["@NorthwindBot my flight is late", "It is NW204", "Mine too"],
        ["@NorthwindBot and my bag?"],
    ]
    assert team.states(team.reply(first, "It leaves at nine.")) == [SENT]
    assert team.sandbox.said(group)[0]["reply_to_message"]["message_id"] == first["message_id"]
    private = team.reply(other, "Please send us its number.", Audience.PRIVATE)
    assert team.states(private) == [SENT]
    team.sandbox.write(ben, "42")
    team.hear()
    assert list(team.on_tickets().values())[1][-1] == "42", "a private answer belongs to the case that it began in"


def test_a_closed_case_is_not_opened_by_talk(team: Team, ada: Person) -> None:
    team.sandbox.write(ada, "@NorthwindBot my flight is late", team.sandbox.group)
    team.hear()
    (ticket,) = team.on_tickets()
    team.desk.close_ticket(str(ticket))
    team.sandbox.write(ada, "What is for lunch?", team.sandbox.group)
    team.hear()
    state = team.desk.tickets.ticket_state(str(ticket))
    assert state is not None
    assert not state.open


def test_an_answered_message_that_is_gone_is_marked(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "@NorthwindBot hello", team.sandbox.group)
    team.hear()
    team.sandbox.delete(first)
    assert team.states(team.reply(first, "Hello!")) == [FAILED]
    with pytest.raises(Refused, match="deleted"):
        team.reply(first, "Hello again!")


def test_a_group_that_became_a_supergroup(team: Team, ada: Person) -> None:
    small = team.sandbox.add_group("Small", "group")
    first = team.sandbox.write(ada, "@NorthwindBot hello", small)
    team.hear()
    large = team.sandbox.upgrade(small)
    assert team.states(team.reply(first, "Hello!")) == [SENT]
    assert words(team, large) == ["Hello!"]


def test_the_cases_of_a_group_go_on_in_its_supergroup(team: Team, ada: Person) -> None:
    ben = team.sandbox.add_person("Ben", "ben")
    small = team.sandbox.add_group("Small", "group")
    first = team.sandbox.write(ada, "@NorthwindBot my bag is lost", small)
    team.sandbox.write(ben, "@NorthwindBot where is gate 4?", small)
    team.hear()
    large = team.sandbox.upgrade(small)
    team.sandbox.write(ada, "@NorthwindBot any news?", large)
    team.hear()
    team.reply(first, "Found!")
    (ours,) = team.sandbox.said(large)[-1:]
    team.sandbox.write(ben, "And for me?", large)
    team.sandbox.write(ada, "Great", large, reply_to_message=ours)
    team.hear()
    assert {ticket: set(said) for ticket, said in team.on_tickets().items()} == {
        1: {"@NorthwindBot my bag is lost", "@NorthwindBot any news?", "Found!", "Great"},
        2: {"@NorthwindBot where is gate 4?", "And for me?"},
    }


def test_a_group_that_moved_long_ago_keeps_what_began_since(team: Team, ada: Person) -> None:
    small = team.sandbox.add_group("Small", "group")
    team.sandbox.write(ada, "@NorthwindBot my bag is lost", small)
    team.hear()
    large = team.sandbox.upgrade(small)
    team.hear()
    payload = team.desk.rows("select id from payload order by id desc limit 1")[0]["id"]
    team.desk.close_ticket("1")
    team.clock.forward(days=30)
    team.sandbox.write(ada, "@NorthwindBot another bag", large)
    team.hear()
    team.desk.close_ticket("2")
    team.clock.forward(days=1)
    team.desk.ledger.again(str(payload))
    team.work()
    team.sandbox.write(ada, "@NorthwindBot still not there", large)
    team.hear()
    assert team.on_tickets()[2] == ["@NorthwindBot another bag", "@NorthwindBot still not there"]


def test_a_start_opens_nothing_and_what_its_link_carries_is_shown_with_the_first_words(team: Team, ada: Person) -> None:
    team.sandbox.write(ada, "/start")
    team.sandbox.write(ada, "/start KX7F2Q")
    team.hear()
    assert team.on_tickets() == {}, "nobody said anything yet"
    assert team.desk.rows("select count(*) as n from message where reason like 'it says nothing%'")[0]["n"] == 2
    team.clock.forward(seconds=5)
    team.sandbox.write(ada, "Where is my bag?")
    team.hear()
    assert team.on_tickets() == {1: ["/start", "/start KX7F2Q", "Where is my bag?"]}
    (note,) = team.desk.rows("select notes, context from message where text = '/start KX7F2Q'")
    assert "KX7F2Q" in note["notes"]
    assert note["context"] == 1
    team.clock.forward(seconds=5)
    team.sandbox.write(ada, "/start NW204")
    team.hear()
    assert team.on_tickets()[1][-1] == "/start NW204", "it is shown on the case that is under way"
    team.desk.close_ticket("1")
    team.sandbox.write(ada, "/start again")
    team.hear()
    assert team.desk.tickets.ticket_state("1").open is False, "a press of the button is no reason to begin again"


def test_a_business_chat_is_apart_and_told_back(team: Team, ada: Person) -> None:
    team.sandbox.write(ada, "To the bot")
    first = team.sandbox.write_to_business(ada, "To Nora")
    gone = team.sandbox.write_to_business(ada, "Forget it")
    team.sandbox.delete(gone)
    team.hear()
    assert len(team.on_tickets()) == 2
    team.sandbox.fault("reset_after", "POST *sendMessage")
    parts = team.reply(first, "Nora is on her way.")
    assert team.states(parts) == [UNKNOWN]
    team.hear()
    assert team.states(parts) == [SENT], "its echo settles it"
    assert words(team, ada, business=True) == ["Nora is on her way."]
    team.clock.forward(hours=25)
    with pytest.raises(Refused, match="until"):
        team.reply(first, "Too late")


def test_an_unknown_outcome_is_never_sent_again_and_settled_by_the_customers_answer(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "My bag is lost")
    team.hear()
    team.sandbox.fault("reset_after", "POST *sendMessage")
    parts = team.reply(first, "What is its number?")
    for _ in range(8):
        team.wait(hours=1)
    assert team.states(parts) == [UNKNOWN]
    assert words(team, ada) == ["What is its number?"], "sent twice"
    team.sandbox.write(ada, "42", reply_to_message=team.sandbox.said(ada)[0])
    team.hear()
    assert team.states(parts) == [SENT]


@pytest.mark.parametrize(
    ("fault", "state"),
    [({"status": 429}, QUEUED), ({"status": 403}, FAILED), ({"status": 401}, QUEUED), ({"status": 502}, UNKNOWN)],
)
def test_what_refusals_lead_to(team: Team, ada: Person, fault: dict[str, Any], state: DeliveryState) -> None:
    first = team.sandbox.write(ada, "Hello")
    team.hear()
    team.sandbox.fault("status", "POST *sendMessage", **fault)
    parts = team.reply(first, "Hello!")
    assert team.states(parts) == [state]
    if fault["status"] == 429:
        team.wait(seconds=6)
        assert team.states(parts) == [SENT]


def test_a_customer_who_blocked_the_bot(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "Hello")
    team.sandbox.block(ada)
    team.hear()
    parts = team.reply(first, "Hello!")
    assert team.states(parts) == [FAILED]
    part = team.desk.outbox.get(parts[0])
    assert part is not None
    assert "blocked" in part.error


def test_files_are_messages_of_their_own(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "Hello")
    team.hear()
    media = tuple(
        Upload(name=f"a.{one}", mime=mime, size=7, reference="r")
        for one, mime in (("png", "image/png"), ("pdf", "application/pdf"))
    )
    assert team.states(team.reply(first, "See both", media=media)) == [SENT] * 3
    assert [sorted({"photo", "document", "text"} & one.keys()) for one in team.sandbox.said(ada)] == [
        ["photo"],
        ["document"],
        ["text"],
    ]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "malformed", "html_error"])
def test_a_broken_poll_loses_nothing(team: Team, ada: Person, kind: str) -> None:
    for number in range(250):
        team.sandbox.write(ada, f"word {number}")
        if number == 100:
            team.sandbox.fault(kind, "POST *getUpdates", **({"status": 502} if kind == "html_error" else {}))
            assert team.hear()
    assert team.hear() == []
    (ticket,) = team.on_tickets().values()
    assert sorted(ticket) == sorted(f"word {number}" for number in range(250))
    team.hear()
    assert team.sandbox.state.updates == [], "what is stored is confirmed by the next call"


def test_a_page_that_was_not_stored_comes_again(team: Team, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    team.sandbox.write(ada, "Hello")
    keep = team.desk.ledger.keep

    def crash(*arguments: Any) -> None:
        raise RuntimeError("the power failed")

    monkeypatch.setattr(team.desk.ledger, "keep", crash)
    with pytest.raises(RuntimeError):
        team.hear()
    monkeypatch.setattr(team.desk.ledger, "keep", keep)
    team.hear()
    assert list(team.on_tickets().values()) == [["Hello"]]


@pytest.mark.parametrize("disorder", ["", "duplicate_delivery", "reorder_delivery"])
def test_by_webhook(make_team: Callable[..., Team], receiver: Receiver, disorder: str) -> None:
    team = make_team("Webhook")
    ada = team.sandbox.add_person("Ada", "ada_travels")
    assert "No webhook" in team.hear()[0]
    team.office.connect(team.account).subscribe(receiver.url)
    if disorder:
        team.sandbox.fault(disorder, times=None)
    first = team.sandbox.write(ada, "Hello")
    team.sandbox.edit(first, "Hello!")
    team.take(receiver)
    assert team.hear() == [], "an account with a webhook asks only whether it is set"
    assert list(team.on_tickets().values()) == [["Hello!"]]
    assert team.states(team.reply(first, "Hi")) == [SENT]


def test_polling_beside_a_webhook_is_told(team: Team, receiver: Receiver) -> None:
    team.sandbox.api.webhook = receiver.url
    assert "a webhook is set" in team.hear()[0]
    found = team.office.connect(team.account).check()
    assert any("cannot be polled" in one for one in found.problems)


def test_the_token_is_nowhere_but_in_the_call(team: Team, ada: Person, caplog: pytest.LogCaptureFixture) -> None:
    first = team.sandbox.write(ada, "Hello")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3.connectionpool"):
        team.hear()
        team.reply(first, "Hi")
        team.sandbox.fault("reset_after", "POST *sendMessage")
        team.reply(first, "Hi again")
    secret = team.sandbox.token.split(":")[1]
    assert "/bot…" in caplog.text, "the HTTP library wrote no line, so this shows nothing"
    assert secret not in caplog.text
    assert secret not in repr(team.sandbox.requests)
    for row in team.desk.rows("select * from message"):
        assert secret not in repr(tuple(row))


def test_a_wrong_token_pauses_sending(team: Team, ada: Person) -> None:
    first = team.sandbox.write(ada, "Hello")
    team.hear()
    team.office.credentials["Northwind"]["access_token"] = "700700:wrong"
    assert team.states(team.reply(first, "Hi")) == [QUEUED]
    assert "BotFather" in team.desk.accounts.get("Northwind").sending_paused


def test_it_runs_by_hand() -> None:
    said: list[str] = []
    started, end = Event(), Event()

    def say(line: str) -> None:
        said.append(line)
        if "Ctrl+C" in line:
            started.set()

    thread = Thread(target=serve, kwargs={"platform": "telegram", "port": 0, "say": say, "until": end}, daemon=True)
    thread.start()
    assert started.wait(10)
    address = next(word for line in said for word in line.split() if word.startswith("http://"))
    with requests.Session() as session:
        session.trust_env = False
        form = {"as": "cleo", "where": "group", "text": "<b>@NorthwindBot</b>"}
        assert session.post(f"{address}/_sandbox/messages", data=form, timeout=5).status_code == 200
        page = session.get(address, timeout=5).text
    end.set()
    thread.join(10)
    assert "&lt;b&gt;@NorthwindBot" in page
