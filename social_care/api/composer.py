"""What the panel of the ticket page asks when an agent answers: how, what it will look like, send, take back.

Sending goes through `reply_via_agent` of the ticket, as Helpdesk's own reply box does, so every rule holds here too.
"""

from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from helpdesk.utils import is_agent

from social_care import jobs
from social_care.core.capabilities import MediaRule
from social_care.core.errors import SocialCareError
from social_care.core.events import Audience
from social_care.core.ports import UsesTemplates
from social_care.core.replies import DeliveryState, Mail, Part, Reply, StoredMessage
from social_care.desks.helpdesk import (
    approvals,
    attempts,
    delivery_signs,
    html,
    insight,
    mailing,
    marks,
    merging,
    messages,
    panel,
    replying,
    rows,
)
from social_care.desks.helpdesk.contacts import with_at
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.times import to_site, utc_now
from social_care.engine import composing
from social_care.engine.replying import take_back
from social_care.wiring import load_connector

EMAIL = "email"
EMAIL_ONCE_S = 24 * 3600
PROBE = "…"
"""A text that breaks no rule of its own: what is refused with it is refused for every text."""


def open_ticket(ticket: str, ptype: str = "read") -> Any:
    """Return the document of a ticket, to agents who may do that with it. Raises: PermissionError."""
    if not is_agent():
        raise frappe.PermissionError(_("Only agents may do this."))
    frappe.has_permission("HD Ticket", ptype, ticket, throw=True)
    return frappe.get_doc("HD Ticket", ticket)


# --- what can be answered -------------------------------------------------------------------------------------------
@frappe.whitelist(methods=["GET", "POST"])
def get_state(ticket: str, target: str | None = None) -> dict[str, Any] | None:
    """Return what the panel shows of a ticket, or None where no customer of a platform wrote on it.

    target: the message that the agent chose to answer; the newest of the customer's where none was, or it is elsewhere now.
    """
    document = open_ticket(ticket)
    name = str(document.name)
    chosen = replying.find_target(name, "message.name = %(name)s", name=target) if target else None
    answered = chosen or replying.find_target(name, "message.is_context = 0")
    newest = messages.get(answered) if answered else None
    if newest is None:
        return None
    account = HelpdeskDesk().accounts.get(newest.account)
    ways = [_way(document, newest, audience) for audience in Audience]
    ways.append(_email_way(document))
    if merged := merging.refusal(document):
        ways = [{**way, "possible": False, "reason": merged} for way in ways]
    wanted = "" if chosen else document.get("social_reply_audience")
    preferred = wanted.lower() if wanted else newest.audience.value
    possible = [way["name"] for way in ways if way["possible"]]
    return {
        "ticket": name,
        "platform": load_connector(account.platform).title,
        "target": newest.id if chosen else None,
        "answered": newest.id,
        "person": newest.author_id or newest.author_handle or "",
        "messages": (shown := marks.of_ticket(name)),
        "earlier": len(shown) == marks.MOST,
        "account": account.name,
        "account_handle": with_at(account.handle),
        "signature": composing.signature_of(_probe(document, newest), account),
        "who": with_at(newest.author_handle) or document.contact or "",
        "permalink": panel.permalink(newest.id),
        "ways": ways,
        "way": preferred if preferred in possible else next(iter(possible), preferred),
        "replies": panel.replies(name),
        "mails": approvals.mails_of(name),
        "seen": [one["name"] for one in panel.answers_of_others(name)],
        "insight": insight.of_ticket(document),
        "campaign": insight.campaign_of_ticket(document, utc_now()),
        "undo_seconds": panel.undo_seconds(),
        "may_write": bool(frappe.has_permission("HD Ticket", "write", document)),
        "templates": isinstance(load_connector(account.platform), UsesTemplates),
        "resolved": document.status_category == "Resolved",
    }


@frappe.whitelist(methods=["GET", "POST"])
def get_earlier_marks(ticket: str, skip: int) -> dict[str, Any]:
    """Return the marks of older messages than the newest so many, and whether there may be more (`earlier`)."""
    found = marks.of_ticket(str(open_ticket(ticket).name), skip)
    return {"messages": found, "earlier": len(found) == marks.MOST}


def _way(document: Any, newest: StoredMessage, audience: Audience) -> dict[str, Any]:
    """Return how the customer can be answered in public or in private, or the reason why not."""
    target = replying.turn_to(newest, audience)
    account = HelpdeskDesk().accounts.get(target.account)
    connector = load_connector(account.platform)
    opening = target.audience is not audience
    rule = composing.text_rule(connector, target, account, audience)
    media = composing.media_rule(connector, account, audience)
    reason = ""
    try:
        composing.plan(replace(_probe(document, target), audience=audience), account, connector, utc_now())
    except SocialCareError as error:
        reason = translated(error)
    return {
        "name": audience.value,
        "possible": not reason,
        "reason": reason,
        "target": target.id,
        "answers": target.text[:280],
        "handle": with_at(target.author_handle),
        "needs_mention": connector.capabilities.needs_mention and audience is Audience.PUBLIC,
        "limit": rule.limit if rule else 0,
        "unit": rule.unit if rule else "",
        "until": panel.iso(to_site(target.reply_until)) if not opening else None,
        "files": _files_allowed(media, opening=opening),
    }


def _probe(document: Any, target: StoredMessage) -> Reply:
    """Return a reply of the present user that breaks no rule of its own."""
    user = frappe.session.user
    initials = HelpdeskDesk().team.member(user).initials
    return Reply(ticket=str(document.name), target=target, text=PROBE, author=user, initials=initials)


def _files_allowed(rule: MediaRule, *, opening: bool) -> dict[str, Any]:
    count = 0 if opening and not rule.opening else rule.count
    return {"count": count, "largest": dict(rule.max_bytes) if count else {}}


def _email_way(document: Any) -> dict[str, Any]:
    address = panel.real_address(document)
    reason = "" if address else _("No e-mail address of this customer is known.")
    if address and not panel.can_send_email():
        reason = _("No outgoing e-mail account is set up.")
    return {"name": EMAIL, "possible": not reason, "reason": reason, "address": address}


# --- what it will look like -----------------------------------------------------------------------------------------
@frappe.whitelist(methods=["POST"])
def preview(ticket: str, text: str, way: str, target: str | None = None, files: list[str] | None = None) -> dict[str, Any]:
    """Return the parts exactly as they would be sent, or why they cannot be; stores nothing."""
    document = open_ticket(ticket, "write")
    if way == EMAIL:
        mail = mailing.make_reply(document, Mail(to=panel.real_address(document), html=html.from_typed(text)))
        reasons = jobs.reasons_to_hold(mail) if mail else ()
        return {"parts": [], "warnings": [], "approval": [translated(one) for one in reasons], "refusal": ""}
    document.flags.social_wish = wish = _wish(way, target)
    chosen = _target(document, wish)
    try:
        reply = replying.make_reply(chosen, document, html.from_typed(text), files or [])
        found = jobs.preview_reply(reply)
    except (SocialCareError, frappe.ValidationError) as error:
        frappe.clear_messages()
        return {"parts": [], "warnings": [], "approval": [], "refusal": translated(error)}
    planned = found.plan
    connector = load_connector(HelpdeskDesk().accounts.get(reply.target.account).platform)
    return {
        "parts": [
            {
                "text": draft.text,
                "length": connector.measure(draft.text, planned.audience),
                "files": [one.name for one in draft.media],
            }
            for draft in planned.drafts
        ],
        "warnings": [translated(one) for one in planned.warnings],
        "approval": [translated(one) for one in found.reasons],
        "cost": float(planned.cost),
        "refusal": "",
    }


def _wish(way: str, target: str | None, **more: Any) -> replying.Wish:
    if way != EMAIL and way not in {one.value for one in Audience}:
        frappe.throw(_("There is no such way to answer."))
    return replying.Wish(audience=None if way == EMAIL else Audience(way), target=target or None, **more)


def _target(document: Any, wish: replying.Wish) -> str:
    """Return the message to answer. Nobody can point to a message of another ticket."""
    which = "message.name = %(name)s" if wish.target else "message.is_context = 0"
    found = replying.find_target(str(document.name), which, name=wish.target)
    if not found:
        frappe.throw(_("No message of the customer is left on this ticket, so there is nothing to answer."))
    return str(found)


# --- sending --------------------------------------------------------------------------------------------------------
@frappe.whitelist(methods=["POST"])
def send(
    ticket: str,
    text: str,
    way: str,
    attempt: str,
    seen: list[str],
    target: str | None = None,
    files: list[str] | None = None,
    resolve: bool = False,
    confirmed: bool = False,
    replaces: str | None = None,
) -> dict[str, Any]:
    """Send a reply as Helpdesk's reply box would, or return what the agent has to confirm first.

    attempt: the same again does nothing again, and returns the words that were taken over (`taken`). seen: the answers of
    colleagues that the page showed. replaces: the failed part of a reply (a Social Message) that is given up for this one,
    in the same transaction.
    """
    open_ticket(ticket, "write")
    if not attempt:
        frappe.throw(_("An attempt to send needs a name."))
    hold_s = panel.undo_seconds()
    wish = _wish(way, target, attempt=attempt, hold_s=hold_s, resolve=resolve)
    with rows.transaction():
        document = frappe.get_doc("HD Ticket", ticket, for_update=True)
        name = str(document.name)
        reply = attempts.name_of_attempt(name, attempt)
        if (taken := attempts.words_of(reply)) is not None:
            return {**_queued(reply, 0), "taken": taken}
        if not confirmed:
            meanwhile = panel.said_meanwhile(name, seen)
            personal = list(jobs.privacy_warnings(text, wish.audience)) if wish.audience else []
            if meanwhile or personal:
                return {"meanwhile": meanwhile, "personal": personal}
        if replaces:
            _give_up(name, replaces)
        document.flags.social_wish = wish
        own = html.from_typed(text)
        if wish.audience is None:
            return {"reply": None, "waits": _send_email(document, own, files or [], wish)}
        document.reply_via_agent(message=own, to=document.raised_by, attachments=files or [])
    return _queued(reply, hold_s)


def _queued(reply: str, hold_s: int) -> dict[str, Any]:
    waits = frappe.db.get_value("Social Message", {"reply": reply, "part": 1}, "state") == "Awaiting Approval"
    return {"reply": reply, "undo_seconds": 0 if waits else hold_s, "waits": waits}


def _send_email(document: Any, own: str, files: list[str], wish: replying.Wish) -> bool:
    """Send an e-mail as Helpdesk does; True where it waits for a supervisor first. The same attempt is not made twice."""
    with attempts.Once(attempts.name_of_attempt(str(document.name), wish.attempt), EMAIL_ONCE_S):
        document.reply_via_agent(message=own, to=panel.real_address(document), attachments=files)
        waits = bool(document.flags.social_mail_waits)
        if wish.resolve and not waits:
            with delivery_signs.unhindered(str(document.name), frappe.session.user):
                mailing.resolve(document)
    return waits


def _give_up(ticket: str, part: str) -> None:
    """Give up a part on this ticket, and what comes after it; throws where it is no longer what failed.

    It names the part: of a reply that was sent again meanwhile another one may have failed, and the rest be out.
    """
    outbox = HelpdeskDesk().outbox
    if (known := outbox.get(part)) is None or known.ticket != ticket:
        raise frappe.PermissionError(_("There is no such reply on this ticket."))
    if not outbox.cancel(part, only=DeliveryState.FAILED):
        frappe.throw(_("The state of the reply has changed meanwhile, so it was not replaced. Please look again."))


def _first_part(ticket: str, reply: str) -> Part:
    """Return the first part of a reply. Raises: PermissionError where there is none on this ticket."""
    first = delivery_signs.first_part(reply)
    part = HelpdeskDesk().outbox.get(first) if first else None
    if part is None or part.ticket != ticket:
        raise frappe.PermissionError(_("There is no such reply on this ticket."))
    return part


@frappe.whitelist(methods=["POST"])
def get_unsent_text(ticket: str, reply: str) -> str:
    """Return the words of a reply that never went out, to write it anew."""
    name, desk = str(open_ticket(ticket, "write").name), HelpdeskDesk()
    part = _first_part(name, reply)
    signed = Reply(ticket=name, target=part.target, text="", author=part.author)
    signed = replace(signed, initials=desk.team.member(part.author).initials, automatic=part.automatic)
    return panel.unsent(reply, composing.signature_of(signed, desk.accounts.get(part.account)))


@frappe.whitelist(methods=["POST"])
def undo(ticket: str, reply: str) -> bool:
    """Take a reply back; False where a worker was faster. Only its author can."""
    name = str(open_ticket(ticket, "write").name)
    _first_part(name, reply)
    author = frappe.db.get_value("Social Message", {"reply": reply, "part": 1}, "author_user")
    if author != frappe.session.user:
        raise frappe.PermissionError(_("Only its author can take a reply back."))
    return take_back(str(delivery_signs.first_part(reply)), desk=HelpdeskDesk())


@frappe.whitelist(methods=["POST"])
def release(ticket: str, reply: str) -> None:
    """The time to undo is over: have the reply sent now instead of at the next sweep. Harmless at any other time."""
    _first_part(str(open_ticket(ticket, "write").name), reply)
    first = delivery_signs.first_part(reply)
    if first:
        jobs.enqueue(jobs.deliver_part, part_id=first)
