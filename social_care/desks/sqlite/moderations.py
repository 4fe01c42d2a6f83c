"""The record of moderation in the embedded desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from social_care.core.accounts import Account
from social_care.core.moderation import (
    OF_AUTHOR,
    Moderation,
    ModerationAction,
    ModerationState,
    Standing,
    Wish,
    read_standing,
)
from social_care.core.ports import Conflict
from social_care.core.replies import StoredMessage
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk

LEASE = timedelta(minutes=10)
"""After this long a worker is held for dead; longer than any call may take."""

_ABOUT_AUTHOR = ", ".join(f"'{action.value}'" for action in sorted(OF_AUTHOR, key=lambda one: one.value))


class SqliteModerations:
    """See `core.ports.Moderations`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def standing(self, message: StoredMessage) -> Standing:
        found = self.desk.rows(
            "select action, state from moderation where account = ? and case"  # noqa: S608 - constants
            f" when action in ({_ABOUT_AUTHOR}) then author_id = ? else message = ? end order by id",
            message.account,
            message.author_id,
            message.id,
        )
        row = self.desk.row("select hidden from message where id = ?", message.id)
        return read_standing(
            [(ModerationAction(one["action"]), ModerationState(one["state"])) for one in found],
            hidden=bool(row and row["hidden"]),
            muted=bool(message.author_id and self._muted(message.account, message.author_id)),
        )

    def begin(self, wish: Wish, now: datetime) -> str:
        if self.desk.row("select 1 from moderation where message = ? and state = 'doing'", wish.target.id):
            raise Conflict(wish.target.id)
        made = self.desk.db.execute(
            "insert into moderation (account, message, author_id, action, user, reason, state, started_at, lease_until)"
            " values (?, ?, ?, ?, ?, ?, 'doing', ?, ?)",
            (
                wish.target.account,
                wish.target.id,
                wish.target.author_id,
                wish.action.value,
                wish.user,
                wish.reason,
                now.timestamp(),
                (now + LEASE).timestamp(),
            ),
        )
        return str(made.lastrowid)

    def settle(self, moderation_id: str, state: ModerationState, now: datetime, error: str = "") -> bool:
        return bool(
            self.desk.run(
                "update moderation set state = ?, error = ?, settled_at = ?, lease_until = null"
                " where id = ? and state in ('doing', 'unknown')",
                state.value,
                error,
                now.timestamp(),
                moderation_id,
            )
        )

    def unsettled(self, message: StoredMessage, action: ModerationAction) -> tuple[str, ...]:
        found = self.desk.rows(
            "select id from moderation where message = ? and action = ? and state in ('doing', 'unknown') order by id",
            message.id,
            action.value,
        )
        return tuple(str(row["id"]) for row in found)

    def abandoned(self, now: datetime) -> list[str]:
        found = self.desk.rows(
            "select id from moderation where state = 'doing' and lease_until <= ? order by id", now.timestamp()
        )
        return [str(row["id"]) for row in found]

    def history(self, message: StoredMessage) -> tuple[Moderation, ...]:
        return tuple(
            Moderation(
                id=str(row["id"]),
                action=ModerationAction(row["action"]),
                message=str(row["message"]),
                state=ModerationState(row["state"]),
                user=row["user"],
                reason=row["reason"],
                error=row["error"],
                started_at=from_epoch(row["started_at"]),
            )
            for row in self.desk.rows("select * from moderation where message = ? order by id", message.id)
        )

    def set_hidden(self, message: StoredMessage, hidden: bool, at: datetime) -> bool:
        return bool(
            self.desk.run(
                "update message set hidden = ?, visibility_at = ? where id = ? and hidden != ?"
                " and coalesce(visibility_at, 0) <= ?",
                int(hidden),
                at.timestamp(),
                message.id,
                int(hidden),
                at.timestamp(),
            )
        )

    def set_muted(self, account: Account, author_id: str, muted: bool) -> None:
        self.desk.run(
            "insert into profile (account, external_id, muted) values (?, ?, ?)"
            " on conflict (account, external_id) do update set muted = excluded.muted",
            account.name,
            author_id,
            int(muted),
        )

    def is_muted(self, account: Account, author_id: str) -> bool:
        return self._muted(account.name, author_id)

    def _muted(self, account: str, author_id: str) -> bool:
        row = self.desk.row("select muted from profile where account = ? and external_id = ?", account, author_id)
        return bool(row and row["muted"])
