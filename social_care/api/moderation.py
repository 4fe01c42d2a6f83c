"""Acting on a message or its author from the ticket: what can be done, and doing it."""

from typing import Any

import frappe
from frappe import _
from helpdesk.utils import is_agent

from social_care import jobs
from social_care.core.errors import SocialCareError
from social_care.core.moderation import FOR_SUPERVISORS, NEEDS_REASON, OF_AUTHOR, ModerationAction, Wish
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import messages
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.moderation_lines import LABELS
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import utc_now
from social_care.engine import moderating
from social_care.wiring import load_connector

SUPERVISORS = frozenset({"Social Care Supervisor", "Agent Manager", "System Manager"})


@frappe.whitelist()
def offers(message: str) -> list[dict[str, Any]]:
    """Return what can be done to a message or its author; `refusal` says why not, `note` what to know before.

    Each: action, label, of_author, asks_first (to be confirmed), needs_reason, refusal, note. Empty where the user may not
    act on this message at all.
    """
    target, desk = _target(message), HelpdeskDesk()
    if not _may_act_on(target):
        return []
    account = desk.accounts.get(target.account)
    connector = load_connector(account.platform)
    found = moderating.list_offers(target, account, desk=desk, connector=connector, now=utc_now())
    found = moderating.ask_rights(found, target, account, connector, jobs.connect)
    return [
        {
            "action": offer.action.value,
            "label": _(LABELS[offer.action.value]),
            "of_author": offer.action in OF_AUTHOR,
            "asks_first": offer.action in NEEDS_REASON or offer.action is ModerationAction.MUTE,
            "needs_reason": offer.action in NEEDS_REASON,
            "refusal": _not_for_user(offer.action) or translated(offer.refusal),
            "note": offer.note,
        }
        for offer in found
    ]


@frappe.whitelist(methods=["POST"])
def moderate(message: str, action: str, reason: str = "") -> dict[str, str]:
    """Do one of the offered actions; return its `state` (done, failed, unknown) and the `error` for people."""
    target, desk = _target(message), HelpdeskDesk()
    if not _may_act_on(target):
        raise frappe.PermissionError(_("Only agents who may write on the ticket may do that."))
    try:
        wanted = ModerationAction(action)
    except ValueError:
        frappe.throw(_("There is no such action: {0}").format(action))
    if refusal := _not_for_user(wanted):
        raise frappe.PermissionError(refusal)
    try:
        done = moderating.moderate(
            Wish(action=wanted, target=target, user=frappe.session.user, reason=reason.strip()),
            desk=desk,
            connector=load_connector(desk.accounts.get(target.account).platform),
            connect=jobs.connect,
            clock=utc_now,
        )
    except SocialCareError as error:
        frappe.throw(translated(error))
    return {"state": done.state.value, "error": translated(done.error)}


def _target(message: str) -> StoredMessage:
    """Return a message. Raises: DoesNotExistError."""
    target = messages.get(message)
    if target is None:
        raise frappe.DoesNotExistError(_("There is no such message."))
    return target


def _may_act_on(target: StoredMessage) -> bool:
    """Tell whether the user may act on a message: agents on tickets they may write on, and on loose ones they may see."""
    if not is_agent():
        return False
    if target.ticket:
        return bool(frappe.has_permission("HD Ticket", "write", target.ticket))
    return bool(frappe.has_permission("Social Message", "read", target.id))


def _not_for_user(action: ModerationAction) -> str:
    """Return why the user's roles do not allow that, "" when they do."""
    roles = set(frappe.get_roles())
    if not HelpdeskDesk().team.member(frappe.session.user).speaks_alone:
        return _("Please ask a colleague: trainees do not act on customers' messages.")
    if SUPERVISORS & roles:
        return ""
    return _("Only a supervisor may do that.") if action in FOR_SUPERVISORS else ""
