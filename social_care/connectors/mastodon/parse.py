"""Bodies of Mastodon → events. Total: whatever comes in, out come events or UnreadablePayload.

Pages are arrays of notifications, statuses or conversations; searches, threads and grouped notifications are objects
around them; the streaming API wraps one object as text.
Source: https://docs.joinmastodon.org/methods/notifications/, .../methods/streaming/#events, .../methods/conversations/,
.../entities/Search/, .../entities/Context/ (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import EPOCH, identifier, items, load_json, mapping, moment, text
from social_care.connectors.mastodon.statuses import Scene, audience_of, identity_of, read_status
from social_care.core.errors import UnreadablePayload
from social_care.core.events import Audience, Event, Ignored, MessageDeleted, MessageReceived, Unknown

TURNS_TO_US = frozenset({"mention", "quote", "comment", "tagged"})
"""The last two are Pixelfed's. Source: github.com/pixelfed/pixelfed, NotificationTransformer.php (read 2026-11)."""
SHOWS_A_POST = TURNS_TO_US | {"update"}
IGNORED_KINDS: dict[str, str] = {
    "favourite": "a favourite",
    "reblog": "a boost",
    "follow": "somebody followed",
    "follow_request": "somebody asks to follow",
    "poll": "a poll ended",
    "status": "a post of somebody whom the account watches",
    "quoted_update": "a post that we quoted was edited",
    "severed_relationships": "followers were lost with their server",
    "annual_report": "the server's report of the year",
    "added_to_collection": "the account was put into a collection",
    "collection_update": "a collection with the account was changed",
    "admin.sign_up": "somebody signed up",
    "admin.report": "somebody was reported to the server's moderators",
    "pleroma:emoji_reaction": "a reaction",
    "pleroma:report": "somebody was reported to the server's moderators",
    "reaction": "a reaction",
    "share": "a boost",
    "story:react": "a reaction",
    "modlog": "a remark of the server's moderators",
    "move": "somebody moved to another server",
}
HOOKS = ("account.", "report.")
"""What a server tells its administrators' webhooks beside `status.`.
Source: https://docs.joinmastodon.org/admin/webhooks/ (read 2026-11)."""
NEEDS_EYES: dict[str, str] = {
    "direct": "A private message of Pixelfed's own: it can only be read and answered there.",
    "story:comment": "An answer to a story on Pixelfed: it can only be read and answered there.",
    "moderation_warning": "The moderators of the server have warned or restricted this account: see its settings there.",
    "pleroma:chat_mention": "A message of Pleroma's own chat: it can only be read and answered there.",
}
IGNORED_EVENTS: dict[str, str] = {
    "filters_changed": "the account's filters were changed",
    "notifications_merged": "notifications were let through; a poll brings them",
    "announcement": "an announcement of the server",
    "announcement.reaction": "a reaction to an announcement",
    "announcement.delete": "an announcement was taken back",
    "encrypted_message": "an encrypted message, which no server can deliver yet",
}


def parse_body(raw: bytes | str, *, feed: str, us: str) -> tuple[Event, ...]:
    """Return the events of a raw body; `us` is our own id, "" when unknown. Raises: UnreadablePayload."""
    return parse_value(load_json(raw), Scene(us=us, feed=feed))


def parse_value(root: object, scene: Scene) -> tuple[Event, ...]:
    """Return the events of a decoded body, oldest first. Raises: UnreadablePayload."""
    entries = entries_of(root)
    if entries is None:
        if not isinstance(root, dict):
            raise UnreadablePayload("It is JSON, but not as a Mastodon server sends it.")
        return (_parse_entry(root, scene, alone=True),)
    # Pages come newest first; sorting is stable, so what tells no time stays in turn.
    return tuple(_parse_entry(entry, scene) for entry in sorted(reversed(entries), key=_age))


def entries_of(root: object) -> list[Any] | None:
    """Return the entries of a page, newest first; None where the body is a single object."""
    if isinstance(root, list):
        return root
    body = mapping(root)
    if "notification_groups" in body:
        return _ungrouped(body)
    if isinstance(body.get("ancestors"), list) or isinstance(body.get("descendants"), list):
        return [*reversed(items(body.get("descendants"))), *reversed(items(body.get("ancestors")))]
    return body["statuses"] if isinstance(body.get("statuses"), list) else None


def status_in(entry: object) -> dict[str, Any]:
    """Return the status that an entry is, or is about; {} for none."""
    one = mapping(entry)
    return mapping(one.get("status")) or mapping(one.get("last_status")) or (one if "visibility" in one else {})


def belongs(entry: object, feed: str) -> bool:
    """Tell whether an entry of the notifications is to be kept with this feed; the rest goes with the mentions."""
    if feed not in ("mentions", "direct_messages"):
        return True
    status = status_in(entry)
    private = audience_of(status) is Audience.PRIVATE if status else "chat_message" in mapping(entry)
    return private == (feed == "direct_messages")


def _ungrouped(body: Mapping[str, Any]) -> list[Any]:
    """Return grouped notifications (API v2) in the form of v1."""
    statuses = {identifier(one.get("id")): one for one in map(mapping, items(body.get("statuses")))}
    accounts = {identifier(one.get("id")): one for one in map(mapping, items(body.get("accounts")))}
    found = []
    for group in map(mapping, items(body.get("notification_groups"))):
        people = [identifier(one) for one in items(group.get("sample_account_ids"))]
        found.append(
            {
                "id": group.get("most_recent_notification_id"),
                "type": group.get("type"),
                "created_at": group.get("latest_page_notification_at"),
                "account": accounts.get(people[0], {}) if people else {},
                "status": statuses.get(identifier(group.get("status_id"))),
            }
        )
    return found


def _age(entry: object) -> datetime:
    return moment(status_in(entry).get("created_at")) or moment(mapping(entry).get("created_at")) or EPOCH


def _parse_entry(entry: object, scene: Scene, *, alone: bool = False) -> Event:
    if not isinstance(entry, dict):
        return Unknown(reason="The server sent an entry that is not an object.")
    if isinstance(entry.get("event"), str) and "payload" in entry:
        return read_streamed(entry["event"], entry["payload"], scene)
    if isinstance(entry.get("event"), str) and isinstance(entry.get("object"), dict):
        return _read_hook(entry["event"], entry["object"], scene)
    if isinstance(entry.get("type"), str) and "content" not in entry and ("account" in entry or "status" in entry):
        return _read_notification(entry, scene)
    if "last_status" in entry:
        return _read_conversation(entry, scene)
    if "content" in entry and ("account" in entry or "visibility" in entry):
        return read_status(entry, scene)
    if "acct" in entry:
        return Ignored(reason="a profile, not a message")
    if "configuration" in entry or "max_toot_chars" in entry:
        return Ignored(reason="the description of a server")
    if alone:
        raise UnreadablePayload("Nothing in it is known as something a Mastodon server sends.")
    return Unknown(reason="The server sent an entry of an unknown shape.")


def _read_notification(entry: Mapping[str, Any], scene: Scene) -> Event:
    kind = str(text(entry.get("type")))
    status = mapping(entry.get("status"))
    if kind in IGNORED_KINDS:
        return Ignored(message_id=identifier(status.get("id")), reason=IGNORED_KINDS[kind])
    if kind not in SHOWS_A_POST:
        return Unknown(reason=NEEDS_EYES.get(kind) or f"The server sent a notification of an unknown kind: {kind[:60]}.")
    if not status:
        return Unknown(reason="The server told of a message without showing it.")
    return read_status(status, replace(scene, to_us=kind in TURNS_TO_US))


def _read_hook(event: str, about: Mapping[str, Any], scene: Scene) -> Event:
    """Return what a server tells an administrator's webhook."""
    if event.startswith("status."):
        return read_status(about, scene)
    if event.startswith(HOOKS):
        return Ignored(reason="a matter of the server's administrators")
    return Unknown(reason=f"The server sent an event of an unknown kind: {event[:60]}.")


def _read_conversation(entry: Mapping[str, Any], scene: Scene) -> Event:
    status = mapping(entry.get("last_status"))
    if not status:
        return Ignored(reason="a conversation whose last message is gone")
    return read_status(status, scene)


def read_streamed(event: str, payload: object, scene: Scene) -> Event:
    """Return what one event of the streaming API tells; its payload is JSON as text, of a deletion the bare id."""
    if event == "delete":
        identity = identifier(payload)
        return MessageDeleted(message_id=identity) if identity else Unknown(reason="A deletion that does not say of what.")
    if event in IGNORED_EVENTS:
        return Ignored(reason=IGNORED_EVENTS[event])
    if event not in {"update", "status.update", "notification", "conversation"}:
        return Unknown(reason=f"The server sent an event of an unknown kind: {event[:60]}.")
    if isinstance(payload, str):
        try:
            payload = load_json(payload)
        except UnreadablePayload:
            return Unknown(reason=f"The server's event {event} cannot be read.")
    if not isinstance(payload, dict) or "payload" in payload:  # nothing is wrapped twice
        return Unknown(reason=f"The server's event {event} cannot be read.")
    try:
        return _parse_entry(payload, scene, alone=True)
    except UnreadablePayload as error:
        return Unknown(reason=str(error))


def read_history(versions: object, message_id: str, scene: Scene) -> tuple[Event, ...]:
    """Return the versions of one status, oldest first; they tell neither its id nor who may read it.

    They therefore say where the status stands only by its id, and are of use for a message that is known already.
    Source: https://docs.joinmastodon.org/entities/StatusEdit/ (read 2026-11).
    """
    found: list[Event] = []
    for place, version in enumerate(map(mapping, items(versions))):
        edited = {"edited_at": version.get("created_at")} if place else {}
        event = read_status({"visibility": "public", **version, "id": message_id, **edited}, scene)
        found.append(replace(event, addresses_us=False) if isinstance(event, MessageReceived) else event)
    return tuple(found)


def own_id_in(body: object) -> str:
    """Return who the server's answer to "who am I" names, "" for any other body."""
    found = mapping(body)
    return identity_of(found) if "acct" in found and "source" in found else ""
