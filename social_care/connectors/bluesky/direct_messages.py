"""Private messages, and the log of what happened to conversations → events.

Source: lexicon chat.bsky.convo.defs in https://github.com/bluesky-social/atproto/tree/main/lexicons (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from social_care.connectors.bluesky.embeds import read_notes
from social_care.connectors.bluesky.people import read_author
from social_care.connectors.bluesky.text import shown
from social_care.connectors.kit.reading import identifier, items, mapping, moment, text
from social_care.core.events import (
    Audience,
    Author,
    Event,
    Ignored,
    MessageDeleted,
    MessageReceived,
    Missing,
    ReactionChanged,
    Thread,
    Unknown,
)

GROUP_MEMBERS = frozenset({"groupConvoMember", "pastGroupConvoMember"})
IN_GROUP = "A conversation of several people: everybody in it reads the answer."
IGNORED_LOGS: dict[str, str] = {
    "logBeginConvo": "a conversation began",
    "logAcceptConvo": "a conversation was accepted",
    "logLeaveConvo": "this account left a conversation",
    "logMuteConvo": "a conversation was muted",
    "logUnmuteConvo": "a conversation is no longer muted",
    "logReadMessage": "a message was read",
    "logReadConvo": "a conversation was read",
    "logAddMember": "somebody joined a group",
    "logRemoveMember": "somebody was removed from a group",
    "logMemberJoin": "somebody joined a group",
    "logMemberLeave": "somebody left a group",
    "logLockConvo": "a conversation was closed",
    "logUnlockConvo": "a conversation was opened again",
    "logLockConvoPermanently": "a conversation was closed for good",
    "logEditGroup": "a group was renamed",
    "logCreateJoinLink": "a group got a link to join",
    "logEditJoinLink": "a group's link to join was changed",
    "logEnableJoinLink": "a group's link to join was switched on",
    "logDisableJoinLink": "a group's link to join was switched off",
    "logIncomingJoinRequest": "somebody asks to join a group",
    "logApproveJoinRequest": "somebody was let into a group",
    "logRejectJoinRequest": "somebody was not let into a group",
    "logOutgoingJoinRequest": "this account asks to join a group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One conversation. us: our own DID ("" unknown). people: its members' views, by DID."""

    convo_id: str
    us: str
    feed: str = "webhook"
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def thread(self) -> Thread:
        """Return the thread of the conversation."""
        return Thread(id=self.convo_id, audience=Audience.PRIVATE)

    @property
    def is_group(self) -> bool:
        """Tell whether a member's view says that this is a group."""
        kinds = ((text(mapping(one.get("kind")).get("$type")) or "") for one in self.people.values())
        return any(kind.rpartition("#")[2] in GROUP_MEMBERS for kind in kinds)


def people_in(profiles: object) -> dict[str, Mapping[str, Any]]:
    """Return views of people by DID."""
    return {did: one for one in map(mapping, items(profiles)) if (did := identifier(one.get("did")))}


def read_log(entry: Mapping[str, Any], us: str, feed: str) -> Event:
    """Return the event of one entry of the log; messages that stand in it only as a reminder are no messages."""
    kind = (text(entry.get("$type")) or "").rpartition("#")[2]
    talk = Talk(convo_id=identifier(entry.get("convoId")), us=us, feed=feed, people=people_in(entry.get("relatedProfiles")))
    message = mapping(entry.get("message"))
    if kind in IGNORED_LOGS:
        return Ignored(message_id=identifier(message.get("id")), reason=IGNORED_LOGS[kind])
    if kind == "logCreateMessage":
        return read_message(message, talk)
    if kind == "logDeleteMessage":
        return _deleted(message, talk)
    if kind in ("logAddReaction", "logRemoveReaction"):
        return _reaction(entry, message, talk, added=kind == "logAddReaction")
    return Unknown(reason=f"The log of conversations has an entry of an unknown kind: {kind[:60] or 'none'}.")


def read_message(message: Mapping[str, Any], talk: Talk) -> Event:
    """Return the event of one message."""
    identity = identifier(message.get("id"))
    kind = (text(message.get("$type")) or "").rpartition("#")[2]
    if kind == "systemMessageView":
        return Ignored(message_id=identity, reason="a line of the conversation itself, not of a person")
    if kind == "deletedMessageView":
        return _deleted(message, talk)
    if not identity or not talk.convo_id:
        return Unknown(message_id=identity, reason="The server sent a message without an id or a conversation.")
    if "text" not in message:
        return Unknown(message_id=identity, reason="The server told of a message without showing it.")
    author = _sender(message, talk)
    ours = author is not None and author.id == talk.us
    notes = (*read_notes(message.get("embed")), *((IN_GROUP,) if talk.is_group else ()))
    return MessageReceived(
        message_id=identity,
        thread=talk.thread,
        author=author,
        text=shown(text(message.get("text")) or "", message.get("facets")),
        kind="direct_message",
        sent_at=moment(message.get("sentAt")),
        addresses_us=not ours,
        route={"via": talk.feed, "convo": talk.convo_id},
        notes=() if ours else notes,
        missing=(Missing.AUTHOR,) if author is not None and not ours and author.handle is None else (),
    )


def _sender(message: Mapping[str, Any], talk: Talk) -> Author | None:
    """Return who wrote a message, which names them by DID only."""
    did = identifier(mapping(message.get("sender")).get("did"))
    return read_author({**talk.people.get(did, {}), "did": did}) if did else None


def _deleted(message: Mapping[str, Any], talk: Talk) -> Event:
    identity = identifier(message.get("id"))
    if not identity:
        return Unknown(reason="A deletion that does not say of what.")
    author = identifier(mapping(message.get("sender")).get("did")) or None
    return MessageDeleted(message_id=identity, thread=talk.thread if talk.convo_id else None, author_id=author)


def _reaction(entry: Mapping[str, Any], message: Mapping[str, Any], talk: Talk, *, added: bool) -> Event:
    """Return what one person's reactions to a message are now: the message lists all, the entry names the changed one."""
    identity = identifier(message.get("id"))
    reaction = mapping(entry.get("reaction"))
    did = identifier(mapping(reaction.get("sender")).get("did"))
    if not identity or not did:
        return Unknown(message_id=identity, reason="A reaction that does not say whose it is, or to what.")
    if did == talk.us:
        return Ignored(message_id=identity, reason="a reaction of our own")
    listed = [mapping(one) for one in items(message.get("reactions"))]
    held = [text(one.get("value")) for one in listed if mapping(one.get("sender")).get("did") == did]
    if added and not held:
        held = [text(reaction.get("value"))]
    return ReactionChanged(
        message_id=identity,
        author=read_author({**talk.people.get(did, {}), "did": did}),
        reaction=" ".join(one[:40] for one in held if one),
        revision=identifier(entry.get("rev")),
        thread=talk.thread if talk.convo_id else None,
    )
