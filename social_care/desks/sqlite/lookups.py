"""What a platform left out of a message and told later, on the embedded desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from social_care.core.events import Author, MessageReceived, Missing
from social_care.core.replies import StoredMessage

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

MOST_TRIES = 5


def still_missing(desk: SqliteDesk, account: str, event: MessageReceived) -> str:
    """Return what is missing of a message, as its column holds it: not the name of somebody who is known."""
    known = bool(event.missing and event.author) and desk.row(
        "select 1 from profile where account = ? and external_id = ? and coalesce(handle, name) is not null",
        account,
        event.author.id if event.author else "",
    )
    return " ".join(one.value for one in event.missing if not (known and one is Missing.AUTHOR))


def incomplete(desk: SqliteDesk, limit: int) -> list[sqlite3.Row]:
    """See `core.ports.Tickets`."""
    return desk.rows("select * from message where missing != '' and look_ups < ? order by id limit ?", MOST_TRIES, limit)


def record(desk: SqliteDesk, message: StoredMessage, author: Author | None, missing: Sequence[Missing]) -> None:
    """See `core.ports.Tickets.record_look_up`."""
    left = " ".join(one.value for one in missing)
    stands = "update message set missing = ?, look_ups = look_ups + 1 where id = ? and erasure is null"
    if not desk.run(stands, left, message.id) or author is None:
        return
    desk.tickets.save_profile(desk.accounts.get(message.account), author)
    desk.run(
        "update message set author_handle = coalesce(author_handle, ?), author_name = coalesce(author_name, ?)"
        " where account = ? and author_id = ?",
        author.handle,
        author.name,
        message.account,
        author.id,
    )
