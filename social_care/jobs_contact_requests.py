"""The jobs of requests for contact details, and what happens when something they belong to is deleted."""

from __future__ import annotations

from typing import Any

import frappe

from social_care.desks.helpdesk import contact_requests
from social_care.desks.helpdesk.times import utc_now
from social_care.jobs import as_administrator, enqueue


@as_administrator
def land_contact_details(request: str) -> None:
    """Put what a customer left on the guest page on ticket and contact."""
    contact_requests.land(request)


@as_administrator
def sweep() -> None:
    """Every minute: queue answers that the queue forgot; mark requests whose time is over."""
    contact_requests.expire(utc_now())
    for request in contact_requests.waiting():
        enqueue(land_contact_details, request=request)
    frappe.db.commit()


def forget(document: Any, method: str | None = None) -> None:
    """Before a ticket, profile or contact is deleted: what was asked and answered there goes with it."""
    contact_requests.forget(document.doctype, document.name)
