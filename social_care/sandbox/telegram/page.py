"""The page to play with: every chat, and a form to write as a customer."""

from __future__ import annotations

from datetime import datetime, timezone
from html import escape
from typing import Any

from social_care.sandbox.html import SHOWN, faults_and_time, form, person_field, text_field, time_of, wrap
from social_care.sandbox.telegram.chats import Chat, State


def render_page(state: State, now: datetime, faults: list[dict[str, Any]]) -> str:
    """Return the page; every text in it is escaped."""
    names = [one.username for one in state.people.values()]
    where = (
        '<label>Where</label><select name="where" aria-label="Where"><option>private</option><option>group</option></select>'
    )
    inner = person_field("as", "As", names[-1] if names else "") + where + text_field("Text", 3)
    left = [("Chats", "".join(map(_chat, state.chats.values())) or '<p class="dim">Nobody wrote yet.</p>')]
    right = [("Write to the bot", form("messages", inner, "Send")), faults_and_time(faults, "POST *sendMessage")]
    return wrap("Telegram", now, names, left, right)


def _chat(chat: Chat) -> str:
    if not chat.messages:
        return ""
    name = chat.owner.name if chat.owner else chat.title
    lines = "".join(_message(one) for one in list(chat.messages.values())[-SHOWN:])
    return f'<div class="post"><p class="who"><b>{escape(name)}</b></p><div class="replies">{lines}</div></div>'


def _message(message: dict[str, Any]) -> str:
    at = time_of(datetime.fromtimestamp(message["date"], timezone.utc))
    words = message.get("text") or message.get("caption") or ", ".join(sorted(message.keys() - {"chat", "from"}))
    who = escape(message["from"]["first_name"])
    return f'<div class="post"><p class="who"><b>{who}</b> {at}</p><p class="text">{escape(words)}</p></div>'
