"""The jobs that erase: a person on request, messages by their age, and whatever was left half-way."""

from __future__ import annotations

import frappe

from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import erasing
from social_care.jobs import as_administrator, enqueue


@as_administrator
def erase(erasure: str) -> None:
    """Do an erasure that has begun; harmless when it is done."""
    erasing.run(erasure, desk=HelpdeskDesk(), clock=utc_now)


@as_administrator
def go_on() -> None:
    """Every hour: go on with erasures whose worker died."""
    for erasure in HelpdeskDesk().erasing.unfinished():
        enqueue(erase, "long", erasure=erasure)
    frappe.db.commit()


@as_administrator
def erase_old_messages() -> None:
    """Every day: erase what customers wrote on tickets resolved longer ago than their account keeps it."""
    for account in frappe.get_all(
        "Social Account", {"message_retention_days": [">", 0]}, ["name", "message_retention_days"]
    ):
        erasing.erase_old(account.name, account.message_retention_days, desk=HelpdeskDesk(), clock=utc_now)
