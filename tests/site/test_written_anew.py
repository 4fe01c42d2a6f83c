"""Answers that failed, or wait for another attempt: stopped, written anew, and never said twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest

from social_care.api import composer, settling, ticket_page
from social_care.core.errors import RateLimited, Refused
from social_care.desks.helpdesk.times import utc_now
from tests.site.office import AGENT, SiteOffice, replies
from tests.site.test_composer import ask, colleague, hold_over, office, opened, send

__all__ = ["office"]


class TestQueuedAgain:
    def waiting(self, office: SiteOffice, user: str = AGENT) -> tuple[str, str, str]:
        name = opened(office)
        office.platform.script = [RateLimited("X asks to wait.", retry_after_s=900)]
        reply = send(name, user=user)["reply"]
        hold_over(reply)
        office.work()
        return name, reply, replies(name)[0].name

    def test_it_is_said_when_and_why_it_is_tried_again(self, office: SiteOffice):
        name, _, part = self.waiting(office)
        [shown] = ask(composer.get_state, name)["replies"]
        assert shown["parts"][0]["error"] == "X asks to wait."
        retry_at = datetime.fromisoformat(shown["parts"][0]["retry_at"])
        assert timedelta(minutes=14) < retry_at - utc_now() < timedelta(minutes=16)
        assert shown["undo_until"] is None
        last = ask(ticket_page.get_ticket_activities, name)["communications"][-1]["content"]
        at = frappe.utils.format_datetime(frappe.db.get_value("Social Message", part, "next_attempt"))
        assert f"waiting to be sent, next attempt at {at}" in last
        assert "X asks to wait." in last

    def test_a_colleague_gives_it_up(self, office: SiteOffice):
        name, reply, part = self.waiting(office)
        ask(settling.give_up_waiting, part, user=colleague())
        hold_over(reply)
        office.work()
        assert office.sent() == []
        assert replies(name)[0].state == "Cancelled"
        assert ask(composer.get_unsent_text, name, reply) == "We are on it."

    def test_a_worker_was_faster(self, office: SiteOffice):
        name, reply, part = self.waiting(office)
        hold_over(reply)
        office.desk.outbox.claim(part, utc_now())
        frappe.db.commit()
        with pytest.raises(frappe.ValidationError, match="changed meanwhile"):
            ask(settling.give_up_waiting, part)
        assert replies(name)[0].state == "Sending"


class TestFailed:
    def failed(self, office: SiteOffice, text: str = "We are on it.") -> tuple[str, str]:
        name = opened(office)
        office.platform.script = [Refused("X says no.")]
        reply = send(name, text)["reply"]
        hold_over(reply)
        office.work()
        return name, reply

    def test_it_is_shown_with_its_reason(self, office: SiteOffice):
        name, reply = self.failed(office)
        [shown] = ask(composer.get_state, name)["replies"]
        assert (shown["name"], shown["settled"], shown["mine"]) == (reply, False, True)
        assert [(part["state"], part["error"]) for part in shown["parts"]] == [("Failed", "X says no.")]

    def test_it_is_written_anew_and_replaced(self, office: SiteOffice):
        name, reply = self.failed(office, "We are  on it.\n\nSoon & surely.")
        assert ask(composer.get_unsent_text, name, reply) == "We are on it.\n\nSoon & surely."
        send(name, "In other words.", replaces=replies(name)[0].name)
        assert [(row.text, row.state) for row in replies(name)] == [
            ("We are on it.\n\nSoon & surely.", "Cancelled"),
            ("In other words.", "Queued"),
        ]

    def test_a_refused_replacement_leaves_the_failed_one(self, office: SiteOffice):
        name, _ = self.failed(office)
        with pytest.raises(frappe.ValidationError, match="empty"):
            send(name, "", replaces=replies(name)[0].name)
        assert [row.state for row in replies(name)] == ["Failed"]

    def test_what_no_longer_failed_is_not_replaced(self, office: SiteOffice):
        name = opened(office)
        reply = send(name)["reply"]
        hold_over(reply)
        office.work()
        with pytest.raises(frappe.ValidationError, match="changed meanwhile"):
            send(name, "Again", replaces=replies(name)[0].name)
        assert office.sent() == ["We are on it."]

    def test_only_the_rest_is_written_anew(self, office: SiteOffice):
        name = opened(office)
        office.platform.script = [None, Refused("X says no.")]
        reply = send(name, "One sentence is here. " * 4)["reply"]
        hold_over(reply)
        office.work()
        office.work()
        assert [row.state for row in replies(name)] == ["Sent", "Failed"]
        assert ask(composer.get_unsent_text, name, reply) == replies(name)[1].text.removesuffix(" (2/2)")

    def test_a_part_that_a_colleague_sent_again_is_not_said_once_more(self, office: SiteOffice):
        name = opened(office)
        office.platform.script = [None, Refused("X says no."), None, Refused("X says no.")]
        hold_over(send(name, "One sentence is here. " * 5)["reply"])
        office.work()
        office.work()
        parts = replies(name)
        assert [row.state for row in parts] == ["Sent", "Failed", "Queued"], "the text has to be of three parts"
        ask(settling.retry_message, parts[1].name)
        office.work()
        office.work()
        assert [row.state for row in replies(name)] == ["Sent", "Sent", "Failed"]
        with pytest.raises(frappe.ValidationError, match="changed meanwhile"):
            send(name, parts[1].text + " " + parts[2].text, replaces=parts[1].name)
        assert len(office.sent()) == 2
