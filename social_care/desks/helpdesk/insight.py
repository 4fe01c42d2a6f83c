"""What was told of messages: where a site keeps it, how tickets follow it, and how people read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from social_care.core.approvals import Circumstances
from social_care.core.events import MessageReceived
from social_care.core.insight import COMPARED, SAME_TEXTS, InsightOptions, Reading, Reason, Sentiment, Spam
from social_care.core.replies import StoredMessage
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.html import clean_line
from social_care.desks.helpdesk.times import to_site

SETTINGS = "Social Care Settings"
DEFAULTS = {"read_language": 1, "read_sentiment": 1, "read_urgency": 1, "read_spam": 1, "urgent_followers": 10000}
"""Of the settings; a site that is older than one of them has no value of it."""
FIELDS = {
    "language": "social_language",
    "sentiment": "social_sentiment",
    "urgency": "social_urgency",
    "spam": "social_spam",
}
"""What is told, and where a ticket keeps it; people may correct each."""
LOOKED_AT = 50
WITHIN = timedelta(days=1)
MOST_COUNTED = 1000
LANGUAGE = re.compile(r"(?:[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)?")


def options() -> InsightOptions:
    """Return what the team wants told."""
    stored = {**DEFAULTS, **frappe.db.get_singles_dict(SETTINGS)}
    return InsightOptions(
        language=bool(cint(stored["read_language"])),
        sentiment=bool(cint(stored["read_sentiment"])),
        urgency=bool(cint(stored["read_urgency"])),
        spam=bool(cint(stored["read_spam"])),
        urgent_words=tuple(filter(None, map(str.strip, (stored.get("urgent_words") or "").splitlines()))),
        urgent_followers=cint(stored["urgent_followers"]),
    )


# --- of a message ---------------------------------------------------------------------------------------------------
def columns(reading: Reading | None) -> dict[str, Any]:
    """Return what a message's row says of its reading; nothing where nobody read it, so that an older one stays."""
    if reading is None:
        return {}
    return {
        "sentiment": reading.sentiment.value.title(),
        "urgent": int(reading.urgent),
        "spam": reading.spam.value.title(),
        "text_key": reading.text_key or None,
        "campaign": reading.campaign or None,
        "insight": [[clean_line(one, 140) for one in (why.about, why.why, why.detail)] for why in reading.reasons],
    }


def read(row: rows.Row) -> Reading | None:
    """Return the reading in a message's row, None where nobody read it."""
    if row["insight"] is None:
        return None
    return Reading(
        language=row["language"] or "",
        sentiment=Sentiment((row["sentiment"] or "").lower()),
        urgent=bool(row["urgent"]),
        spam=Spam((row["spam"] or "").lower()),
        reasons=tuple(Reason(*why) for why in rows.load(row["insight"], [])),
        text_key=row["text_key"] or "",
        campaign=row["campaign"] or "",
    )


def texts_in_campaign(campaign: str, since: datetime) -> tuple[str, ...]:
    """See `core.ports.Tickets`."""
    found = rows.rows(
        "select text from `tabSocial Message` where campaign = %(campaign)s and creation >= %(since)s limit %(most)s",
        campaign=campaign,
        since=to_site(since),
        most=COMPARED,
    )
    return tuple(row["text"] or "" for row in found)


def writers_of(text_key: str, besides: str, since: datetime) -> int:
    """See `core.ports.Tickets`."""
    found = rows.the_row(
        "select count(distinct author_id) writers from (select author_id from `tabSocial Message`"
        " where text_key = %(key)s and author_id != %(besides)s and creation >= %(since)s limit %(most)s) counted",
        key=text_key,
        besides=besides,
        since=to_site(since),
        most=SAME_TEXTS,
    )
    return int(found["writers"])


# --- of a ticket ----------------------------------------------------------------------------------------------------
def ticket_fields(event: MessageReceived) -> dict[str, str]:
    """Return what a ticket gets from its first message, without what nobody could tell."""
    reading = event.reading or Reading()
    told = {
        "social_sentiment": reading.sentiment.value.title(),
        "social_urgency": "Urgent" if reading.urgent else "",
        "social_spam": reading.spam.value.title(),
    }
    return {field: value for field, value in told.items() if value}


def follow(ticket: Any, event: MessageReceived) -> None:
    """Let a ticket have what its customer's newest message tells, but for what a person has set.

    An urgent ticket stays urgent, and one in a known language in that; signs of spam stay: a short "ok" takes nothing back.
    """
    if event.reading is None:
        return
    told = ticket_fields(event)
    if event.reading.language and not ticket.get("social_language"):
        told["social_language"] = clean_line(event.reading.language)
    if ticket.get("social_spam") == Spam.LIKELY.value.title():
        told.pop("social_spam", None)
    corrected = (ticket.get("social_corrected") or "").split()
    changes = {field: value for field, value in told.items() if field not in corrected and ticket.get(field) != value}
    if changes:
        ticket.update(changes)
        rows.update("HD Ticket", ticket.name, changes)


def note_corrections(ticket: Any) -> None:
    """Before a ticket is saved: remember which of these a person has set. The app itself never saves them."""
    before = ticket.get_doc_before_save()
    if before is None or not ticket.get("social_account"):
        return
    changed = {field for field in FIELDS.values() if (ticket.get(field) or "") != (before.get(field) or "")}
    if changed:
        ticket.social_corrected = " ".join(sorted(changed | set((ticket.get("social_corrected") or "").split())))


def correct(ticket: Any, about: str, value: str) -> None:
    """Let a person set what was told. Raises: ValidationError for what cannot be said of it."""
    allowed = frappe.get_meta("HD Ticket").get_field(FIELDS[about])
    fits = LANGUAGE.fullmatch(value) if about == "language" else value in allowed.options.split("\n")
    if not fits:
        frappe.throw(_("“{0}” cannot be said of that.").format(escape(value)))
    ticket.set(FIELDS[about], value)
    ticket.save()


def circumstances(message: StoredMessage) -> Circumstances:
    """See `core.ports.Tickets`."""
    row = rows.row(
        "select profile.followers, profile.muted from `tabSocial Message` message join `tabSocial Profile` profile"
        " on profile.name = message.profile where message.name = %(name)s",
        name=message.id,
    )
    ticket = frappe.db.get_value("HD Ticket", message.ticket, [*FIELDS.values()], as_dict=True) if message.ticket else None
    ticket, known = ticket or {}, row or {"followers": None, "muted": 0}
    return Circumstances(
        followers=known["followers"] or None,
        sentiment=(ticket.get("social_sentiment") or "").lower(),
        urgent=bool(ticket.get("social_urgency")),
        muted=bool(known["muted"]),
    )


# --- for people -----------------------------------------------------------------------------------------------------
def lines(row: rows.Row) -> list[str]:
    """Return what the timeline says of a message, as HTML: urgency, sentiment and signs of spam, each with why."""
    reading = read(row)
    if reading is None:
        return []
    why = {about: [one for one in reading.reasons if one.about == about] for about in ("urgency", "sentiment", "spam")}
    found = []
    if reading.urgent:
        found.append("🔔 <strong>" + _explained(_("urgent"), why["urgency"]) + "</strong>")
    if reading.sentiment is not Sentiment.UNKNOWN:
        names = {"negative": _("negative"), "neutral": _("neutral"), "positive": _("positive")}
        found.append("💬 " + _explained(names[reading.sentiment.value], why["sentiment"]))
    if reading.spam is not Spam.NONE:
        name = _("probably spam") if reading.spam is Spam.LIKELY else _("possibly spam")
        found.append("🤖 " + _explained(name, why["spam"]))
    return [" · ".join(found)] if found else []


def of_ticket(ticket: Any) -> list[dict[str, Any]]:
    """Return what the panel says of a ticket: each value, and why its newest message that tells the same was read so."""
    newest = rows.rows(
        "select language, sentiment, urgent, spam, insight, text_key, campaign from `tabSocial Message`"
        " where ticket = %(ticket)s and direction = 'In' and is_context = 0 and insight is not null"
        " order by creation desc limit %(most)s",
        ticket=ticket.name,
        most=LOOKED_AT,
    )
    corrected = (ticket.get("social_corrected") or "").split()
    found = []
    for about, field in FIELDS.items():
        value = ticket.get(field) or ""
        by_person = field in corrected
        likewise = next((row for row in newest if value and _told(row)[about] == value), None) if not by_person else None
        reading = read(likewise) if likewise else None
        why = [_sentence(one) for one in reading.reasons if one.about == about] if reading else []
        found.append({"about": about, "value": value, "corrected": by_person, "why": ", ".join(why)})
    return found


def campaign_of_ticket(ticket: Any, now: datetime) -> dict[str, Any] | None:
    """Return the largest of the newest campaigns of a ticket's messages, and how many others wrote it within a day."""
    newest = rows.rows(
        "select campaign, author_id from `tabSocial Message`"
        " where ticket = %(ticket)s and direction = 'In' and is_context = 0 and campaign is not null"
        " order by creation desc limit %(most)s",
        ticket=ticket.name,
        most=LOOKED_AT,
    )
    authors = {one["campaign"]: one["author_id"] or "" for one in newest}
    sizes = {campaign: _others(campaign, authors[campaign], now - WITHIN) for campaign in [*authors][:COMPARED]}
    largest = max(sizes, key=lambda campaign: sizes[campaign], default="")
    return {"campaign": largest, "others": sizes[largest]} if sizes.get(largest) else None


def _others(campaign: str, besides: str, since: datetime) -> int:
    found = rows.the_row(
        "select count(distinct author_id) writers from (select author_id from `tabSocial Message`"
        " where campaign = %(campaign)s and author_id != %(besides)s and creation >= %(since)s limit %(most)s) counted",
        campaign=campaign,
        besides=besides,
        since=to_site(since),
        most=MOST_COUNTED,
    )
    return int(found["writers"])


def _told(row: rows.Row) -> dict[str, str]:
    urgency = "Urgent" if row["urgent"] else ""
    return {"language": row["language"], "sentiment": row["sentiment"], "urgency": urgency, "spam": row["spam"]}


def _explained(name: str, reasons: list[Reason]) -> str:
    return escape(f"{name}: {', '.join(map(_sentence, reasons))}" if reasons else name)


def _sentence(reason: Reason) -> str:
    sentences = {
        "followers": _("{0} followers"),
        "links": _("{0} links"),
        "mentions": _("mentions {0} profiles"),
        "same_text": _("{0} others wrote the same"),
        "handle": _("a handle that ends in many digits"),
        "no_followers": _("nobody follows the author"),
        "platform": _("the platform says so"),
        "text": _("by its words"),
        "emoji": "{0}",
        "words": "“{0}”",
    }
    return sentences.get(reason.why, _("mentions “{0}”")).format(reason.detail)
