"""The people who write replies: their roles, and their initials."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from social_care.core.team import Member, Named, assign_initials
from social_care.desks.helpdesk import rows

TRAINEE = "Social Care Trainee"
SUPERVISOR = "Social Care Supervisor"
LONGEST_INITIALS = 8

_PEOPLE = (
    "select user.name, user.full_name, user.social_initials from `tabUser` user"
    " left join `tabHD Agent` agent on agent.name = user.name where agent.name is not null or user.name in"
    " (select role.parent from `tabHas Role` role where role.parenttype = 'User' and role.role in"
    " ('Agent', 'Social Care Agent', 'Social Care Trainee', 'Social Care Supervisor'))"
    " order by agent.name is null, coalesce(agent.creation, user.creation), user.name"
)


class HelpdeskTeam:
    """See `core.team.Team`."""

    def member(self, user: str) -> Member:
        person = rows.row("select full_name from `tabUser` where name = %(name)s", name=user)
        roles = set(frappe.get_roles(user)) if person else set()
        return Member(
            id=user,
            name=(person["full_name"] if person else "") or user,
            initials=initials().get(user, "") if person else "",
            trainee=bool(person) and is_trainee(user),
            supervisor=SUPERVISOR in roles,
        )


def is_trainee(user: str) -> bool:
    """Tell whether somebody is in training (see `Member.speaks_alone`)."""
    return user != "Administrator" and TRAINEE in frappe.get_roles(user)


def initials() -> dict[str, str]:
    """Return the initials of everybody in the team, by user."""
    people = rows.rows(_PEOPLE)
    return assign_initials(
        Named(id=one["name"], name=one["full_name"] or "", chosen=one["social_initials"] or "") for one in people
    )


def supervisors() -> list[str]:
    """Return the enabled users who approve replies."""
    holders = frappe.get_all("Has Role", {"role": SUPERVISOR, "parenttype": "User"}, pluck="parent")
    return sorted(frappe.get_all("User", {"name": ["in", holders or [""]], "enabled": 1}, pluck="name"))


def check_initials(user: Any) -> None:
    """Refuse initials set by hand that a colleague has, or that are none."""
    user.social_initials = chosen = (user.get("social_initials") or "").strip()
    if not chosen or not user.has_value_changed("social_initials"):
        return
    if not chosen.isalnum() or len(chosen) > LONGEST_INITIALS:
        frappe.throw(_("Initials are up to {0} letters and digits.").format(LONGEST_INITIALS))
    other = frappe.db.get_value("User", {"social_initials": chosen, "name": ["!=", user.name]}, "full_name")
    if other:
        frappe.throw(_("{0} has these initials already.").format(other))
