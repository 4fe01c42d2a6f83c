"""Tickets, messages and profiles of the embedded desk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.approvals import Circumstances
from social_care.core.events import (
    Audience,
    Author,
    Direction,
    MessageReceived,
    Missing,
    PreferenceChanged,
    ReactionChanged,
    Thread,
)
from social_care.core.ids import make_case_key
from social_care.core.ports import Case, Conflict, TicketState
from social_care.core.reactions import changed
from social_care.core.replies import StoredMessage
from social_care.core.routing import RoutingRule
from social_care.desks.sqlite import lookups, readings, versions
from social_care.desks.sqlite.messages import columns, read_event, read_message, subject_of
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


class SqliteTickets:
    """See `core.ports.Tickets`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def find_message(self, account: str, message_id: str) -> StoredMessage | None:
        row = self.desk.row("select * from message where account = ? and message_id = ?", account, message_id)
        return read_message(row) if row else None

    def lock_case(self, account: str, thread: Thread, author_id: str | None) -> Case:
        key = make_case_key(account, thread.id, author_id)
        row = self.desk.row("select * from thread where key = ?", key)
        if row is None:
            self.desk.run(
                "insert into thread (account, thread_id, key, audience, author_id) values (?, ?, ?, ?, ?)",
                account,
                thread.id,
                key,
                thread.audience.value,
                author_id,
            )
            row = self.desk.row("select * from thread where key = ?", key)
        assert row is not None  # noqa: S101 - just made
        return _read_case(row)

    def cases_in(self, account: str, thread_id: str, limit: int) -> tuple[Case, ...]:
        found = self.desk.rows(
            "select * from thread where account = ? and thread_id = ? and ticket is not null order by id limit ?",
            account,
            thread_id,
            limit,
        )
        return tuple(_read_case(row) for row in found)

    def find_case(
        self, account: str, thread_id: str, *, author_id: str | None = None, ticket: str | None = None
    ) -> Case | None:
        row = self.desk.row(
            "select * from thread where account = ?1 and thread_id = ?2 and ticket is not null"
            " and (?3 is null or author_id = ?3) and (?4 is null or ticket = ?4) order by id limit 1",
            account,
            thread_id,
            author_id,
            ticket,
        )
        return _read_case(row) if row else None

    def ticket_state(self, ticket: str) -> TicketState | None:
        row = self.desk.row("select * from ticket where id = ?", ticket)
        seen = set()
        while row is not None and row["merged_into"] is not None and row["id"] not in seen:
            seen.add(row["id"])
            row = self.desk.row("select * from ticket where id = ?", row["merged_into"])
        if row is None:
            return None
        return TicketState(id=str(row["id"]), open=row["closed_at"] is None, closed_at=from_epoch(row["closed_at"]))

    def rules(self) -> tuple[RoutingRule, ...]:
        return self.desk.rules

    def lists_of(self, account: Account, author_id: str) -> frozenset[str]:
        return self.desk.lists.get((account.platform, author_id), frozenset())

    def texts_in_campaign(self, campaign: str, since: datetime) -> tuple[str, ...]:
        return readings.texts_in_campaign(self.desk, campaign, since)

    def writers_of(self, text_key: str, besides: str, since: datetime) -> int:
        return readings.writers_of(self.desk, text_key, besides, since)

    def open_ticket(
        self,
        account: Account,
        case: Case,
        event: MessageReceived,
        *,
        key: str,
        related: Sequence[str],
        rule: RoutingRule | None = None,
    ) -> str:
        now = self.desk.now()
        made = self.desk.db.execute(
            "insert into ticket (account, subject, audience, opened_at, last_customer_at, related, team, priority)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account.name,
                subject_of(event),
                case.audience.value,
                now,
                now,
                json.dumps(list(related)),
                rule.team if rule else "",
                rule.priority if rule else "",
            ),
        )
        ticket = str(made.lastrowid)
        self.desk.run("update thread set ticket = ? where id = ?", ticket, case.id)
        if rule is not None:
            event = replace(event, notes=(*event.notes, rule.explanation()))
        self._write(account, event, key=key, direction=Direction.IN, ticket=ticket)
        readings.follow(self.desk, ticket, event.reading)
        return ticket

    def append(
        self,
        account: Account,
        case: Case,
        ticket: str,
        event: MessageReceived,
        *,
        key: str,
        direction: Direction,
        reopen: bool,
        context: bool = False,
    ) -> str:
        state = self.ticket_state(ticket)
        used = state.id if state else ticket
        self._write(account, event, key=key, direction=direction, ticket=used, context=context)
        if reopen:
            self.desk.run("update ticket set closed_at = null, last_customer_at = ? where id = ?", self.desk.now(), used)
            readings.follow(self.desk, used, event.reading)
        elif direction is Direction.OUT and not context:
            self.answered(used)
        return used

    def answered(self, ticket: str) -> None:
        """Stop the first-response clock: an answer is certainly out."""
        self.desk.run(
            "update ticket set first_response_at = ? where id = ? and first_response_at is null", self.desk.now(), ticket
        )

    def unanswered(self, ticket: str) -> None:
        """Let the first-response clock run again, unless anything else was answered."""
        self.desk.run(
            "update ticket set first_response_at = null where id = ?1 and not exists (select 1 from message where"
            " ticket = ?1 and direction = 'out' and automatic = 0 and (state is null or state = 'sent'))",
            ticket,
        )

    def keep_loose(self, account: Account, event: MessageReceived, *, key: str, direction: Direction, reason: str) -> None:
        self._write(account, event, key=key, direction=direction, ticket=None, reason=reason)

    def loose_event(self, message: str) -> MessageReceived | None:
        row = self.desk.row(
            "select * from message where id = ? and ticket is null and direction = 'in' and tombstone = 0"
            " and erasure is null",
            message,
        )
        return read_event(row) if row else None

    def adopt_loose(self, account: Account, case: Case, ticket: str) -> int:
        return self.desk.run(
            "update message set ticket = ?, context = 1, reason = '' where account = ? and thread_id = ? and ticket is null"
            " and tombstone = 0 and (storm is null or author_id = ?)",
            ticket,
            account.name,
            case.thread_id,
            case.author_id,
        )

    def _write(
        self,
        account: Account,
        event: MessageReceived,
        *,
        key: str,
        direction: Direction,
        ticket: str | None,
        context: bool = False,
        reason: str = "",
    ) -> None:
        values = columns(event) | {
            "event_key": key,
            "direction": direction.value,
            "ticket": ticket,
            "seen_at": self.desk.now(),
            "context": int(context),
            "reason": reason,
            "missing": lookups.still_missing(self.desk, account.name, event),
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        renewed = ", ".join(f"{name} = excluded.{name}" for name in values)
        try:
            changed = self.desk.run(
                f"insert into message (account, message_id, {names}) values (?, ?, {marks})"  # noqa: S608 - our own names
                f" on conflict (account, message_id) where message_id is not null do update set {renewed}, tombstone = 0"
                " where message.ticket is null and message.state is null",
                account.name,
                event.message_id,
                *values.values(),
            )
        except sqlite3.IntegrityError as error:
            raise Conflict(key) from error
        if not changed:
            raise Conflict(key)
        self._prolong(account, event)

    def _prolong(self, account: Account, event: MessageReceived) -> None:
        """Let a customer's newest word decide how long the whole conversation can be answered."""
        if event.reply_until is None or event.thread.audience is not Audience.PRIVATE:
            return
        mine = (account.name, event.thread.id, event.thread.audience.value)
        self.desk.run(
            "update message set reply_until = (select max(reply_until) from message where account = ? and thread_id = ?"
            " and audience = ?) where account = ? and thread_id = ? and audience = ? and reply_until is not null",
            *mine,
            *mine,
        )

    def add_version(self, message: StoredMessage, event: MessageReceived, *, current: bool) -> bool:
        return versions.add(self.desk, message, event, current=current)

    def _with_version(self, account: str, version_id: str) -> StoredMessage | None:
        row = self.desk.row(
            "select * from message where account = ? and revision = ? and state is null", account, version_id
        )
        return read_message(row) if row else None

    def mark_deleted(
        self, account: str, message_id: str, thread: Thread | None, *, vanished: bool = False
    ) -> StoredMessage | None:
        message = self.find_message(account, message_id) or self._with_version(account, message_id)
        if message is not None:
            self.desk.run(
                "update message set vanished = ? and (deleted_at is null or vanished), deleted_at = coalesce(deleted_at, ?)"
                " where id = ?",
                vanished,
                self.desk.now(),
                message.id,
            )
            return None if message.tombstone else message
        self._stand_in(account, message_id, thread, deleted_at=self.desk.now())
        return None

    def add_reaction(self, message: StoredMessage, event: ReactionChanged) -> bool:
        row = self.desk.row("select reactions from message where id = ?", message.id)
        kept = changed(json.loads(row["reactions"]) if row else {}, event)
        if kept is not None:
            self.desk.run("update message set reactions = ? where id = ?", json.dumps(kept), message.id)
        return kept is not None

    def expect_message(self, account: str, message_id: str, thread: Thread) -> StoredMessage:
        self._stand_in(account, message_id, thread, deleted_at=None)
        found = self.find_message(account, message_id)
        assert found is not None  # noqa: S101 - just made
        return found

    def _stand_in(self, account: str, message_id: str, thread: Thread | None, *, deleted_at: float | None) -> None:
        self.desk.run(
            "insert into message (account, message_id, event_key, thread_id, direction, seen_at, deleted_at, tombstone)"
            " values (?, ?, ?, ?, 'in', ?, ?, 1)",
            account,
            message_id,
            f"tombstone:{account}:{message_id}",
            thread.id if thread else None,
            self.desk.now(),
            deleted_at,
        )

    def gather_followers(self, account: Account, event: MessageReceived, ticket: str, *, whose: str | None) -> int:
        if event.sent_at is None:
            return 0
        early = self.desk.rows(
            "select id, direction, author_id from message where account = :account and thread_id = :thread"
            " and sent_at >= :since and ticket is not null and state is null and automatic = 0"
            " and (context = 1 or direction = 'out') and message_id != :id"
            " and ((parent_id = :id and ticket != :ticket) or (context = 1 and (author_id = :whose"
            " or (direction = 'out' and (parent_id = :id or audience = 'private')))))",
            {
                "account": account.name,
                "thread": event.thread.id,
                "since": event.sent_at.timestamp(),
                "id": event.message_id,
                "ticket": int(ticket),
                "whose": whose,
            },
        )
        for row in early:
            ours = row["direction"] == "out"
            context = not ours and row["author_id"] != whose
            self.desk.run("update message set ticket = ?, context = ? where id = ?", ticket, int(context), row["id"])
            if ours:
                self.answered(ticket)
        return len(early)

    def take_private_reply(self, message: StoredMessage) -> bool:
        return bool(
            self.desk.run("update message set private_reply_used = 1 where id = ? and private_reply_used = 0", message.id)
        )

    def free_private_reply(self, message: StoredMessage) -> None:
        self.desk.run("update message set private_reply_used = 0 where id = ?", message.id)

    def incomplete(self, limit: int) -> tuple[StoredMessage, ...]:
        return tuple(read_message(row) for row in lookups.incomplete(self.desk, limit))

    def record_look_up(self, message: StoredMessage, author: Author | None, missing: Sequence[Missing]) -> None:
        lookups.record(self.desk, message, author, missing)

    def save_profile(self, account: Account, author: Author) -> None:
        fields = ("handle", "name", "avatar_url", "followers", "verified", "protected", "accepts_private")
        kept = ", ".join(f"{name} = coalesce(excluded.{name}, profile.{name})" for name in fields)
        self.desk.run(
            f"insert into profile (account, external_id, {', '.join(fields)}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            f" on conflict (account, external_id) do update set {kept}",
            account.name,
            author.id,
            *(getattr(author, name) for name in fields),
        )

    def save_preference(self, account: Account, event: PreferenceChanged, now: datetime) -> bool:
        key, at = (account.name, event.author_id, event.category), (event.at or now).timestamp()
        known = self.desk.row("select wanted, at from preference where account = ? and author_id = ? and category = ?", *key)
        if known is not None and (at, known["wanted"]) < (known["at"], int(event.wanted)):
            return False
        self.desk.run("insert or replace into preference values (?, ?, ?, ?, ?)", *key, int(event.wanted), at)
        return bool(known["wanted"] if known else True) != event.wanted

    def unwanted(self, account: str, author_id: str) -> frozenset[str]:
        found = self.desk.rows(
            "select category from preference where account = ? and author_id = ? and wanted = 0", account, author_id
        )
        return frozenset(row["category"] for row in found)

    def bind_case(self, account: Account, thread: Thread, author_id: str | None, ticket: str) -> None:
        case = self.lock_case(account.name, thread, author_id)
        state = self.ticket_state(case.ticket) if case.ticket else None
        if state is None or not state.open:
            self.desk.run("update thread set ticket = ? where id = ?", ticket, case.id)

    def circumstances(self, message: StoredMessage) -> Circumstances:
        known = self.desk.circumstances.get(message.author_id or "", Circumstances())
        row = self.desk.row("select sentiment, urgent from ticket where id = ?", message.ticket)
        if row is None:
            return known
        return replace(known, sentiment=known.sentiment or row["sentiment"], urgent=known.urgent or bool(row["urgent"]))

    def support_is_open(self, ticket: str, now: datetime) -> bool:
        return self.desk.works_at(now)


def _read_case(row: sqlite3.Row) -> Case:
    return Case(
        id=str(row["id"]),
        account=row["account"],
        thread_id=row["thread_id"],
        audience=Audience(row["audience"]),
        author_id=row["author_id"],
        ticket=None if row["ticket"] is None else str(row["ticket"]),
    )
