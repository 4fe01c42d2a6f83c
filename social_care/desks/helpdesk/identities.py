"""One person, several profiles: which Contact a profile belongs to, decided by people and never lost.

A profile's tickets follow it from Contact to Contact, and every step is kept with the profile: who, when, from where, why.
Renaming and merging Contacts stays Frappe's own; profiles and tickets follow that by their links.
"""

from __future__ import annotations

import re
from typing import Any

import frappe
from frappe import _

from social_care.desks.helpdesk import contacts, panel, rows, titles
from social_care.desks.helpdesk.times import to_site, utc_now

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+?\d[\d ()/.-]{6,20}\d")
LOOKED_AT = 200
"""How many of a profile's newest messages are searched for addresses and numbers."""
SHORTEST_PHONE = 8
"""Digits; what is shorter may be a booking number."""


def link(profile: str, contact: str, reason: str) -> None:
    """Say that a profile belongs to a Contact; its tickets go with it. Linking to the present Contact changes nothing."""
    row = rows.the_row(
        "select name, contact, identity_log from `tabSocial Profile` where name = %(name)s for update", name=profile
    )
    if row["contact"] == contact:
        return
    step = {
        "at": str(to_site(utc_now())),
        "by": frappe.session.user,
        "from": row["contact"],
        "to": contact,
        "reason": reason,
    }
    log = [*rows.load(row["identity_log"], []), step]
    rows.update("Social Profile", profile, {"contact": contact, "identity_log": log})
    rows.run(
        "update `tabHD Ticket` set contact = %(contact)s where social_profile = %(profile)s"
        " and coalesce(contact, '') in ('', %(before)s)",
        contact=contact,
        profile=profile,
        before=row["contact"] or "",
    )
    for one in filter(None, (row["contact"], contact)):
        if frappe.db.exists("Contact", one):
            words = _("The profile {0} moved from {1} to {2}: {3}").format(profile, row["contact"] or "–", contact, reason)
            frappe.get_doc("Contact", one).add_comment("Info", frappe.utils.escape_html(words))


def unlink(profile: str, reason: str) -> str:
    """Undo the last step of a profile; return its Contact now: the one before, or a new one where that is gone."""
    row = contacts.get_profile(profile)
    steps = rows.load(row["identity_log"], [])
    before = next((one["from"] for one in reversed(steps) if one["to"] == row["contact"]), None)
    if not before or before == row["contact"] or not frappe.db.exists("Contact", before):
        before = contacts.make_contact(row)
    link(profile, before, reason)
    return before


def merge(source: str, target: str, reason: str) -> list[str]:
    """Move every profile of one Contact to another, each recorded; return them. Both Contacts stay."""
    moved = frappe.get_all("Social Profile", {"contact": source}, pluck="name", order_by="creation")
    for profile in moved:
        link(profile, target, reason)
    return moved


def history(profile: str) -> list[dict[str, Any]]:
    """Return the steps of a profile, oldest first."""
    return rows.load(frappe.db.get_value("Social Profile", profile, "identity_log"), [])


def steps(profile: str) -> list[dict[str, Any]]:
    """Return the steps of a profile for people, newest first: when (ISO 8601), who, from where, to where, why."""
    return [
        {
            "at": panel.iso(frappe.utils.get_datetime(one["at"])),
            "by": frappe.get_cached_value("User", one["by"], "full_name") or one["by"],
            "from": one["from"] or "",
            "to": one["to"] or "",
            "reason": one["reason"],
        }
        for one in reversed(history(profile))
    ]


# --- Contacts to choose from ----------------------------------------------------------------------------------------
def card(contact: str | None) -> dict[str, Any] | None:
    """Return what tells one Contact from another, None for one that is gone or that the user may not read."""
    if not contact or not frappe.db.exists("Contact", contact) or not frappe.has_permission("Contact", "read", contact):
        return None
    row = frappe.db.get_value("Contact", contact, _SHOWN, as_dict=True)
    profiles = frappe.get_all("Social Profile", {"contact": contact}, ["handle", "display_name", "platform"])
    known = titles.of_platforms()
    return {
        "contact": contact,
        "name": row.full_name or contact,
        "email": "" if contacts.is_made_up(row.email_id) else row.email_id or "",
        "phone": row.mobile_no or row.phone or "",
        "identities": [
            f"{contacts.with_at(one.handle) or one.display_name} ({known.get(one.platform, one.platform)})"
            for one in profiles
        ],
    }


_SHOWN = ("full_name", "email_id", "mobile_no", "phone")
MOST_FOUND = 10


def find(text: str) -> list[dict[str, Any]]:
    """Return Contacts that the user may read and that have this text in name, e-mail address or number, newest first."""
    like = f"%{text.strip()}%"
    found = frappe.get_list(
        "Contact",
        or_filters=[[field, "like", like] for field in ("name", *_SHOWN)],
        pluck="name",
        order_by="modified desc",
        limit=MOST_FOUND,
    )
    return [one for name in found if (one := card(name))]


def create(profile: str, name: str, email: str, phone: str, reason: str) -> str:
    """Make a Contact with the rights of the user, link a profile to it, and return its name."""
    contact = frappe.get_doc({"doctype": "Contact", "first_name": name})
    if email:
        contact.add_email(frappe.utils.validate_email_address(email, throw=True), is_primary=1)
    if phone:
        contact.add_phone(phone, is_primary_mobile_no=1)
    contact.insert()
    link(profile, contact.name, reason)
    return str(contact.name)


# --- who may be the same person -------------------------------------------------------------------------------------
def suggest(profile: str) -> list[dict[str, Any]]:
    """Return Contacts that may be the same person, each with the reason, strong evidence first. Nothing is changed.

    Strong: an e-mail address or phone number of the Contact that the person wrote, or that is the profile's own id. Weak:
    the same handle on another platform, which anybody may have taken.
    """
    row = contacts.get_profile(profile)
    written = " ".join(
        frappe.get_all(
            "Social Message",
            {"profile": profile, "direction": "In"},
            pluck="text",
            order_by="creation desc",
            limit=LOOKED_AT,
        )
    )
    given = frappe.get_all("Social Contact Request", {"profile": profile, "state": "Answered"}, ["email", "phone"])
    written += "".join(f" {one.email or ''} {one.phone or ''}" for one in given)
    found = [*_by_email(written), *_by_phone(f"{written} {_own_number(row)}"), *_by_handle(row)]
    seen = {row["contact"]}
    return [one for one in found if not (one["contact"] in seen or seen.add(one["contact"]))]  # type: ignore[func-returns-value]


def _by_email(written: str) -> list[dict[str, Any]]:
    addresses = sorted({address.lower() for address in _EMAIL.findall(written)})
    found = frappe.get_all("Contact Email", {"email_id": ["in", addresses]}, ["parent", "email_id"]) if addresses else []
    reason = _("The address {0} was given in a message.")
    return [{"contact": one.parent, "reason": reason.format(one.email_id), "strong": True} for one in found]


def _by_phone(written: str) -> list[dict[str, Any]]:
    numbers = {digits for one in _PHONE.findall(written) if len(digits := _digits(one)) >= SHORTEST_PHONE}
    reason = _("The number {0} was given, or is the person's own.")
    found = []
    for number in sorted(numbers):
        like = "%" + "%".join(number[-SHORTEST_PHONE:])  # people write numbers with spaces and signs
        for one in frappe.get_all("Contact Phone", {"phone": ["like", like]}, ["parent", "phone"]):
            if _same_number(number, _digits(one.phone)):
                found.append({"contact": one.parent, "reason": reason.format(one.phone), "strong": True})
    return found


def contacts_with(*, email: str | None = None, phone: str | None = None) -> set[str]:
    """Return the Contacts that have this address or this number."""
    found = frappe.get_all("Contact Email", {"email_id": email, "parenttype": "Contact"}, pluck="parent") if email else []
    return {*found, *(one["contact"] for one in _by_phone(phone or ""))}


def _same_number(one: str, other: str) -> bool:
    """Compare digits; either may stand without the country's code, with or without a zero in its place."""
    longer, shorter = sorted((one.lstrip("0"), other.lstrip("0")), key=len, reverse=True)
    return len(shorter) >= SHORTEST_PHONE and longer.endswith(shorter)


def _by_handle(row: rows.Row) -> list[dict[str, Any]]:
    if not row["handle"]:
        return []
    others = frappe.get_all(
        "Social Profile",
        {"handle": row["handle"], "name": ["!=", row["name"]], "contact": ["is", "set"]},
        ["contact", "platform"],
    )
    known = titles.of_platforms()
    reason = _("The same handle, {0}, is theirs on another platform ({1}).")
    return [
        {
            "contact": one.contact,
            "reason": reason.format(contacts.with_at(row["handle"]), known.get(one.platform, one.platform)),
            "strong": False,
        }
        for one in others
    ]


def _own_number(row: rows.Row) -> str:
    """Return the number under which a person is known on a platform that has numbers for names, else some id or ""."""
    return next((one for one in (row["external_id"], row["handle"]) if (one or "").isdecimal() and len(one) <= 15), "")


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdecimal())
