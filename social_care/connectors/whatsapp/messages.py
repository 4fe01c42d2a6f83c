"""Messages, echoes and statuses of one `value` of a WhatsApp webhook → events. The customer is the thread.

Since 2026 a customer may hide the phone number behind a username: `from` is missing then, and the business-scoped user id
is who it is. Where Meta sends that id at all it is the identity, since it stays when the number is hidden or changed.
Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages,
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from social_care.connectors.kit.reading import items, mapping, number, text
from social_care.connectors.meta.envelope import Dated, Scene, epoch, remote_id, when
from social_care.connectors.meta.errors import verdict_of
from social_care.connectors.whatsapp.content import Content, context_notes, kind_of, read_content
from social_care.core.errors import Refused
from social_care.core.events import (
    Audience,
    Author,
    CallFailed,
    DeliveryReported,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    PreferenceChanged,
    ReactionChanged,
    Thread,
    Unknown,
)
from social_care.core.templates import MARKETING

FATES = {
    "sent": Fate.SENT,
    "delivered": Fate.DELIVERED,
    "read": Fate.READ,
    "played": Fate.READ,
    "failed": Fate.FAILED,
}
CHANGES = frozenset({"edit", "revoke"})
WISHES = {"stop": False, "resume": True, "signup": True}
STOPPED = 131050
NOT_DELIVERED = "WhatsApp could not deliver this message."
SYSTEM: dict[str, str] = {
    "user_changed_number": "the customer's phone number changed; new messages come from the new one",
    "customer_changed_number": "the customer's phone number changed; new messages come from the new one",
    "user_changed_user_id": "the customer's user id changed; new messages come from the new one",
    "customer_identity_changed": "the customer uses WhatsApp on another device",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer. user_id "": WhatsApp told only the phone number. phone "": it is hidden."""

    user_id: str = ""
    phone: str = ""
    handle: str | None = None
    name: str | None = None

    @property
    def id(self) -> str:
        """The identity."""
        return self.user_id or self.phone

    @property
    def author(self) -> Author | None:
        """The customer as an author; the phone number stands in for a missing handle where it is not the id."""
        handle = self.handle or (self.phone if self.user_id and self.phone else None)
        return Author(id=self.id, handle=handle, name=self.name) if self.id else None


def read_value(value: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield every message, echo, status and error of one change."""
    metadata = mapping(value.get("metadata"))
    scene = Scene(us=scene.us or remote_id(metadata.get("phone_number_id")), title=scene.title, at=scene.at, feed=scene.feed)
    ours = text(metadata.get("display_phone_number")) or ""
    contacts = [mapping(one) for one in items(value.get("contacts"))]
    for message in items(value.get("messages")):
        yield _message(mapping(message), contacts, scene, ours)
    for message in items(value.get("message_echoes")):
        yield _echo(mapping(message), scene, ours)
    for status in items(value.get("statuses")):
        yield _status(mapping(status), scene)
    for error in items(value.get("errors")):
        yield scene.at, CallFailed(error=_failure(mapping(error)))
    if not any(value.get(name) for name in ("messages", "message_echoes", "statuses", "errors")):
        yield scene.at, Ignored(reason="nothing but data of the account or of contacts")


def _person(message: Mapping[str, Any], contacts: list[dict[str, Any]]) -> Person:
    user, phone = remote_id(message.get("from_user_id"), message.get("user_id")), remote_id(message.get("from"))
    contact = next(
        (one for one in contacts if (user and one.get("user_id") == user) or (phone and one.get("wa_id") == phone)),
        contacts[0] if len(contacts) == 1 else {},
    )
    profile = mapping(contact.get("profile"))
    theirs = not phone or not contact.get("wa_id") or phone == contact.get("wa_id")
    return Person(
        user_id=user or (remote_id(contact.get("user_id")) if theirs else ""),
        phone=phone or remote_id(contact.get("wa_id")),
        handle=text(profile.get("username")) or text(contact.get("username")),
        name=text(profile.get("name")),
    )


def _message(message: Mapping[str, Any], contacts: list[dict[str, Any]], scene: Scene, ours: str) -> Dated:
    at, identity, kind = epoch(message.get("timestamp")) or scene.at, remote_id(message.get("id")), kind_of(message)
    person = _person(message, contacts)
    if kind == "reaction":
        return at, _reaction(mapping(message.get("reaction")), person.author, at, _thread(message, person))
    if kind == "system":
        told = text(mapping(message.get("system")).get("type")) or ""
        return at, Ignored(message_id=identity, reason=SYSTEM.get(told, "a notice of WhatsApp itself"))
    if kind == "request_welcome":
        return at, Ignored(message_id=identity, reason="the customer opened the conversation, without words yet")
    if not identity or not person.id:
        return at, Unknown(message_id=identity, reason="WhatsApp sent a message without saying which or whose it is.")
    if kind in CHANGES:
        return at, _changed(message, at, lambda told, of, content: _received(told, of, content, person, scene, ours))
    content = read_content(message)
    if content is None:
        return at, Unknown(
            message_id=identity, reason=f"WhatsApp sent a message of an unknown type: {kind[:60] or 'unnamed'}."
        )
    return at, _received(message, identity, content, person, scene, ours)


def _received(
    message: Mapping[str, Any], identity: str, content: Content, person: Person, scene: Scene, ours: str
) -> MessageReceived:
    context = mapping(message.get("context"))
    quoted = "" if context.get("referred_product") else remote_id(context.get("id"))
    sender, group = remote_id(context.get("from")), remote_id(message.get("group_id"))
    route = {
        "via": scene.feed,
        "phone": person.phone,
        "user_id": person.user_id,
        "group_id": group,
        "payload": content.payload[:200],
    }
    return MessageReceived(
        message_id=identity,
        thread=Thread(id=group or person.id, audience=Audience.PRIVATE),
        author=person.author,
        text=content.words,
        kind="direct_message",
        sent_at=when(message.get("timestamp")),
        parent_id=quoted or None,
        parent_author_id=(scene.us if ours and sender == ours else sender) or None if quoted else None,
        media=content.media,
        route={name: value for name, value in route.items() if value},
        notes=(*content.notes, *context_notes(message)),
    )


def _thread(message: Mapping[str, Any], person: Person) -> Thread | None:
    place = remote_id(message.get("group_id")) or person.id
    return Thread(id=place, audience=Audience.PRIVATE) if place else None


def _changed(
    message: Mapping[str, Any], at: float, read: Callable[[Mapping[str, Any], str, Content], MessageReceived]
) -> Event:
    """An edited or withdrawn message, told only of numbers that the WhatsApp Business app uses, too.

    read: makes a message of a body, an id and what stands in it. Source: https://developers.facebook.com/documentation/
    business-messaging/whatsapp/webhooks/reference/messages/edit and …/revoke (read 2026-11). Meta says that edits come as
    `unsupported` for the time being.
    """
    kind = kind_of(message)
    change = mapping(message.get(kind))
    original, fresh = remote_id(change.get("original_message_id")), mapping(change.get("message"))
    if not original:
        return Unknown(message_id=remote_id(message.get("id")), reason="WhatsApp reported a change without saying of what.")
    found = read({**message, **fresh}, original, read_content(fresh) or Content())
    if kind == "revoke":
        return MessageDeleted(message_id=original, thread=found.thread, author_id=found.author.id if found.author else None)
    told = {one.name: getattr(found, one.name) for one in fields(found)}
    return MessageEdited(**told | {"revision": f"{int(at):010d}"})


def _reaction(reaction: Mapping[str, Any], author: Author | None, at: float, thread: Thread | None) -> Event:
    identity = remote_id(reaction.get("message_id"))
    if not identity:
        return Unknown(reason="WhatsApp reported a reaction without saying to what.")
    return ReactionChanged(
        message_id=identity,
        author=author,
        reaction=text(reaction.get("emoji")) or "",
        revision=str(int(at)),
        thread=thread,
    )


def _echo(message: Mapping[str, Any], scene: Scene, ours: str) -> Dated:
    """What a colleague sent from the WhatsApp Business app: the author is our number."""
    at, identity = epoch(message.get("timestamp")) or scene.at, remote_id(message.get("id"))
    user, phone = remote_id(message.get("to_user_id")), remote_id(message.get("to"))
    us, kind = scene.us or remote_id(message.get("from")), kind_of(message)
    author = Author(id=us, handle=ours or None) if us else None
    thread = Thread(id=user or phone, audience=Audience.PRIVATE) if user or phone else None
    if kind == "reaction":
        return at, _reaction(mapping(message.get("reaction")), author, at, thread)
    content = Content() if kind in CHANGES else read_content(message)
    if not identity or thread is None or content is None or author is None:
        return at, Ignored(message_id=identity, reason="our own message, of a kind that cannot be shown")

    def read(told: Mapping[str, Any], of: str, content: Content) -> MessageReceived:
        return MessageReceived(
            message_id=of,
            thread=thread,
            author=author,
            text=content.words,
            kind="direct_message",
            sent_at=when(told.get("timestamp")),
            addresses_us=False,
            parent_id=remote_id(mapping(told.get("context")).get("id")) or None,
            media=content.media,
            route={name: value for name, value in {"via": scene.feed, "phone": phone, "user_id": user}.items() if value},
        )

    return at, _changed(message, at, read) if kind in CHANGES else read(message, identity, content)


def _status(status: Mapping[str, Any], scene: Scene) -> Dated:
    """The fate of a message of ours; Meta sends these in any order, and a failure long after the message was accepted."""
    at, identity = epoch(status.get("timestamp")) or scene.at, remote_id(status.get("id"))
    told = text(status.get("status")) or ""
    fate = FATES.get(told)
    if not told:
        return at, Unknown(message_id=identity, reason="WhatsApp sent a status without saying which.")
    if fate is None or not identity:
        return at, Ignored(message_id=identity, reason=f"a status that changes nothing here: {told[:40]}")
    group = status.get("recipient_id") if text(status.get("recipient_type")) == "group" else None
    whom = remote_id(group, status.get("recipient_user_id"), status.get("recipient_id"))
    failures = [mapping(error) for error in items(status.get("errors"))]
    return at, DeliveryReported(
        message_id=identity,
        fate=fate,
        reason=str(_failure(failures[0] if failures else {})) if fate is Fate.FAILED else "",
        unwanted=MARKETING if any(number(error.get("code")) == STOPPED for error in failures) else "",
        thread=Thread(id=whom, audience=Audience.PRIVATE) if whom else None,
        reference=(text(status.get("biz_opaque_callback_data")) or "")[:140],
    )


def read_preferences(value: Mapping[str, Any], scene: Scene) -> Iterator[Dated]:
    """Yield what customers chose in WhatsApp's settings, under each id that we may know them by.

    Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences
    (read 2026-11).
    """
    contacts = [mapping(one) for one in items(value.get("contacts"))]
    if not items(value.get("user_preferences")):
        yield scene.at, Unknown(reason="WhatsApp told that a customer's preference changed, but not how.")
    for preference in map(mapping, items(value.get("user_preferences"))):
        at = epoch(preference.get("timestamp")) or scene.at
        chosen, category = text(preference.get("value")), text(preference.get("category"))
        sender = {"from": preference.get("wa_id"), "from_user_id": preference.get("user_id")}
        person = _person(sender, contacts)
        if chosen not in WISHES or category != "marketing_messages" or not person.id:
            yield at, Unknown(reason="WhatsApp told of a customer's preference in a way that is not known here.")
            continue
        for one in dict.fromkeys(filter(None, (person.user_id, person.phone))):
            told_at = when(preference.get("timestamp"))
            yield at, PreferenceChanged(author_id=one, category=MARKETING, wanted=WISHES[chosen], at=told_at)


def _failure(error: Mapping[str, Any]) -> Any:
    """Return the error that a code stands for."""
    kind, sentence = verdict_of(number(error.get("code"))) or (Refused, NOT_DELIVERED)
    return kind(sentence.format(title="WhatsApp"))
