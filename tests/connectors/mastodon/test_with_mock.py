"""From a customer's post to the confirmed answer, on the embedded desk, against mastodon-mock and its faults.

mastodon-mock (MIT) is a stateful server of Mastodon's API; what it does differently stands in docs/platforms/mastodon.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from mastodon_mock.config import SeedAccount, SeedConfig
from mastodon_mock.testing import MockServer

from social_care.connectors.kit.http import make_session
from social_care.connectors.mastodon import calls, feeds
from social_care.connectors.registry import load
from social_care.core.accounts import Account, Search
from social_care.core.errors import AccountNeedsLogin, NotAllowed, TargetGone
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Part, Reply, Upload
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.wiring import LocalOffice
from tests.fakes import StillClock

ACCOUNT = Account(
    name="Northwind on Mastodon",
    platform="mastodon",
    external_id="",
    receive=frozenset({"mentions", "direct_messages", "searches"}),
    searches=(Search(name="tag", query="#northwind"), Search(name="words", query="northwind late")),
)
PEOPLE = ("northwind", "ada", "bob")
STATUSES = "/api/v1/statuses"


class Server:
    """mastodon-mock, with what customers and the network do to it."""

    def __init__(self, mock: MockServer) -> None:
        self.url = mock.base_url
        self.lost_answers = 0
        """How many posts from now on arrive, while the answer does not come back."""

    def session(self, **how: Any) -> requests.Session:
        """Make the session that a connection uses; a network that loses answers is between it and the server."""
        made = make_session(timeout=(2.0, 5.0), **how)
        real = made.request

        def request(method: str, url: str, **arguments: Any) -> requests.Response:
            answer = real(method, url, **arguments)
            if self.lost_answers and method == "POST" and url.endswith(STATUSES):
                self.lost_answers -= 1
                raise requests.ConnectionError
            return answer

        made.request = request  # type: ignore[method-assign]
        return made

    def call(self, method: str, path: str, who: str = "ada", **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {who}_token"}
        answer = requests.request(method, self.url + path, headers=headers, json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def post(self, text: str, who: str = "ada", **more: Any) -> str:
        return str(self.call("POST", STATUSES, who, status=text, **more)["id"])

    def fault(self, kind: str, path: str, method: str, count: int = 1, **effect: Any) -> None:
        rule = {"match": {"path": path, "methods": [method]}, "effect": {"type": kind, **effect}, "count": count}
        self.call("POST", "/api/v1/_mock/faults", **rule)

    def answers(self, to: str) -> list[dict[str, Any]]:
        found = self.call("GET", f"{STATUSES}/{to}/context", "northwind")["descendants"]
        return [one for one in found if one["account"]["username"] == "northwind"]


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    seed = SeedConfig(accounts=[SeedAccount(username=one, access_token=f"{one}_token") for one in PEOPLE])
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("mock"))  # where it keeps the files it is sent
        with MockServer(seed=seed) as running:
            yield running


@pytest.fixture
def server(mock: MockServer) -> Server:
    found = Server(mock)
    found.call("POST", "/api/v1/_mock/reset")
    return found


@pytest.fixture
def clock() -> StillClock:
    still = StillClock()
    still.now = datetime.now(timezone.utc)
    return still


@pytest.fixture
def office(server: Server, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> LocalOffice:
    monkeypatch.setattr(calls, "make_session", server.session)
    desk = SqliteDesk(clock=clock)
    keys = {ACCOUNT.name: {"api_base_url": server.url, "access_token": "northwind_token"}}
    made = LocalOffice(desk, clock, credentials=keys, read_upload=lambda upload: b"\x89PNG")
    connection = made.connect(ACCOUNT)
    found = connection.check()
    connection.close()
    desk.add_account(replace(ACCOUNT, external_id=found.account_id, handle=found.handle, options=found.options))
    poll(made)  # the first visit finds where to begin
    return made


def poll(office: LocalOffice) -> None:
    for report in office.poll(ACCOUNT.name):
        assert report.error == ""
    while office.work():
        pass


def answer(office: LocalOffice, message_id: str, text: str, audience: Audience | None = None, **more: Any) -> Part:
    desk = office.desk
    target = desk.tickets.find_message(ACCOUNT.name, message_id)
    assert target is not None, f"the message {message_id} did not come"
    reply = Reply(ticket=target.ticket or "", target=target, text=text, author="jk@example.com", audience=audience, **more)
    account, name = desk.accounts.get(ACCOUNT.name), f"{message_id}:{text}"
    _, (part, *_) = queue_reply(reply, account, reply_name=name, desk=desk, connector=load("mastodon"), clock=office.clock)
    office.work()
    return part_of(office, part)


def part_of(office: LocalOffice, part_id: str) -> Part:
    part = office.desk.outbox.get(part_id)
    assert part is not None
    return part


def ticket_of(office: LocalOffice, message_id: str) -> str | None:
    found = office.desk.tickets.find_message(ACCOUNT.name, message_id)
    return found.ticket if found else None


def later(office: LocalOffice, clock: StillClock, seconds: float) -> None:
    clock.forward(seconds=seconds)
    while office.work():
        pass


# --- in and out -----------------------------------------------------------------------------------------------------
def test_the_connection_tells_who_we_are_and_what_the_server_takes(server: Server, office: LocalOffice) -> None:
    account = office.desk.accounts.get(ACCOUNT.name)
    assert account.external_id == "https://mock.local/@northwind"
    assert account.handle == "northwind@mock.local"
    assert account.options["mastodon_max_characters"] == "500"
    assert "image/webp" in account.options["mastodon_mime_types"]


def test_a_mention_is_answered_publicly_and_the_conversation_goes_on(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind where is my bag?", spoiler_text="travel")
    poll(office)
    part = answer(office, first, "In Oslo, sorry.")
    assert part.state is DeliveryState.SENT
    (sent,) = server.answers(first)
    assert sent["id"] == part.external_id
    assert (sent["content"], sent["visibility"], sent["spoiler_text"]) == ("<p>@ada In Oslo, sorry.</p>", "public", "travel")
    second = server.post("@northwind thanks", in_reply_to_id=sent["id"])
    poll(office)
    assert ticket_of(office, second) == ticket_of(office, first), "an answer to our answer is the same case"


def test_each_customer_has_a_case_of_their_own(server: Server, office: LocalOffice) -> None:
    ada = server.post("@northwind where is my bag?")
    bob = server.post("@northwind mine too!", who="bob", in_reply_to_id=ada)
    poll(office)
    assert ticket_of(office, bob) not in (None, ticket_of(office, ada))


def test_a_direct_message_is_answered_directly(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind my booking is KX7F2Q", visibility="direct")
    poll(office)
    part = answer(office, first, "Thank you.")
    (sent,) = server.answers(first)
    assert (part.state, sent["visibility"]) == (DeliveryState.SENT, "direct")
    with pytest.raises(NotAllowed):
        answer(office, first, "Everybody shall read it.", Audience.PUBLIC)
    again = server.post("@northwind and now?", visibility="direct")
    poll(office)
    assert ticket_of(office, again) == ticket_of(office, first), "everything private with one person is one conversation"


def test_followers_only_is_answered_to_the_author_alone(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind only friends may read this", visibility="private")
    poll(office)
    answer(office, first, "We are on it.")
    assert [one["visibility"] for one in server.answers(first)] == ["direct"]


def test_an_unlisted_post_is_answered_unlisted(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind hello", visibility="unlisted")
    poll(office)
    answer(office, first, "Hello!")
    assert [one["visibility"] for one in server.answers(first)] == ["unlisted"]


def test_a_public_case_goes_on_privately_on_its_ticket(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    part = answer(office, first, "What is your booking?", Audience.PRIVATE)
    assert part.state is DeliveryState.SENT
    private = server.post("@northwind KX7F2Q", visibility="direct", in_reply_to_id=part.external_id)
    poll(office)
    assert ticket_of(office, private) == ticket_of(office, first)


def test_long_answers_are_a_chain_in_which_each_part_mentions_the_customer(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind what happened?")
    poll(office)
    answer(office, first, "A sentence of some words. " * 40)
    for _ in range(3):
        office.work()
    sent = server.answers(first)
    assert len(sent) == 3
    assert [one["in_reply_to_id"] for one in sent] == [first, *(one["id"] for one in sent[:-1])]
    assert all(one["content"].startswith("<p>@ada ") for one in sent)
    assert max(len(one["content"]) for one in sent) <= 500 + len("<p></p>")


def test_files_go_with_an_answer(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind show me")
    poll(office)
    upload = Upload(name="bag.png", mime="image/png", size=4, reference="f1", alt="a bag")
    part = answer(office, first, "Here.", media=(upload,))
    assert part.state is DeliveryState.SENT
    ((sent,),) = (one["media_attachments"] for one in server.answers(first))
    assert sent["description"] == "a bag"


def test_searches_find_posts_that_do_not_mention_us(server: Server, office: LocalOffice) -> None:
    tagged = server.post("stuck again #northwind")
    worded = server.post("northwind late as ever")
    poll(office)
    assert ticket_of(office, tagged)
    assert ticket_of(office, worded)
    poll(office)
    assert part_of(office, answer(office, tagged, "We are sorry.").id).state is DeliveryState.SENT


def test_many_mentions_between_two_visits_all_come(server: Server, office: LocalOffice) -> None:
    posted = [server.post(f"@northwind question {number}") for number in range(45)]
    poll(office)
    assert [one for one in posted if not ticket_of(office, one)] == []


def test_edits_and_deletions_are_seen(server: Server, office: LocalOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LOOK_EVERY", timedelta(0))
    first = server.post("@northwind my bag is in Oslo")
    poll(office)
    server.call("PUT", f"{STATUSES}/{first}", status="@northwind my bag is in Bergen")
    poll(office)
    stored = office.desk.tickets.find_message(ACCOUNT.name, first)
    assert stored is not None
    assert "Bergen" in stored.text
    server.call("DELETE", f"{STATUSES}/{first}")
    connection = office.connect(office.desk.accounts.get(ACCOUNT.name))
    assert connection.gone([first]) == {first}
    connection.close()


def test_our_post_from_elsewhere_is_no_customers_word(server: Server, office: LocalOffice) -> None:
    ours = server.post("northwind late? Write to us.", who="northwind")
    poll(office)
    assert ticket_of(office, ours) is None


# --- faults ---------------------------------------------------------------------------------------------------------
def test_a_post_that_may_have_arrived_is_found_and_not_sent_again(
    server: Server, office: LocalOffice, clock: StillClock
) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.lost_answers = 1
    part = answer(office, first, "In Oslo.")
    assert part.state is DeliveryState.UNKNOWN
    later(office, clock, 6)
    assert part_of(office, part.id).state is DeliveryState.SENT
    assert len(server.answers(first)) == 1


def test_a_post_that_did_not_arrive_is_sent_again_under_its_key(
    server: Server, office: LocalOffice, clock: StillClock
) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.fault("malformed", STATUSES, "POST")
    part = answer(office, first, "In Oslo.")
    later(office, clock, 6)
    assert part_of(office, part.id).state is DeliveryState.UNKNOWN
    assert server.answers(first) == [], "it was sent again while the first call may still be under way"
    later(office, clock, 31)
    later(office, clock, 121)
    assert part_of(office, part.id).state is DeliveryState.SENT
    assert len(server.answers(first)) == 1


def test_a_post_that_arrived_but_is_not_shown_makes_no_second_one(
    server: Server, office: LocalOffice, clock: StillClock
) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.lost_answers = 1
    part = answer(office, first, "In Oslo.")
    empty = {"ancestors": [], "descendants": []}
    server.fault("status", f"{STATUSES}/{first}/context", "GET", count=3, status=200, body=empty)
    for seconds in (6, 31, 121):
        later(office, clock, seconds)
    assert part_of(office, part.id).state is DeliveryState.SENT
    (sent,) = server.answers(first)
    assert sent["id"] == part_of(office, part.id).external_id


def test_a_key_that_the_server_may_have_forgotten_is_not_used(
    server: Server, office: LocalOffice, clock: StillClock
) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.fault("malformed", STATUSES, "POST")
    part = answer(office, first, "In Oslo.")
    for _ in range(7):
        later(office, clock, 3600)
    assert part_of(office, part.id).state is DeliveryState.UNKNOWN
    assert server.answers(first) == []
    assert any("look yourself" in sentence for _, sentence in office.desk.told), "nobody was asked"


def test_a_limit_is_waited_for(server: Server, office: LocalOffice, clock: StillClock) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.fault("ratelimit", STATUSES, "POST")
    part = answer(office, first, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    later(office, clock, 240)
    assert part_of(office, part.id).state is DeliveryState.QUEUED, "it was sent before the server's own time"
    later(office, clock, 70)
    assert part_of(office, part.id).state is DeliveryState.SENT


@pytest.mark.parametrize("status", [500, 503])
def test_trouble_of_the_server_while_polling_loses_nothing(server: Server, office: LocalOffice, status: int) -> None:
    first = server.post("@northwind where is my bag?")
    server.fault("status", "/api/v1/notifications", "GET", count=2, status=status)
    assert [bool(report.error) for report in office.poll(ACCOUNT.name)][:2] == [True, True]
    poll(office)
    assert ticket_of(office, first)


def test_a_page_that_cannot_be_read_is_asked_for_again(server: Server, office: LocalOffice) -> None:
    first = server.post("@northwind where is my bag?")
    server.fault("malformed", "/api/v1/notifications", "GET", count=2)
    office.poll(ACCOUNT.name)
    poll(office)
    assert ticket_of(office, first)


def test_a_dead_token_pauses_sending_and_keeps_the_answer(server: Server, office: LocalOffice, clock: StillClock) -> None:
    first = server.post("@northwind where is my bag?")
    poll(office)
    office.credentials[ACCOUNT.name]["access_token"] = "revoked"
    part = answer(office, first, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    assert "token" in office.desk.accounts.get(ACCOUNT.name).sending_paused
    connection = office.connect(office.desk.accounts.get(ACCOUNT.name))
    with pytest.raises(AccountNeedsLogin):
        connection.check()
    connection.close()
    office.credentials[ACCOUNT.name]["access_token"] = "northwind_token"
    office.desk.accounts.resume_sending(ACCOUNT.name)
    later(office, clock, 301)
    assert part_of(office, part.id).state is DeliveryState.SENT


def test_a_post_that_vanished_before_the_answer_fails_plainly(server: Server, office: LocalOffice) -> None:
    """The mock takes answers to what is not there; the real server's refusal is put in its place."""
    first = server.post("@northwind where is my bag?")
    poll(office)
    server.fault("status", STATUSES, "POST", status=404, body={"error": "Record not found"})
    part = answer(office, first, "In Oslo.")
    assert part.state is DeliveryState.FAILED
    with pytest.raises(TargetGone):
        answer(office, first, "Hello?")
