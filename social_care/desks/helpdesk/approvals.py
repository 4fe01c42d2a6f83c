"""Replies that ask a supervisor: rows of Social Approval, whom they concern, and what open pages show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import frappe
from frappe import _

from social_care.core.approvals import Approval, Decision
from social_care.core.events import Audience
from social_care.core.ports import Clock
from social_care.core.replies import Mail, Plan, Reply, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.helpdesk import delivery_signs, mailing, messages, notices, rows
from social_care.desks.helpdesk.html import to_html
from social_care.desks.helpdesk.team import supervisors
from social_care.desks.helpdesk.times import from_site, to_site

DOCTYPE = "Social Approval"
BY_MAIL = "E-mail"

_WAITING = "select name from `tabSocial Approval` where decision = 'Waiting' order by creation"


_MAILS = (
    "select reply, author_user, creation, name, decision from `tabSocial Approval`"
    " where ticket = %(ticket)s and mail is not null"
)


class HelpdeskApprovals:
    """See `core.approvals.Approvals`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def ask(self, reply: Reply, plan: Plan, *, reply_name: str, reasons: Sequence[str], now: datetime) -> str:
        values = {
            "creation": to_site(now),
            "reply": reply_name,
            "account": reply.target.account,
            "ticket": reply.ticket,
            "target": reply.target.id,
            "author_user": reply.author,
            "text": reply.text or next((draft.text for draft in plan.drafts), ""),
            "audience": BY_MAIL if reply.mail else plan.audience.value.title(),
            "mail": asdict(reply.mail) if reply.mail else None,
            "uploads": [asdict(upload) for upload in reply.media],
            "reasons": "\n".join(reasons),
            "decision": Decision.WAITING.value.title(),
        }
        name = rows.insert(DOCTYPE, values)
        notices.refresh_queue()
        return name

    def lock(self, approval_id: str) -> Approval | None:
        row = rows.row("select * from `tabSocial Approval` where name = %(name)s for update", name=approval_id)
        return _read(row) if row else None

    def waiting(self) -> tuple[Approval, ...]:
        found = [get(row["name"]) for row in rows.rows(_WAITING)]
        return tuple(sorted(found, key=lambda one: (one.deadline is None, one.deadline or one.asked_at)))

    def record(
        self, approval_id: str, decision: Decision, *, by: str, now: datetime, final_text: str = "", note: str = ""
    ) -> None:
        values = {
            "decision": decision.value.title(),
            "decided_by": by,
            "decided_at": to_site(now),
            "final_text": final_text,
            "note": note,
        }
        rows.update(DOCTYPE, approval_id, values)
        approval = get(approval_id)
        if decision is Decision.EDITED:
            self._show_text(approval)
        if approval.reply.author != by and (sentence := _told(decision, by, note)):
            notices.tell_author(approval.reply.author, approval.reply.ticket, sentence)
        notices.refresh_queue()

    def _show_text(self, approval: Approval) -> None:
        rows.run(
            "update `tabCommunication` set content = %(content)s where social_message = %(first)s",
            content=to_html(approval.final_text),
            first=delivery_signs.first_part(approval.reply_name),
        )

    def send_mail(self, approval: Approval, text: str | None) -> None:
        mailing.send(approval.reply, text)

    def alarm(self, approval_id: str, sentence: str) -> None:
        rows.update(DOCTYPE, approval_id, {"alarmed": 1})
        notices.alert(supervisors(), sentence, DOCTYPE, approval_id)
        notices.refresh_queue()


def _told(decision: Decision, by: str, note: str) -> str:
    who = frappe.get_cached_value("User", by, "full_name") or by
    sentences = {
        Decision.EDITED: _("{0} changed your reply and approved it.").format(who),
        Decision.REJECTED: _("{0} did not approve your reply: {1}").format(who, note),
    }
    return sentences.get(decision, "")


def get(name: str) -> Approval:
    """Return a record that must be there."""
    return _read(rows.the_row("select * from `tabSocial Approval` where name = %(name)s", name=name))


def of_ticket(ticket: str, user: str) -> list[Approval]:
    """Return what waits on a ticket, and the last reply of a user there where that was rejected, oldest first."""
    found = rows.rows(
        "select first.reply, first.author_user, first.creation, approval.name, approval.decision"
        " from `tabCommunication` communication join `tabSocial Message` first on first.name = communication.social_message"
        " left join `tabSocial Approval` approval on approval.reply = first.reply"
        " where communication.reference_doctype = 'HD Ticket' and communication.reference_name = %(ticket)s"
        " and first.reply is not null order by first.creation",
        ticket=ticket,
    )
    found = sorted((*found, *rows.rows(_MAILS, ticket=ticket)), key=lambda row: row["creation"])
    last = next((row["reply"] for row in reversed(found) if row["author_user"] == user), None)
    rejected = [row for row in found if row["decision"] == "Rejected" and row["reply"] == last]
    return [get(row["name"]) for row in found if row["decision"] == "Waiting" or row in rejected]


def mails_of(ticket: str) -> list[str]:
    """Return marks of the e-mails on a ticket that wait or were rejected; they differ where anything has changed."""
    found = rows.rows(_MAILS + " and decision in ('Waiting', 'Rejected') order by creation", ticket=ticket)
    return [f"{row['name']} {row['decision']}" for row in found]


def _read(row: rows.Row) -> Approval:
    target = messages.get(row["target"])
    assert target is not None  # noqa: S101 - messages are never removed while they have replies
    mail = Mail(**rows.load(row["mail"], {})) if row["mail"] else None
    ticket = messages.present_ticket(delivery_signs.first_part(row["reply"]) or "", row["ticket"])
    audience = Audience.PRIVATE if mail else Audience(row["audience"].lower())
    first = rows.row(
        "select max(template) template, max(resolves) resolves from `tabSocial Message` where reply = %(reply)s",
        reply=row["reply"],
    )
    reply = Reply(
        ticket=ticket,
        target=target,
        text=row["text"] or "",
        author=row["author_user"],
        audience=audience,
        media=tuple(Upload(**upload) for upload in rows.load(row["uploads"], [])),
        template=FilledTemplate(**rows.load(first["template"], {})) if first and first["template"] else None,
        resolve=bool(first and first["resolves"]),
        mail=mail,
    )
    asked_at = from_site(row["creation"])
    assert asked_at is not None  # noqa: S101 - every row has it
    ends = [_response_ends(ticket), target.reply_until if audience is target.audience and not mail else None]
    return Approval(
        id=row["name"],
        reply=reply,
        reply_name=row["reply"],
        reasons=tuple((row["reasons"] or "").splitlines()),
        decision=Decision(row["decision"].lower()),
        asked_at=asked_at,
        deadline=min((one for one in ends if one is not None), default=None),
        alarmed=bool(row["alarmed"]),
        decided_by=row["decided_by"] or "",
        decided_at=from_site(row["decided_at"]),
        final_text=row["final_text"] or "",
        note=row["note"] or "",
    )


def _response_ends(ticket: str) -> datetime | None:
    """Return when Helpdesk wants the customer to have the first response, None when there was one."""
    row = rows.row("select response_by, first_responded_on from `tabHD Ticket` where name = %(name)s", name=ticket)
    return from_site(row["response_by"]) if row and not row["first_responded_on"] else None
