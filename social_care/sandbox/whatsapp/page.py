"""The page to play with: conversations, and a form to write as each customer."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from social_care.sandbox.html import faults_and_time, form, text_field, wrap
from social_care.sandbox.whatsapp.model import Customer, Message
from social_care.sandbox.whatsapp.state import State


def render_page(state: State, now: datetime, faults: list[dict[str, Any]], webhook: str) -> str:
    """Return the page; every text in it is escaped. webhook: where news are pushed, "" for nowhere yet."""
    left = [(escape(one.name or one.phone), _conversation(state, one)) for one in state.customers.values()]
    right = [
        ("Webhook", _webhook(webhook)),
        ("Another customer", form("customers", _field("phone", "Phone") + _field("name", "Name"), "Add")),
        faults_and_time(faults, "POST *messages"),
    ]
    return wrap("WhatsApp", now, [], left or [("Conversations", '<p class="dim">Nobody wrote yet.</p>')], right)


def _webhook(address: str) -> str:
    shown = f"<p>Pushed to <code>{escape(address)}</code></p>" if address else '<p class="dim">Nothing is pushed yet.</p>'
    inner = (
        '<input type="hidden" name="object" value="whatsapp_business_account">'
        + _field("url", "Webhook address")
        + _field("verify_token", "Verify token")
    )
    return shown + form("webhook", inner, "Push there")


def _field(name: str, label: str) -> str:
    return f'<label>{label}</label><input name="{name}" required aria-label="{label}">'


def _conversation(state: State, customer: Customer) -> str:
    who, name = escape(customer.user_id), customer.name or customer.phone
    lines = "".join(_message(message) for message in state.spoken_with(customer))
    write = form("messages", f'<input type="hidden" name="from" value="{who}">' + text_field("Text"), f"Write as {name}")
    more = "".join(
        form(f"customers/{who}/{action}", "", words, "inline")
        for action, words in (("read", "Read"), ("stop", "Stop marketing"), ("resume", "Resume marketing"))
    )
    return lines + write + more


def _message(message: Message) -> str:
    about = " · ".join(one for one in (message.kind, *message.statuses, *message.reactions.values()) if one)
    who = "<b>The team</b> " if message.ours else ""
    return f'<div class="post"><p class="who">{who}{escape(about)}</p><p class="text">{escape(message.text)}</p></div>'
