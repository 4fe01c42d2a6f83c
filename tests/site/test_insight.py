"""Insight on a site: stored, shown with its reasons, followed by the ticket, corrected by people, asked for by rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import frappe
import pytest

from social_care import install
from social_care.api.composer import get_state
from social_care.api.insight import correct
from social_care.api.routing import try_rule
from social_care.api.ticket_page import get_ticket_activities
from social_care.core.events import Author, MessageEdited
from social_care.core.insight import InsightOptions
from social_care.desks.helpdesk import insight
from social_care.desks.helpdesk.times import utc_now
from social_care.engine.intake import Office, handle_event
from social_care.wiring import load_insight
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice

ANGRY = "Terrible service, you will hear from my lawyer!"


class ReadingOffice(SiteOffice):
    """An office in which messages are read, as a site's own workers do."""

    def receive(self, event: Any) -> Any:
        account = self.desk.accounts.get(ACCOUNT)
        reader = load_insight(insight.options())
        return handle_event(event, Office(self.desk, self.connector, account, utc_now, reader))

    def ticket(self, event: Any) -> Any:
        return frappe.get_doc("HD Ticket", self.receive(event).ticket)


@pytest.fixture
def settings(site: Any) -> Iterator[None]:
    """What a test chooses in the settings is as installed afterwards, for those that follow."""
    yield
    site.db.rollback()
    site.db.set_single_value(insight.SETTINGS, {**insight.DEFAULTS, "urgent_words": ""})
    site.db.commit()


@pytest.fixture
def office(settings: None, monkeypatch: pytest.MonkeyPatch) -> ReadingOffice:
    return ReadingOffice(monkeypatch)


def stored(message_id: str) -> Any:
    return frappe.get_last_doc("Social Message", {"message_id": message_id})


def told(ticket: Any) -> tuple[str, str, str]:
    return tuple(ticket.get(f"social_{name}") or "" for name in ("sentiment", "language", "urgency"))


def test_it_is_stored_and_shown_with_its_reasons(office: ReadingOffice):
    ticket = office.ticket(message("1", ANGRY))
    assert told(ticket) == ("Negative", "en", "Urgent")
    row = stored("1")
    assert (row.language, row.sentiment, row.urgent, row.spam or "") == ("en", "Negative", 1, "")
    [shown] = get_ticket_activities(str(ticket.name))["communications"]
    assert "urgent: mentions “lawyer”" in shown["content"]
    assert "negative: “terrible" in shown["content"]


def test_what_a_customer_wrote_is_escaped_in_the_reason(office: ReadingOffice):
    frappe.db.set_single_value(insight.SETTINGS, "urgent_words", "x*")
    office.receive(message("1", "x<b>bold</b> help me now"))
    row = frappe.db.get_value("Social Message", {"message_id": "1"}, "*", as_dict=True)
    row["insight"] = '[["urgency", "team", "<img src=x>"]]'
    assert "<img" not in insight.lines(row)[0]


def test_a_ticket_follows_its_customer_but_takes_nothing_back(office: ReadingOffice):
    office.receive(message("1", ANGRY))
    assert told(office.ticket(message("2", "ok"))) == ("Negative", "en", "Urgent")
    assert told(office.ticket(message("3", "Thank you so much, great help!"))) == ("Positive", "en", "Urgent")
    assert frappe.db.get_value("HD Ticket", office.receive(message("4", "12")).ticket, "social_corrected") is None


def test_what_a_person_corrected_stays(office: ReadingOffice):
    ticket = office.ticket(message("1", ANGRY))
    ticket.update({"social_sentiment": "Neutral", "social_language": "sr"})
    ticket.save()
    ticket = office.ticket(message("2", ANGRY))
    assert told(ticket) == ("Neutral", "sr", "Urgent")
    ticket.social_urgency = ""
    ticket.save()
    assert told(office.ticket(message("3", "Thank you, great help! My lawyer sends regards."))) == ("Neutral", "sr", "")
    assert stored("3").sentiment == "Positive", "the message itself keeps what was told of it"


def in_panel(ticket: Any) -> dict[str, tuple[str, bool, str]]:
    told = get_state(str(ticket.name))["insight"]
    return {one["about"]: (one["value"], one["corrected"], one["why"]) for one in told}


def test_the_panel_shows_each_with_its_reason(office: ReadingOffice):
    ticket = office.ticket(message("1", f"{ANGRY} Write to me on Telegram."))
    office.receive(message("2", "ok"))
    shown = in_panel(ticket)
    assert shown["language"] == ("en", False, "by its words")
    assert shown["sentiment"][:2] == ("Negative", False)
    assert "terrible" in shown["sentiment"][2]
    assert shown["urgency"] == ("Urgent", False, "mentions “lawyer”")
    assert shown["spam"] == ("Possible", False, "mentions “on Telegram”")
    office.receive(message("3", "Guaranteed profit! https://a.example https://b.example https://c.example"))
    assert in_panel(ticket)["spam"][0] == "Likely"
    office.receive(message("4", "Guaranteed profit?"))
    assert in_panel(ticket)["spam"][0] == "Likely", "fewer signs took back what was known"


def test_the_panel_tells_of_a_campaign(office: ReadingOffice):
    text = "Boycott Northwind Air, they lost my dog in {0} and they do not even care about it!"
    for number, place in enumerate(("Oslo", "Bergen", "Oslo")):
        office.receive(message(str(number), text.format(place), author=f"c{number}", thread=f"t{number}"))
    alone = office.ticket(message("9", "Where is my parcel, please?", author="c9", thread="t9"))
    ticket = office.ticket(message("8", text.format("Rome"), author="c8", thread="t8"))
    campaign = get_state(str(ticket.name))["campaign"]
    assert campaign == {"campaign": stored("1").campaign, "others": 3}
    assert get_state(str(alone.name))["campaign"] is None


def test_an_agent_corrects_it_in_the_panel(office: ReadingOffice):
    ticket = office.ticket(message("1", ANGRY))
    for about, value in (("language", "sr"), ("sentiment", "Neutral"), ("urgency", ""), ("spam", "Likely")):
        correct(str(ticket.name), about, value)
        assert in_panel(ticket)[about] == (value, True, "")
    office.receive(message("2", ANGRY))
    assert told(frappe.get_doc("HD Ticket", ticket.name)) == ("Neutral", "sr", "")
    for about, value in (("language", "Serbian!"), ("sentiment", "Furious"), ("handle", "x")):
        with pytest.raises(frappe.ValidationError):
            correct(str(ticket.name), about, value)


def test_replies_to_urgent_tickets_can_ask_for_approval(office: ReadingOffice):
    office.receive(message("1", ANGRY))
    known = office.desk.tickets.circumstances(office.desk.tickets.find_message(ACCOUNT, "1"))
    assert (known.sentiment, known.urgent) == ("negative", True)


def test_an_edited_message_is_read_again(office: ReadingOffice):
    office.receive(message("1", ANGRY))
    office.receive(message("1", "Great service!", cls=MessageEdited, revision="2"))
    row = stored("1")
    assert (row.sentiment, row.urgent) == ("Positive", 0)


def test_rules_ask_for_it_and_are_tried_on_what_is_stored(office: ReadingOffice):
    for number, text in enumerate((ANGRY, "Guaranteed profit https://a.example", "Where is my parcel?")):
        office.receive(message(str(number), text, author=f"c{number}", thread=f"t{number}"))
    tried = [
        ({"sentiment": "Negative"}, ["0"]),
        ({"sentiment": "Negative or neutral"}, ["0", "2"]),
        ({"urgent": 1}, ["0"]),
        ({"spam": "Possible"}, ["1"]),
        ({"spam": "Likely"}, []),
    ]
    for condition, ids in tried:
        found = try_rule({"rule_name": "R", "verdict": "Collect", **condition})
        texts = {frappe.db.get_value("Social Message", {"message_id": one}, "text") for one in ids}
        assert {one["text"] for one in found["messages"]} == texts, condition
    fields = {"rule_name": "Urgent", "urgent": 1, "priority": "Urgent"}
    frappe.get_doc({"doctype": "Social Routing Rule", **fields}).insert()
    assert office.ticket(message("9", ANGRY, thread="t9", author="c9")).priority == "Urgent"
    frappe.get_doc({"doctype": "Social Routing Rule", "rule_name": "S", "verdict": "Collect", "spam": "Possible"}).insert()


def test_options(office: ReadingOffice):
    assert insight.options() == InsightOptions(urgent_followers=10_000), "as installed"
    frappe.db.set_single_value(insight.SETTINGS, {"urgent_words": "recall*\n\n zimt ", "urgent_followers": 5})
    assert insight.options().urgent_words == ("recall*", "zimt")
    known = replace(message("1"), author=Author(id="c1", followers=5))
    assert office.ticket(known).social_urgency == "Urgent"
    off = dict.fromkeys(("read_language", "read_sentiment", "read_urgency", "read_spam"), 0)
    frappe.db.set_single_value(insight.SETTINGS, off)
    assert load_insight(insight.options()) is None
    assert stored_after(office, "2").insight is None


def stored_after(office: ReadingOffice, message_id: str) -> Any:
    office.receive(message(message_id, ANGRY, thread=f"t{message_id}"))
    return stored(message_id)


def test_settings_newer_than_the_site_get_their_first_values(settings: None):
    frappe.db.delete("Singles", {"doctype": insight.SETTINGS})
    frappe.db.set_single_value(insight.SETTINGS, {"read_spam": 0, "allow_plain_http": 1})
    install.after_migrate()
    kept = frappe.db.get_singles_dict(insight.SETTINGS)
    assert (int(kept["read_spam"]), int(kept["read_language"]), int(kept["allow_plain_http"])) == (0, 1, 1)
