"""Replies that ask a supervisor, on the embedded desk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.approvals import Approval, Decision
from social_care.core.events import Audience
from social_care.core.replies import Mail, Plan, Reply, Upload
from social_care.core.templates import FilledTemplate
from social_care.desks.sqlite.messages import read_message
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


class SqliteApprovals:
    """See `core.approvals.Approvals`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def ask(self, reply: Reply, plan: Plan, *, reply_name: str, reasons: Sequence[str], now: datetime) -> str:
        made = self.desk.db.execute(
            "insert into approval (reply, ticket, target, author, text, audience, uploads, reasons, asked_at, mail)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                reply_name,
                reply.ticket,
                reply.target.id,
                reply.author,
                reply.text or next((draft.text for draft in plan.drafts), ""),
                plan.audience.value,
                json.dumps([asdict(upload) for upload in reply.media]),
                json.dumps(list(reasons)),
                now.timestamp(),
                json.dumps(asdict(reply.mail)) if reply.mail else None,
            ),
        )
        return str(made.lastrowid)

    def lock(self, approval_id: str) -> Approval | None:
        row = self.desk.row("select * from approval where id = ?", approval_id)  # a transaction locks the whole desk
        return self._read(row) if row else None

    def waiting(self) -> tuple[Approval, ...]:
        found = [self._read(row) for row in self.desk.rows("select * from approval where decision = 'waiting' order by id")]
        return tuple(sorted(found, key=lambda one: (one.deadline is None, one.deadline or one.asked_at)))

    def record(
        self, approval_id: str, decision: Decision, *, by: str, now: datetime, final_text: str = "", note: str = ""
    ) -> None:
        self.desk.run(
            "update approval set decision = ?, decided_by = ?, decided_at = ?, final_text = ?, note = ? where id = ?",
            decision.value,
            by,
            now.timestamp(),
            final_text,
            note,
            approval_id,
        )
        row = self.desk.row("select author from approval where id = ?", approval_id)
        if row is not None and row["author"] != by:
            self.desk.told.append((row["author"], f"{decision.value}: {note or final_text}"))

    def send_mail(self, approval: Approval, text: str | None) -> None:
        reply = approval.reply
        self.desk.run(
            "insert into mail (approval, author, recipients, text) values (?, ?, ?, ?)",
            approval.id,
            reply.author,
            reply.mail.to if reply.mail else "",
            reply.text if text is None else text,
        )

    def alarm(self, approval_id: str, sentence: str) -> None:
        self.desk.run("update approval set alarmed = 1 where id = ?", approval_id)
        self.desk.told.append(("supervisors", sentence))

    def _read(self, row: sqlite3.Row) -> Approval:
        target = self.desk.row("select * from message where id = ?", row["target"])
        assert target is not None  # noqa: S101 - messages are never removed while they have replies
        stored = read_message(target)
        audience = Audience(row["audience"])
        first = self.desk.row("select template, max(resolve) resolve from message where reply = ?", row["reply"])
        reply = Reply(
            ticket=stored.ticket or str(row["ticket"]),
            target=stored,
            text=row["text"],
            author=row["author"],
            audience=audience,
            media=tuple(Upload(**upload) for upload in json.loads(row["uploads"])),
            template=FilledTemplate(**json.loads(first["template"])) if first and first["template"] else None,
            resolve=bool(first and first["resolve"]),
            mail=Mail(**json.loads(row["mail"])) if row["mail"] else None,
        )
        asked_at = from_epoch(row["asked_at"])
        assert asked_at is not None  # noqa: S101 - the column is never null
        return Approval(
            id=str(row["id"]),
            reply=reply,
            reply_name=row["reply"],
            reasons=tuple(json.loads(row["reasons"])),
            decision=Decision(row["decision"]),
            asked_at=asked_at,
            deadline=stored.reply_until if audience is stored.audience else None,
            alarmed=bool(row["alarmed"]),
            decided_by=row["decided_by"],
            decided_at=from_epoch(row["decided_at"]),
            final_text=row["final_text"],
            note=row["note"],
        )
