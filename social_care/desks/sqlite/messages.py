"""Rows of messages of the embedded desk: as they are written, and as the engine knows them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict

from social_care.core.events import Audience, Author, Media, MessageReceived, Missing, Thread
from social_care.core.replies import StoredMessage
from social_care.desks.sqlite import readings
from social_care.desks.sqlite.times import from_epoch


def columns(event: MessageReceived) -> dict[str, object]:
    """Return what a message's row says of the message itself."""
    author = event.author or Author(id="")
    return {
        "thread_id": event.thread.id,
        "audience": event.thread.audience.value,
        "kind": event.kind,
        "automatic": int(event.automatic),
        "text": event.text,
        "author_id": author.id or None,
        "author_handle": author.handle,
        "author_name": author.name,
        "revision": event.revision,
        "media": json.dumps([asdict(one) for one in event.media]) if event.media else "[]",
        "route": json.dumps(dict(event.route)),
        "notes": json.dumps(event.notes) if event.notes else "[]",
        "permalink": event.permalink,
        "parent_id": event.parent_id,
        "sent_at": event.sent_at.timestamp() if event.sent_at else None,
        "reply_until": event.reply_until.timestamp() if event.reply_until else None,
        "language": event.language,
        **readings.values_of(event.reading),
    }


def read_message(row: sqlite3.Row) -> StoredMessage:
    """Return a row of `message` as the engine knows it."""
    return StoredMessage(
        id=str(row["id"]),
        account=row["account"],
        message_id=row["message_id"] or "",
        thread_id=row["thread_id"] or "",
        audience=Audience(row["audience"] or "public"),
        direction=row["direction"],
        kind=row["kind"],
        text=row["text"],
        author_id=row["author_id"],
        author_handle=row["author_handle"],
        ticket=None if row["ticket"] is None else str(row["ticket"]),
        revision=row["revision"],
        deleted=row["deleted_at"] is not None,
        vanished=bool(row["vanished"]),
        hidden=bool(row["hidden"]),
        route=json.loads(row["route"]),
        sent_at=from_epoch(row["sent_at"]),
        reply_until=from_epoch(row["reply_until"]),
        tombstone=bool(row["tombstone"]),
        private_reply_used=bool(row["private_reply_used"]),
        missing=_missing(row),
        storm=str(row["storm"] or ""),
        erased=row["erasure"] is not None,
    )


def read_event(row: sqlite3.Row) -> MessageReceived:
    """Return a row of `message` as it came."""
    author = Author(id=row["author_id"] or "", handle=row["author_handle"], name=row["author_name"])
    return MessageReceived(
        message_id=row["message_id"],
        thread=Thread(id=row["thread_id"], audience=Audience(row["audience"])),
        author=author if author != Author(id="") else None,
        text=row["text"],
        kind=row["kind"],
        sent_at=from_epoch(row["sent_at"]),
        parent_id=row["parent_id"],
        revision=row["revision"],
        media=tuple(Media(**one) for one in json.loads(row["media"])),
        permalink=row["permalink"],
        language=row["language"],
        reading=readings.read(row["reading"]),
        route=json.loads(row["route"]),
        notes=tuple(json.loads(row["notes"])),
        missing=_missing(row),
        reply_until=from_epoch(row["reply_until"]),
    )


def _missing(row: sqlite3.Row) -> tuple[Missing, ...]:
    return tuple(Missing(one) for one in row["missing"].split())


def subject_of(event: MessageReceived) -> str:
    """Return the subject of the ticket that a message opens."""
    line = " ".join(event.text.split())
    if len(line) > 80:
        line = line[:80].rsplit(" ", 1)[0] + "…"
    who = event.author.handle or event.author.id if event.author else "someone"
    return line or f"A message from {who}"
