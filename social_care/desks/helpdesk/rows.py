"""Rows of our own doctypes: plain SQL, since a document's life cycle would cost ten times the row.

Nobody but the app writes them, so there is nothing to validate; values are always bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import frappe

from social_care.core.errors import Retryable

BUSY_RETRY_S = 2.0
_DUPLICATE = 1062
_CHANGED = 1020
"""MariaDB's "record has changed since last read", which Frappe 15 does not take for a deadlock."""

Row = dict[str, Any]


def rows(sql: str, **values: Any) -> list[Row]:
    """Return all rows of a query."""
    return frappe.db.sql(sql, values, as_dict=True)


def row(sql: str, **values: Any) -> Row | None:
    """Return the first row of a query, or None."""
    found = rows(sql, **values)
    return found[0] if found else None


def the_row(sql: str, **values: Any) -> Row:
    """Return the first row of a query. Raises: LookupError when there is none, since it must be there."""
    found = row(sql, **values)
    if found is None:
        raise LookupError(f"a row that must be there is gone: {values}")
    return found


def run(sql: str, **values: Any) -> int:
    """Execute a statement; return how many rows it changed."""
    frappe.db.sql(sql, values)
    return frappe.db._cursor.rowcount


def new_name() -> str:
    """Return a name for a row, as Frappe would make it."""
    return frappe.generate_hash(length=10)


def insert(doctype: str, values: Mapping[str, Any], *, name: str = "", renew: str = "") -> str:
    """Insert one row and return its name; `renew` is what happens where a unique key is taken already."""
    now = frappe.utils.now_datetime()
    user = frappe.session.user
    full = {
        "name": name or new_name(),
        "creation": now,
        "modified": now,
        "owner": user,
        "modified_by": user,
        **values,
    }
    columns = ", ".join(f"`{column}`" for column in full)
    marks = ", ".join(["%s"] * len(full))
    ending = f"on duplicate key update {renew}" if renew else ""
    frappe.db.sql(
        f"insert into `tab{doctype}` ({columns}) values ({marks}) {ending}",  # noqa: S608 - names are ours, values bound
        [_plain(value) for value in full.values()],
    )
    return full["name"]


def update(doctype: str, name: str, values: Mapping[str, Any]) -> None:
    """Change one row; `modified` stays, so that nobody's open form goes stale."""
    changes = ", ".join(f"`{column}` = %s" for column in values)
    frappe.db.sql(
        f"update `tab{doctype}` set {changes} where name = %s",  # noqa: S608 - names are ours, values bound
        [*(_plain(value) for value in values.values()), name],
    )


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list, tuple)) else value


def digest(*parts: str) -> str:
    """Return a short text that stands for these parts in a unique key."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def load(stored: str | None, empty: Any) -> Any:
    """Return what a JSON column holds."""
    return json.loads(stored) if stored else empty


def is_taken(error: BaseException) -> bool:
    """Tell whether the database refused a row because its unique key is there already."""
    return isinstance(error, frappe.DuplicateEntryError) or _code(error) == _DUPLICATE


def is_busy(error: BaseException) -> bool:
    """Tell whether the same may work in a moment: deadlock, lock wait, or a document that was saved meanwhile."""
    known = (frappe.QueryDeadlockError, frappe.QueryTimeoutError, frappe.TimestampMismatchError)
    return isinstance(error, known) or _code(error) == _CHANGED


def _code(error: BaseException) -> object:
    """Return the database's number of an error, None where it is not one of the database."""
    database_error = frappe.db.OperationalError.__base__
    return error.args[0] if isinstance(error, database_error) and error.args else None


@contextmanager
def transaction() -> Iterator[None]:
    """All or nothing; one inside another is part of it.

    Every statement sees what others have committed meanwhile: after waiting for a lock, an older view of the rest would
    miss the very ticket that we waited for.
    Raises: Retryable when the database is busy; else what was raised inside.
    """
    if frappe.flags.in_social_transaction:
        yield
        return
    _isolate("read committed")
    frappe.db.commit()
    frappe.flags.in_social_transaction = True
    try:
        yield
        _restore()
        frappe.db.commit()
    except BaseException as error:
        _restore()
        frappe.db.rollback()
        if is_busy(error):
            raise Retryable("the database was busy", retry_after_s=BUSY_RETRY_S) from error
        raise
    finally:
        frappe.flags.in_social_transaction = False


def _isolate(level: str) -> None:
    """Choose what the transactions after the present one on this connection see of others."""
    if frappe.flags.social_isolation != (level, frappe.db._conn):
        frappe.db.sql(f"set session transaction isolation level {level}")
        frappe.flags.social_isolation = (level, frappe.db._conn)


def _restore() -> None:
    """Give what follows in a request the view that Frappe's code expects; a job of ours goes on as it is."""
    if frappe.request:
        _isolate("repeatable read")
