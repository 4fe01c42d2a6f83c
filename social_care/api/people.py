"""Who wrote: the profile behind a social ticket, the contact, and what that person wrote before, on every channel."""

from typing import Any

import frappe

from social_care.api.composer import open_ticket
from social_care.desks.helpdesk import identities, moderation_lines, panel, rows
from social_care.desks.helpdesk.contacts import is_made_up, with_at
from social_care.desks.helpdesk.replying import find_target

EARLIER_SHOWN = 20


@frappe.whitelist(methods=["GET", "POST"])
def who_is(ticket: str) -> dict[str, Any] | None:
    """Return who wrote on a ticket, or None where no profile of a platform belongs to it.

    Earlier tickets are those that the agent may read: of the same profile, the same contact, or one of its addresses.
    """
    document = open_ticket(ticket)
    profile = _profile(document.get("social_profile"))
    if profile is None:
        return None
    known = [one for one in (profile["contact"], document.contact) if one and frappe.db.exists("Contact", one)]
    contact = next(iter(known), None)
    others = _other_profiles(profile["name"], contact)
    return {
        "profile": profile["name"],
        "name": profile["display_name"] or "",
        "handle": with_at(profile["handle"]),
        "platform": document.social_platform or "",
        "avatar": profile["avatar_url"] if (profile["avatar_url"] or "").startswith("https://") else "",
        "followers": profile["followers"] or None,
        "verified": profile["verified"] == "Yes",
        "protected": profile["protected"] == "Yes",
        "language": profile["language"] or document.get("social_language") or "",
        "known_since": panel.iso(profile["creation"]),
        "contact": identities.card(contact),
        "others": [_identity(one) for one in others],
        "steps": identities.steps(profile["name"]),
        "message": _newest_message(str(document.name), profile["name"]),
        "acts": moderation_lines.in_force(profile["name"]),
        "earlier": _earlier(document, [profile["name"], *(one["name"] for one in others)], known),
    }


def _profile(name: str | None) -> rows.Row | None:
    return rows.row("select * from `tabSocial Profile` where name = %(name)s", name=name) if name else None


def _identity(profile: rows.Row) -> dict[str, Any]:
    return {
        "profile": profile["name"],
        "platform": profile["platform"],
        "handle": with_at(profile["handle"]),
        "name": profile["display_name"] or "",
    }


def _newest_message(ticket: str, profile: str) -> str | None:
    """Return the person's newest message on a ticket: acting on its author is asked for there."""
    return find_target(ticket, "message.profile = %(profile)s", profile=profile)


def _other_profiles(profile: str, contact: str | None) -> list[rows.Row]:
    if not contact:
        return []
    return rows.rows(
        "select * from `tabSocial Profile` where contact = %(contact)s and name != %(profile)s order by creation",
        contact=contact,
        profile=profile,
    )


def _earlier(document: Any, profiles: list[str], contacts: list[str]) -> list[dict[str, Any]]:
    """Return the other tickets of this person that the user may read, newest first."""
    either: list[list[Any]] = [["social_profile", "in", profiles]]
    if contacts:
        emails = frappe.get_all("Contact Email", {"parenttype": "Contact", "parent": ["in", contacts]}, pluck="email_id")
        real = [one for one in emails if one and not is_made_up(one)]
        either += [["contact", "in", contacts], *([["raised_by", "in", real]] if real else [])]
    found = frappe.get_list(
        "HD Ticket",
        filters=[["name", "!=", document.name]],
        or_filters=either,
        fields=["name", "subject", "status", "creation", "social_platform", "social_audience"],
        order_by="creation desc",
        limit=EARLIER_SHOWN,
    )
    return [
        {
            "ticket": str(one.name),
            "subject": one.subject,
            "status": one.status,
            "opened": panel.iso(one.creation),
            "platform": one.social_platform or "",
            "audience": (one.social_audience or "").lower(),
        }
        for one in found
    ]
