"""Customers: what is known of a profile, its Contact, and the address under which Helpdesk knows somebody without one.

Helpdesk keys a ticket's customer by an e-mail address. A customer of a social platform has none, so we make one up under
`.invalid`, a domain that by definition never exists.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import frappe

from social_care.core.events import Author
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.html import clean_line

MADE_UP_DOMAIN = ".invalid"
_ANSWERS: dict[bool | None, str] = {True: "Yes", False: "No"}


def is_made_up(address: str | None) -> bool:
    """Tell whether an e-mail address is one that cannot exist."""
    return (address or "").strip().rstrip(">").lower().endswith(MADE_UP_DOMAIN)


def make_address(platform: str, external_id: str, handle: str | None) -> str:
    """Return the made-up address of a profile: readable, valid, and different for different ids."""
    handle_part = _slug(handle or "")[:24]
    id_part = _slug(external_id)
    if id_part != external_id or len(id_part) > 32:
        id_part = f"{id_part[:20]}-{sha256(external_id.encode()).hexdigest()[:8]}".lstrip("-")
    return f"{'.'.join(part for part in (handle_part, id_part) if part)}@{platform}{MADE_UP_DOMAIN}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def with_at(handle: str | None) -> str:
    """Return a handle as people write it, "" when there is none."""
    bare = clean_line(handle).lstrip("@")
    return f"@{bare}" if bare else ""


def save_profile(platform: str, author: Author) -> None:
    """Keep what is known of a customer; unknown fields leave the known ones alone."""
    known: dict[str, Any] = {
        "handle": clean_line(author.handle).lstrip("@") if author.handle is not None else None,
        "display_name": clean_line(author.name) if author.name is not None else None,
        "avatar_url": author.avatar_url,
        "followers": author.followers,
        "verified": _ANSWERS.get(author.verified),
        "protected": _ANSWERS.get(author.protected),
        "accepts_private": _ANSWERS.get(author.accepts_private),
    }
    known = {field: value for field, value in known.items() if value is not None}
    rows.insert(
        "Social Profile",
        {
            "platform": platform,
            "external_id": author.id,
            "address": make_address(platform, author.id, author.handle),
            **known,
        },
        renew=", ".join(f"`{field}` = values(`{field}`)" for field in known) or "name = name",
    )


def find_profile(platform: str, external_id: str) -> rows.Row | None:
    """Return the row of a profile, with the present e-mail address of its Contact as `contact_email`."""
    return rows.row(
        "select profile.*, contact.name as contact_found, contact.email_id as contact_email"
        " from `tabSocial Profile` profile left join `tabContact` contact on contact.name = profile.contact"
        " where profile.platform = %(platform)s and profile.external_id = %(id)s",
        platform=platform,
        id=external_id,
    )


def get_profile(name: str) -> rows.Row:
    """Return a profile by the name of its row. Raises: LookupError."""
    return rows.the_row("select * from `tabSocial Profile` where name = %(name)s", name=name)


def ensure_contact(profile: rows.Row) -> str:
    """Return the Contact of a profile, made when there is none (any more)."""
    if profile["contact_found"]:
        return profile["contact_found"]
    contact = make_contact(profile)
    rows.update("Social Profile", profile["name"], {"contact": contact})
    return contact


def make_contact(profile: rows.Row) -> str:
    """Make a Contact for a profile and return its name."""
    handle = _without_brackets(with_at(profile["handle"]))
    shown = _without_brackets(profile["display_name"]) or handle or _without_brackets(profile["external_id"])
    name = f"{shown} ({handle})" if handle and handle != shown else shown
    if frappe.db.exists("Contact", name) or name.startswith("New Contact"):
        name = f"{name} {profile['name']}"
    contact = frappe.get_doc({"doctype": "Contact", "first_name": shown})
    contact.insert(ignore_permissions=True, set_name=name)
    return contact.name


def name_contact(profile: rows.Row) -> None:
    """Give a Contact that was made when only an id was known its name; one that people named keeps theirs."""
    shown = _without_brackets(profile["display_name"]) or _without_brackets(with_at(profile["handle"]))
    if shown and profile["contact_found"]:
        contact = frappe.get_doc("Contact", profile["contact_found"])
        if contact.first_name == profile["external_id"] and not contact.last_name:
            contact.first_name = shown
            contact.save(ignore_permissions=True)


def _without_brackets(text: str | None) -> str:
    """Return text without the signs that Frappe forbids in names, and the one that ends an attribute in its lists."""
    return " ".join(re.sub(r'[<>"]', " ", clean_line(text, 60)).split())


def address_of(profile: rows.Row) -> str:
    """Return the e-mail address for a ticket of this profile: the Contact's, if it has a real one, else the made-up one."""
    email = profile["contact_email"]
    return email if email and not is_made_up(email) else profile["address"]
