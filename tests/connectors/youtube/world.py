"""A channel in the sandbox, the embedded desk, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

import pytest

from social_care.connectors.registry import load
from social_care.connectors.youtube import connector
from social_care.connectors.youtube.client import YouTubeConnection
from social_care.core.accounts import Account
from social_care.core.moderation import Moderation, ModerationAction, Wish
from social_care.core.replies import Part, Reply, StoredMessage
from social_care.desks.sqlite import SqliteDesk
from social_care.engine import moderating
from social_care.engine.polling import PollReport
from social_care.engine.replying import queue_reply
from social_care.sandbox.youtube import Channel, Comment, Video, YouTubeSandbox
from social_care.wiring import LocalOffice
from tests.fakes import StillClock

NAME = "Northwind on YouTube"
MORNING = datetime(2026, 11, 20, 15, 0, tzinfo=timezone.utc)
"""Seven o'clock in California: 17 of YouTube's hours are left."""
ANSWERS = "POST /youtube/v3/comments"
LIST = "GET /youtube/v3/commentThreads"


@dataclass
class World:
    """Everything a story needs."""

    sandbox: YouTubeSandbox
    desk: SqliteDesk
    office: LocalOffice
    clock: StillClock
    team: Channel
    ada: Channel
    ben: Channel
    video: Video

    @property
    def account(self) -> Account:
        return self.desk.accounts.get(NAME)

    def options(self, **options: str) -> None:
        self.desk.add_account(replace(self.account, options={**self.account.options, **options}))

    def connection(self) -> YouTubeConnection:
        connection = self.office.connect(self.account)
        assert isinstance(connection, YouTubeConnection)
        return connection

    def poll(self) -> PollReport:
        [report] = self.office.poll(NAME)
        self.work()
        return report

    def work(self) -> None:
        while self.office.work():
            pass

    def message(self, comment: Comment | str) -> StoredMessage:
        identity = comment if isinstance(comment, str) else comment.id
        found = self.desk.tickets.find_message(NAME, identity)
        assert found is not None, f"the comment {identity} did not come"
        return found

    def answer(self, comment: Comment, text: str) -> Part:
        target = self.message(comment)
        reply = Reply(ticket=target.ticket or "", target=target, text=text, author="jk@example.com")
        _, (part, *_) = queue_reply(
            reply,
            self.account,
            reply_name=f"{comment.id}:{text}",
            desk=self.desk,
            connector=load("youtube"),
            clock=self.clock,
        )
        self.office.work()
        return self.part(part)

    def part(self, part: str | Part) -> Part:
        found = self.desk.outbox.get(part if isinstance(part, str) else part.id)
        assert found is not None
        return found

    def moderate(self, action: ModerationAction, comment: Comment | str) -> Moderation:
        wish = Wish(action=action, target=self.message(comment), user="lead@example.com", reason="rude")
        return moderating.moderate(
            wish, desk=self.desk, connector=load("youtube"), connect=self.office.connect, clock=self.clock
        )

    def ours(self) -> list[str]:
        return [one.text for one in self.sandbox.comments_by(self.team)]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.desk.rows(sql, *values)]


@contextmanager
def new_world(**how: Any) -> Iterator[World]:
    """Make one; the connection was tested and the first poll has been."""
    clock = StillClock()
    clock.now = MORNING
    with pytest.MonkeyPatch.context() as patched, YouTubeSandbox(clock, **how) as sandbox:
        patched.setattr(connector, "YouTubeConnection", partial(YouTubeConnection, clock=clock))
        team = sandbox.add_channel("northwind", "Northwind Air")
        ada, ben = sandbox.add_channel("ada", "Ada Osei"), sandbox.add_channel("ben", "Ben Ward")
        video = sandbox.add_video(team, "Oslo in the snow")
        desk = SqliteDesk(clock=clock)
        keys = {NAME: {**asdict(sandbox.credentials(team)), "api_base_url": sandbox.base_url}}
        office = LocalOffice(desk, clock, credentials=keys)
        account = Account(name=NAME, platform="youtube", external_id=team.id, handle="northwind")
        desk.add_account(account)
        world = World(sandbox, desk, office, clock, team, ada, ben, video)
        assert world.poll().error == ""
        clock.forward(minutes=2)
        yield world
        desk.close()
