"""Outside Helpdesk's working hours: one automatic word, which stops no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import frappe
import pytest

from social_care.desks.helpdesk import support_hours
from social_care.desks.helpdesk.times import from_site, utc_now
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from tests.fakes import message
from tests.site.office import ACCOUNT, SiteOffice, communications, replies, ticket


@pytest.fixture
def office(site: Any, monkeypatch: pytest.MonkeyPatch) -> SiteOffice:
    made = SiteOffice(monkeypatch)
    account = frappe.get_doc("Social Account", ACCOUNT)
    account.acknowledge_outside_hours = 1
    for language, text in (("", "We are closed."), ("sr", "Затворено.")):
        account.append("acknowledgements", {"language": language, "text": text})
    account.save()
    frappe.db.commit()
    return made


@pytest.fixture
def agreement(office: SiteOffice) -> Iterator[Any]:
    """The agreement of the default ticket: Mondays, nine to five."""
    name = frappe.db.get_value("HD Service Level Agreement", {"default_sla": 1})
    document = frappe.get_doc("HD Service Level Agreement", name)
    before = [(row.workday, row.start_time, row.end_time) for row in document.support_and_resolution]
    lists = document.holiday_list
    document.set("support_and_resolution", [{"workday": "Monday", "start_time": "09:00:00", "end_time": "17:00:00"}])
    document.save()
    frappe.db.commit()
    yield document
    document.reload()
    document.holiday_list = lists
    document.set("support_and_resolution", [{"workday": d, "start_time": s, "end_time": e} for d, s, e in before])
    document.save()
    frappe.db.commit()


def hear(office: SiteOffice, *events: Any) -> str:
    account = office.desk.accounts.get(ACCOUNT)
    outcomes, trouble = handle_events(events, Office(office.desk, office.connector, account, utc_now))
    assert trouble == []
    return str(outcomes[0].ticket)


def test_hours_and_holidays(office: SiteOffice, agreement: Any):
    name = str(office.receive(message("1")).ticket)

    def is_open(moment: str) -> bool:
        return support_hours.is_open(name, from_site(moment))

    assert is_open("2026-11-23 09:00:00"), "a Monday"
    assert not is_open("2026-11-23 08:59:59")
    assert not is_open("2026-11-23 17:00:00")
    assert not is_open("2026-11-24 10:00:00"), "a Tuesday"
    holidays = frappe.get_doc(
        {
            "doctype": "HD Service Holiday List",
            "holiday_list_name": "Test holidays",
            "from_date": "2026-01-01",
            "to_date": "2026-12-31",
            "holidays": [{"holiday_date": "2026-11-23", "description": "A day off"}],
        }
    ).insert()
    agreement.reload()
    agreement.holiday_list = holidays.name
    agreement.save()
    try:
        assert not is_open("2026-11-23 09:00:00"), "a holiday"
    finally:
        frappe.db.rollback()


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support_hours, "is_open", lambda ticket, now: False)


def test_one_word_that_stops_no_clock(office: SiteOffice, closed: None):
    name = hear(office, message("1", language="sr"), message("2"))
    frappe.db.commit()
    office.work()
    assert office.sent() == ["Затворено. 🤖"]
    assert not ticket(name).first_responded_on
    answered = ticket(name)
    assert answered.status_category == "Open"
    [part] = replies(name)
    assert frappe.db.get_value("Social Message", part.name, "automatic") == 1
    [_, shown, _more] = communications(name)
    assert (shown.content, shown.delivery_status) == ("<p>Затворено.</p>", "Sent")
    hear(office, message("3"))
    office.work()
    assert len(office.sent()) == 1


def test_it_is_off_by_default(office: SiteOffice, closed: None):
    frappe.db.set_value("Social Account", ACCOUNT, "acknowledge_outside_hours", 0)
    frappe.db.commit()
    assert office.desk.accounts.get(ACCOUNT).acknowledgements == {}
    assert frappe.get_meta("Social Account").get_field("acknowledge_outside_hours").default == "0"


def test_an_old_message_gets_none(office: SiteOffice, closed: None):
    hear(office, message("1", sent_at=utc_now() - timedelta(days=2)))
    office.work()
    assert office.sent() == []
