"""Erasing a person on request: begun by an owner, done by a job."""

import frappe

from social_care import jobs, jobs_erasing
from social_care.core.errors import NotAllowed
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import erasing


@frappe.whitelist(methods=["POST"])
def erase_person(profile: str) -> str:
    """Begin to erase a person for good and return the record of it; asked again, the same. Refused while replies wait."""
    frappe.only_for(("System Manager", "Social Care Owner"))
    frappe.has_permission("Social Profile", "read", profile, throw=True)
    try:
        erasure = erasing.begin(profile, frappe.session.user, desk=HelpdeskDesk(), clock=utc_now)
    except NotAllowed as refusal:
        frappe.throw(translated(refusal))
    jobs.enqueue(jobs_erasing.erase, "long", erasure=erasure)
    return erasure
