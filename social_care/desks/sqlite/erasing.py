"""Erasing on the embedded desk."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.erasing import ERASED, Erasure, Person, UnderWay, findable, ids_in, mask, names_person

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

_EMPTIED = (
    "text = ?, versions = '[]', media = '[]', reactions = '{}', notes = '[]', reading = null, text_key = null,"
    " campaign = null, language = null, missing = ''"
)
_ANONYMOUS = "author_id = null, author_handle = null, author_name = null, permalink = null, route = '{}'"
_OF = "account = ? and author_id = ?"


class SqliteErasing:
    """See `core.ports.Erasing`. A profile is named by its row's number; here it is one account's."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def _person(self, profile: str) -> tuple[str, Person]:
        row = self.desk.row("select * from profile where rowid = ?", profile)
        if row is None:
            raise LookupError(f"there is no profile {profile}")
        person = Person(
            platform="", external_id=row["external_id"], handle=(row["handle"] or "").lstrip("@"), name=row["name"] or ""
        )
        return row["account"], person

    def under_way(self, profile: str) -> UnderWay:
        account, person = self._person(profile)
        replies = self.desk.rows(
            "select part.id from message part join message target on target.id = part.target where target.account = ?"
            " and target.author_id = ? and part.state in ('awaiting approval', 'queued', 'sending', 'unknown')",
            account,
            person.external_id,
        )
        waiting = self.desk.rows("select state, body from payload where account = ? and state != 'done'", account)
        states = [row["state"] for row in waiting if names_person(bytes(row["body"]), person)]
        parked = states.count("parked")
        return UnderWay(replies=len(replies), waiting=len(states) - parked, parked=parked)

    def of_profile(self, profile: str) -> str | None:
        row = self.desk.row("select id from erasure where profile = ?", profile)
        return str(row["id"]) if row else None

    def begin(self, profile: str, user: str, now: datetime) -> str:
        account, person = self._person(profile)
        erasure = self._record(profile, account, json.dumps(asdict(person)), user, now)
        named = (account, person.external_id)
        self.desk.run(f"update message set erasure = ? where {_OF} and direction = 'in'", erasure, *named)  # noqa: S608
        self.desk.run(
            "update thread set key = 'erased:' || id, author_id = 'erased:' || id where account = ? and author_id = ?",
            *named,
        )
        for case in self.desk.rows(
            "select id, account, thread_id from thread where audience = 'private' and exists (select 1 from message"
            " where message.erasure = ? and message.account = thread.account and message.thread_id = thread.thread_id)",
            erasure,
        ):
            nobody = f"erased:{case['id']}"
            self.desk.run("update thread set key = ?, thread_id = ? where id = ?", nobody, nobody, case["id"])
            where = (nobody, case["account"], case["thread_id"])
            self.desk.run("update message set thread_id = ? where account = ? and thread_id = ?", *where)
        self.desk.run(
            "update profile set external_id = 'erased:' || rowid, handle = null, name = null, avatar_url = null,"
            " followers = null, verified = null, protected = null, accepts_private = null, muted = 0 where rowid = ?",
            profile,
        )
        return erasure

    def _record(self, profile: str, account: str, person: str, user: str, now: datetime) -> str:
        made = self.desk.db.execute(
            "insert into erasure (profile, account, person, user, began_at) values (?, ?, ?, ?, ?)",
            (profile, account, person, user, now.timestamp()),
        )
        return str(made.lastrowid)

    def begin_old(self, account: str, before: datetime, now: datetime, limit: int) -> str | None:
        old = self.desk.rows(
            "select message.id from message join ticket on ticket.id = message.ticket where message.account = ?1"
            " and message.direction = 'in' and message.erasure is null and message.seen_at < ?2 and ticket.closed_at < ?2"
            " limit ?3",
            account,
            before.timestamp(),
            limit,
        )
        if not old:
            return None
        erasure = self._record("", account, "", "", now)
        for row in old:
            self.desk.run("update message set erasure = ? where id = ?", erasure, row["id"])
        return erasure

    def get(self, erasure_id: str) -> Erasure | None:
        row = self.desk.row("select * from erasure where id = ? and done_at is null", erasure_id)
        if row is None:
            return None
        person = Person(**json.loads(row["person"])) if row["person"] else None
        return Erasure(id=str(row["id"]), profile=row["profile"], account=row["account"], person=person)

    def unfinished(self) -> list[str]:
        return [str(row["id"]) for row in self.desk.rows("select id from erasure where done_at is null order by id")]

    def erase_messages(self, erasure: Erasure) -> None:
        changes = f"{_EMPTIED}, {_ANONYMOUS}" if erasure.person else _EMPTIED
        self.desk.run(f"update message set {changes} where erasure = ?", ERASED, erasure.id)  # noqa: S608 - constants

    def erase_replies(self, erasure: Erasure) -> None:
        if erasure.person is None:
            return
        words = erasure.person.words()
        with self.desk.transaction():
            for part in self.desk.rows(
                "select part.id, part.text, part.template, part.reply from message part join message target"
                " on target.id = part.target where target.erasure = ?",
                erasure.id,
            ):
                self.desk.run(
                    "update message set text = ?, template = ?, route = '{}', progress = '{}',"
                    " state = iif(state = 'failed', 'cancelled', state) where id = ?",
                    mask(part["text"], words),
                    part["template"] and mask(part["template"], words),
                    part["id"],
                )
                for asked in self.desk.rows("select * from approval where reply = ?", part["reply"]):
                    texts = (mask(asked[column], words) for column in ("text", "final_text", "note"))
                    self.desk.run("update approval set text = ?, final_text = ?, note = ? where id = ?", *texts, asked["id"])

    def erase_tickets(self, erasure: Erasure) -> None:
        self.desk.run(
            "update ticket set subject = ? where id in (select ticket from message where erasure = ? and context = 0)"
            " and not exists (select 1 from message where message.ticket = ticket.id and direction = 'in'"
            " and erasure is null and context = 0)",
            ERASED,
            erasure.id,
        )

    def erase_belongings(self, erasure: Erasure) -> None:
        if erasure.person is None:
            return
        named = (erasure.account, erasure.person.external_id)
        with self.desk.transaction():
            self.desk.run(f"delete from preference where {_OF}", *named)  # noqa: S608 - a constant
            self.desk.run(f"update moderation set author_id = null where {_OF}", *named)  # noqa: S608 - a constant
            self.desk.run(
                "update storm_person set person = 'erased:' || id, note = '',"
                " state = iif(state = 'waiting', 'left out', state)"
                " where message in (select id from message where erasure = ?)",
                erasure.id,
            )
            for row in self.desk.rows("select id, reactions from message where account = ? and reactions != '{}'", named[0]):
                kept = {who: sign for who, sign in json.loads(row["reactions"]).items() if who != named[1]}
                self.desk.run("update message set reactions = ? where id = ?", json.dumps(kept), row["id"])

    def erase_payloads(self, erasure: Erasure) -> None:
        marked = self.desk.rows("select message_id from message where erasure = ?", erasure.id)
        ids = findable(row["message_id"] for row in marked)
        with self.desk.transaction():
            for row in self.desk.rows("select id, body from payload where account = ? and state = 'done'", erasure.account):
                named = erasure.person is not None and names_person(bytes(row["body"]), erasure.person)
                if named or not ids.isdisjoint(ids_in(bytes(row["body"]))):
                    self.empty_payload(str(row["id"]))

    def finish(self, erasure: Erasure, now: datetime) -> None:
        self.desk.run("update erasure set person = '', done_at = ? where id = ?", now.timestamp(), erasure.id)

    def empty_payload(self, payload_id: str) -> None:
        self.desk.run("update payload set body = x'' where id = ? and state = 'done'", payload_id)
