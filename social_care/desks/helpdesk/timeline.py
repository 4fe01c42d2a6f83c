"""What Helpdesk's ticket page shows with each social message: where it stands, who sees it, and what became of a reply.

The page shows `content` as HTML in a frame of its own and removes colours from it, so signs and words have to do.
Stored Communications hold the plain message; all this is added when a page asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime

from social_care.core.reactions import signs
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import insight, messages, moderation_lines, rows, storm_lines
from social_care.desks.helpdesk.contacts import with_at
from social_care.desks.helpdesk.phrases import translated
from social_care.desks.helpdesk.replying import find_target
from social_care.desks.helpdesk.times import to_site

_LINE = '<div style="font-size: 12px; line-height: 1.5; margin-bottom: 6px">{}</div>'
_TICKET = re.compile(r"ticket #([\w-]+)")


Refusal = Callable[[StoredMessage], str]
"""Returns why a message cannot be answered, "" when it can."""


Quota = Callable[[StoredMessage], str]
"""Returns what to know about the one private reply to a message, "" for nothing."""


def decorate(ticket: str, communications: list[dict[str, Any]], refusal: Refusal, quota: Quota) -> None:
    """Add to each Communication of a ticket page what is known of its social message; leave others as they are.

    What would keep a reply from being sent is said beside the message that a reply would answer, before anybody types.
    """
    shown = _messages([one["name"] for one in communications])
    answered = find_target(ticket, "message.is_context = 0") if shown else None
    target = messages.get(answered) if answered else None
    parts = _parts([one["reply"] for one in shown.values() if one["reply"]])
    communications[:] = [one for one in communications if not _was_taken_back(shown.get(one["name"]), parts)]
    everything = [*shown.values(), *(part for of_reply in parts.values() for part in of_reply)]
    recorded = moderation_lines.records([one["name"] for one in everything])
    _show_storm(ticket, [one for one in communications if one["name"] not in shown])
    for communication in communications:
        message = shown.get(communication["name"])
        if message is None:
            continue
        if message["reply"]:
            lines = _reply_lines(message, parts[message["reply"]], recorded)
        else:
            lines = _received_lines(message, recorded.get(message["name"], []))
        if target and message["name"] == answered:
            lines += _reply_hints(target, refusal(target), quota(target))
        head = "".join(_LINE.format(line) for line in lines)
        communication["content"] = f"{head}{communication['content'] or ''}{_earlier_versions(message)}"
        if not message["reply"]:
            user = communication.get("user") or {}
            communication["user"] = {**user, "name": message["sender_full_name"] or user.get("name")}
        _redraw_when_changed(communication)


def _show_storm(ticket: str, others: list[dict[str, Any]]) -> None:
    """Say what is known of a storm where the ticket that stands for it begins."""
    lines = storm_lines.of_parent(ticket) if others else []
    if lines:
        first = min(others, key=lambda one: str(one["creation"]))
        first["content"] = "".join(_LINE.format(line) for line in lines) + (first["content"] or "")
        _redraw_when_changed(first)


def _was_taken_back(message: rows.Row | None, parts: dict[str, list[rows.Row]]) -> bool:
    """Tell whether a reply was given up before any worker began with it; its record stays, the page need not show it."""
    if message is None or not message["reply"]:
        return False
    return all(part["state"] == "Cancelled" and not part["attempts"] for part in parts[message["reply"]])


def _redraw_when_changed(communication: dict[str, Any]) -> None:
    """The page knows a Communication by its `creation` and draws it once; another text has to be another one to it.

    What it shows as the time is `communication_date`, where there is one.
    """
    if communication.get("communication_date"):
        drawn = f"{communication['content']}{communication.get('delivery_status') or ''}"
        communication["creation"] = f"{communication['creation']}#{rows.digest(drawn)[:8]}"


def _messages(names: list[str]) -> dict[str, rows.Row]:
    found = rows.rows(
        "select communication.name as communication_name, communication.sender_full_name, message.*,"
        " account.platform as title, account.handle as account_handle from `tabCommunication` communication"
        " join `tabSocial Message` message on message.name = communication.social_message"
        " left join `tabSocial Account` account on account.name = message.account where communication.name in %(names)s",
        names=tuple(names) or ("",),
    )
    return {row["communication_name"]: row for row in found}


def _parts(replies: list[str]) -> dict[str, list[rows.Row]]:
    grouped: dict[str, list[rows.Row]] = {reply: [] for reply in replies}
    for part in rows.rows(
        "select * from `tabSocial Message` where reply in %(replies)s order by part", replies=tuple(replies) or ("",)
    ):
        grouped[part["reply"]].append(part)
    return grouped


# --- lines ----------------------------------------------------------------------------------------------------------
def _joined(pieces: Iterable[str]) -> str:
    return " · ".join(piece for piece in pieces if piece)


def _audience(message: rows.Row) -> str:
    public = (message["audience"] or "Public") == "Public"
    return f"<strong>{'🌐 ' + _('PUBLIC') if public else '🔒 ' + _('PRIVATE')}</strong>"


def _link(address: str | None, words: str) -> str:
    if not address or not address.startswith(("https://", "http://", "/app/")):
        return ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(words)}</a>'


def _place(message: rows.Row, who: str) -> str:
    """Return the line that says who sees a message, where, whose it is, and where to find it."""
    return _joined(
        (
            _audience(message),
            escape(message["title"] or message["platform"] or ""),
            escape(who),
            _link(message["permalink"], _("open the post")),
            _link(f"/app/social-message/{message['name']}", _("record")),
        )
    )


def _received_lines(message: rows.Row, recorded: list[rows.Row]) -> list[str]:
    ours = message["direction"] == "Out"
    who = with_at(message["author_handle"] or (message["account_handle"] if ours else ""))
    lines = [_place(message, who), *insight.lines(message)]
    if ours and message["author_user"]:
        recorder = frappe.get_cached_value("User", message["author_user"], "full_name") or message["author_user"]
        lines.append("↩ " + escape(_("Answered outside of the help desk, recorded by {0}.").format(recorder)))
    elif ours and message["is_context"]:
        lines.append("👥 " + escape(_("Written by the team; shown as context.")))
    elif ours:
        lines.append("↩ " + escape(_("Answered by the team outside of the help desk.")))
    if message["is_context"] and not ours:
        lines.append("👥 " + escape(_("Not addressed to us; shown as context.")))
    if message["deleted_at"] and not moderation_lines.was_deleted(recorded):
        fate = _("Deleted by its author (seen {0}); it cannot be answered.")
        if message["vanished"]:
            fate = _("Deleted, or no longer visible to us (seen {0}); it cannot be answered.")
        lines.append("🗑 <strong>" + escape(fate.format(format_datetime(message["deleted_at"]))) + "</strong>")
    lines += moderation_lines.lines(message, recorded) + storm_lines.of_message(message)
    lines += [_noted(translated(note)) for note in (message["notes"] or "").splitlines() if note]
    lines += _media_lines(rows.load(message["media"], []))
    reactions = signs(rows.load(message["reactions"], {}))
    if reactions:
        lines.append(escape(_("Reactions: {0}").format(" ".join(reactions))))
    return lines


def _reply_hints(target: StoredMessage, sentence: str, quota: str) -> list[str]:
    """Return what one should know before answering."""
    known = ["✉ " + escape(quota)] if quota and quota != sentence else []
    if sentence:
        return ["⚠ <strong>" + escape(sentence) + "</strong>", *known]
    if known:
        return known
    if target.reply_until:
        return ["⏳ " + escape(_("Can be answered until {0}.").format(format_datetime(to_site(target.reply_until))))]
    return []


def _noted(note: str) -> str:
    return "ℹ " + _TICKET.sub(r'ticket <a href="/helpdesk/tickets/\1">#\1</a>', escape(note))


def _media_lines(media: list[dict[str, Any]]) -> list[str]:
    lines = []
    for one in media:
        words = _joined((one.get("kind") or "", one.get("alt") or ""))
        link = _link(one.get("url"), words) or escape(words)
        trouble = f" ({escape(translated(one['error']))})" if one.get("error") else ""
        lines.append(f"📎 {link}{trouble}")
    return lines


def _reply_lines(first: rows.Row, parts: list[rows.Row], recorded: dict[str, list[rows.Row]]) -> list[str]:
    author = frappe.get_cached_value("User", first["author_user"], "full_name") if first["author_user"] else ""
    who = _("automatic reply") if first["automatic"] else _("written by {0}").format(author or first["author_user"] or "?")
    lines = [_place(first, f"@{(first['account_handle'] or '').lstrip('@')}, {who}")]
    for part in parts:
        number = f"{part['part']}/{part['of_parts']}: " if part["of_parts"] > 1 else ""
        link = _link(part["permalink"], _("open the post")) if part["of_parts"] > 1 else ""
        lines.append(_joined((number + escape(_state(part)), escape(translated(part["error"] or "")), link)))
        lines += moderation_lines.lines(part, recorded.get(part["name"], []))
    return lines + _template_lines(first) + _approval_lines(first["reply"])


def _approval_lines(reply: str) -> list[str]:
    """Return what a supervisor was asked and said, for good."""
    row = rows.row("select * from `tabSocial Approval` where reply = %(reply)s", reply=reply)
    if row is None:
        return []
    if row["decision"] == "Waiting":
        return ["✋ " + escape(reason) for reason in (row["reasons"] or "").splitlines()]
    who = escape(frappe.get_cached_value("User", row["decided_by"], "full_name") or row["decided_by"])
    when = format_datetime(row["decided_at"])
    lines = {
        "Approved": [_("Approved by {0}, {1}.").format(who, when)],
        "Edited": [
            _("Changed and approved by {0}, {1}. Before:").format(who, when)
            + f"<blockquote>{escape(row['text'] or '')}</blockquote>"
        ],
        "Rejected": [_("Not approved by {0}, {1}.").format(who, when)],
        "Withdrawn": [_("Withdrawn by its author, {0}.").format(when)],
    }
    return ["✋ " + line for line in lines[row["decision"]]]


def _template_lines(part: rows.Row) -> list[str]:
    template = rows.load(part["template"], None)
    if template is None:
        return []
    words = _("Template {0} ({1}, {2})").format(template["name"], template["category"], template["language"])
    return ["📋 " + escape(words)]


def _state(part: rows.Row) -> str:
    if part["state"] == "Unknown":
        asks = part["next_attempt"] is None
        return "❓ " + (_("Unknown – please look on the platform") if asks else _("Unknown – being checked"))
    if part["state"] == "Queued" and part["error"] and part["next_attempt"]:
        return "🕓 " + _("waiting to be sent, next attempt at {0}").format(format_datetime(part["next_attempt"]))
    if part["state"] == "Sent" and part["receipt"]:
        return "✅ " + (_("sent, read") if part["receipt"] == "Read" else _("sent, delivered"))
    states = {
        "Awaiting Approval": "✋ " + _("waiting for approval"),
        "Rejected": "🙅 " + _("not approved, not sent"),
        "Queued": "🕓 " + _("waiting to be sent"),
        "Sending": "📤 " + _("being sent"),
        "Sent": "✅ " + _("sent"),
        "Failed": "❌ " + _("not sent"),
        "Cancelled": "🚫 " + _("given up, not sent"),
    }
    return states.get(part["state"], str(part["state"]))


def _earlier_versions(message: rows.Row) -> str:
    versions = rows.load(message["versions"], [])
    if not versions:
        return ""
    shown = "".join(f"<blockquote>{escape(one.get('text') or '')}</blockquote>" for one in versions)
    return _LINE.format("✏ <strong>" + escape(_("Edited. Other versions:")) + f"</strong>{shown}")
