"""The team's account on the sandbox's Bluesky, and an office on the embedded desk that serves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from social_care.connectors.bluesky.client import BlueskyConnection
from social_care.connectors.registry import load
from social_care.core.accounts import Account, Search
from social_care.core.events import Audience
from social_care.core.replies import Part, Reply, StoredMessage
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.bluesky import BlueskySandbox, User
from social_care.wiring import LocalOffice
from tests.fakes import StillClock

NAME = "Northwind on Bluesky"
SEND = "POST /xrpc/com.atproto.repo.createRecord"
SAY = "POST /xrpc/chat.bsky.convo.sendMessage"


class Town:
    """Bluesky with the team and two customers, and the office. Sandbox and desk have one clock, which stands still."""

    def __init__(self, sandbox: BlueskySandbox, clock: StillClock, **traits: Any) -> None:
        self.sky, self.clock = sandbox, clock
        self.team: User = sandbox.add_user("northwind.example", "Northwind Air", **traits)
        self.ada: User = sandbox.add_user("ada.example.com", "Ada Osei", followers=4800)
        self.ben: User = sandbox.add_user("ben.example.net", "Ben Ward")
        keys = sandbox.credentials(self.team) | {"api_base_url": sandbox.base_url}
        self.office = LocalOffice(
            SqliteDesk(clock=clock), clock, credentials={NAME: keys}, read_upload=lambda upload: b"\x89PNG"
        )
        account = Account(
            name=NAME,
            platform="bluesky",
            external_id="",
            receive=frozenset({"mentions", "direct_messages", "searches"}),
            searches=(Search(name="brand", query="northwind late"),),
        )
        connection = self.connection(account)
        self.checked = connection.check()
        connection.close()
        self.account = replace(
            account,
            external_id=self.checked.account_id,
            handle=self.checked.handle,
            permissions=frozenset(self.checked.permissions),
            options=self.checked.options,
        )
        self.office.desk.add_account(self.account)

    @property
    def keys(self) -> dict[str, str]:
        """Return the credentials that are kept, sessions among them."""
        return self.office.credentials[NAME]

    def connection(self, account: Account | None = None) -> BlueskyConnection:
        keys = dict(self.keys)
        return BlueskyConnection(
            account or self.account, keys, self.keys.update, lambda upload: b"\x89PNG", clock=self.clock
        )

    def poll(self) -> list[str]:
        """Visit every feed and do what is due; return what went wrong."""
        errors = [report.error for report in self.office.poll(NAME) if report.error]
        self.work()
        return errors

    def work(self) -> None:
        while self.office.work():
            pass

    def later(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.work()

    def stored(self, message_id: str) -> StoredMessage:
        found = self.office.desk.tickets.find_message(NAME, message_id)
        assert found is not None, f"{message_id} did not come"
        return found

    def has(self, message_id: str) -> bool:
        return self.office.desk.tickets.find_message(NAME, message_id) is not None

    def answer(self, message_id: str, text: str, audience: Audience | None = None, **more: Any) -> Part:
        target = self.stored(message_id)
        reply = Reply(ticket=target.ticket or "", target=target, text=text, author="jk@x.example", audience=audience, **more)
        _, (part, *_) = queue_reply(
            reply,
            self.account,
            reply_name=f"{message_id}:{text}",
            desk=self.office.desk,
            connector=load("bluesky"),
            clock=self.clock,
        )
        self.work()
        return self.part(part)

    def part(self, part_id: str) -> Part:
        found = self.office.desk.outbox.get(part_id)
        assert found is not None
        return found

    def said(self) -> list[str]:
        """Return what the team posted."""
        return [one.value["text"] for one in self.sky.posts_by(self.team)]
