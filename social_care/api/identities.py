"""Which Contact a customer's profile belongs to: what an agent decides, undoes, and is advised."""

from typing import Any

import frappe
from frappe import _
from helpdesk.utils import is_agent

from social_care.desks.helpdesk import identities


@frappe.whitelist(methods=["POST"])
def link_profile(profile: str, contact: str, reason: str = "") -> None:
    """Say that a profile is this Contact's; its tickets go with it."""
    _check(profile, contact)
    identities.link(profile, contact, reason or _("linked by hand"))


@frappe.whitelist(methods=["POST"])
def unlink_profile(profile: str, reason: str = "") -> str:
    """Undo the last link of a profile; return its Contact now."""
    _check(profile)
    return identities.unlink(profile, reason or _("undone by hand"))


@frappe.whitelist(methods=["POST"])
def merge_profiles(source: str, target: str, reason: str = "") -> list[str]:
    """Move every profile of one Contact to another; return them."""
    _check(None, source, target)
    if source == target:
        frappe.throw(_("These are the same Contact."))
    return identities.merge(source, target, reason or _("the same person"))


@frappe.whitelist()
def profile_history(profile: str) -> list[dict[str, Any]]:
    """Return every step of a profile from Contact to Contact, oldest first."""
    _check(profile)
    return identities.history(profile)


@frappe.whitelist()
def find_contacts(text: str) -> list[dict[str, Any]]:
    """Return Contacts that the user may read with this text in name, e-mail address or number; at least two characters."""
    _check(None)
    return identities.find(text) if len(text.strip()) > 1 else []


@frappe.whitelist(methods=["POST"])
def create_contact(profile: str, name: str, email: str = "", phone: str = "", reason: str = "") -> str:
    """Make a Contact for a profile, which may be linked elsewhere until now; return its name."""
    _check(profile)
    frappe.has_permission("Contact", "create", throw=True)
    if not name.strip():
        frappe.throw(_("A Contact needs a name."))
    return identities.create(profile, name.strip(), email.strip(), phone.strip(), reason or _("a Contact of their own"))


@frappe.whitelist()
def suggest_contacts(profile: str) -> list[dict[str, Any]]:
    """Return Contacts that may be the same person, each with the reason and whether it is strong.

    Those that the user may not read are left out.
    """
    _check(profile)
    return [{**one, **shown} for one in identities.suggest(profile) if (shown := identities.card(one["contact"]))]


def _check(profile: str | None, *contacts: str) -> None:
    """Let agents in who may see the profile and the Contacts in question, which themselves are not changed."""
    if not is_agent():
        raise frappe.PermissionError(_("Only agents may decide who is who."))
    if profile is not None and not frappe.db.exists("Social Profile", profile):
        frappe.throw(_("There is no such profile."), frappe.DoesNotExistError)
    if profile is not None:
        frappe.has_permission("Social Profile", "read", profile, throw=True)
    for contact in contacts:
        if not frappe.db.exists("Contact", contact):
            frappe.throw(_("There is no such Contact."), frappe.DoesNotExistError)
        frappe.has_permission("Contact", "read", contact, throw=True)
