"""What the form of a Social Storm asks, and what supervisors decide there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import frappe
from frappe import _

from social_care import jobs
from social_care.core.errors import NotPermitted, SocialCareError
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import storming
from social_care.wiring import load_connector


@frappe.whitelist()
def look(storm: str) -> dict[str, Any]:
    """Return a storm in figures."""
    frappe.has_permission("Social Storm", "read", storm, throw=True)
    return asdict(HelpdeskDesk().storms.count(storm))


@frappe.whitelist(methods=["POST"])
def preview(storm: str, text: str) -> dict[str, Any]:
    """Return what one person would get (`parts`), what to know before (`warnings`), and what all would cost (`cost`)."""
    desk = HelpdeskDesk()
    with _decided_by_supervisor(storm):
        planned = storming.preview_holding_reply(
            storm, text, frappe.session.user, desk=desk, load_connector=load_connector, clock=utc_now
        )
    waiting = desk.storms.count(storm).waiting
    return {
        "parts": [draft.text for draft in planned.drafts],
        "warnings": list(planned.warnings),
        "people": waiting,
        "cost": f"{planned.cost * waiting:.2f}" if planned.cost else "",
    }


@frappe.whitelist(methods=["POST"])
def approve(storm: str, text: str, per_minute: int) -> None:
    """Let everybody in a storm get this text once, so many a minute."""
    with _decided_by_supervisor(storm):
        storming.approve_holding_reply(
            storm, text, frappe.session.user, per_minute=per_minute, desk=HelpdeskDesk(), clock=utc_now
        )
    jobs.enqueue(jobs.sweep)


@frappe.whitelist(methods=["POST"])
def stop(storm: str) -> int:
    """Send no more holding replies; return how many that waited were taken back."""
    with _decided_by_supervisor(storm):
        return storming.stop(storm, frappe.session.user, desk=HelpdeskDesk(), clock=utc_now)


@frappe.whitelist(methods=["POST"])
def finish(storm: str, note: str = "", release: int = 0) -> None:
    """End a storm; what is left becomes tickets (`release`), or rests with a note."""
    with _decided_by_supervisor(storm):
        storming.finish(storm, frappe.session.user, note=note, release=bool(release), desk=HelpdeskDesk(), clock=utc_now)
    jobs.enqueue(jobs.sweep)


@contextmanager
def _decided_by_supervisor(storm: str) -> Iterator[None]:
    """Let only those in who may see the storm; the engine knows who decides."""
    frappe.has_permission("Social Storm", "read", storm, throw=True)
    try:
        yield
    except NotPermitted as refusal:
        frappe.throw(str(refusal), frappe.PermissionError)
    except SocialCareError as error:
        frappe.throw(str(error), title=_("Not done"))
