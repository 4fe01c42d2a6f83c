"""The ledger of the embedded desk."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from social_care.core.ids import make_payload_digest
from social_care.core.payloads import Payload, PayloadState, Source

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

LEASE = timedelta(minutes=10)
"""After this long a worker that took a payload is held for dead."""

_DUE = "(state = 'received' or (state = 'retry' and next_attempt <= :now) or (state = 'processing' and lease_until <= :now))"


class SqliteLedger:
    """See `core.ports.Ledger`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def keep(self, payload: Payload, cursor: str | None = None) -> str | None:
        try:
            with self.desk.transaction():
                made = self.desk.db.execute(
                    "insert into payload (account, platform, account_id, feed, source, digest, body, received_at, state)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?, 'received')",
                    (
                        payload.account,
                        payload.platform,
                        payload.account_id,
                        payload.feed,
                        payload.source.value,
                        make_payload_digest(payload.feed, payload.body),
                        payload.body,
                        payload.received_at.timestamp(),
                    ),
                )
                if cursor is not None:
                    self.write_cursor(payload.account, payload.feed, cursor)
        except sqlite3.IntegrityError:
            return None
        return str(made.lastrowid)

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        with self.desk.lock:
            found = self.desk.db.execute(
                f"select id from payload where {_DUE} order by id limit :limit",  # noqa: S608 - a constant
                {"now": now.timestamp(), "limit": limit},
            )
            return [str(row["id"]) for row in found]

    def claim(self, payload_id: str, now: datetime) -> Payload | None:
        with self.desk.transaction():
            taken = self.desk.db.execute(
                "update payload set state = 'processing', attempts = attempts + 1, lease_until = :lease"  # noqa: S608 - constants
                f" where id = :id and {_DUE}",
                {"now": now.timestamp(), "lease": (now + LEASE).timestamp(), "id": payload_id},
            )
            row = self.desk.row("select * from payload where id = ?", payload_id) if taken.rowcount else None
        if row is None:
            return None
        return Payload(
            id=str(row["id"]),
            platform=row["platform"],
            account=row["account"],
            account_id=row["account_id"],
            feed=row["feed"],
            body=bytes(row["body"]),
            source=Source(row["source"]),
            received_at=datetime.fromtimestamp(row["received_at"], tz=now.tzinfo),
            attempts=row["attempts"],
        )

    def settle(self, payload_id: str, state: PayloadState, note: str, retry_at: datetime | None = None) -> None:
        self.desk.run(
            "update payload set state = ?, note = ?, next_attempt = ?, lease_until = null where id = ?",
            state.value,
            note,
            None if retry_at is None else retry_at.timestamp(),
            payload_id,
        )

    def platform_of(self, payload_id: str) -> str:
        """Return the platform that a payload came from."""
        row = self.desk.row("select platform from payload where id = ?", payload_id)
        return row["platform"] if row else ""

    def again(self, payload_id: str) -> bool:
        """A person wants a payload handled again. False when a worker has it right now."""
        return bool(
            self.desk.run(
                "update payload set state = 'received', attempts = 0, next_attempt = null"
                " where id = ? and state != 'processing'",
                payload_id,
            )
        )

    def read_cursor(self, account: str, feed: str) -> str:
        row = self.desk.row("select cursor from cursor where account = ? and feed = ?", account, feed)
        return row["cursor"] if row else ""

    def write_cursor(self, account: str, feed: str, cursor: str) -> None:
        self.desk.run(
            "insert into cursor (account, feed, cursor) values (?, ?, ?)"
            " on conflict (account, feed) do update set cursor = excluded.cursor",
            account,
            feed,
            cursor,
        )
