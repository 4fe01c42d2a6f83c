"""E-mails on social tickets that wait for a supervisor, and how an approved one leaves: once, as its author's.

Helpdesk sends an e-mail as soon as somebody writes it, so it is held before Helpdesk hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from typing import Any

import frappe
from frappe import _

from social_care.core.errors import Refused
from social_care.core.replies import Mail, Reply
from social_care.desks.helpdesk import attempts, delivery_signs, html, messages, replying, rows
from social_care.desks.helpdesk.team import is_trainee

REASONS, HOLD = "social_care.jobs.reasons_to_hold", "social_care.jobs.hold_mail"
"""The engine stands above the desk, so it is reached as Frappe reaches it: by name."""

_SAID = ("content", "sender", "recipients", "sent_or_received")


def hold(ticket: Any, message: str, make_mail: Callable[[], Mail], files: Sequence[str]) -> bool:
    """Keep an e-mail on a social ticket for a supervisor where a reply would wait; False where it may leave now."""
    if is_approved() or not is_social(str(ticket.name)):
        return False
    reply = make_reply(ticket, make_mail())
    if reply is None:
        if is_trainee(frappe.session.user):
            _ask_a_colleague()
        return False
    if frappe.get_attr(REASONS)(reply):
        _hold_once(replace(reply, media=replying.uploads(files, message)), ticket.flags.social_wish)
        ticket.flags.social_mail_waits = True
    return bool(ticket.flags.social_mail_waits)


def _hold_once(reply: Reply, wish: replying.Wish | None) -> None:
    """Let an e-mail wait. The same attempt, or the same words a moment later, would be approved and sent twice."""
    assert reply.mail is not None  # noqa: S101 - an e-mail is held
    if wish is None:
        with attempts.Once(rows.digest(attempts.said(reply), *map(str, astuple(reply.mail))), attempts.SAME_AGAIN_S):
            frappe.get_attr(HOLD)(reply, rows.new_name())
        return
    name = attempts.name_of_attempt(reply.ticket, wish.attempt)
    if rows.row("select 1 from `tabSocial Approval` where reply = %(name)s", name=name):
        attempts.refuse_attempt()
    frappe.get_attr(HOLD)(reply, name)


def make_reply(ticket: Any, mail: Mail) -> Reply | None:
    """Return an e-mail of the present user as a reply to the newest message of a customer, None where there is none."""
    found = replying.find_target(str(ticket.name), "message.is_context = 0")
    target = messages.get(found) if found else None
    if target is None:
        return None
    return Reply(ticket=str(ticket.name), target=target, text=html.to_text(mail.html), author=frappe.session.user, mail=mail)


def send(reply: Reply, text: str | None) -> None:
    """Send an approved e-mail by Helpdesk's own way, in the caller's transaction: the queue has it with the decision.

    text: instead of what was written. Raises: Refused where Helpdesk does, or a file was changed meanwhile.
    """
    mail = reply.mail
    assert mail is not None  # noqa: S101 - the engine asks for e-mails only
    for upload in reply.media:
        replying.read_upload(upload)
    try:
        with _approved(reply.author):
            ticket = frappe.get_doc("HD Ticket", reply.ticket)
            ticket.reply_via_agent(
                message=mail.html if text is None else html.from_typed(text),
                from_email={"email_id": mail.sender, "email_account": mail.account} if mail.sender else None,
                to=mail.to,
                cc=mail.cc or None,
                bcc=mail.bcc or None,
                attachments=[upload.reference for upload in reply.media],
            )
            if mail.resolve:
                resolve(ticket)
    except frappe.ValidationError as error:
        frappe.clear_messages()
        raise Refused(str(error)) from error


def resolve(ticket: Any) -> None:
    """Resolve a ticket as the author of its last e-mail wished."""
    ticket.reload()
    ticket.status = delivery_signs.resolved_status()
    ticket.save()


@contextmanager
def _approved(author: str) -> Iterator[None]:
    """Act as the author of something that was approved. Not `set_user`, which would end the supervisor's session."""
    supervisor = frappe.session.user
    frappe.session.user, frappe.flags.social_approved = author, True
    try:
        yield
    finally:
        frappe.session.user, frappe.flags.social_approved = supervisor, False


def is_approved() -> bool:
    """Tell whether what happens at this moment was approved."""
    return bool(frappe.flags.social_approved)


def is_social(ticket: str) -> bool:
    """Tell whether customers of a platform wrote on a ticket, or it belongs to an account."""
    found = rows.row(
        "select 1 from `tabHD Ticket` ticket where name = %(ticket)s and (coalesce(social_account, '') != ''"
        " or exists (select 1 from `tabCommunication` communication where communication.social_message is not null"
        " and communication.reference_doctype = 'HD Ticket' and communication.reference_name = ticket.name))",
        ticket=ticket,
    )
    return found is not None


# --- no way around --------------------------------------------------------------------------------------------------
def check_communication(communication: Any) -> None:
    """Before a Communication is saved: trainees put no answer on a social ticket but by replying, and change none."""
    if communication.communication_type != "Communication" or communication.sent_or_received != "Sent":
        return
    if communication.flags.social_turn or not _is_alone(communication.reference_doctype, communication.reference_name):
        return
    if communication.is_new():
        allowed = _is_copy(communication)
    else:
        allowed = not any(map(communication.has_value_changed, (*_SAID, "cc", "bcc", "reference_name", "social_message")))
    if not allowed:
        _ask_a_colleague()


def check_queued(queued: Any) -> None:
    """Before an e-mail is queued: what a trainee has written on a social ticket leaves when it is approved."""
    if queued.communication and _is_alone(queued.reference_doctype, queued.reference_name):
        _ask_a_colleague()


def _is_alone(doctype: str | None, name: str | None) -> bool:
    """Tell whether a trainee does something on a social ticket that nobody approved."""
    return doctype == "HD Ticket" and not is_approved() and is_trainee(frappe.session.user) and is_social(str(name or ""))


def _is_copy(communication: Any) -> bool:
    """Tell whether the very same stands on another ticket: merging copies what was said."""
    same = {field: communication.get(field) for field in _SAID}
    return bool(frappe.db.exists("Communication", same | {"reference_name": ["!=", communication.reference_name]}))


def _ask_a_colleague() -> None:
    frappe.throw(
        _("Please write it as a reply on the ticket, which a supervisor approves, or ask a colleague."),
        frappe.PermissionError,
    )
