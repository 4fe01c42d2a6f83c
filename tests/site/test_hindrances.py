"""A full queue, a ticket that Helpdesk will not save: neither costs a reply, or what a platform said of it."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from social_care import jobs
from social_care.core.events import DeliveryReported, Fate
from social_care.core.ports import Page
from social_care.desks.helpdesk.ticket_extension import SocialHDTicket
from tests.fakes import body_of, message
from tests.site.office import ACCOUNT, AGENT, SiteOffice, replies, ticket

TWO_PARTS = "<p>One sentence of forty characters is here. Another sentence of forty characters.</p>"


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    return SiteOffice(monkeypatch)


@pytest.fixture
def full_queue(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A queue that takes no job of ours; what it was asked for."""
    asked: list[str] = []
    enqueue = frappe.enqueue

    def refuse(method: Any, *given: Any, **named: Any) -> Any:
        if not str(method).startswith("social_care"):
            return enqueue(method, *given, **named)
        asked.append(str(method))
        raise frappe.QueueOverloaded("Too many queued background jobs")

    monkeypatch.setattr(frappe, "enqueue", refuse)
    return asked


@pytest.fixture
def unsaveable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets that Helpdesk refuses to save, as one without a field that has become mandatory."""

    def refuse(self: Any) -> None:
        raise frappe.MandatoryError("[HD Ticket, 1]: Region")

    monkeypatch.setattr(SocialHDTicket, "validate", refuse)


def told(user: str = AGENT) -> list[str]:
    return frappe.get_all("HD Notification", {"user_to": user}, pluck="message")


def test_a_full_queue_keeps_nobody_from_answering(office: SiteOffice, full_queue: list[str]):
    made = office.receive(message("1")).ticket
    office.reply(made, TWO_PARTS)
    assert full_queue == ["social_care.jobs.deliver_part"]
    office.work()
    assert [one.state for one in replies(made)] == ["Sent", "Queued"], "what the platform confirmed was forgotten"
    office.work()
    assert len(office.sent()) == 2
    assert [one.state for one in replies(made)] == ["Sent", "Sent"]


def test_a_full_queue_ends_no_poll_and_no_sweep(office: SiteOffice, full_queue: list[str]):
    office.platform.pages = {"mentions": [Page(body=body_of(message("1")), cursor="1", more=False, count=1)]}
    jobs.poll_feed(ACCOUNT, "mentions")
    jobs.sweep()
    assert full_queue.count("social_care.jobs.handle_payload") == 2
    (kept,) = frappe.get_all("Social Payload", pluck="name")
    jobs.handle_payload(kept)
    assert frappe.db.get_value("Social Payload", kept, "state") == "Done"


def test_a_confirmation_stands_although_the_ticket_cannot_be_saved(office: SiteOffice, request: pytest.FixtureRequest):
    made = office.receive(message("1")).ticket
    office.reply(made, TWO_PARTS)
    request.getfixturevalue("unsaveable")
    office.work()
    office.work()
    assert [one.state for one in replies(made)] == ["Sent", "Sent"], "what the platform confirmed was forgotten"
    assert not ticket(made).first_responded_on
    assert any("could not be" in one for one in told()), "the author should know that the ticket shows less than was said"


def test_a_failure_stands_although_the_ticket_cannot_be_saved(office: SiteOffice, request: pytest.FixtureRequest):
    made = office.receive(message("1")).ticket
    office.reply(made)
    office.work()
    request.getfixturevalue("unsaveable")
    office.receive(DeliveryReported(message_id=replies(made)[0].message_id, fate=Fate.FAILED, reason="Not delivered."))
    assert [one.state for one in replies(made)] == ["Failed"], "what never arrived is shown as sent"
