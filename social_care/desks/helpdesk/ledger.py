"""The ledger: every raw body a platform gave us, and where the fetching of each feed stands."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any

import frappe

from social_care.core.ids import make_payload_digest
from social_care.core.payloads import Payload, PayloadState, Source
from social_care.core.ports import Clock
from social_care.desks.helpdesk import rows
from social_care.desks.helpdesk.times import from_site, to_site, utc_now

DOCTYPE = "Social Payload"
LARGE_BODY = 16_384
"""Bytes above which a body is stored compressed: half a megabyte of text takes MariaDB 13 ms, what zlib makes of it 1 ms."""
LEASE = timedelta(minutes=10)
"""After this long a worker that took a payload is held for dead."""


class HelpdeskLedger:
    """See `core.ports.Ledger`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def keep(self, payload: Payload, cursor: str | None = None) -> str | None:
        name = self.store(payload)
        if name is None:
            frappe.db.rollback()
            return None
        if cursor is not None:
            self._set_cursor(payload.account, payload.feed, cursor)
        frappe.db.commit()
        return name

    def store(self, payload: Payload) -> str | None:
        """Store a body in the caller's transaction; None when these very bytes are there already."""
        body, encoding = _as_text(payload.body)
        values = {
            "account": payload.account,
            "feed": payload.feed,
            "source": payload.source.value.title(),
            "sha256": make_payload_digest(payload.feed, payload.body),
            "body": body,
            "body_encoding": encoding,
            "state": "Received",
            "received_at": to_site(payload.received_at),
        }
        try:
            return rows.insert(DOCTYPE, values)
        except Exception as error:
            if rows.is_taken(error):
                return None
            raise

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        found = rows.rows(
            "select name from `tabSocial Payload` where state = 'Received'"
            " or (state = 'Retry' and next_attempt <= %(now)s) or (state = 'Processing' and lease_until <= %(now)s)"
            " order by creation limit %(limit)s",
            now=to_site(now),
            limit=limit,
        )
        return [row["name"] for row in found]

    def claim(self, payload_id: str, now: datetime) -> Payload | None:
        with rows.transaction():
            taken = rows.run(
                "update `tabSocial Payload` set state = 'Processing', attempts = attempts + 1, lease_until = %(lease)s"
                " where name = %(name)s and (state = 'Received' or (state = 'Retry' and next_attempt <= %(now)s)"
                " or (state = 'Processing' and lease_until <= %(now)s))",
                name=payload_id,
                now=to_site(now),
                lease=to_site(now + LEASE),
            )
            row = self._row(payload_id) if taken else None
        return _read(row) if row else None

    def _row(self, payload_id: str) -> rows.Row | None:
        return rows.row(
            "select payload.*, account.platform, account.external_id from `tabSocial Payload` payload"
            " left join `tabSocial Account` account on account.name = payload.account where payload.name = %(name)s",
            name=payload_id,
        )

    def platform_of(self, payload_id: str) -> str:
        """Return the platform of a payload, "" when it is not there (any more)."""
        row = self._row(payload_id)
        return (row["platform"] or "").lower() if row else ""

    def settle(self, payload_id: str, state: PayloadState, note: str, retry_at: datetime | None = None) -> None:
        values = {"state": state.value.title(), "note": note, "next_attempt": to_site(retry_at), "lease_until": None}
        with rows.transaction():
            rows.update(DOCTYPE, payload_id, values)

    def again(self, payload_id: str) -> bool:
        """A person wants a payload handled again. Commits by itself.

        False when a worker has it right now, or its body was erased.
        """
        with rows.transaction():
            row = rows.row("select state, body from `tabSocial Payload` where name = %(name)s for update", name=payload_id)
            if row is None or row["state"] == "Processing" or (row["state"] == "Done" and not row["body"]):
                return False
            rows.update(DOCTYPE, payload_id, {"state": "Received", "attempts": 0, "next_attempt": None})
            return True

    def erase_old(self, account: str, before: datetime, limit: int = 1000) -> int:
        """Erase handled payloads received before a moment, at most `limit`; return how many. Commits by itself."""
        with rows.transaction():
            return rows.run(
                "delete from `tabSocial Payload` where account = %(account)s and state = 'Done'"
                " and creation < %(before)s limit %(limit)s",
                account=account,
                before=to_site(before),
                limit=limit,
            )

    # --- cursors
    def read_cursor(self, account: str, feed: str) -> str:
        found = rows.row("select `cursor` from `tabSocial Cursor` where name = %(name)s", name=_cursor_name(account, feed))
        return (found["cursor"] or "") if found else ""

    def write_cursor(self, account: str, feed: str, cursor: str) -> None:
        with rows.transaction():
            self._set_cursor(account, feed, cursor)

    def _set_cursor(self, account: str, feed: str, cursor: str) -> None:
        self._write_feed(account, feed, {"cursor": cursor})

    def feed_is_due(self, account: str, feed: str, now: datetime) -> bool:
        """Tell whether a feed should be asked now: its time has come, or it was never asked."""
        found = rows.row(
            "select next_poll_at from `tabSocial Cursor` where name = %(name)s", name=_cursor_name(account, feed)
        )
        return found is None or found["next_poll_at"] is None or found["next_poll_at"] <= to_site(now)

    def record_poll(self, account: str, feed: str, *, next_in_s: float, error: str) -> None:
        """Keep how a visit to a feed ended and when the next is due. Commits by itself."""
        now = self.clock()
        values = {
            "last_polled_at": to_site(now),
            "next_poll_at": to_site(now + timedelta(seconds=next_in_s)),
            "error": error,
        }
        with rows.transaction():
            self._write_feed(account, feed, values)
            rows.run(
                "update `tabSocial Cursor` set failures = if(%(error)s = '', 0, failures + 1) where name = %(name)s",
                name=_cursor_name(account, feed),
                error=error,
            )

    def _write_feed(self, account: str, feed: str, values: dict[str, Any]) -> None:
        renew = ", ".join(f"`{column}` = values(`{column}`)" for column in values)
        rows.insert(
            "Social Cursor", {"account": account, "feed": feed, **values}, name=_cursor_name(account, feed), renew=renew
        )


def _cursor_name(account: str, feed: str) -> str:
    return f"{account}:{feed}"[:140]


def _as_text(body: bytes) -> tuple[str, str]:
    """Return a body as text that leads back to the very bytes, and the encoding that does."""
    if len(body) > LARGE_BODY:
        return b64encode(zlib.compress(body, 1)).decode(), "zlib"
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


def read_body(text: str, encoding: str) -> bytes:
    """Return the very bytes of a stored body."""
    return zlib.decompress(b64decode(text)) if encoding == "zlib" else text.encode(encoding)


def _read(row: rows.Row) -> Payload:
    return Payload(
        id=row["name"],
        platform=(row["platform"] or "").lower(),
        account=row["account"],
        account_id=row["external_id"] or "",
        feed=row["feed"],
        body=read_body(row["body"] or "", row["body_encoding"]),
        source=Source(row["source"].lower()),
        received_at=from_site(row["received_at"]) or utc_now(),
        attempts=row["attempts"],
    )
