"""The queue of replies that wait for a supervisor. The engine says who may decide."""

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from social_care import jobs
from social_care.api.composer import EMAIL, open_ticket
from social_care.core.approvals import Approval, Decision
from social_care.core.errors import NotPermitted, SocialCareError
from social_care.core.replies import Mail, Plan, Reply
from social_care.desks.helpdesk import approvals, panel, replying
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.team import SUPERVISOR, supervisors
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.engine import approving
from social_care.wiring import load_connector

MOST_OF_OWN = 50


@frappe.whitelist()
def get_queue() -> list[dict[str, Any]]:
    """Return what waits, nearest deadline first. For supervisors."""
    frappe.only_for(SUPERVISOR)
    desk = HelpdeskDesk()
    return [_shown(one, desk) for one in desk.approvals.waiting()]


@frappe.whitelist()
def get_own() -> list[dict[str, Any]]:
    """Return the user's own replies that ever waited, newest first, with what was decided and the text to write anew."""
    desk = HelpdeskDesk()
    names = frappe.get_list(
        approvals.DOCTYPE,
        {"author_user": frappe.session.user},
        pluck="name",
        order_by="creation desc",
        limit_page_length=MOST_OF_OWN,
    )
    return [_shown(approvals.get(name), desk) for name in names]


@frappe.whitelist(methods=["GET", "POST"])
def of_ticket(ticket: str) -> list[dict[str, Any]]:
    """Return the replies on a ticket that wait, and the user's own last one where it was rejected, oldest first.

    may_decide, may_withdraw: what the user may do. approvers: the names of those who may decide. deadline: ISO 8601.
    """
    document = open_ticket(ticket)
    desk, user = HelpdeskDesk(), frappe.session.user
    member = desk.team.member(user)
    people = [one for one in map(desk.team.member, supervisors()) if one.decides]
    shown = []
    for approval in approvals.of_ticket(str(document.name), user):
        author, waits = approval.reply.author, approval.decision is Decision.WAITING
        known = {
            "deadline": panel.iso(to_site(approval.deadline)),
            "may_decide": waits and member.decides and author != user,
            "may_withdraw": waits and author == user,
            "approvers": sorted(one.name for one in people if one.id != author),
        }
        shown.append(_shown(approval, desk) | known)
    return shown


@frappe.whitelist(methods=["POST"])
def approve(approval: str) -> list[str]:
    """Have a waiting reply sent as it was written; return what one should know. For supervisors, never for the author."""
    return _approve(approval, None)


@frappe.whitelist(methods=["POST"])
def edit_and_approve(approval: str, text: str, confirmed: bool = False) -> dict[str, Any]:
    """Have a waiting reply sent with another text; both stay on the record. Who may: as `approve`.

    The text is looked at as a new one is: with personal data in public nothing is done (`done`) until it is confirmed.
    """
    frappe.only_for(SUPERVISOR)
    reply = approvals.get(approval).reply
    personal = _personal(text, reply)
    if personal and not confirmed:
        return {"done": False, "personal": personal, "warnings": []}
    if reply.audience and not reply.mail:
        replying.check_text(text, reply.audience)
    return {"done": True, "personal": personal, "warnings": _approve(approval, text)}


def _personal(text: str, reply: Reply) -> list[str]:
    return list(jobs.privacy_warnings(text, reply.audience)) if reply.audience else []


def _approve(approval: str, text: str | None) -> list[str]:
    def step(user: str) -> Plan:
        return approving.approve(
            approval, user, desk=HelpdeskDesk(), load_connector=load_connector, clock=utc_now, text=text
        )

    return [translated(one) for one in _decide(step).warnings]


@frappe.whitelist(methods=["POST"])
def reject(approval: str, note: str) -> None:
    """Turn a waiting reply down with a note for its author. Who may: as `approve`."""
    _decide(lambda user: approving.reject(approval, user, note, desk=HelpdeskDesk(), clock=utc_now))


@frappe.whitelist(methods=["POST"])
def withdraw(approval: str) -> None:
    """Take one's own waiting reply back. For its author."""
    _decide(lambda user: approving.withdraw(approval, user, desk=HelpdeskDesk(), clock=utc_now))


def _decide(step: Callable[[str], Any]) -> Any:
    """Do what the session's user wants, and tell people in a sentence why it cannot be done."""
    try:
        return step(frappe.session.user)
    except NotPermitted as refusal:
        frappe.throw(translated(refusal), frappe.PermissionError, title=_("Not allowed"))
    except SocialCareError as refusal:
        frappe.throw(translated(refusal), title=_("Not done"))


def _way(reply: Reply) -> str:
    if reply.mail is not None:
        return EMAIL
    return reply.audience.value if reply.audience else ""


def _recipients(mail: Mail) -> str:
    """Return where an e-mail would go, and from where if its author chose that."""
    lines = ((_("To"), mail.to), (_("Cc"), mail.cc), (_("Bcc"), mail.bcc), (_("From"), mail.sender))
    return ", ".join(f"{label}: {addresses}" for label, addresses in lines if addresses)


def _shown(approval: Approval, desk: HelpdeskDesk) -> dict[str, Any]:
    """Return one reply for a page: plain text, to be escaped there; moments in the site's time zone."""
    reply, target = approval.reply, approval.reply.target
    return {
        "name": approval.id,
        "ticket": reply.ticket,
        "account": target.account,
        "audience": _way(reply),
        "recipients": _recipients(reply.mail) if reply.mail else "",
        "author": reply.author,
        "author_name": desk.team.member(reply.author).name,
        "own": reply.author == frappe.session.user,
        "customer": target.author_handle or target.author_id or "",
        "target": target.id,
        "message": target.text,
        "message_deleted": target.deleted,
        "permalink": frappe.db.get_value("Social Message", target.id, "permalink"),
        "text": reply.text,
        "personal": _personal(reply.text, reply),
        "files": [upload.name for upload in reply.media],
        "reasons": [translated(one) for one in approval.reasons],
        "asked_at": to_site(approval.asked_at),
        "deadline": to_site(approval.deadline),
        "alarmed": approval.alarmed,
        "decision": approval.decision.value,
        "decided_by": desk.team.member(approval.decided_by).name if approval.decided_by else "",
        "final_text": approval.final_text if approval.decision is Decision.EDITED else "",
        "note": approval.note,
    }
