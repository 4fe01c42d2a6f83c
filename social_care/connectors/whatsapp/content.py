"""What stands in a WhatsApp message of any type → words, files and notes.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, items, load_json, mapping, number, text
from social_care.connectors.meta.envelope import remote_id
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Media

FILES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
NOTES = {
    "nfm_reply": "The customer filled in a form.",
    "call_permission_reply": "The customer allowed or refused calls.",
    "product": "The customer shares a product.",
}
NOT_SHOWN = "WhatsApp does not show this kind of message to apps: the customer has to send it in another way."


@dataclass(frozen=True, slots=True)
class Content:
    """What was read."""

    words: str = ""
    media: tuple[Media, ...] = ()
    notes: tuple[str, ...] = ()
    payload: str = ""


def read_content(message: Mapping[str, Any]) -> Content | None:
    """Return what a message says, None for a type that is not known here. Never raises."""
    kind = kind_of(message)
    if kind in FILES:
        return _file(kind, mapping(message.get(kind)))
    reader = READERS.get(kind)
    return reader(mapping(message.get(kind)), message) if reader else None


def kind_of(message: Mapping[str, Any]) -> str:
    """Return the type of a message, guessed from its content where it is not told."""
    told = text(message.get("type"))
    return told or next((name for name in (*READERS, *FILES, "reaction", "system") if name in message), "")


def context_notes(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a message came from: forwarded, about a product, by an advertisement."""
    context, referral = mapping(message.get("context")), mapping(message.get("referral"))
    found = []
    if flag(context.get("forwarded")) or flag(context.get("frequently_forwarded")):
        found.append("The customer forwarded this message.")
    if product := identifier(mapping(context.get("referred_product")).get("product_retailer_id")):
        found.append(f"The customer asks about the product {product}.")
    if referral:
        headline = text(referral.get("headline")) or text(referral.get("body")) or "without a title"
        source = text(referral.get("source_url"))
        kind = "an advertisement" if text(referral.get("source_type")) == "ad" else "a post"
        found.append(f"The customer came from {kind}: {headline[:200]}" + (f" ({source[:300]})" if source else ""))
    return tuple(found)


def _file(kind: str, file: Mapping[str, Any]) -> Content:
    identity, url = remote_id(file.get("id")), text(file.get("url")) or text(file.get("link"))
    media = Media(kind=kind, url=url, id=identity or None, alt=text(file.get("filename"))) if identity or url else None
    notes = () if media else ("WhatsApp named a file without giving it.",)
    return Content(words=text(file.get("caption")) or "", media=(media,) if media else (), notes=notes)


def _text(body: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    words = text(body.get("body"))
    return Content(words=words or "", notes=() if words is not None else ("WhatsApp sent this message without its text.",))


def _location(place: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    named = [one for one in (text(place.get("name")), text(place.get("address"))) if one]
    known = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    words = ", ".join(named) + (f" ({latitude}, {longitude})" if known else "")
    link = text(place.get("url"))
    notes = ("The customer shares a place.", *((f"Its page: {link[:300]}",) if link else ()))
    return Content(words=words.strip(), notes=notes)


def _contacts(_: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    lines = []
    for one in map(mapping, items(message.get("contacts"))):
        phones = [text(mapping(phone).get("phone")) for phone in items(one.get("phones"))]
        mails = [text(mapping(mail).get("email")) for mail in items(one.get("emails"))]
        name, firm = text(mapping(one.get("name")).get("formatted_name")), text(mapping(one.get("org")).get("company"))
        lines.append(", ".join(part for part in (name, firm, *phones, *mails) if part))
    return Content(words="\n".join(line for line in lines if line), notes=("The customer shares contacts.",))


def _button(button: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    payload = text(button.get("payload")) or ""
    return Content(words=text(button.get("text")) or payload, notes=("The customer pressed a button.",), payload=payload)


def _interactive(answer: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    kind = text(answer.get("type")) or ""
    chosen = mapping(answer.get(kind)) or mapping(answer.get("button_reply")) or mapping(answer.get("list_reply"))
    notes = [NOTES.get(kind, "The customer chose this from what was offered.")]
    if described := (text(chosen.get("description")) or "")[:1000]:
        notes.append(described)
    words = text(chosen.get("title")) or text(chosen.get("body")) or text(chosen.get("name")) or ""
    words = words or text(chosen.get("response")) or text(mapping(answer.get("body")).get("text")) or ""
    if product := identifier(mapping(answer.get("action")).get("product_retailer_id")):
        notes.append(f"The customer asks about the product {product}.")
    filled_in = "\n".join(_filled_in(text(chosen.get("response_json"))))
    return Content(
        words="\n".join(one for one in (words, filled_in) if one),
        notes=tuple(notes),
        payload=text(chosen.get("id")) or "",
    )


def _filled_in(response: str | None) -> Iterator[str]:
    """Yield a form's answers, a line each; what they mean is the form's own matter."""
    try:
        told = load_json(response or "{}")
    except UnreadablePayload:
        told = {"answer": response}
    values = mapping(told)
    for name, value in {**values, **mapping(values.get("values"))}.items():
        if name not in {"flow_token", "values"} and value not in (None, "", [], {}):
            shown = value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)
            yield text(f"{name}: {shown}"[:1000]) or ""


def _order(order: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    lines = [text(order.get("text")) or ""]
    for item in map(mapping, items(order.get("product_items"))):
        amount, price = number(item.get("quantity")), item.get("item_price")
        price = text(price) if isinstance(price, str) else price if isinstance(price, int | float) else None
        cost = f" at {price} {text(item.get('currency')) or ''}".rstrip() if price is not None else ""
        lines.append(
            f"{'?' if amount is None else amount} × {identifier(item.get('product_retailer_id')) or 'a product'}{cost}"
        )
    return Content(words="\n".join(line for line in lines if line), notes=("The customer sends an order.",))


def _unsupported(_: Mapping[str, Any], message: Mapping[str, Any]) -> Content:
    return Content(notes=(NOT_SHOWN,))


READERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Content]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "unsupported": _unsupported,
    "unknown": _unsupported,
}
