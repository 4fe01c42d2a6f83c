"""Bodies of X → events. Total: whatever comes in, out come events or UnreadablePayload.

Three envelopes: the Activity API (`data.event_type` with a payload), the legacy Account Activity API (`for_user_id` and
lists that end in `_events`), and pages of API v2 (`data`, `includes`, `errors`, `meta`; streams send them entry by entry).
Source: https://docs.x.com/x-api/activity/introduction, https://docs.x.com/x-api/account-activity/introduction and
https://docs.x.com/x-api/fundamentals/pagination (read 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from social_care.connectors.kit.reading import identifier, items, load_json, mapping, rank, text
from social_care.connectors.x.direct_messages import read_direct_message
from social_care.connectors.x.errors import problem_slug
from social_care.connectors.x.posts import LEGACY_POSTS, Scene, make_scene, read_post, unwrap
from social_care.core.errors import UnreadablePayload
from social_care.core.events import AccountRevoked, Event, Ignored, MessageDeleted, MessageReceived, Unknown

LOOKUP = "lookup"
"""The feed of posts asked for by id: one that X cannot find there was deleted."""

REVOKED = "The account's owner took this app's access to X away."
ANOTHERS = "it is for another X account of the same app"
POST_KINDS = {"post.create", "post.mention.create", "post.reply.create", "post.quote.create", "post.repost.create"}
DM_KINDS = {"dm.received", "dm.sent"}
IGNORED_KINDS: tuple[tuple[str, str], ...] = (
    # What an event type begins with, and why it is no customer's matter.
    ("like.", "a like"),
    ("follow.", "somebody followed or unfollowed"),
    ("mute.", "somebody was muted or unmuted"),
    ("block.", "somebody was blocked or unblocked"),
    ("profile.", "a change of a profile"),
    ("spaces.", "a Space began or ended"),
    ("broadcast.", "a live broadcast, where X offers no way to answer"),
    ("news.", "news chosen by X"),
    ("dm.read", "a read receipt"),
    ("dm.indicate_typing", "somebody is typing"),
    ("chat.sent", "our own encrypted X Chat message"),
    ("chat.conversation", "a change of an encrypted X Chat conversation"),
    ("chat.update", "a change of an encrypted X Chat conversation"),
)
IGNORED_LISTS: dict[str, str] = {
    "favorite_events": "a like",
    "follow_events": "somebody followed or unfollowed",
    "unfollow_events": "somebody unfollowed",
    "block_events": "somebody was blocked or unblocked",
    "unblock_events": "somebody was unblocked",
    "mute_events": "somebody was muted or unmuted",
    "unmute_events": "somebody was unmuted",
    "direct_message_indicate_typing_events": "somebody is typing",
    "direct_message_mark_read_events": "a read receipt",
}
LEGACY_BESIDE = {"for_user_id", "user_has_blocked", "users", "apps", "is_blocked_by"}
"""What a legacy body has beside its events."""


def parse_body(raw: bytes | str, *, feed: str, us: str) -> tuple[Event, ...]:
    """Return the events of a raw body; `us` is our own id, "" when unknown. Raises: UnreadablePayload."""
    return parse_value(load_json(raw), feed=feed, us=us)


def parse_value(root: object, *, feed: str, us: str) -> tuple[Event, ...]:
    """Return the events of a decoded body. Raises: UnreadablePayload."""
    if not isinstance(root, dict):
        raise UnreadablePayload("It is JSON, but not an object as X sends them.")
    if (
        "for_user_id" in root
        or any(isinstance(key, str) and key.endswith("_events") for key in root)
        or "user_event" in root
    ):
        return tuple(_parse_legacy(root, us))
    if "replay_job_status" in root:
        return (_parse_replay_job(mapping(root["replay_job_status"])),)
    data = [root] if "event_type" in root and "payload" in root else root.get("data")
    entries = items(data) if isinstance(data, list) else [data] if data is not None else []
    problems = items(root.get("errors"))
    if not entries and not problems and not isinstance(root.get("meta"), dict) and not isinstance(data, list):
        raise UnreadablePayload("Nothing in it is known as something X sends.")
    if mapping(root).get("matching_rules") and not feed.startswith("search:"):
        feed = "search:stream"
    found: list[Event] = []
    for entry in entries:
        found.extend(_parse_entry(entry, root, feed, us))
    if not any(_is_activity(mapping(entry)) for entry in entries):
        found.sort(key=_age)
    return (*found, *_parse_problems(problems, feed))


def account_ids(root: object) -> Iterator[str]:
    """Yield our own id wherever a webhook body names it."""
    body = mapping(root)
    yield identifier(body.get("for_user_id"))
    revoke = mapping(mapping(body.get("user_event")).get("revoke"))
    yield identifier(mapping(revoke.get("source")).get("user_id"))
    data = body.get("data", body)
    for entry in map(mapping, items(data) or [data]):
        yield identifier(mapping(entry.get("filter")).get("user_id"))
        if text(entry.get("event_type")) == "oauth.revoke":
            yield identifier(mapping(entry.get("payload")).get("user_id"))


def _age(event: Event) -> int:
    """Return what to sort a page by, oldest first: X sends the newest first, and ids grow."""
    revision = event.revision if isinstance(event, MessageReceived) else ""
    return rank(revision or event.message_id)


def _is_activity(entry: Mapping[str, Any]) -> bool:
    return "event_type" in entry and (
        "payload" in entry or "filter" in entry or "." in (text(entry.get("event_type")) or "")
    )


def _parse_entry(entry: object, root: Mapping[str, Any], feed: str, us: str) -> list[Event]:
    if not isinstance(entry, dict):
        return [Unknown(reason="X sent an entry that is not an object.")]
    if _is_activity(entry):
        return _parse_activity(entry, root, feed, us)
    scene = make_scene(us=us, feed=feed, sources=(mapping(root.get("includes")),), errors=root.get("errors"))
    if feed == "direct_messages" or "event_type" in entry or "dm_conversation_id" in entry:
        return [read_direct_message(entry, scene)]
    if "username" in entry and "text" not in entry:
        return [Ignored(reason="a profile, not a message")]
    return [read_post(entry, scene)]


def _parse_activity(entry: Mapping[str, Any], root: Mapping[str, Any], feed: str, us: str) -> list[Event]:
    kind = text(entry.get("event_type")) or ""
    kind = "post." + kind[6:] if kind.startswith("tweet.") else kind
    payload = unwrap(entry.get("payload"))
    whose = identifier(mapping(entry.get("filter")).get("user_id"))
    if us and whose and whose != us and kind != "post.delete":  # a customer's post is gone whomever X told it of
        return [Ignored(reason=ANOTHERS)]
    us = us or whose
    beside = mapping(mapping(entry.get("payload")).get("includes"))
    sources = (mapping(entry.get("includes")), mapping(root.get("includes")), beside, payload)
    scene = make_scene(us=us, feed=feed, kind=kind, sources=sources, errors=root.get("errors"))
    if kind in POST_KINDS:
        return [read_post(payload, scene)]
    if kind in DM_KINDS:
        messages = items(payload.get("direct_message_events")) or [payload]
        return sorted((read_direct_message(mapping(message), scene) for message in messages), key=_age)
    identity = identifier(payload.get("id"))
    if kind == "post.delete":
        return [_deleted(payload)]
    if kind == "chat.received":
        return [
            Unknown(message_id=identity, reason="an encrypted X Chat message: it can only be read and answered on x.com")
        ]
    if kind == "oauth.revoke":
        return [_revoked(identifier(payload.get("user_id")), us)]
    for beginning, reason in IGNORED_KINDS:
        if kind.startswith(beginning):
            return [Ignored(message_id=identity, reason=reason)]
    return [Unknown(message_id=identity, reason=f"X sent an event of an unknown kind: {kind[:60] or 'without a name'}.")]


def _deleted(post: Mapping[str, Any]) -> Event:
    identity = identifier(post.get("id_str"), post.get("id"))
    if not identity:
        return Unknown(reason="X reported a deleted post without saying which.")
    return MessageDeleted(message_id=identity, author_id=identifier(post.get("author_id"), post.get("user_id")) or None)


def _parse_replay_job(job: Mapping[str, Any]) -> Event:
    """Tell how X's sending of missed events ended; only a completed one needs nobody's attention.

    The shape is that which public receivers of X's webhooks test with (unsure: not seen live).
    """
    state = text(job.get("job_state")) or "without a state"
    if state == "Complete":
        return Ignored(reason="X has sent the missed events again")
    return Unknown(reason=f"X's sending of missed events ended as: {state[:60]}.")


def _revoked(who: str, us: str) -> Event:
    if who and us and who != us:
        return Ignored(reason="another account took its access away")
    return AccountRevoked(reason=REVOKED)


def _parse_legacy(root: Mapping[str, Any], us: str) -> Iterator[Event]:
    whose = identifier(root.get("for_user_id"))
    if us and whose and whose != us:
        yield Ignored(reason=ANOTHERS)
        return
    us = us or whose
    scene = make_scene(us=us, feed="webhook", sources=(root, mapping(root.get("includes"))))
    for key, value in root.items():
        name = text(key) or ""
        if name in LEGACY_BESIDE:
            continue
        if name == "user_event":
            yield _parse_user_event(value, us)
            continue
        entries = value if isinstance(value, list) else [value]
        found = [_parse_legacy_entry(name.replace("post_", "tweet_", 1), entry, scene) for entry in entries]
        yield from sorted(found, key=_age)


def _parse_legacy_entry(name: str, entry: object, scene: Scene) -> Event:
    if not isinstance(entry, dict):
        return Unknown(reason=f"X sent something unreadable under {name[:60]!r}.")
    if name == LEGACY_POSTS:
        return read_post(entry, replace(scene, kind=LEGACY_POSTS))
    if name == "direct_message_events":
        return read_direct_message(entry, scene)
    if name == "tweet_delete_events":
        return _deleted(mapping(entry.get("status")) or entry)
    if name in IGNORED_LISTS:
        return Ignored(reason=IGNORED_LISTS[name])
    return Unknown(reason=f"X sent an event of an unknown kind: {name[:60]}.")


def _parse_user_event(value: object, us: str) -> Event:
    revoke = mapping(value).get("revoke")
    if not isinstance(revoke, dict):
        return Unknown(reason="X sent an account event of an unknown kind.")
    return _revoked(identifier(mapping(revoke.get("source")).get("user_id")), us)


def _parse_problems(problems: list[Any], feed: str) -> Iterator[Event]:
    """Yield what X could not show. Only when posts were asked for by id does "not found" mean that one was deleted."""
    for problem in map(mapping, problems):
        identity = identifier(problem.get("resource_id"), problem.get("value"))
        about_post = (text(problem.get("resource_type")) or "tweet") in {"tweet", "post"}
        slug = problem_slug(problem)
        if feed == LOOKUP and slug == "resource-not-found" and about_post and identity:
            yield MessageDeleted(message_id=identity)
        elif slug == "operational-disconnect":
            yield Ignored(reason="X has closed the stream")
        elif slug == "resource-not-found":
            yield Ignored(message_id=identity, reason="X no longer has something that a message refers to")
        elif slug in {"not-authorized-for-resource", "not-authorized-for-field"}:
            yield Ignored(message_id=identity, reason="X does not show this account something that a message refers to")
        else:
            yield Ignored(message_id=identity, reason="X could not show a part of what was asked for")
