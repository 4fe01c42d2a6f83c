"""The outbox of the embedded desk: outgoing rows of the table `message`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.events import Audience, Fate
from social_care.core.ports import ECHO_REACH, MISTAKEN, Conflict
from social_care.core.replies import REPORTED, DeliveryState, Draft, Part, Plan, Reply, Sent, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.sqlite.messages import read_message
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

LEASE = timedelta(minutes=10)
"""After this long a worker that was sending is held for dead; longer than any send may take."""

_READY = (
    "state = 'queued' and (next_attempt is null or next_attempt <= :now) and not exists (select 1 from message before"
    " where before.reply = message.reply and before.part < message.part and before.state != 'sent')"
)


class SqliteOutbox:
    """See `core.ports.Outbox`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def add(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, awaiting: bool = False) -> tuple[str, ...]:
        if self.desk.row("select 1 from message where reply = ?", reply_name):
            raise Conflict(reply_name)
        state = "awaiting approval" if awaiting else "queued"
        return tuple(self._insert(account, reply, plan, draft, reply_name, state) for draft in plan.drafts)

    def _insert(self, account: Account, reply: Reply, plan: Plan, draft: Draft, reply_name: str, state: str) -> str:
        made = self.desk.db.execute(
            "insert into message (account, event_key, thread_id, audience, direction, kind, text, author_id, ticket,"
            " seen_at, state, reply, part, of_parts, target, author_user, automatic, uploads, template, next_attempt,"
            " resolve) values (?, ?, ?, ?, 'out', 'reply', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account.name,
                f"out:{reply_name}:{draft.index}",
                reply.target.thread_id if plan.audience is reply.target.audience else None,
                plan.audience.value,
                draft.text,
                account.external_id,
                reply.ticket,
                self.desk.now(),
                state,
                reply_name,
                draft.index,
                draft.of,
                reply.target.id,
                reply.author,
                int(reply.automatic),
                json.dumps([asdict(upload) for upload in draft.media]),
                json.dumps(asdict(draft.template)) if draft.template else None,
                self.desk.now() + reply.hold_s if reply.hold_s else None,
                int(reply.resolve and draft.index == draft.of),
            ),
        )
        return str(made.lastrowid)

    def release(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, approved_by: str) -> None:
        self.desk.run("delete from message where reply = ? and state = 'awaiting approval'", reply_name)
        self.add(account, reply, plan, reply_name=reply_name)
        self.desk.run("update message set approved_by = ? where reply = ?", approved_by, reply_name)

    def drop(self, reply_name: str, state: DeliveryState, why: str) -> None:
        self.desk.run(
            "update message set state = ?, error = ? where reply = ? and state = 'awaiting approval'",
            state.value,
            why,
            reply_name,
        )

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        return self._ids(f"{_READY} order by id limit :limit", now=now.timestamp(), limit=limit)

    def claim(self, part_id: str, now: datetime) -> Part | None:
        with self.desk.transaction():
            taken = self.desk.db.execute(
                "update message set state = 'sending', attempts = attempts + 1, lease_until = :lease,"  # noqa: S608 - constants
                f" first_attempt_at = coalesce(first_attempt_at, :now) where id = :id and {_READY}",
                {"now": now.timestamp(), "lease": (now + LEASE).timestamp(), "id": part_id},
            )
            return self.get(part_id) if taken.rowcount else None

    def record_sent(self, part_id: str, sent: Sent, now: datetime) -> bool:
        with self.desk.transaction():
            part = self.get(part_id)
            if part is None or part.state is DeliveryState.SENT:
                return False
            if part.state in REPORTED and sent.external_id and part.external_id == sent.external_id:
                return False
            if sent.external_id:  # the same message may have come back first and been taken for a reply made elsewhere
                self._give_back(part, sent.external_id)
                self.desk.run(
                    "delete from message where account = ? and message_id = ? and state is null",
                    part.account,
                    sent.external_id,
                )
            self.desk.run(
                "update message set state = 'sent', message_id = ?, thread_id = coalesce(?, thread_id), permalink = ?,"
                " confirmed_at = ?, lease_until = null, next_attempt = null, error = '', cost = ? where id = ?",
                sent.external_id or None,
                sent.thread_id,
                sent.permalink,
                now.timestamp(),
                str(sent.cost),
                part_id,
            )
            self._arrived(part)
            return True

    def _give_back(self, part: Part, external_id: str) -> None:
        """Take an id back from another part that was only taken for this message."""
        other = self.find_by_external_id(part.account, external_id)
        if other is not None and other.id != part.id:
            self.desk.run("update message set message_id = null where id = ?", other.id)
            if self._set(other.id, "unknown", MISTAKEN, None, among=("sent",), checked=1):
                self._tell_author(other.id, MISTAKEN)

    def _arrived(self, part: Part) -> None:
        if not part.automatic:
            self.desk.tickets.answered(part.ticket)
        self._resolve(part.id, part.ticket)

    def _resolve(self, part_id: str, ticket: str) -> None:
        """Close the ticket where this part was to do so, unless the customer has written since it was queued."""
        self.desk.run(
            "update ticket set closed_at = ? where id = ? and exists (select 1 from message where id = ? and resolve = 1"
            " and seen_at >= coalesce(ticket.last_customer_at, 0))",
            self.desk.now(),
            ticket,
            part_id,
        )

    def claim_again(self, part_id: str, now: datetime) -> Part | None:
        with self.desk.transaction():
            taken = self.desk.run(
                "update message set state = 'sending', attempts = attempts + 1, lease_until = ?"
                " where id = ? and state = 'unknown' and next_attempt <= ?",
                (now + LEASE).timestamp(),
                part_id,
                now.timestamp(),
            )
            return self.get(part_id) if taken else None

    def record_retry(self, part_id: str, error: str, retry_at: datetime, progress: Mapping[str, str] | None = None) -> None:
        with self.desk.transaction():
            if self._set(part_id, "queued", error, retry_at, among=("queued", "sending")) and progress is not None:
                self.desk.run("update message set progress = ? where id = ?", json.dumps(dict(progress)), part_id)

    def postpone(self, part_id: str, why: str, until: datetime) -> bool:
        return self._set(part_id, "queued", why, until, among=("queued",))

    def record_failed(self, part_id: str, error: str, *, external_id: str = "") -> bool:
        with self.desk.transaction():
            before = self.get(part_id)
            among = ("queued", "sending", "unknown", *(("sent",) if external_id else ()))
            failed = self._set(part_id, "failed", error, None, among=among)
            if failed and external_id:
                self.desk.run("update message set message_id = ? where id = ?", external_id, part_id)
            if failed and before is not None and before.state is DeliveryState.SENT and not before.automatic:
                self.desk.tickets.unanswered(before.ticket)
        if failed:
            self._tell_author(part_id, error)
        return failed

    def record_receipt(self, part_id: str, fate: Fate) -> bool:
        known = (fate.value,) if fate is Fate.READ else ("delivered", "read")
        with self.desk.transaction():
            part = self.get(part_id)
            if part is None or part.state.value not in ("sent", "failed", "queued") or part.receipt in known:
                return False
            self.desk.run(
                "update message set state = 'sent', error = '', next_attempt = null, receipt = ? where id = ?",
                fate.value,
                part_id,
            )
            if part.state is not DeliveryState.SENT:
                self._arrived(part)
            return True

    def record_unknown(self, part_id: str, error: str, check_at: datetime | None) -> None:
        if self._set(part_id, "unknown", error, check_at, among=("sending", "unknown"), checked=1) and check_at is None:
            self._tell_author(part_id, error)

    def requeue(self, part_id: str) -> bool:
        return self._set(part_id, "queued", "", None, among=("failed", "unknown"))

    def cancel(self, part_id: str, *, only: DeliveryState | None = None) -> bool:
        among = (only.value,) if only else ("failed", "unknown", "queued")
        with self.desk.transaction():
            done = self._set(part_id, "cancelled", "", None, among=among)
            part = self.get(part_id)
            if done and part is not None:
                self.desk.run(
                    "update message set state = 'cancelled' where reply = ? and part > ? and state in ('queued', 'failed')",
                    part.reply,
                    part.index,
                )
        return done

    def take_back(self, reply_name: str) -> bool:
        with self.desk.transaction():
            parts = self.desk.rows("select state, attempts from message where reply = ?", reply_name)
            if not parts or any(part["state"] != "queued" or part["attempts"] for part in parts):
                return False
            self.desk.run("update message set state = 'cancelled', next_attempt = null where reply = ?", reply_name)
            return True

    def get(self, part_id: str) -> Part | None:
        row = self.desk.row("select * from message where id = ? and state is not null", part_id)
        return self._read(row) if row else None

    def find_by_external_id(self, account: str, external_id: str) -> Part | None:
        row = self.desk.row(
            "select * from message where account = ? and message_id = ? and state is not null", account, external_id
        )
        return self._read(row) if row else None

    def sent_until(self, account: str, thread_id: str, until: datetime) -> list[str]:
        found = self.desk.rows(
            "select id from message where account = ? and thread_id = ? and audience = 'private' and state = 'sent'"
            " and confirmed_at <= ? and receipt != 'read' order by id",
            account,
            thread_id,
            until.timestamp(),
        )
        return [str(row["id"]) for row in found]

    def unsettled(self, account: str) -> tuple[Part, ...]:
        found = self.desk.rows(
            "select * from message where account = ? and (state in ('sending', 'unknown')"
            " or (state in ('queued', 'failed') and first_attempt_at > ?)) order by id",
            account,
            (self.desk.clock() - ECHO_REACH).timestamp(),
        )
        return tuple(self._read(row) for row in found)

    def abandoned(self, now: datetime) -> list[str]:
        return self._ids("state = 'sending' and lease_until <= :now order by id", now=now.timestamp())

    def to_check(self, now: datetime) -> list[str]:
        return self._ids("state = 'unknown' and next_attempt <= :now order by id", now=now.timestamp())

    def _ids(self, condition: str, **values: float) -> list[str]:
        with self.desk.lock:
            found = self.desk.db.execute(f"select id from message where {condition}", values)  # noqa: S608 - constants
            return [str(row["id"]) for row in found]

    def _set(
        self, part_id: str, state: str, error: str, next_at: datetime | None, *, among: tuple[str, ...], checked: int = 0
    ) -> bool:
        marks = ", ".join("?" * len(among))
        return bool(
            self.desk.run(
                "update message set state = ?, error = ?, next_attempt = ?, lease_until = null, checks = checks + ?"  # noqa: S608
                f" where id = ? and state in ({marks})",
                state,
                error,
                None if next_at is None else next_at.timestamp(),
                checked,
                part_id,
                *among,
            )
        )

    def _tell_author(self, part_id: str, error: str) -> None:
        part = self.get(part_id)
        if part is not None:
            self.desk.told.append((part.author, error))

    def _read(self, row: sqlite3.Row) -> Part:
        target = self.desk.row("select * from message where id = ?", row["target"])
        assert target is not None  # noqa: S101 - messages are never removed while they have replies
        before = self.desk.row("select message_id from message where reply = ? and part = ?", row["reply"], row["part"] - 1)
        return Part(
            id=str(row["id"]),
            account=row["account"],
            ticket=str(row["ticket"]),
            reply=row["reply"],
            audience=Audience(row["audience"]),
            index=row["part"],
            of=row["of_parts"],
            text=row["text"],
            state=DeliveryState(row["state"]),
            target=read_message(target),
            author=row["author_user"],
            automatic=bool(row["automatic"]),
            media=tuple(Upload(**upload) for upload in json.loads(row["uploads"])),
            previous_id=before["message_id"] if before else None,
            idempotency_key=row["event_key"],
            attempts=row["attempts"],
            checks=row["checks"],
            first_attempt_at=from_epoch(row["first_attempt_at"]),
            external_id=row["message_id"],
            error=row["error"],
            progress=json.loads(row["progress"]),
            approved_by=row["approved_by"],
            template=FilledTemplate(**json.loads(row["template"])) if row["template"] else None,
            receipt=row["receipt"],
        )
