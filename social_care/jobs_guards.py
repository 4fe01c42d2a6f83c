"""Every doc-event entry that looks at a document of somebody else's before it is stored, or once it is deleted."""

from __future__ import annotations

from typing import Any

import frappe

from social_care.core.errors import SocialCareError
from social_care.desks.helpdesk import mail_guard, mailing, numbers, searches, team, visibility
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.phrases import translated
from social_care.engine import listening
from social_care.wiring import load_connector


def guard_mail(queued: Any, method: str | None = None) -> None:
    """Before an e-mail is queued: nobody at a made-up address gets one, and nobody a trainee's that was not approved."""
    mailing.check_queued(queued)
    mail_guard.drop_made_up(queued)


def guard_communication(communication: Any, method: str | None = None) -> None:
    """Before a Communication is saved: trainees say nothing past the replies that wait, and nobody moves hidden words."""
    mailing.check_communication(communication)
    visibility.check_shown(communication)


def keep_number(ticket: Any, method: str | None = None) -> None:
    """After an HD Ticket was deleted: no later one gets its number, and with it what stood there."""
    numbers.keep(ticket)


def check_initials(user: Any, method: str | None = None) -> None:
    """Before a User is saved: initials are unique in the team."""
    team.check_initials(user)


def check_search(search: Any, method: str | None = None) -> None:
    """Before a Social Search is saved: its platform can be asked like that."""
    try:
        account = HelpdeskDesk().accounts.get(search.account)
        listening.ask(searches.read(search.as_dict()), account, load_connector(account.platform))
    except SocialCareError as error:
        frappe.throw(translated(error))


def leave_no_copy(row: Any, method: str | None = None) -> None:
    """When a row with customers' words is deleted: Frappe's copy of it, its "Deleted Document", goes, too.

    The copy is made after this call, so it goes before the commit; where the deletion is taken back, so is this.
    """
    copy = {"deleted_doctype": row.doctype, "deleted_name": row.name}
    frappe.db.before_commit.add(lambda: frappe.db.delete("Deleted Document", copy))
