"""Accounts of the embedded desk: configured by the program, with their spend and health in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from social_care.core.accounts import Account, Standing
from social_care.core.errors import ConfigurationError

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


class SqliteAccounts:
    """See `core.ports.Accounts`."""

    def __init__(self, desk: SqliteDesk) -> None:
        self.desk = desk
        self._known: dict[str, Account] = {}
        self._secrets: dict[str, Mapping[str, str]] = {}

    def add(self, account: Account, secrets: Mapping[str, str] | None = None) -> None:
        """Make an account known; secrets: what signs its webhooks, by the name of the field."""
        self._known[account.name] = account
        self._secrets[account.name] = secrets or {}
        self.desk.run(
            "insert into account (name, spent, spent_month, paused) values (?, ?, ?, ?) on conflict do nothing",
            account.name,
            str(account.spent),
            account.spent_month,
            account.sending_paused,
        )

    def get(self, name: str) -> Account:
        row = self.desk.row("select spent, spent_month, paused, standing, credentials from account where name = ?", name)
        if row is None or name not in self._known:
            raise ConfigurationError(f"There is no account {name}.")
        return replace(
            self._known[name],
            spent=Decimal(row["spent"]),
            spent_month=row["spent_month"],
            sending_paused=row["paused"],
            standing=Standing(row["standing"]),
            token_expires_at=_end(json.loads(row["credentials"])) or self._known[name].token_expires_at,
        )

    def siblings(self, name: str, external_ids: Collection[str], signed_with: Sequence[str]) -> tuple[Account, ...]:
        trusted = {known: {mine[one] for one in signed_with if mine.get(one)} for known, mine in self._secrets.items()}
        others = (self.get(known) for known in self._known if known != name and trusted[known] & trusted[name])
        return tuple(other for other in others if other.enabled and other.external_id in external_ids)

    def add_spend(self, name: str, amount: Decimal, now: datetime) -> None:
        with self.desk.transaction():
            account = self.get(name)
            month = f"{now:%Y-%m}"
            before = account.spent if account.spent_month == month else Decimal(0)
            self.desk.run("update account set spent = ?, spent_month = ? where name = ?", str(before + amount), month, name)

    def add_units(self, pool: str, day: str, units: int) -> int:
        with self.desk.transaction():
            self.desk.run(
                "insert into allowance (pool, day, used) values (?, ?, ?) on conflict (pool) do update"
                " set used = excluded.used + case day when excluded.day then used else 0 end, day = excluded.day",
                pool,
                day,
                units,
            )
            found = self.desk.row("select used from allowance where pool = ?", pool)
            return int(found["used"]) if found else 0

    def local_time(self, when: datetime) -> str:
        return f"{when.astimezone():%Y-%m-%d %H:%M %Z}"

    def pause_sending(self, name: str, reason: str, standing: Standing) -> None:
        paused = "update account set paused = ?, standing = ? where name = ? and paused = ''"
        if self.desk.run(paused, reason, standing.value, name):
            self.desk.told.append((f"owner:{name}", reason))

    def resume_sending(self, name: str) -> None:
        """The owner mended what was wrong."""
        self.desk.run("update account set paused = '', standing = ? where name = ?", Standing.UNKNOWN.value, name)

    def record_health(self, name: str, *, ok: bool, error: str = "") -> None:
        if ok:
            self.desk.run(
                "update account set last_success = ?, last_error = '',"
                " standing = case standing when ? then ? else standing end where name = ?",
                self.desk.now(),
                Standing.UNKNOWN.value,
                Standing.VALID.value,
                name,
            )
        else:
            self.desk.run("update account set last_error = ? where name = ?", error, name)

    def keep_credentials(self, name: str, fresh: Mapping[str, str]) -> None:
        with self.desk.transaction():
            kept = {**self.credentials(name), **fresh}
            self.desk.run(
                "update account set credentials = ?, standing = case standing when ? then ? else standing end"
                " where name = ?",
                json.dumps({field: value for field, value in kept.items() if value}),
                Standing.ENDS_SOON.value,
                Standing.VALID.value,
                name,
            )

    def credentials(self, name: str) -> dict[str, str]:
        """Return what was kept for an account."""
        row = self.desk.row("select credentials from account where name = ?", name)
        return dict(json.loads(row["credentials"])) if row else {}

    def record_webhook(self, name: str, *, pushed: bool, note: str = "") -> None:
        with self.desk.transaction():
            new = self.desk.row("select 1 from account where name = ? and webhook_note != ?", name, note)
            self.desk.run("update account set pushed = ?, webhook_note = ? where name = ?", pushed, note, name)
            if new and note:
                self.desk.told.append((f"owner:{name}", note))

    def warn(self, name: str, reason: str) -> None:
        changed = "update account set standing = ? where name = ? and standing in (?, ?)"
        before = (Standing.UNKNOWN.value, Standing.VALID.value)
        if self.desk.run(changed, Standing.ENDS_SOON.value, name, *before):
            self.desk.told.append((f"owner:{name}", reason))


def _end(credentials: Mapping[str, str]) -> datetime | None:
    ends = credentials.get("token_expires_at")
    return datetime.fromisoformat(ends) if ends else None
