"""Private messages of Messenger and Instagram as webhooks bring them → events. The person is always the thread.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks,
https://developers.facebook.com/docs/instagram-platform/webhooks/examples (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from social_care.connectors.kit.reading import flag, identifier, items, mapping, number, text
from social_care.connectors.meta.attachments import Found, read_attachments
from social_care.connectors.meta.envelope import Dated, Scene, epoch, remote_id, when
from social_care.core.events import (
    AccountRevoked,
    Audience,
    Author,
    DeliveryReported,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    Missing,
    ReactionChanged,
    Thread,
    Unknown,
)

ELSEWHERE = "Another app or the account's own inbox handles this conversation at the moment."
WITHOUT_WORDS: dict[str, str] = {
    "account_linking": "the customer linked or unlinked an account",
    "app_roles": "the app's role in the conversations changed",
    "call_permission_reply": "the customer allowed or refused calls; calls are not handled here",
    "calls": "a call; calls are not handled here",
    "checkout_update": "a step of a checkout",
    "game_play": "somebody played a game",
    "in_thread_lead_form_submit": "a lead form was filled in, which is another tool's matter",
    "inbox_labels": "a label of the Page's inbox changed",
    "message_context": "the context of a message, without words",
    "messaging_in_thread_lead_form_submit": "a lead form was filled in, which is another tool's matter",
    "messaging_integrity": "a notice about the account's messages",
    "messaging_optout": "the customer no longer wants these messages",
    "messaging_seen": "a read receipt",
    "optin": "the customer agreed to receive messages",
    "optout": "the customer no longer wants these messages",
    "pass_thread_control": "a conversation was handed to another app",
    "payment": "a payment",
    "pre_checkout": "a step of a checkout",
    "referral": "the customer came by a link or an advertisement, without words yet",
    "request_thread_control": "another app asked for a conversation",
    "message_feedback": "the customer rated an automatic answer",
    "response_feedback": "the customer rated an automatic answer",
    "send_cart": "the customer sent a shopping cart, which Meta shows in its own inbox",
    "take_thread_control": "another app took a conversation over",
    "typing": "somebody is typing",
}
"""What a private event can be beside a message, and why it is no customer's word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a `messaging` list. customer "": it names nobody but us. own: it is our own message coming back."""

    body: Mapping[str, Any]
    scene: Scene
    customer: str
    own: bool
    at: float
    standby: bool

    @property
    def thread(self) -> Thread:
        """The private conversation with the customer."""
        return Thread(id=self.customer, audience=Audience.PRIVATE)

    @property
    def author(self) -> Author | None:
        """Who wrote it; None where only a reference of a plugin is known."""
        known = self.scene.us if self.own else remote_id(mapping(self.body.get("sender")).get("id"))
        return Author(id=known) if known else None


def is_messaging(value: object) -> bool:
    """Tell whether a value is an entry of a `messaging` list, wherever it stands."""
    return isinstance(value, dict) and ("recipient" in value or "sender" in value) and "item" not in value


def read_messaging(value: object, scene: Scene, *, standby: bool = False) -> Iterator[Dated]:
    """Yield the events of one entry of a `messaging` or `standby` list."""
    body = mapping(value)
    at = epoch(body.get("timestamp")) or scene.at
    item = _item(body, scene, at, standby)
    found = False
    for name, reader in READERS:
        if isinstance(body.get(name), dict):
            found = True
            yield from ((at, event) for event in reader(mapping(body[name]), item))
    for name, reason in WITHOUT_WORDS.items():
        if name in body and not found:
            found = True
            yield at, Ignored(reason=reason)
    if not found:
        names = ", ".join(sorted(str(name) for name in body if name not in {"sender", "recipient", "timestamp"}))[:60]
        yield at, Unknown(reason=f"{scene.title} sent a private event of an unknown kind: {names or 'without content'}.")


def _item(body: Mapping[str, Any], scene: Scene, at: float, standby: bool) -> Item:
    sender, recipient = mapping(body.get("sender")), mapping(body.get("recipient"))
    ours, theirs = remote_id(sender.get("id")), remote_id(recipient.get("id"))
    message = mapping(body.get("message"))
    own = flag(message.get("is_echo")) is True or bool(scene.us and ours == scene.us)
    customer = theirs if own else ours or remote_id(sender.get("user_ref"))
    us = scene.us or (ours if own else theirs)
    return Item(
        body=body,
        scene=Scene(us=us, title=scene.title, at=scene.at, feed=scene.feed),
        customer=customer,
        own=own,
        at=at,
        standby=standby,
    )


def _unknown_place(item: Item, identity: str) -> Event | None:
    if item.customer:
        return None
    return Unknown(message_id=identity, reason=f"{item.scene.title} sent a private message without saying whose it is.")


def _message(message: Mapping[str, Any], item: Item) -> Iterator[Event]:
    identity = remote_id(message.get("mid"))
    if not identity:
        yield Unknown(reason=f"{item.scene.title} sent a private message without an id.")
        return
    if (problem := _unknown_place(item, identity)) is not None:
        yield problem
        return
    if flag(message.get("is_deleted")):
        author_id = item.author.id if item.author else None
        yield MessageDeleted(message_id=identity, thread=item.thread, author_id=author_id)
        return
    found = read_attachments(message, item.scene.title)
    reply_to = mapping(message.get("reply_to"))
    words = text(message.get("text"))
    yield _received(item, identity, words or found.words, found, parent=remote_id(reply_to.get("mid")), message=message)


def _received(
    item: Item, identity: str, words: str, found: Found, *, parent: str = "", message: Mapping[str, Any] | None = None
) -> MessageReceived:
    body = message or {}
    route = {
        "via": item.scene.feed,
        "person": item.customer if remote_id(mapping(item.body.get("sender")).get("id")) or item.own else "",
        "user_ref": remote_id(mapping(item.body.get("sender")).get("user_ref")),
        "app_id": identifier(body.get("app_id")),
        "metadata": (text(body.get("metadata")) or "")[:200],
        "payload": (text(mapping(body.get("quick_reply")).get("payload")) or "")[:200],
        "standby": "1" if item.standby else "",
    }
    notes = [*found.notes, *([ELSEWHERE] if item.standby and not item.own else [])]
    return MessageReceived(
        message_id=identity,
        thread=item.thread,
        author=item.author,
        text=words,
        kind="direct_message",
        sent_at=when(item.body.get("timestamp")),
        addresses_us=not item.own,
        parent_id=parent or None,
        media=found.media,
        route={name: value for name, value in route.items() if value},
        notes=tuple(notes),
        missing=(Missing.AUTHOR,) if item.author and not item.own else (),
    )


def _edit(edit: Mapping[str, Any], item: Item) -> Iterator[Event]:
    """An edit carries the whole text; Meta counts them, so the count tells the versions apart."""
    identity, count = remote_id(edit.get("mid")), number(edit.get("num_edit"))
    if not identity or (count is None and not item.at):
        yield Unknown(message_id=identity, reason=f"{item.scene.title} reported an edit without saying of what or when.")
        return
    if (problem := _unknown_place(item, identity)) is not None:
        yield problem
        return
    received = _received(item, identity, text(edit.get("text")) or "", Found())
    yield MessageEdited(
        message_id=identity,
        thread=received.thread,
        author=received.author,
        text=received.text,
        kind=received.kind,
        sent_at=received.sent_at,
        addresses_us=received.addresses_us,
        route=received.route,
        notes=received.notes,
        missing=received.missing,
        revision=str(count if count is not None else int(item.at * 1000)),
    )


def _postback(postback: Mapping[str, Any], item: Item) -> Iterator[Event]:
    """A pressed button: its title is what the person saw."""
    given, title = remote_id(postback.get("mid")), text(postback.get("title"))
    identity = given or (f"postback:{item.customer}:{int(item.at * 1000)}" if item.customer and item.at else "")
    if not identity:
        yield Unknown(reason=f"{item.scene.title} reported a pressed button without saying whose.")
        return
    if (problem := _unknown_place(item, identity)) is not None:
        yield problem
        return
    payload = text(postback.get("payload")) or ""
    found = read_attachments(postback, item.scene.title)
    notes = ("The customer pressed a button.", *found.notes)
    if not remote_id(mapping(item.body.get("sender")).get("id")):
        notes += (f"{item.scene.title} gave only a reference to this person, not who it is.",)
    received = _received(item, identity, title or payload, Found(notes=notes), message={"quick_reply": {"payload": payload}})
    yield received


def _form(form: Mapping[str, Any], item: Item) -> Iterator[Event]:
    """What a customer filled in: a rating with words, or how to be reached. Meta gives it no id.

    Source: https://developers.facebook.com/docs/messenger-platform/send-messages/templates/customer-feedback-template
    (read 2026-11).
    """
    identity = f"form:{item.customer}:{int(item.at * 1000)}" if item.customer and item.at else ""
    lines = [line for screen in items(form.get("feedback_screens")) for line in _answers(mapping(screen))]
    for screen in items(form.get("screens")):
        told = [mapping(one) for one in items(mapping(screen).get("responses"))]
        lines += [f"{text(one.get('key')) or '?'}: {text(one.get('value')) or ''}" for one in told]
    if not identity or not lines:
        yield Unknown(reason=f"{item.scene.title} sent a filled-in form without saying whose or what is in it.")
    else:
        yield _received(item, identity, "\n".join(lines), Found(notes=("The customer filled in a form.",)))


def _answers(screen: Mapping[str, Any]) -> Iterator[str]:
    for question in map(mapping, mapping(screen.get("questions")).values()):
        score = identifier(question.get("payload"))
        if score:
            yield f"{(text(question.get('type')) or 'answer').upper()}: {score}"
        if words := text(mapping(question.get("follow_up")).get("payload")):
            yield words


def _reaction(reaction: Mapping[str, Any], item: Item) -> Iterator[Event]:
    identity = remote_id(reaction.get("mid"))
    if not identity:
        yield Unknown(reason=f"{item.scene.title} reported a reaction without saying to what.")
        return
    taken_back = text(reaction.get("action")) == "unreact"
    sign = "" if taken_back else text(reaction.get("emoji")) or text(reaction.get("reaction")) or "reaction"
    revision, thread = str(int(item.at * 1000) or ""), item.thread if item.customer else None
    yield ReactionChanged(message_id=identity, author=item.author, reaction=sign, revision=revision, thread=thread)


def _read(read: Mapping[str, Any], item: Item) -> Iterator[Event]:
    identity = remote_id(read.get("mid"))
    if identity and item.customer:
        yield DeliveryReported(message_id=identity, fate=Fate.READ, thread=item.thread)
    else:
        yield _up_to(Fate.READ, read, item)


def _delivery(delivery: Mapping[str, Any], item: Item) -> Iterator[Event]:
    identities = [identity for identity in map(remote_id, items(delivery.get("mids"))) if identity]
    thread = item.thread if item.customer else None
    for identity in identities:
        yield DeliveryReported(message_id=identity, fate=Fate.DELIVERED, thread=thread)
    if not identities:
        yield _up_to(Fate.DELIVERED, delivery, item)


def _up_to(fate: Fate, receipt: Mapping[str, Any], item: Item) -> Event:
    """Return a receipt that names a moment: it holds for all our messages up to then.

    Source: https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-reads (read 2026-11).
    """
    moment = epoch(receipt.get("watermark"))
    if not moment or not item.customer:
        return Ignored(reason=f"a receipt ({fate.value}) that does not say of what")
    until = datetime.fromtimestamp(moment, timezone.utc)
    return DeliveryReported(fate=fate, thread=item.thread, until=until)


def _policy(policy: Mapping[str, Any], item: Item) -> Iterator[Event]:
    """Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/
    messaging_policy_enforcement (read 2026-11)."""
    if text(policy.get("action")) == "block":
        yield AccountRevoked(
            reason=f"{item.scene.title} has blocked this account from sending messages, for its policies: see what it wrote"
            " to the account's owner."
        )
    else:
        yield Ignored(reason="a notice about the platform's policies; sending is not blocked")


READERS: tuple[tuple[str, Callable[[Mapping[str, Any], Item], Iterator[Event]]], ...] = (
    ("message", _message),
    ("message_edit", _edit),
    ("postback", _postback),
    ("messaging_feedback", _form),
    ("messaging_customer_information", _form),
    ("reaction", _reaction),
    ("read", _read),
    ("delivery", _delivery),
    ("policy_enforcement", _policy),
    ("policy-enforcement", _policy),
)
