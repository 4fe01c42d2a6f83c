"""Answers given elsewhere, on the embedded desk."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.events import Direction, MessageReceived
from social_care.core.outside import Afterwards, OutsideAnswer, Recorded
from social_care.core.ports import Conflict
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


class SqliteOutsideAnswers:
    """See `core.outside.OutsideAnswers`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def record(self, account: Account, answer: OutsideAnswer, name: str, now: datetime) -> bool:
        event, ticket = answer.as_message(account, name, now), answer.target.ticket
        if ticket is None:
            raise LookupError(answer.target.id)
        case = self.desk.tickets.lock_case(account.name, event.thread, answer.target.author_id)
        try:
            used = self.desk.tickets.append(
                account, case, ticket, event, key=answer.key(account), direction=Direction.OUT, reopen=False
            )
        except Conflict:
            return False
        self.desk.run(
            "update message set author_user = ? where account = ? and message_id = ?",
            answer.user,
            account.name,
            event.message_id,
        )
        if answer.afterwards is Afterwards.RESOLVED:
            self.desk.close_ticket(used)
        return True

    def waiting(self, account: str, thread_id: str) -> tuple[Recorded, ...]:
        found = self.desk.rows(
            "select id, text, permalink, parent_id, ticket, sent_at from message where account = ? and thread_id = ?"
            " and direction = 'out' and message_id like 'outside:%' order by id",
            account,
            thread_id,
        )
        return tuple(
            Recorded(
                id=str(row["id"]),
                text=row["text"],
                link=row["permalink"] or "",
                parent_id=row["parent_id"] or "",
                ticket=str(row["ticket"]),
                at=from_epoch(row["sent_at"]),
            )
            for row in found
        )

    def join(self, record: Recorded, event: MessageReceived) -> str:
        row = self.desk.row("select notes from message where id = ?", record.id)
        notes = [*json.loads(row["notes"] if row else "[]"), *event.notes, record.remembered()]
        self.desk.run(
            "update message set message_id = ?, text = ?, permalink = coalesce(?, permalink), sent_at = ?, revision = ?,"
            " notes = ? where id = ?",
            event.message_id,
            event.text,
            event.permalink,
            event.sent_at.timestamp() if event.sent_at else None,
            event.revision,
            json.dumps(notes),
            record.id,
        )
        return record.ticket
