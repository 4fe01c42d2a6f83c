"""Attempts to send: each has a name, and the same one is taken over once only, whatever became of the site's answer."""

from __future__ import annotations

import frappe
from frappe import _

from social_care.core.replies import Reply
from social_care.desks.helpdesk import html, rows

SAME_AGAIN_S = 15
"""The same words from the same person on the same ticket within this time are a double click."""


def name_of_attempt(ticket: str, attempt: str) -> str:
    """Return the name of the reply that an attempt of the present user makes: the same attempt, the same name."""
    return rows.digest("attempt", ticket, frappe.session.user, attempt)[:20]


def words_of(reply: str) -> str | None:
    """Return the words of a reply that was taken over under this name, None where there is none."""
    content = frappe.db.get_value("Communication", reply, "content")
    return content and html.to_text(content)


def refuse_attempt() -> None:
    """Tell that this attempt to send was taken over before. Raises: ValidationError."""
    frappe.throw(_("This reply was taken over already, so it was not sent again."), title=_("Not sent twice"))


def said(reply: Reply) -> str:
    """Return a short text that stands for who says what on which ticket."""
    return rows.digest(
        reply.ticket, reply.author, reply.text, str(reply.template or ""), *(upload.reference for upload in reply.media)
    )


class Once:
    """Refuses the same again within so many seconds; what was refused for another reason may be tried again at once."""

    def __init__(self, same: str, seconds: int) -> None:
        self.key = frappe.cache.make_key(f"social_care:reply:{same}")
        self.seconds = seconds

    def __enter__(self) -> None:
        if not frappe.cache.set(self.key, 1, nx=True, ex=self.seconds):
            frappe.throw(_("You sent exactly this a moment ago, so it was not sent again."), title=_("Not sent twice"))

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            frappe.cache.delete(self.key)
