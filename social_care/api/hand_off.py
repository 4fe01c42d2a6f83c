"""Asking a customer for contact details: by a private message with a one-time link, or by a public word that asks to write
privately. Sending goes through the composer, so every rule of a reply holds.
"""

from datetime import datetime
from typing import Any

import frappe
from frappe import _

from social_care.api import composer
from social_care.api.composer import open_ticket
from social_care.core.accounts import Account
from social_care.core.contact_requests import LINK, fill, make_token, with_link
from social_care.core.events import Audience
from social_care.core.ports import LinksPrivately
from social_care.desks.helpdesk import attempts, contact_requests, messages, panel, replying, rows
from social_care.desks.helpdesk.desk import HelpdeskDesk
from social_care.desks.helpdesk.times import utc_now
from social_care.wiring import load_connector

PRIVATE, PUBLIC = Audience.PRIVATE.value, Audience.PUBLIC.value


@frappe.whitelist(methods=["GET", "POST"])
def get_state(ticket: str) -> dict[str, Any] | None:
    """Return the texts to begin with, by way ({link} stands in the private one), and the ticket's newest request or None.

    None where no customer of a platform wrote on it.
    """
    document = open_ticket(ticket)
    newest = replying.find_target(str(document.name), "message.is_context = 0")
    target = messages.get(newest) if newest else None
    if target is None:
        return None
    now, account = utc_now(), HelpdeskDesk().accounts.get(target.account)
    return {
        "texts": {PRIVATE: _private_text(document, now), PUBLIC: _public_text(document, account)},
        "request": contact_requests.newest(str(document.name), now),
    }


@frappe.whitelist(methods=["POST"])
def preview(ticket: str, text: str, way: str, target: str | None = None) -> dict[str, Any]:
    """Return what `composer.preview` says of a text, with a link of the right length in it; stores nothing."""
    return composer.preview(ticket, _filled(text, way, make_token()), way, target)


@frappe.whitelist(methods=["POST"])
def ask(
    ticket: str,
    text: str,
    way: str,
    attempt: str,
    seen: list[str],
    target: str | None = None,
    confirmed: bool = False,
) -> dict[str, Any]:
    """Send the text as `composer.send` does, and return what that says.

    In private {link} becomes a new one-time link, and an earlier one of this ticket stops working. Raises: ValidationError.
    """
    document = open_ticket(ticket, "write")
    token, now = make_token(), utc_now()
    with rows.transaction():
        answer = composer.send(ticket, _filled(text, way, token), way, attempt, seen, target, confirmed=confirmed)
        if "taken" in answer:
            attempts.refuse_attempt()  # this link was never sent: the first one counts
        if way == PRIVATE and answer.get("reply"):
            contact_requests.ask(str(document.name), token, answer["reply"], _language(document), now)
    return answer


@frappe.whitelist(methods=["POST"])
def withdraw(ticket: str) -> bool:
    """Make the open link of a ticket useless; False when there was none."""
    return contact_requests.withdraw(str(open_ticket(ticket, "write").name))


def _filled(text: str, way: str, token: str) -> str:
    if way == PRIVATE and LINK not in text:
        frappe.throw(_("The text needs {0}, where the customer's link will stand.").format(LINK))
    return with_link(text, contact_requests.link_with(token) if way == PRIVATE else "")


# --- texts ----------------------------------------------------------------------------------------------------------
def _private_text(document: Any, now: datetime) -> str:
    language = _spoken(document)
    own = _(
        "Hello {first_name}, to help you further we would like to reach you by e-mail or phone. Please leave your details"
        " here, until {expires}: {link}",
        language,
    )
    last_day = contact_requests.last_day(contact_requests.expires_at(now), language)
    return _with_name(_setting("hand_off_text") or own, document, last_day)


def _public_text(document: Any, account: Account) -> str:
    """Return the text with the platform's address for writing to us; never with a one-time link."""
    own = _(
        "Hello {first_name}, we would like to go on with this in private, where nobody else reads your details. Please write"
        " us a private message: {link}",
        _spoken(document),
    )
    connector = load_connector(account.platform)
    address = connector.private_link(account) if isinstance(connector, LinksPrivately) else ""
    return with_link(_with_name(_setting("hand_off_public_text") or own, document, ""), address)


def _setting(name: str) -> str:
    return (frappe.db.get_single_value("Social Care Settings", name) or "").strip()


def _with_name(text: str, document: Any, expires: str) -> str:
    return fill(text, first_name=panel.variables(document)["customer_first_name"], expires=expires)


def _language(document: Any) -> str:
    """Return the language in which the customer wrote, "" where it is unknown, or not one of ours."""
    code = (document.get("social_language") or "").replace("_", "-").split("-")[0].lower()
    return code if code in contact_requests.LANGUAGES else ""


def _spoken(document: Any) -> str:
    """Return the language of the texts: the customer's, else the agent's, who can change them."""
    return _language(document) or (frappe.local.lang if frappe.local.lang in contact_requests.LANGUAGES else "en")
