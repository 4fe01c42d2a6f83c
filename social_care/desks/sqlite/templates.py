"""Approved templates of the embedded desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.templates import Template, dump_template, load_template
from social_care.desks.sqlite.times import from_epoch

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


class SqliteTemplates:
    """See `core.ports.Templates`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk

    def keep(self, account: str, templates: Sequence[Template], now: datetime) -> None:
        with self.desk.transaction():
            self.desk.run("delete from template where account = ?", account)
            for one in templates:
                written = json.dumps(dump_template(one))
                self.desk.run(
                    "insert or replace into template values (?, ?, ?, ?)", account, one.name, one.language, written
                )
            self.desk.run("update account set templates_at = ? where name = ?", now.timestamp(), account)

    def expire(self, account: str) -> None:
        self.desk.run("update account set templates_at = null where name = ?", account)

    def fetched_at(self, account: str) -> datetime | None:
        row = self.desk.row("select templates_at from account where name = ?", account)
        return from_epoch(row["templates_at"]) if row else None

    def listed(self, account: str) -> tuple[Template, ...]:
        found = self.desk.rows("select definition from template where account = ? order by name, language", account)
        return tuple(load_template(json.loads(row["definition"])) for row in found)

    def find(self, account: str, name: str, language: str) -> Template | None:
        row = self.desk.row(
            "select definition from template where account = ? and name = ? and language = ?", account, name, language
        )
        return load_template(json.loads(row["definition"])) if row else None
