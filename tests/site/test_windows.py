"""Windows as deadlines on a real site: until when a ticket can be answered, and the alarm before that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe
import pytest
from frappe.utils import now_datetime

from social_care import jobs
from social_care.api.settling import open_ticket
from social_care.core.errors import Refused
from social_care.core.events import MessageDeleted
from social_care.desks.helpdesk.times import utc_now
from tests.fakes import US, message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, ticket

LEAD = timedelta(hours=1)
"""Shorter than the default of the alarm, which is two hours."""


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    made = SiteOffice(monkeypatch)
    made.connector.window = timedelta(hours=24)
    return made


def word(message_id: str, *, closes_in: timedelta = LEAD, private: bool = True, **more: Any) -> Any:
    """Return a customer's word whose window closes then."""
    sent_at = utc_now() + closes_in - timedelta(hours=24)
    return message(message_id, private=private, thread="dm" if private else "t1", sent_at=sent_at, **more)


def until(name: str) -> datetime | None:
    return ticket(name).social_reply_until


def alarms() -> list[tuple[str, int]]:
    found = frappe.get_all("Notification Log", {"document_type": "HD Ticket", "type": "Alert"}, ["for_user", "read"])
    return sorted((one.for_user, one.read) for one in found)


def assign(name: str, user: str = AGENT) -> None:
    frappe.db.set_value("HD Ticket", name, "_assign", frappe.as_json([user]))
    frappe.db.commit()


class TestDeadline:
    def test_the_newest_word_decides_in_whatever_order_they_come(self, office: SiteOffice):
        name = office.receive(word("2", closes_in=timedelta(hours=5))).ticket
        assert abs(until(name) - now_datetime() - timedelta(hours=5)) < timedelta(minutes=1)
        office.receive(word("1", closes_in=timedelta(hours=2)))
        assert abs(until(name) - now_datetime() - timedelta(hours=5)) < timedelta(minutes=1), "an older word cut it short"
        office.receive(word("3", closes_in=timedelta(hours=9)))
        assert until(name) - now_datetime() > timedelta(hours=8)

    def test_a_public_word_has_no_window_and_a_private_one_on_the_same_ticket_has(self, office: SiteOffice):
        office.connector.window = None
        name = office.receive(word("1", private=False)).ticket
        assert until(name) is None
        frappe.db.set_value("HD Ticket", name, "social_reply_audience", "Private")
        office.reply(name)
        office.work()
        office.connector.window = timedelta(hours=24)
        private = message("2", thread="dm:c1", private=True, sent_at=utc_now())
        assert office.receive(private).ticket == name
        assert until(name) - now_datetime() > timedelta(hours=23)
        office.connector.window = None
        office.receive(message("3", sent_at=utc_now() + timedelta(minutes=1)))
        assert until(name) is None, "the newest word is public, and has no window"

    def test_a_ticket_that_a_person_opens_later_has_it_too(self, office: SiteOffice):
        frappe.get_doc(
            {"doctype": "Social Routing Rule", "rule_name": "Greetings", "words": "hello", "verdict": "Collect"}
        ).insert()
        office.receive(word("1", closes_in=timedelta(hours=5), text="Hello"))
        name = open_ticket(frappe.db.get_value("Social Message", {"message_id": "1"}))
        assert abs(until(name) - now_datetime() - timedelta(hours=5)) < timedelta(minutes=1)

    def test_agents_see_it_in_the_list_and_can_sort_by_it(self, office: SiteOffice):
        from helpdesk.api.doc import get_list_data

        late = office.receive(word("1", closes_in=timedelta(hours=9))).ticket
        soon = office.receive(message("2", private=True, thread="dm2", author="c2", sent_at=utc_now() - LEAD * 22)).ticket
        frappe.set_user(AGENT)
        wanted = {"filters": {"social_account": ACCOUNT}, "order_by": "social_reply_until asc", "is_default": True}
        listed = get_list_data("HD Ticket", **wanted)
        frappe.set_user("Administrator")
        columns = {one["key"]: one["type"] for one in listed["columns"]}
        # Of a Datetime Helpdesk's list says how long ago it was: "0 s" where there is none, "-85043 s" of tomorrow.
        assert columns["social_reply_until"] == columns["social_platform"] == "Data"
        assert listed["data"][0]["social_platform"]
        assert [str(one["name"]) for one in listed["data"]] == [soon, late]
        assert "." not in str(listed["data"][0]["social_reply_until"]), "parts of a second are noise in a list"
        assert frappe.get_meta("HD Ticket").get_field("social_reply_until").in_list_view


class TestAlarm:
    def test_the_assignee_is_told_once_for_each_window(self, office: SiteOffice):
        name = office.receive(word("1")).ticket
        assign(name)
        for _ in range(2):
            jobs.watch_windows()
        assert alarms() == [(AGENT, 0)]
        told = frappe.get_all("HD Notification", {"reference_ticket": name, "user_to": AGENT}, pluck="message")
        assert len(told) == 1
        assert f"#{name} waits for an answer" in told[0]
        office.receive(word("2", closes_in=LEAD + timedelta(minutes=30)))
        jobs.watch_windows()
        assert alarms() == [(AGENT, 0), (AGENT, 1)], "the first window's alarm is settled, the new one has its own"

    def test_it_is_not_given_too_early_nor_where_nobody_waits(self, office: SiteOffice):
        name = office.receive(word("1", closes_in=timedelta(hours=3))).ticket
        assign(name)
        jobs.watch_windows()
        assert alarms() == []
        frappe.db.set_value("Social Account", ACCOUNT, "window_alarm_minutes", 240)
        office.reply(name)
        office.work()
        jobs.watch_windows()
        assert alarms() == [], "the ticket is answered"

    def test_zero_means_never(self, office: SiteOffice):
        frappe.db.set_value("Social Account", ACCOUNT, "window_alarm_minutes", 0)
        assign(office.receive(word("1")).ticket)
        jobs.watch_windows()
        assert alarms() == []

    def test_a_reply_that_failed_is_no_answer_and_one_that_arrived_clears_the_alarm(self, office: SiteOffice):
        name = office.receive(word("1")).ticket
        assign(name)
        office.reply(name, "<p>One.</p>")
        office.platform.script = [Refused("No.")]
        office.work()
        jobs.watch_windows()
        assert alarms() == [(AGENT, 0)]
        office.reply(name, "<p>Two.</p>")
        office.work()
        jobs.watch_windows()
        assert alarms() == [(AGENT, 1)]
        told = {"reference_ticket": name, "message": ["like", "%waits%"]}
        assert frappe.get_all("HD Notification", told, pluck="read") == [1]

    def test_an_answer_made_elsewhere_and_a_closed_ticket_clear_it_too(self, office: SiteOffice):
        first = office.receive(word("1")).ticket
        second = office.receive(message("2", private=True, thread="dm2", author="c2", sent_at=utc_now() - LEAD * 23)).ticket
        assign(first)
        assign(second)
        jobs.watch_windows()
        assert alarms() == [(AGENT, 0), (AGENT, 0)]
        office.receive(message("p9", "Done by phone", author=US, thread="dm", private=True, sent_at=utc_now()))
        closed = ticket(second)
        closed.status = "Closed"
        closed.save()
        jobs.watch_windows()
        assert alarms() == [(AGENT, 1), (AGENT, 1)]

    def test_an_older_answer_that_is_told_late_is_no_answer(self, office: SiteOffice):
        name = office.receive(word("1")).ticket
        assign(name)
        before = utc_now() - LEAD * 23 - timedelta(minutes=5)
        office.receive(message("p9", "Yesterday's answer", author=US, thread="dm", private=True, sent_at=before))
        jobs.watch_windows()
        assert alarms() == [(AGENT, 0)], "the customer wrote after that answer"

    def test_without_an_assignee_the_team_is_told(self, office: SiteOffice):
        team = frappe.get_doc({"doctype": "HD Team", "team_name": "Night", "users": [{"user": AGENT}]}).insert()
        frappe.db.set_value("Social Account", ACCOUNT, "team", team.name)
        frappe.clear_document_cache("Social Account", ACCOUNT)
        frappe.db.commit()
        try:
            office.receive(word("1"))
            jobs.watch_windows()
            assert alarms() == [(AGENT, 0)]
        finally:
            frappe.db.delete("HD Ticket", {"social_account": ACCOUNT})
            team.delete(force=True)
            frappe.db.commit()

    def test_a_deleted_word_leaves_the_deadline_of_the_one_before(self, office: SiteOffice):
        name = office.receive(word("1", closes_in=timedelta(hours=5), private=False)).ticket
        office.receive(word("2", closes_in=timedelta(hours=9), private=False))
        office.receive(MessageDeleted(message_id="2"))
        assert until(name) is not None
