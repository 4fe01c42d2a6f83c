"""Customers who were asked for contact details: the one-time link, and the answer on its way to ticket and contact."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import frappe
from babel.dates import format_date
from frappe import _

from social_care.core.contact_requests import ContactDetails, digest_of, fits
from social_care.desks.helpdesk import contacts, identities, messages, panel, rows
from social_care.desks.helpdesk.times import to_site
from social_care.desks.helpdesk.turns import Turn, add_communication

DOCTYPE = "Social Contact Request"
PAGE, KEY = "contact-details", "key"
"""The guest page's path on the site, and the name under which its address holds the token."""
LANGUAGES = ("en", *sorted(path.stem for path in Path(__file__).parents[2].glob("locale/*.po")))
"""In which the app can speak to customers."""
LEAST_DAYS, MOST_DAYS = 1, 60
BELONGS_TO = {"HD Ticket": "ticket", "Social Profile": "profile", "Contact": "contact"}
_CLOSE = "update `tabSocial Contact Request` set state = %(state)s where state in ('Asked', 'Opened')"


def link_with(token: str) -> str:
    """Return the address of the guest page for one request."""
    return frappe.utils.get_url(f"/{PAGE}?{KEY}={token}")


def holds_link(text: str) -> bool:
    """Tell whether a text holds such an address."""
    return f"/{PAGE}?{KEY}=" in text


def last_day(moment: datetime, language: str) -> str:
    """Return the day of a moment of the database as people write it in a language of ours."""
    return str(format_date(moment, "long", locale=language))


def expires_at(now: datetime) -> datetime:
    """Return when a link that is made now stops working, as the database keeps it: at the end of a day."""
    days = frappe.utils.cint(frappe.db.get_single_value("Social Care Settings", "hand_off_days"))
    last = to_site(now + timedelta(days=min(max(days, LEAST_DAYS), MOST_DAYS)))
    assert last is not None  # noqa: S101 - a moment that is known stays one
    return last.replace(hour=23, minute=59, second=59, microsecond=0)


# --- asking ---------------------------------------------------------------------------------------------------------
def ask(ticket: str, token: str, reply: str, language: str, now: datetime) -> None:
    """Keep that a reply asks a customer, in the caller's transaction; an earlier request of the ticket is withdrawn."""
    withdraw(ticket)
    target = rows.the_row(
        "select target.account, target.thread, target.profile, profile.contact from `tabSocial Message` part"
        " join `tabSocial Message` target on target.name = part.target"
        " left join `tabSocial Profile` profile on profile.name = target.profile"
        " where part.reply = %(reply)s and part.part = 1",
        reply=reply,
    )
    values = {
        "state": "Asked",
        "ticket": ticket,
        "asked_by": frappe.session.user,
        "asked_at": to_site(now),
        "expires_at": expires_at(now),
        "language": language,
        "token_digest": digest_of(token),
    }
    rows.insert(DOCTYPE, target | values)


def withdraw(ticket: str) -> bool:
    """Make the open link of a ticket useless; False when there was none."""
    return bool(rows.run(_CLOSE + " and ticket = %(ticket)s", state="Withdrawn", ticket=ticket))


def expire(now: datetime) -> None:
    """Mark requests whose time is over; the page takes none of them any more."""
    rows.run(_CLOSE + " and expires_at <= %(now)s", state="Expired", now=to_site(now))


# --- answering ------------------------------------------------------------------------------------------------------
def find(token: str, now: datetime) -> rows.Row | None:
    """Return the request that a token opens; None for one that is unknown, used, withdrawn or out of time."""
    found = rows.row(
        "select request.*, account.platform, account.handle from `tabSocial Contact Request` request"
        " join `tabSocial Account` account on account.name = request.account"
        " where token_digest = %(digest)s and state in ('Asked', 'Opened') and expires_at > %(now)s",
        digest=digest_of(token),
        now=to_site(now),
    )
    return found if found and fits(token, found["token_digest"]) else None


def record_opened(request: str, now: datetime) -> None:
    """Keep when the page was first looked at."""
    rows.run(
        "update `tabSocial Contact Request` set state = 'Opened', opened_at = %(now)s"
        " where name = %(name)s and state = 'Asked'",
        name=request,
        now=to_site(now),
    )


def record_answer(request: str, details: ContactDetails, consent: str, now: datetime) -> bool:
    """Keep what a customer left, and to what they agreed; False when the link was used meanwhile, or its time is over."""
    changed = rows.run(
        "update `tabSocial Contact Request` set state = 'Answered', answered_at = %(now)s, consent_text = %(consent)s,"
        " email = %(email)s, phone = %(phone)s, preferred_time = %(preferred_time)s"
        " where name = %(name)s and state in ('Asked', 'Opened') and expires_at > %(now)s",
        name=request,
        consent=consent,
        now=to_site(now),
        **asdict(details),
    )
    return bool(changed)


def waiting(limit: int = 100) -> list[str]:
    """Return answers that are not on their tickets yet."""
    return frappe.get_all(DOCTYPE, {"state": "Answered", "communication": ["is", "not set"]}, pluck="name", limit=limit)


def land(request: str) -> None:
    """Put an answer on its ticket, as the customer's word, and on the contact. Harmless when that is done already."""
    with rows.transaction():
        row = rows.row(
            "select * from `tabSocial Contact Request` where name = %(name)s and state = 'Answered'"
            " and communication is null for update",
            name=request,
        )
        if row is None:
            return
        used = messages.after_merges(row["ticket"])
        ticket = frappe.get_doc("HD Ticket", used, for_update=True)
        profile = contacts.get_profile(row["profile"]) if row["profile"] else None
        communication = rows.new_name()
        add_communication(ticket, _communication(communication, row, ticket, profile), Turn.CUSTOMER)
        contact = _contact_of(ticket, profile)
        rows.update(DOCTYPE, request, {"ticket": used, "communication": communication, "contact": contact})
        if contact:
            _add_to_contact(contact, row)


def _communication(name: str, row: rows.Row, ticket: Any, profile: rows.Row | None) -> dict[str, Any]:
    lines = (
        (_("E-mail address"), row["email"]),
        (_("Phone number"), row["phone"]),
        (_("Preferred time"), row["preferred_time"]),
    )
    told = "".join(f"<li>{escape(label)}: <strong>{escape(value)}</strong></li>" for label, value in lines if value)
    agreed = escape(_("Agreed to: {0}").format(row["consent_text"]))
    return {
        "name": name,
        "sent_or_received": "Received",
        "sender": profile["address"] if profile else ticket.raised_by,
        "sender_full_name": (profile and (profile["display_name"] or contacts.with_at(profile["handle"]))) or _("Customer"),
        "content": f"<p>{escape(_('The customer left contact details:'))}</p><ul>{told}</ul><p><em>{agreed}</em></p>",
    }


def _contact_of(ticket: Any, profile: rows.Row | None) -> str | None:
    if profile is None:
        return frappe.db.exists("Contact", ticket.contact)
    found = contacts.find_profile(profile["platform"], profile["external_id"])
    return contacts.ensure_contact(found) if found else None


def _add_to_contact(name: str, row: rows.Row) -> None:
    """Add what nobody has yet; what another Contact has is only suggested, since it may be another person's.

    A Contact that cannot be saved for reasons of its own costs the ticket nothing: the answer is there.
    """
    frappe.db.savepoint("social_contact")
    contact = frappe.get_doc("Contact", name, for_update=True)
    if row["email"] and not identities.contacts_with(email=row["email"]):
        first = not any(one.is_primary for one in contact.email_ids)
        contact.append("email_ids", {"email_id": row["email"], "is_primary": first})
    if row["phone"] and not identities.contacts_with(phone=row["phone"]):
        first = not any(one.is_primary_phone for one in contact.phone_nos)
        contact.append("phone_nos", {"phone": row["phone"], "is_primary_phone": first})
    try:
        contact.save(ignore_permissions=True)
    except frappe.ValidationError:
        frappe.db.rollback(save_point="social_contact")
        frappe.log_error(f"Contact details could not be added to the Contact {name}")


# --- showing --------------------------------------------------------------------------------------------------------
def newest(ticket: str, now: datetime) -> dict[str, Any] | None:
    """Return what the panel shows of a ticket's newest request, None where nobody was asked.

    delivery: what became of the message with the link, as the state of a Social Message; "" for not known.
    elsewhere: other Contacts that have the address or number, of those that the user may read.
    """
    row = rows.row(
        "select * from `tabSocial Contact Request` where ticket = %(ticket)s order by asked_at desc, creation desc limit 1",
        ticket=ticket,
    )
    if row is None:
        return None
    over = row["state"] in ("Asked", "Opened") and row["expires_at"] <= to_site(now)
    known = {*identities.contacts_with(email=row["email"]), *identities.contacts_with(phone=row["phone"])} - {row["contact"]}
    return {
        "state": "expired" if over else row["state"].lower(),
        "asked_by": frappe.get_cached_value("User", row["asked_by"], "full_name") or row["asked_by"],
        "delivery": _delivery(ticket, row["asked_at"]),
        "email": row["email"] or "",
        "phone": row["phone"] or "",
        "preferred_time": row["preferred_time"] or "",
        "elsewhere": sorted(one for one in known if frappe.has_permission("Contact", "read", one)),
        **{name: panel.iso(row[name]) for name in ("asked_at", "opened_at", "answered_at", "expires_at")},
    }


def _delivery(ticket: str, since: datetime) -> str:
    part = rows.row(
        "select state from `tabSocial Message` where ticket = %(ticket)s and direction = 'Out' and creation >= %(since)s"
        " and text like %(link)s order by creation desc limit 1",
        ticket=ticket,
        since=since,
        link=f"%/{PAGE}?{KEY}=%",
    )
    return part["state"] if part else ""


def forget(doctype: str, name: str) -> None:
    """Erase the requests of a ticket, profile or contact that is being deleted; of a contact also its profiles'."""
    frappe.db.delete(DOCTYPE, {BELONGS_TO[doctype]: name})
    for profile in frappe.get_all("Social Profile", {"contact": name}, pluck="name") if doctype == "Contact" else ():
        frappe.db.delete(DOCTYPE, {"profile": profile})
