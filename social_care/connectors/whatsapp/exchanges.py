"""Recorded calls to WhatsApp's API → events: only sending is of interest, since nothing can be listed."""

from __future__ import annotations

from social_care.connectors.kit.reading import decoded, items, mapping, text
from social_care.connectors.meta.addresses import path_of
from social_care.connectors.meta.envelope import remote_id
from social_care.connectors.meta.errors import classify, unreadable_success
from social_care.connectors.meta.sent import NOT_A_FEED
from social_care.connectors.whatsapp.parse import TITLE
from social_care.core.events import Audience, CallFailed, DeliveryReported, Event, Fate, Thread
from social_care.core.payloads import Exchange


def account_id_of(exchange: Exchange) -> str:
    """Return our phone number's id as the call's address names it, or ""."""
    path = path_of(exchange.url)
    return path[0] if len(path) == 2 and path[1] in {"messages", "media"} and path[0].isdecimal() else ""


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call."""
    body = decoded(exchange.body)
    error = classify(TITLE, exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    path, request = path_of(exchange.url), mapping(decoded(exchange.request_body))
    if exchange.method.upper() != "POST" or path[1:] != ["messages"] or text(request.get("status")) == "read":
        return NOT_A_FEED
    answer = mapping(body)
    identity = remote_id(mapping((items(answer.get("messages")) or [None])[0]).get("id"))
    if not identity:
        return (CallFailed(error=unreadable_success(TITLE)),)
    contact = mapping((items(answer.get("contacts")) or [None])[0])
    person = remote_id(contact.get("user_id"), contact.get("wa_id"), request.get("recipient"), request.get("to"))
    thread = Thread(id=person, audience=Audience.PRIVATE) if person else None
    words = text(mapping(request.get("text")).get("body")) or ""
    return (DeliveryReported(message_id=identity, fate=Fate.SENT, thread=thread, text=words),)
