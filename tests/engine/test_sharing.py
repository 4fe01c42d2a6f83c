"""Several accounts of one app share one address: each gets what is its own, once, wherever and however often it arrives."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_care.connectors import registry
from social_care.core.accounts import Account
from social_care.core.payloads import Payload, Source
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.handling import handle_payload
from social_care.engine.sweeping import find_work
from tests.fakes import StillClock

AIR = Account(name="Air", platform="facebook", external_id="900", handle="air")
RAIL = Account(name="Rail", platform="facebook", external_id="901", handle="rail")
PICTURES = Account(name="Pictures", platform="instagram", external_id="902", handle="pictures")
STRANGER = "999"
APP = {"client_secret": "the app's secret"}


def message_entry(us: str, number: int) -> dict[str, Any]:
    """Make an entry with a private message: two customers, who write to every account."""
    customer = f"70{number % 2}"
    one = {"sender": {"id": customer}, "recipient": {"id": us}, "timestamp": 1_790_000_000_000 + number * 1000}
    return {"id": us, "time": 1, "messaging": [{**one, "message": {"mid": f"m_{us}_{number}", "text": f"word {number}"}}]}


def comment_entry(us: str, number: int) -> dict[str, Any]:
    """Make an entry with a comment below a post of the account."""
    value = {
        "item": "comment",
        "verb": "add",
        "post_id": f"{us}_1",
        "comment_id": f"1_{us}{number}",
        "parent_id": f"{us}_1",
        "from": {"id": f"70{number % 2}", "name": "Ada"},
        "message": f"word {number}",
        "created_time": 1_790_000_000 + number,
    }
    return {"id": us, "time": 1, "changes": [{"field": "feed", "value": value}]}


def body_of(entries: list[dict[str, Any]], product: str = "page") -> bytes:
    return json.dumps({"object": product, "entry": entries}).encode()


class Office:
    """Two Pages and an Instagram account of one app, and workers that handle what is due."""

    def __init__(self, *accounts: Account, secrets: dict[str, dict[str, str]] | None = None) -> None:
        self.clock = StillClock()
        self.desk = SqliteDesk(clock=self.clock)
        for account in accounts:
            self.desk.add_account(account, (secrets or {}).get(account.name, APP))

    def arrive(self, account: Account, body: bytes) -> str | None:
        return self.desk.ledger.keep(
            Payload(
                platform=account.platform,
                account=account.name,
                account_id=account.external_id,
                feed="webhook",
                body=body,
                source=Source.WEBHOOK,
                received_at=datetime(2026, 9, 1, tzinfo=timezone.utc),
            )
        )

    def work(self) -> None:
        while payloads := find_work(self.desk, self.clock).payloads:
            for payload_id in payloads:
                connector = registry.load(self.desk.ledger.platform_of(payload_id))
                handle_payload(payload_id, desk=self.desk, connector=connector, clock=self.clock)

    def tickets(self) -> set[tuple[str, frozenset[str]]]:
        """Return each ticket as its account and the messages that stand on it."""
        found: dict[int, tuple[str, set[str]]] = {}
        for row in self.desk.rows("select account, ticket, message_id from message where ticket is not null"):
            found.setdefault(row["ticket"], (row["account"], set()))[1].add(row["message_id"])
        return {(account, frozenset(ids)) for account, ids in found.values()}

    def notes(self, account: str) -> str:
        return "\n".join(row["note"] for row in self.desk.rows("select note from payload where account = ?", account))


ENTRIES = [
    make(us, number)
    for us in (AIR.external_id, RAIL.external_id)
    for make in (message_entry, comment_entry)
    for number in range(3)
]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_order_and_repetition_over_two_addresses_gives_the_same_tickets(data: st.DataObject) -> None:
    clean = Office(AIR, RAIL)
    for account in (AIR, RAIL):
        clean.arrive(account, body_of([entry for entry in ENTRIES if entry["id"] == account.external_id]))
    clean.work()

    office = Office(AIR, RAIL)
    repeated = data.draw(st.lists(st.sampled_from(range(len(ENTRIES))), max_size=6))
    order = data.draw(st.permutations([*range(len(ENTRIES)), *repeated]))
    while order:
        size = data.draw(st.integers(1, 5))
        batch, order = order[:size], order[size:]
        addresses = data.draw(st.sampled_from([(AIR,), (RAIL,), (AIR, RAIL), (RAIL, AIR, RAIL)]))
        for address in addresses:
            office.arrive(address, body_of([ENTRIES[number] for number in batch]))
        if data.draw(st.booleans()):
            office.work()
    office.work()
    assert office.tickets() == clean.tickets()
    count = office.desk.row("select count(*) number, count(distinct account || message_id) different from message")
    assert count["number"] == count["different"] == len(ENTRIES)


def test_a_body_for_the_other_account_is_passed_on_once_and_says_so() -> None:
    office = Office(AIR, RAIL)
    office.arrive(AIR, body_of([message_entry(RAIL.external_id, 1)]))
    office.work()
    assert office.tickets() == {("Rail", frozenset({"m_901_1"}))}
    assert "passed on to Rail" in office.notes("Air")
    assert "for another Facebook account" in office.notes("Air")
    assert len(office.desk.rows("select 1 from payload")) == 2


def test_an_account_that_nobody_knows_is_ignored_with_the_reason() -> None:
    office = Office(AIR, RAIL)
    office.arrive(AIR, body_of([message_entry(STRANGER, 1), message_entry(AIR.external_id, 2)]))
    office.work()
    assert office.tickets() == {("Air", frozenset({"m_900_2"}))}
    assert "for another Facebook account" in office.notes("Air")
    assert office.notes("Rail") == ""


def test_one_address_may_serve_another_platform_of_the_app() -> None:
    office = Office(AIR, PICTURES)
    office.arrive(AIR, body_of([message_entry(PICTURES.external_id, 1)], "instagram"))
    office.work()
    assert office.tickets() == {("Pictures", frozenset({"m_902_1"}))}


@pytest.mark.parametrize("theirs", [{"client_secret": "another"}, {"webhook_secret": APP["client_secret"]}, {}])
def test_an_account_that_trusts_another_secret_gets_nothing(theirs: dict[str, str]) -> None:
    office = Office(AIR, RAIL, secrets={"Rail": theirs})
    office.arrive(AIR, body_of([message_entry(RAIL.external_id, 1)]))
    office.work()
    assert office.tickets() == set(), "whoever knows one app's secret could write in the name of another's customers"


def test_x_tells_in_the_event_whose_it_is() -> None:
    ours, theirs = (Account(name=name, platform="x", external_id=us) for name, us in (("Ours", "900"), ("Theirs", "901")))
    office = Office(ours, theirs)
    post = {"id_str": "5", "text": "@rail hello", "user": {"id_str": "7", "screen_name": "ada"}}
    post["entities"] = {"user_mentions": [{"id_str": "901", "screen_name": "rail", "indices": [0, 5]}]}
    office.arrive(ours, json.dumps({"for_user_id": "901", "tweet_create_events": [post]}).encode())
    office.work()
    assert office.tickets() == {("Theirs", frozenset({"5"}))}
    assert "for another X account" in office.notes("Ours")
