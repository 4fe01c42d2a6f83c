"""The embedded desk as a whole: connection, schema, transactions, and what a person does to a ticket."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from social_care.core.accounts import Account
from social_care.core.approvals import Circumstances
from social_care.core.ports import Clock
from social_care.core.routing import RoutingRule
from social_care.core.storms import StormRules
from social_care.desks.sqlite.accounts import SqliteAccounts
from social_care.desks.sqlite.approvals import SqliteApprovals
from social_care.desks.sqlite.erasing import SqliteErasing
from social_care.desks.sqlite.files import SqliteFiles
from social_care.desks.sqlite.ledger import SqliteLedger
from social_care.desks.sqlite.moderations import SqliteModerations
from social_care.desks.sqlite.outbox import SqliteOutbox
from social_care.desks.sqlite.outside_answers import SqliteOutsideAnswers
from social_care.desks.sqlite.storms import SCHEMA as STORMS
from social_care.desks.sqlite.storms import SqliteStorms
from social_care.desks.sqlite.team import SqliteTeam
from social_care.desks.sqlite.templates import SqliteTemplates
from social_care.desks.sqlite.tickets import SqliteTickets

SCHEMA = """
create table if not exists account (name text primary key, spent text not null default '0',
  spent_month text not null default '', paused text not null default '',
  standing text not null default 'Unknown', credentials text not null default '{}', pushed integer,
  webhook_note text not null default '', last_success real,
  last_error text not null default '', templates_at real);
create table if not exists allowance (pool text primary key, day text not null, used integer not null);
create table if not exists cursor (account text, feed text, cursor text not null, primary key (account, feed));
create table if not exists payload (id integer primary key, account text not null, platform text not null,
  account_id text not null, feed text not null, source text not null, digest text not null, body blob not null,
  received_at real not null, state text not null, attempts integer not null default 0, next_attempt real, lease_until real,
  note text not null default '', unique (account, digest));
create index if not exists payload_due on payload (state, next_attempt);
create table if not exists ticket (id integer primary key, account text not null, subject text not null,
  audience text not null, opened_at real not null, closed_at real, merged_into integer, first_response_at real,
  last_customer_at real, related text not null default '[]', team text not null default '',
  priority text not null default '', sentiment text not null default '', urgent integer not null default 0);
create table if not exists thread (id integer primary key, account text not null, thread_id text not null,
  key text not null unique, audience text not null, author_id text, ticket integer);
create index if not exists thread_of on thread (account, thread_id);
create table if not exists profile (account text, external_id text, handle text, name text, avatar_url text,
  followers integer, verified integer, protected integer, accepts_private integer, muted integer not null default 0,
  primary key (account, external_id));
create table if not exists message (id integer primary key, account text not null, event_key text unique, message_id text,
  thread_id text, audience text, direction text not null, kind text not null default '', text text not null default '',
  author_id text, author_handle text, author_name text, ticket integer, revision text not null default '',
  versions text not null default '[]', media text not null default '[]', reactions text not null default '{}',
  route text not null default '{}', notes text not null default '[]', permalink text, parent_id text, sent_at real,
  seen_at real not null, deleted_at real, vanished integer not null default 0, reply_until real,
  tombstone integer not null default 0,
  hidden integer not null default 0, visibility_at real, context integer not null default 0, reason text not null default '',
  private_reply_used integer not null default 0, missing text not null default '', look_ups integer not null default 0,
  state text, reply text, part integer, of_parts integer, target integer, author_user text not null default '',
  automatic integer not null default 0, attempts integer not null default 0, checks integer not null default 0,
  next_attempt real, lease_until real, first_attempt_at real, confirmed_at real, uploads text not null default '[]',
  progress text not null default '{}',
  error text not null default '', cost text not null default '0', approved_by text not null default '',
  resolve integer not null default 0,
  template text, receipt text not null default '',
  language text, reading text, text_key text, campaign text, storm integer, erasure integer);
create table if not exists approval (id integer primary key, reply text not null unique, ticket integer not null,
  target integer not null, author text not null, text text not null, audience text not null, uploads text not null,
  reasons text not null, decision text not null default 'waiting', asked_at real not null,
  alarmed integer not null default 0,
  decided_by text not null default '', decided_at real, final_text text not null default '', note text not null default '',
  mail text);
create table if not exists erasure (id integer primary key, profile text not null, account text not null,
  person text not null, user text not null, began_at real not null, done_at real);
create table if not exists mail (id integer primary key, approval integer not null unique, author text not null,
  recipients text not null, text text not null);
create table if not exists preference (account text, author_id text, category text, wanted integer not null,
  at real not null, primary key (account, author_id, category));
create table if not exists template (account text, name text, language text, definition text not null,
  primary key (account, name, language));
create table if not exists moderation (id integer primary key, account text not null, message integer not null,
  author_id text, action text not null, user text not null, reason text not null, state text not null,
  error text not null default '', started_at real not null, settled_at real, lease_until real);
create index if not exists moderation_of on moderation (message);
create index if not exists moderation_author on moderation (account, author_id);
create unique index if not exists message_of on message (account, message_id) where message_id is not null;
create index if not exists message_waiting on message (state, next_attempt) where state is not null;
create index if not exists message_thread on message (account, thread_id, sent_at);
create index if not exists message_window on message (account, thread_id) where reply_until is not null;
create index if not exists message_campaign on message (campaign, seen_at) where campaign is not null;
create index if not exists message_text on message (text_key) where text_key is not null;
create index if not exists message_ticket on message (ticket);
create index if not exists message_incomplete on message (id) where missing != '';
create index if not exists message_version on message (account, revision) where revision != '';
create index if not exists message_erasure on message (erasure) where erasure is not null;
create index if not exists message_reply on message (reply) where reply is not null;
"""


class SqliteDesk:
    """Tickets, ledger and outbox in one SQLite database (`:memory:` or a file). Safe for threads of one process."""

    def __init__(self, path: str | Path = ":memory:", *, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, cached_statements=256)
        self.db.row_factory = sqlite3.Row
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.executescript(SCHEMA)
        self.db.executescript(STORMS)
        self.told: list[tuple[str, str]] = []
        """Who was told what: (`owner:<account>` or an author, sentence)."""
        self.rules: tuple[RoutingRule, ...] = ()
        self.storm_rules = StormRules()
        self.lists: dict[tuple[str, str], frozenset[str]] = {}
        """On which lists a customer (platform, id) was put."""
        self.circumstances: dict[str, Circumstances] = {}
        """What is known of customers, by their id; set by the program."""
        self.works_at: Callable[[datetime], bool] = lambda now: True
        """The support hours; set by the program."""
        self.accounts = SqliteAccounts(self)
        self.ledger = SqliteLedger(self)
        self.tickets = SqliteTickets(self)
        self.outbox = SqliteOutbox(self)
        self.approvals = SqliteApprovals(self)
        self.team = SqliteTeam()
        self.templates = SqliteTemplates(self)
        self.moderations = SqliteModerations(self)
        self.outside_answers = SqliteOutsideAnswers(self)
        self.storms = SqliteStorms(self)
        self.files = SqliteFiles()
        self.erasing = SqliteErasing(self)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another is part of it."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self.db.execute("rollback")
                raise
            self.db.execute("commit")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows of a query; one mapping gives values by name."""
        with self.lock:
            named = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
            return self.db.execute(sql, named).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        with self.lock:
            found: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, *values: Any) -> int:
        """Execute a statement; return how many rows it changed."""
        with self.lock:
            return self.db.execute(sql, values).rowcount

    def now(self) -> float:
        """Return the present moment in epoch seconds."""
        return self.clock().timestamp()

    def add_account(self, account: Account, secrets: Mapping[str, str] | None = None) -> None:
        """Make an account known (or known anew); secrets: what signs its webhooks, by the name of the field."""
        self.accounts.add(account, secrets)

    def close_ticket(self, ticket: str) -> None:
        """A person resolves a ticket."""
        self.run("update ticket set closed_at = ? where id = ?", self.now(), ticket)

    def merge_tickets(self, source: str, target: str) -> None:
        """A person merges one ticket into another: its messages and its future belong there."""
        with self.transaction():
            self.run("update ticket set merged_into = ?, closed_at = ? where id = ?", int(target), self.now(), source)
            self.run("update message set ticket = ? where ticket = ?", int(target), source)
            self.run("update thread set ticket = ? where ticket = ?", int(target), source)

    def close(self) -> None:
        """Let go of the database."""
        self.db.close()
