"""Versions of a message: all are kept, the newest is shown."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from social_care.core.events import MessageReceived
from social_care.core.ids import by_revision
from social_care.core.replies import StoredMessage
from social_care.core.routing import ROUTED
from social_care.desks.sqlite import readings

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


def add(desk: SqliteDesk, message: StoredMessage, event: MessageReceived, *, current: bool) -> bool:
    """See `core.ports.Tickets.add_version`."""
    row = desk.row("select revision, text, notes, versions, media from message where id = ? and erasure is null", message.id)
    if row is None:
        return False
    versions = json.loads(row["versions"])
    if event.revision == row["revision"] or any(one["revision"] == event.revision for one in versions):
        return False
    media = json.dumps([asdict(one) for one in event.media])
    if not current:
        versions.append({"revision": event.revision, "text": event.text})
        versions.sort(key=by_revision)
        files = media if row["media"] == "[]" else row["media"]
        desk.run("update message set versions = ?, media = ? where id = ?", json.dumps(versions), files, message.id)
        return True
    versions.append({"revision": row["revision"], "text": row["text"]})
    versions.sort(key=by_revision)
    desk.run(
        "update message set versions = ?, revision = ?, text = ?, media = ?, route = ?, notes = ?,"
        " reading = coalesce(?, reading) where id = ?",
        json.dumps(versions),
        event.revision,
        event.text,
        media if event.media else row["media"],
        json.dumps(dict(event.route)),
        json.dumps([*event.notes, *(note for note in json.loads(row["notes"]) if note.startswith(ROUTED))]),
        readings.values_of(event.reading).get("reading"),
        message.id,
    )
    if message.ticket and not row["text"]:  # a look-up brought the words
        readings.follow(desk, message.ticket, event.reading)
    return True
