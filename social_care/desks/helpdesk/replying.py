"""From the reply box of Helpdesk's ticket page to the outbox."""

from __future__ import annotations

import functools
import hashlib
import mimetypes
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import split_emails
from helpdesk.utils import is_agent

from social_care.core.errors import Refused, SocialCareError
from social_care.core.events import Audience
from social_care.core.replies import Plan, Reply, StoredMessage, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.helpdesk import attempts, contact_requests, delivery_signs, html, merging, messages, rows, storm_lines
from social_care.desks.helpdesk.contacts import is_made_up
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.turns import Turn, add_communication


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the panel of the ticket page says beyond what Helpdesk's reply box can; it travels as `flags.social_wish`.

    audience None: by e-mail. target: the Social Message to answer, None for the newest. attempt: names this attempt to
    send, so that the very same one is never carried out twice.
    """

    audience: Audience | None
    target: str | None = None
    attempt: str = ""
    hold_s: float = 0
    resolve: bool = False


Way = Callable[[Any, str, Sequence[str]], None]
"""Does something with a reply: takes the ticket, the agent's HTML and the names of the attached files."""

QUEUE_REPLY = "social_care.jobs.queue_reply"
"""Plans and queues a reply. The engine stands above the desk, so it is reached as Frappe reaches it: by name."""

_MESSAGE_LINK = re.compile(r"/app/social-message/([a-z0-9]+)")
_NEWEST = (
    "select message.name from `tabCommunication` communication join `tabSocial Message` message"
    " on message.name = communication.social_message where communication.reference_doctype = 'HD Ticket'"
    " and communication.reference_name = %(ticket)s and message.direction = 'In' and {which}"
    " order by message.deleted_at is not null, coalesce(message.sent_at, message.creation) desc, message.creation desc"
    " limit 1"
)


def choose_way(ticket: Any, message: str, to: str | None, cc: str | None, bcc: str | None) -> Way | None:
    """Return what to do with a reply; None means that it is an e-mail like any other.

    Helpdesk itself writes without any recipient when it merges or splits tickets: an internal notice.
    """
    name = str(ticket.name)
    newest = find_target(name, "message.is_context = 0")
    if newest is None and not ticket.get("social_account"):
        return None
    wish: Wish | None = ticket.flags.social_wish
    if wish is not None:
        return _wished(wish, name, newest)
    if to is None:
        return note_internally
    quoted = _quoted(name, message)
    customers, others = _sort_recipients(ticket, to, cc, bcc)
    target = quoted or _written_by(name, customers) or (newest if ticket.raised_by in customers else None)
    if target is None and others:
        _check_reaches_somebody(others, ticket)
        return None
    if others:
        frappe.throw(
            _("This reply goes to a social platform, which knows no other recipients. Please remove {0}.").format(
                ", ".join(others)
            )
        )
    answered = target or newest
    if answered is None:
        frappe.throw(
            storm_lines.refusal(ticket)
            or _("No message of the customer is left on this ticket, so there is nothing to answer.")
        )
    return functools.partial(send, str(answered))


def _wished(wish: Wish, ticket: str, newest: str | None) -> Way | None:
    if wish.audience is None:
        return None
    target = find_target(ticket, "message.name = %(name)s", name=wish.target) if wish.target else newest
    if target is None:
        frappe.throw(_("No message of the customer is left on this ticket, so there is nothing to answer."))
    return functools.partial(send, str(target))


def _check_author(ticket: Any) -> None:
    """Only agents speak for the team, and only on tickets on which they may write as the database has them."""
    if not is_agent():
        frappe.throw(_("You are not permitted to reply as an agent"), frappe.PermissionError)
    frappe.has_permission("HD Ticket", "write", str(ticket.name), throw=True)


def find_target(ticket: str, which: str, **values: Any) -> str | None:
    """Return the newest message of customers on a ticket among those a condition names, vanished ones last."""
    found = rows.row(_NEWEST.format(which=which), ticket=ticket, **values)
    return found["name"] if found else None


def _quoted(ticket: str, message: str) -> str | None:
    """Return the message that the agent quoted: every shown message carries a link to its record."""
    link = _MESSAGE_LINK.search(html.split_quote(message)[1])
    return find_target(ticket, "message.name = %(name)s", name=link.group(1)) if link else None


def _sort_recipients(ticket: Any, to: str, *more: str | None) -> tuple[list[str], list[str]]:
    """Return the recipients that stand for customers on platforms, and all others."""
    given = [address for line in (to, *more) for address in split_emails(line or "")]
    on_platform = bool(ticket.get("social_account"))
    customers = [a for a in given if is_made_up(a) or (on_platform and a == ticket.raised_by)]
    return customers, [address for address in given if address not in customers]


_BY_PERSON = (
    "(message.profile in (select name from `tabSocial Profile` where address in %(addresses)s)"
    " or (message.audience = 'Private' and message.thread_id in (select part.thread_id from `tabSocial Message` part"
    " join `tabSocial Message` answered on answered.name = part.target join `tabSocial Profile` profile"
    " on profile.name = answered.profile where part.ticket = %(ticket)s and part.account = message.account"
    " and part.audience = 'Private' and part.state = 'Sent' and answered.audience = 'Public'"
    " and profile.address in %(addresses)s)))"
)
"""Somebody's words, also in a conversation that our private reply to them began, where the platform names them anew."""


def _written_by(ticket: str, addresses: list[str]) -> str | None:
    return find_target(ticket, _BY_PERSON, addresses=tuple(addresses)) if addresses else None


def _check_reaches_somebody(others: list[str], ticket: Any) -> None:
    """Refuse what is addressed to colleagues only: Helpdesk does that when one answers a colleague's reply."""
    if len(frappe.get_all("HD Agent", {"name": ["in", others]})) == len(others):
        frappe.throw(
            _("This reply is addressed to {0} only. To answer the customer, put {1} into the field To.").format(
                ", ".join(others), ticket.raised_by
            )
        )


def note_internally(ticket: Any, message: str, files: Sequence[str]) -> None:
    """Keep a notice of Helpdesk's own as a comment: the customer on the platform must not see it."""
    _check_author(ticket)
    comment = frappe.get_doc(
        {
            "doctype": "HD Ticket Comment",
            "commented_by": frappe.session.user,
            "reference_ticket": str(ticket.name),
            "content": f"{message}<p><em>{_('Internal: not sent to the customer.')}</em></p>",
        }
    )
    comment.insert(ignore_permissions=True)
    messages.follow_ticket(str(ticket.name))


# --- sending --------------------------------------------------------------------------------------------------------
def send(target_name: str, ticket: Any, message: str, files: Sequence[str]) -> None:
    """Plan a reply and queue it, or refuse it in a plain sentence with nothing stored."""
    _check_author(ticket)
    merging.check_place(ticket)
    own, _quote = html.split_quote(message)
    reply = make_reply(target_name, ticket, own, files)
    wish: Wish | None = ticket.flags.social_wish
    if wish is not None:
        name = attempts.name_of_attempt(str(ticket.name), wish.attempt)
        if frappe.db.exists("Communication", name):
            attempts.refuse_attempt()
        plan = _queue(ticket, reply, own, name)
    else:
        name = rows.new_name()
        with attempts.Once(attempts.said(reply), attempts.SAME_AGAIN_S):
            plan = _queue(ticket, reply, own, name)
    for upload in reply.media:
        _attach(ticket, name, upload)
    if plan.warnings and wish is None:  # the panel has shown them before
        frappe.msgprint("<br>".join(frappe.utils.escape_html(translated(one)) for one in plan.warnings), alert=True)


def make_reply(target_name: str, ticket: Any, own: str, files: Sequence[str]) -> Reply:
    """Return what an agent wants to say: the panel's wish, else what the ticket says of the audience."""
    target = messages.get(target_name)
    assert target is not None  # noqa: S101 - just found
    signature = frappe.db.get_value("User", frappe.session.user, "email_signature")
    wish: Wish | None = ticket.flags.social_wish
    audience = wish.audience if wish is not None else wanted_audience(ticket.get("social_reply_audience"))
    check_text(own, audience or target.audience)
    return Reply(
        ticket=str(ticket.name),
        target=turn_to(target, audience),
        text=html.to_text(own, signature or ""),
        author=frappe.session.user,
        audience=audience,
        media=uploads(files, own),
        hold_s=wish.hold_s if wish is not None else 0,
        resolve=wish is not None and wish.resolve,
    )


def check_text(text: str, audience: Audience) -> None:
    """Refuse a text that must not be said to an audience. Raises: ValidationError."""
    if audience is Audience.PUBLIC and contact_requests.holds_link(text):
        frappe.throw(_("A one-time link is for one customer only and must not stand in a public text."), title=_("Not sent"))


def find_private_target(ticket: str) -> StoredMessage | None:
    """Return the newest private message of a customer on a ticket: whom a template would go to."""
    name = find_target(ticket, "message.is_context = 0 and message.audience = 'Private'")
    return messages.get(name) if name else None


def send_template(ticket: Any, template: FilledTemplate, name: str) -> Plan:
    """Queue an approved template as the reply of that name, or refuse it in a plain sentence with nothing stored."""
    _check_author(ticket)
    merging.check_place(ticket)
    target = find_private_target(str(ticket.name))
    if target is None:
        raise frappe.ValidationError(
            _("No private message of a customer stands on this ticket: there is nobody to write to.")
        )
    reply = Reply(
        ticket=str(ticket.name),
        target=target,
        text="",
        author=frappe.session.user,
        audience=Audience.PRIVATE,
        template=template,
    )
    with attempts.Once(attempts.said(reply), attempts.SAME_AGAIN_S):
        return _queue(ticket, reply, "", name)


def wanted_audience(stored: str | None) -> Audience | None:
    """Return the audience that a ticket names for replies, None where it names none."""
    return Audience(stored.lower()) if stored else None


def turn_to(target: StoredMessage, audience: Audience | None) -> StoredMessage:
    """Return what the same person wrote last to that audience on this ticket, or the message itself where nothing was.

    A conversation that is private already goes on there: platforms allow only one private answer to a public message.
    """
    if audience in (None, target.audience) or not target.ticket or not target.author_id:
        return target
    found = find_target(
        target.ticket,
        "message.audience = %(audience)s and message.account = %(account)s and message.author_id = %(author)s"
        " and message.is_context = 0 and message.deleted_at is null",
        audience=str(audience.value).title(),
        account=target.account,
        author=target.author_id,
    )
    return (messages.get(found) if found else None) or target


def _queue(ticket: Any, reply: Reply, own: str, name: str) -> Plan:
    """Plan and queue a reply, and show it as the Communication of that name; `own` is its HTML, "" for a template's."""
    frappe.db.savepoint("social_reply")
    try:
        plan, parts = frappe.get_attr(QUEUE_REPLY)(reply, name)
        content = own if reply.template is None else html.to_html(plan.drafts[0].text)
        add_communication(ticket, _shown(name, parts[0], reply, content), Turn.WAITING)
    except SocialCareError as error:
        frappe.db.rollback(save_point="social_reply")
        frappe.throw(translated(error), title=_("Not sent"))
    except Exception:
        frappe.db.rollback(save_point="social_reply")
        raise
    delivery_signs.show(parts[0])
    return plan


def _shown(name: str, first_part: str, reply: Reply, own: str) -> dict[str, Any]:
    return {
        "name": name,
        "social_message": first_part,
        "sent_or_received": "Sent",
        "delivery_status": "Scheduled",
        "sender": frappe.session.user,
        "recipients": _address_of(reply.target),
        "content": own,
    }


def _address_of(target: StoredMessage) -> str | None:
    row = rows.row(
        "select profile.address from `tabSocial Message` message join `tabSocial Profile` profile"
        " on profile.name = message.profile where message.name = %(name)s",
        name=target.id,
    )
    return row["address"] if row else None


# --- files ----------------------------------------------------------------------------------------------------------
def uploads(files: Sequence[str], own: str) -> tuple[Upload, ...]:
    """Return the attached files and the pictures pasted into the text. Nobody can send a file that he may not read."""
    names = dict.fromkeys([*files, *(_file_at(address) for address in html.image_addresses(own))])
    return tuple(_upload(frappe.get_doc("File", name)) for name in names)


def _file_at(address: str) -> str:
    path = address.split("?", 1)[0].removeprefix(frappe.utils.get_url())
    found = frappe.db.get_value("File", {"file_url": path}) if path.startswith(("/files/", "/private/files/")) else None
    if not found:
        frappe.throw(_("A pasted picture lies on another server. Please attach it as a file."), title=_("Not sent"))
    return str(found)


def _upload(file: Any) -> Upload:
    file.check_permission("read")
    return Upload(
        name=file.file_name,
        mime=mimetypes.guess_type(file.file_name or "")[0] or "application/octet-stream",
        size=int(file.file_size or 0),
        reference=file.name,
        digest=_digest(content_of(file)),
    )


def _attach(ticket: Any, communication: str, upload: Upload) -> None:
    """Show a file with the reply and on the ticket, as Helpdesk does."""
    url = frappe.db.get_value("File", upload.reference, "file_url")
    ticket.attach_file_with_doc("Communication", communication, url)
    ticket.attach_file_with_doc("HD Ticket", str(ticket.name), url)


def read_upload(upload: Upload) -> bytes:
    """Return the content of a file to send. Raises: Refused where it is not what was attached (and maybe approved)."""
    try:
        content = content_of(frappe.get_doc("File", upload.reference))
    except (frappe.DoesNotExistError, OSError) as error:
        raise Refused(_("The file {0} is gone, so it is not sent.").format(upload.name)) from error
    if upload.digest and _digest(content) != upload.digest:
        sentence = _("The file {0} was changed after it was attached, so it is not sent.")
        raise Refused(sentence.format(upload.name))
    return content


def content_of(file: Any) -> bytes:
    """Return the content of a File."""
    content = file.get_content()
    return content.encode() if isinstance(content, str) else content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
