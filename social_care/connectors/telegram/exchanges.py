"""Recorded calls to Telegram's API → events: the last word of the address tells what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from social_care.connectors.kit.reading import decoded, flag, items, mapping, text
from social_care.connectors.telegram.content import read_content
from social_care.connectors.telegram.errors import classify, unreadable_success
from social_care.connectors.telegram.messages import Scene, read_message
from social_care.connectors.telegram.parse import own_id_in, parse_value
from social_care.connectors.telegram.places import message_identity, number_of, place_of
from social_care.core.events import CallFailed, DeliveryReported, Event, Fate, Ignored, MessageDeleted
from social_care.core.payloads import Exchange

NOT_A_FEED = (Ignored(reason="not a feed"),)
_METHOD = re.compile(r"/bot(?:(\d+):)?[^/]*/(?:test/)?(\w+)/?")


def parse_exchange(exchange: Exchange, us: str) -> tuple[Event, ...]:
    """Return the events of one recorded call. Raises: UnreadablePayload."""
    body = decoded(exchange.body)
    error = classify(exchange.status, exchange.headers, body)
    if error is not None:
        return (CallFailed(error=error),)
    method, result = _asked(exchange)[1], mapping(body).get("result")
    scene = Scene(us=us)
    if method == "getUpdates":
        return parse_value(body, scene)
    if method in ("deleteMessage", "deleteMessages"):
        return _deleted(mapping(decoded(exchange.request_body)))
    if method.startswith("edit") and isinstance(result, dict):
        return tuple(read_message(result, scene, edited=True))
    if re.fullmatch(r"send(?!ChatAction|ChecklistTask)\w+", method):
        return tuple(_sent(mapping(one)) for one in (items(result) or [result]))
    return NOT_A_FEED


def account_id_of(exchange: Exchange) -> str:
    """Return our bot's id: the first half of the token in the address, else who answered or sent, or ""."""
    own, method = _asked(exchange)
    if own:
        return own
    body = decoded(exchange.body)
    result = mapping(mapping(body).get("result"))
    if method == "getMe":
        return number_of(result.get("id"))
    sender = mapping(result.get("from"))
    return number_of(sender.get("id")) if flag(sender.get("is_bot")) else own_id_in(body)


def _asked(exchange: Exchange) -> tuple[str, str]:
    """Return the bot's id as the address names it, and the method that was called; "" for either where it does not."""
    try:
        found = _METHOD.fullmatch(urlsplit(text(exchange.url) or "").path)
    except ValueError:
        return "", ""
    return (found.group(1) or "", found.group(2)) if found else ("", "")


def _sent(message: Mapping[str, Any]) -> Event:
    place = place_of(message)
    if place is None:
        return CallFailed(error=unreadable_success())
    content = read_content(message)
    words = content.words if content else ""
    return DeliveryReported(message_id=place.identity, fate=Fate.SENT, thread=place.thread, text=words)


def _deleted(request: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return what was deleted: our own messages, or in a group anybody's."""
    chat = number_of(request.get("chat_id"))
    numbers = filter(None, map(number_of, items(request.get("message_ids")) or [request.get("message_id")]))
    return tuple(MessageDeleted(message_id=message_identity(chat, one)) for one in numbers if chat) or NOT_A_FEED
