"""Storms of the embedded desk."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.events import MessageReceived
from social_care.core.storms import Ended, Person, PersonState, Storm, StormCount, StormRules, StormState, Wave
from social_care.desks.sqlite.messages import read_message, subject_of
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

SCHEMA = """
create table if not exists storm (id integer primary key, account text not null, campaign text not null,
  open_key text unique, state text not null, subject text not null, began_at real not null, last_seen_at real not null,
  ended_at real,
  ticket integer, text text not null default '', approved_by text not null default '', approved_at real,
  per_minute integer not null, stopped integer not null default 0, next_at real, releasing integer not null default 0,
  note text not null default '', ended_by text not null default '');
create table if not exists storm_person (id integer primary key, storm integer not null, person text not null,
  message integer not null, state text not null default 'waiting', reply text not null default '',
  note text not null default '', rounds integer not null default 0, unique (storm, person));
create index if not exists message_storm on message (storm) where storm is not null;
"""
_WAVE = (
    "account = :account and campaign = :campaign and seen_at >= :since and direction = 'in' and audience = 'public'"
    " and ticket is not null and context = 0 and storm is null"
)
_PERSON = "coalesce(author_id, '@' || author_handle, 'unknown:' || message_id)"


class SqliteStorms:
    """See `core.ports.Storms`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def rules(self) -> StormRules:
        return self.desk.storm_rules

    def wave(self, account: str, campaign: str, since: datetime, limit: int) -> Wave:
        found = self._wave(account, campaign, since, f"limit {limit}")
        spam = sum('"spam": "likely"' in (row["reading"] or "") for row in found)
        return Wave(authors=tuple(row["person"] for row in found), spam=spam)

    def _wave(self, account: str, campaign: str, since: datetime, ending: str = "") -> list[sqlite3.Row]:
        return self.desk.rows(
            f"select id, {_PERSON} person, reading from message where {_WAVE} order by id {ending}",  # noqa: S608 - constants
            {"account": account, "campaign": campaign, "since": since.timestamp()},
        )

    def last_ended(self, account: str, campaign: str) -> Ended | None:
        row = self.desk.row(
            "select ended_at at, ended_by, (select count(*) from message where message.storm = storm.id) messages from storm"
            " where account = ? and campaign = ? and ended_at is not null order by ended_at desc limit 1",
            account,
            campaign,
        )
        at = from_epoch(row["at"]) if row else None
        return Ended(at=at, by_person=bool(row["ended_by"]), messages=row["messages"]) if row and at else None

    def lock_open(self, account: str, campaign: str) -> Storm | None:
        row = self.desk.row("select * from storm where open_key = ?", f"{account}\n{campaign}")
        return _read(row) if row else None

    def begin(self, account: Account, event: MessageReceived, state: StormState, since: datetime, now: datetime) -> Storm:
        campaign = event.reading.campaign if event.reading else ""
        ticket, subject = None, subject_of(event)
        if state is StormState.ACTIVE:
            ticket = self.desk.db.execute(
                "insert into ticket (account, subject, audience, opened_at, last_customer_at) values (?, ?, 'public', ?, ?)",
                (account.name, f"Storm: {subject}", now.timestamp(), now.timestamp()),
            ).lastrowid
        self.desk.run(
            "insert into storm (account, campaign, open_key, state, subject, began_at, last_seen_at, ticket, per_minute)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(account.name, campaign, f"{account.name}\n{campaign}", state.value, subject),
            *(now.timestamp(), now.timestamp(), ticket, self.rules().per_minute),
        )
        storm = self.lock_open(account.name, campaign)
        assert storm is not None  # noqa: S101 - just made
        for row in self._wave(account.name, campaign, since):
            self._count_in(storm.id, row["id"], row["person"])
        self.tell(storm, f"A storm has begun: “{subject}”.")
        return storm

    def add(self, storm: Storm, account: str, message_id: str, person: str, now: datetime) -> None:
        row = self.desk.row("select id from message where account = ? and message_id = ?", account, message_id)
        assert row is not None  # noqa: S101 - the caller has just stored it
        self._count_in(storm.id, row["id"], person)
        self.desk.run("update storm set last_seen_at = max(last_seen_at, ?) where id = ?", now.timestamp(), storm.id)

    def _count_in(self, storm: str, message: int, person: str) -> None:
        self.desk.run("update message set storm = ? where id = ?", int(storm), message)
        self.desk.run(
            "insert into storm_person (storm, person, message) values (?, ?, ?) on conflict (storm, person)"
            " do update set message = excluded.message where state = 'waiting'",
            int(storm),
            person,
            message,
        )

    def lock(self, storm_id: str) -> Storm | None:
        row = self.desk.row("select * from storm where id = ?", storm_id)
        return _read(row) if row else None

    def save(self, storm: Storm, now: datetime) -> None:
        ended = storm.state is StormState.ENDED
        self.desk.run(
            "update storm set state = ?, text = ?, approved_by = ?, approved_at = ?, per_minute = ?, stopped = ?,"
            " next_at = ?, releasing = ?, note = ?, ended_by = ?, ended_at = iif(?, coalesce(ended_at, ?), null),"
            " open_key = iif(?, null, open_key) where id = ?",
            *(storm.state.value, storm.text, storm.approved_by, _epoch(storm.approved_at), storm.per_minute, storm.stopped),
            *(_epoch(storm.next_at), storm.releasing, storm.note, storm.ended_by, ended, now.timestamp(), ended, storm.id),
        )

    def tell(self, storm: Storm, sentence: str) -> None:
        self.desk.told.append(("supervisors", sentence))

    def count(self, storm_id: str) -> StormCount:
        row = self.desk.row(
            "select count(*) messages, coalesce(sum(ticket is null), 0) loose from message where storm = ?", int(storm_id)
        )
        people = {
            one["state"]: one["n"]
            for one in self.desk.rows(
                "select case when reply.state = 'sent' then 'sent' when person.state = 'queued' and reply.state not in"
                " ('queued', 'sending') or person.state = 'tried' then 'failed' else person.state end state, count(*) n"
                " from storm_person person left join message reply on reply.reply = person.reply and reply.part = 1"
                " where person.storm = ? group by 1",
                int(storm_id),
            )
        }
        assert row is not None  # noqa: S101 - counting always gives a row
        return StormCount(
            messages=row["messages"],
            people=sum(people.values()),
            waiting=people.get("waiting", 0),
            queued=people.get("queued", 0),
            sent=people.get("sent", 0),
            left_out=people.get("left out", 0),
            failed=people.get("failed", 0),
            left=row["loose"],
        )

    def astir(self) -> tuple[str, ...]:
        found = self.desk.rows(
            "select id from storm where state != 'ended' or releasing = 1 or (text != '' and stopped = 0 and exists"
            " (select 1 from storm_person person where person.storm = storm.id and person.state = 'waiting')) order by id"
        )
        return tuple(str(row["id"]) for row in found)

    def waiting(self, storm_id: str, limit: int) -> tuple[Person, ...]:
        found = self.desk.rows(
            "select * from storm_person where storm = ? and state = 'waiting' order by id limit ?", int(storm_id), limit
        )
        return tuple(self._person(row) for row in found)

    def queued(self, storm_id: str) -> tuple[tuple[Person, str], ...]:
        found = self.desk.rows(
            "select person.*, part.id part_id from storm_person person join message part on part.reply = person.reply"
            " and part.part = 1 and part.state = 'queued' where person.storm = ? order by person.id",
            int(storm_id),
        )
        return tuple((self._person(row), str(row["part_id"])) for row in found)

    def _person(self, row: sqlite3.Row) -> Person:
        message = self.desk.row("select * from message where id = ?", row["message"])
        assert message is not None  # noqa: S101 - messages are never removed
        answered = self.desk.row(
            "select 1 from message where ticket = ? and direction = 'out' and automatic = 0 and context = 0"
            " and (state is null or state not in ('cancelled', 'rejected', 'failed'))",
            message["ticket"],
        )
        return Person(
            id=str(row["id"]),
            message=read_message(message),
            answered=answered is not None,
            rounds=row["rounds"],
            reply=row["reply"],
        )

    def settle(self, person: Person, state: PersonState, *, reply: str = "", note: str = "", rounds: int = 0) -> None:
        self.desk.run(
            "update storm_person set state = ?, reply = ?, note = ?, rounds = max(rounds, ?) where id = ?",
            *(state.value, reply, note, rounds, person.id),
        )

    def ask_again(self, storm_id: str) -> None:
        self.desk.run("update storm_person set state = 'waiting' where storm = ? and state = 'left out'", int(storm_id))

    def left(self, storm_id: str, limit: int) -> tuple[str, ...]:
        found = self.desk.rows(
            "select id from message where storm = ? and ticket is null order by id limit ?", int(storm_id), limit
        )
        return tuple(str(row["id"]) for row in found)


def _read(row: sqlite3.Row) -> Storm:
    began, seen = from_epoch(row["began_at"]), from_epoch(row["last_seen_at"])
    assert began is not None  # noqa: S101 - every row has both
    assert seen is not None  # noqa: S101
    return Storm(
        id=str(row["id"]),
        account=row["account"],
        campaign=row["campaign"],
        state=StormState(row["state"]),
        subject=row["subject"],
        began_at=began,
        last_seen_at=seen,
        ticket=None if row["ticket"] is None else str(row["ticket"]),
        text=row["text"],
        approved_by=row["approved_by"],
        approved_at=from_epoch(row["approved_at"]),
        per_minute=row["per_minute"],
        stopped=bool(row["stopped"]),
        next_at=from_epoch(row["next_at"]),
        releasing=bool(row["releasing"]),
        note=row["note"],
        ended_by=row["ended_by"],
    )


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
