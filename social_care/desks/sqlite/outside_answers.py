"""Answers given elsewhere, on the embedded desk."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.events import Direction
from social_care.core.outside import Afterwards, OutsideAnswer
from social_care.core.ports import Conflict

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
