"""One entry → one event."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urldefrag

from social_care.connectors.feed.documents import Entry
from social_care.connectors.kit.reading import LONGEST_ID
from social_care.core.events import Audience, Author, Event, MessageDeleted, MessageEdited, MessageReceived, Thread, Unknown

_FORUM_POST = re.compile(r"^(\S{1,100})-post-(\d{1,18})-(\d{1,18})$")
_FORUM_TOPIC = re.compile(r"^(\S{1,100})-topic-(\d{1,18})$")
"""Ids of posts and topics of Discourse. Source: app/views/posts/latest.rss.erb and app/views/list/list.rss.erb of
github.com/discourse/discourse (from memory: unsure)."""
_COMMENT = re.compile(r"^(?:comment|reply|c|r|p|post)[-_]?\d+$", re.IGNORECASE)
NEVER = "0000-00-00T00:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """us: our own id. at: when the feed came. ours: names under which the team itself writes, in lower case."""

    us: str
    at: datetime
    ours: frozenset[str] = frozenset()


def read_entry(entry: Entry, scene: Scene) -> Event:
    """Return what an entry tells; one with nothing in it is unknown."""
    identity = identity_of(entry)
    if not identity:
        return Unknown(reason="An entry of the feed has no id, no address, no title and no words.")
    parent = short(entry.parent or urldefrag(entry.parent_page).url)
    thread, is_comment = _place(entry)
    edited = entry.updated is not None and entry.published is not None and entry.updated > entry.published
    kind = MessageEdited if edited else MessageReceived
    return kind(
        message_id=identity,
        # A comment that names what it answers stands in that one's thread, which only the desk knows.
        thread=Thread(id=parent or thread or identity, audience=Audience.PUBLIC),
        author=_author(entry, scene),
        text=_text(entry),
        kind="comment" if parent or is_comment else "post",
        sent_at=entry.published or entry.updated,
        parent_id=parent or None,
        revision=revision_of(entry, scene.at),
        media=entry.media,
        permalink=entry.link or None,
        language=entry.language or None,
        route={"link": entry.link} if entry.link else {},
        notes=_notes(entry),
        listed=True,
    )


def identity_of(entry: Entry) -> str:
    """Return what an entry is known by: its guid, else its address, else what it says. "" for an entry of nothing."""
    if entry.guid or entry.link:
        return short(entry.guid or entry.link)
    said = (entry.title, entry.published.isoformat() if entry.published else "") if entry.title else (entry.text, "")
    return digest(*said) if any(said) else ""


def revision_of(entry: Entry, at: datetime) -> str:
    """Return what orders the versions of an entry: when the feed says it changed, then when we saw it. Always as long."""
    changed = entry.updated or entry.published
    told = changed.isoformat(timespec="seconds") if changed else NEVER
    return f"{told} {at.isoformat(timespec='microseconds')} 000"


def mark_of(event: Event) -> str:
    """Return what tells an entry as it is now from what it was before; all of which nothing is known have the same."""
    if isinstance(event, MessageDeleted):
        return digest("deleted", event.message_id)[:16]
    if not isinstance(event, MessageReceived):
        return "unknown"
    return digest(event.message_id, event.text, event.permalink or "")[:16]


def short(identity: str) -> str:
    """Return an id as it is, or where it is too long to be stored what stands for it."""
    return identity if len(identity) <= LONGEST_ID else digest(identity)


def digest(*parts: str) -> str:
    """Return a short text that is the same for the same parts only."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _place(entry: Entry) -> tuple[str, bool]:
    """Return the conversation an entry belongs to by its id or address, and whether it is a comment there."""
    if found := _FORUM_POST.match(entry.guid):
        return f"{found.group(1)}-topic-{found.group(2)}", found.group(3) != "1"
    if found := _FORUM_TOPIC.match(entry.guid):
        return found.group(0), False
    page, fragment = urldefrag(entry.link)
    return short(page), bool(_COMMENT.match(fragment))


def _author(entry: Entry, scene: Scene) -> Author | None:
    """Return who wrote an entry. A name alone is no identity: another Anna writes elsewhere."""
    if not entry.author and not entry.author_page:
        return None
    is_name = not entry.author or " " in entry.author or "@" in entry.author
    identity = short(f"{entry.author_page}#{entry.author}") if entry.author_page else ""
    return Author(
        id=scene.us if scene.us and entry.author.casefold() in scene.ours else identity,
        handle=None if is_name else entry.author,
        name=entry.author or None,
        avatar_url=entry.author_picture or None,
    )


def _text(entry: Entry) -> str:
    if not entry.title or entry.text.startswith(entry.title):
        return entry.text
    return f"{entry.title}\n\n{entry.text}" if entry.text else entry.title


def _notes(entry: Entry) -> tuple[str, ...]:
    notes = []
    if entry.comments:
        notes.append(f"{entry.comments} comments stand below it." if entry.comments > 1 else "One comment stands below it.")
    if entry.cut:
        notes.append("It is too long to be shown here as a whole.")
    return tuple(notes)
