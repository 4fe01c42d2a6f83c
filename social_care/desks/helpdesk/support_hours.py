"""When the team works: the working hours and holidays of the ticket's service level agreement."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.utils import get_weekdays, to_timedelta

from social_care.desks.helpdesk.times import to_site


def is_open(ticket: str, now: datetime) -> bool:
    """Tell whether the team works on a ticket at that moment; True where nothing says when it works."""
    agreement = frappe.db.get_value("HD Ticket", ticket, "sla")
    moment = to_site(now)
    if not agreement or moment is None:
        return True
    document = frappe.get_cached_doc("HD Service Level Agreement", agreement)
    hours = {
        row.workday: (to_timedelta(row.start_time), to_timedelta(row.end_time)) for row in document.support_and_resolution
    }
    if not hours:
        return True
    if moment.date() in document.get_holidays():
        return False
    start, end = hours.get(get_weekdays()[moment.weekday()], (None, None))
    since_midnight = moment - moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return start is not None and start <= since_midnight < end
