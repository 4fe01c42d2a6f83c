"""What the ticket page shows of moderation: who did what to a message or its author, why, and what became of it."""

from __future__ import annotations

from html import escape

import frappe
from frappe import _

from social_care.desks.helpdesk import moderations, panel, rows
from social_care.desks.helpdesk.phrases import translated

_DONE = {
    "Hide": "🙈 Hidden by {0}",
    "Unhide": "👁 Shown again by {0}",
    "Delete": "🗑 Deleted on the platform by {0}; it cannot be answered",
    "Like": "👍 Liked by {0}",
    "Unlike": "↩ Like taken back by {0}",
    "Block": "⛔ Author blocked by {0}",
    "Unblock": "↩ Author unblocked by {0}",
    "Mute": "🔇 Author muted by {0}",
    "Unmute": "🔈 Author unmuted by {0}",
}
_OTHERWISE = {
    "Doing": "🕓 {1}: asked for by {0}, being done",
    "Failed": "❌ {1}: asked for by {0}, not done",
    "Unknown": "❓ {1}: asked for by {0}, unknown whether it was done",
}
LABELS = {
    "hide": "Hide",
    "unhide": "Show again",
    "delete": "Delete",
    "like": "Like",
    "unlike": "Take back the like",
    "block": "Block the author",
    "unblock": "Unblock the author",
    "mute": "Mute the author",
    "unmute": "Unmute the author",
}
"""What a button says, by action."""


def records(messages: list[str]) -> dict[str, list[rows.Row]]:
    """Return what was recorded at each of these messages, oldest first."""
    found: dict[str, list[rows.Row]] = {}
    for row in moderations.of_messages(messages):
        found.setdefault(row["message"], []).append(row)
    return found


def was_deleted(recorded: list[rows.Row]) -> bool:
    """Tell whether it was the team that deleted a message."""
    return any((row["action"], row["state"]) == ("Delete", "Done") for row in recorded)


def lines(message: rows.Row, recorded: list[rows.Row]) -> list[str]:
    """Return a line an action, and one for a message that somebody hid on the platform itself."""
    found = [_line(row) for row in recorded]
    visible = [row["action"] for row in recorded if row["state"] == "Done" and row["action"] in ("Hide", "Unhide")]
    if message["hidden"] and visible[-1:] != ["Hide"]:
        found.append("🙈 " + escape(_("Hidden on the platform.")))
    return found


def in_force(profile: str) -> list[dict[str, str]]:
    """Return how the team stands to a person now, with who decided it and why: muted, blocked."""
    found: dict[str, rows.Row] = {}
    for row in moderations.of_author(profile):
        found.pop("Mute" if row["action"] == "Unmute" else "Block", None)
        if row["action"] in ("Mute", "Block"):
            found[row["action"]] = row
    return [
        {"said": _(_DONE[action]).format(_who(row)), "reason": row["reason"] or "", "at": panel.iso(row["started_at"]) or ""}
        for action, row in found.items()
    ]


def _who(row: rows.Row) -> str:
    return frappe.get_cached_value("User", row["user"], "full_name") or row["user"] if row["user"] else "?"


def _line(row: rows.Row) -> str:
    words = _DONE[row["action"]] if row["state"] == "Done" else _OTHERWISE[row["state"]]
    said = escape(_(words).format(_who(row), _(LABELS[row["action"].lower()])))
    why = [escape(text) for text in (row["reason"], translated(row["error"] or "")) if text]
    return " · ".join([f"<strong>{said}</strong>", *why])
