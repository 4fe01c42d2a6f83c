"""A video with an answer, from the embedded desk to X's sandbox: uploaded once, waited for, posted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from social_care.connectors.registry import load
from social_care.core.accounts import Account
from social_care.core.replies import DeliveryState, Part, Reply, Upload
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.x import XSandbox
from social_care.wiring import LocalOffice
from tests.fakes import StillClock

NAME = "Northwind on X"
FILM = b"\x00\x00\x00\x18ftypmp42" * 500_000
VIDEO = Upload(name="gate.mp4", mime="video/mp4", size=len(FILM), reference="f1", alt="the way to the gate")


class Desk:
    """The team's account on the sandbox, and an office on the embedded desk."""

    def __init__(self, sandbox: XSandbox, clock: StillClock) -> None:
        self.x, self.clock = sandbox, clock
        team = sandbox.add_user("northwind", "Northwind Air")
        sandbox.add_user("ada", "Ada Osei")
        keys = sandbox.credentials(team)
        credentials = {
            "api_base_url": sandbox.base_url,
            "client_id": keys.consumer_key,
            "client_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
        }
        self.account = Account(
            name=NAME, platform="x", external_id=team.id, handle="northwind", receive=frozenset({"mentions"})
        )
        self.office = LocalOffice(
            SqliteDesk(clock=clock), clock, credentials={NAME: credentials}, read_upload=lambda upload: FILM
        )
        self.office.desk.add_account(self.account)

    def work(self) -> None:
        while self.office.work():
            pass

    def answer_with_the_video(self) -> Part:
        post = self.x.post("ada", "@northwind where is gate 9?")
        assert not [report.error for report in self.office.poll(NAME) if report.error]
        self.work()
        target = self.office.desk.tickets.find_message(NAME, post.id)
        assert target is not None, "the post did not come"
        reply = Reply(ticket=target.ticket or "", target=target, text="This way.", author="jk@x.example", media=(VIDEO,))
        _, (part,) = queue_reply(
            reply, self.account, reply_name="r1", desk=self.office.desk, connector=load("x"), clock=self.clock
        )
        self.work()
        return self.part(part)

    def part(self, part_id: str) -> Part:
        found = self.office.desk.outbox.get(part_id)
        assert found is not None
        return found


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = StillClock()
    clock.now = datetime.now(timezone.utc)  # the connector looks back from the present moment
    with XSandbox(clock=clock) as sandbox:
        yield Desk(sandbox, clock)


def test_a_video_is_waited_for_and_posted_once(desk: Desk) -> None:
    waiting = desk.answer_with_the_video()
    assert waiting.state is DeliveryState.QUEUED, waiting.error
    assert desk.x.posts_by("northwind") == []
    desk.clock.forward(seconds=60)
    desk.work()
    assert desk.part(waiting.id).state is DeliveryState.SENT
    (post,) = desk.x.posts_by("northwind")
    media = desk.x.state.media[post.media[0]]
    assert (media.kind, media.content) == ("video", FILM)
    assert media.alt == "the way to the gate"
    assert len(desk.x.state.media) == 1, "the video was uploaded more than once"


def test_a_video_lost_at_x_is_uploaded_anew(desk: Desk) -> None:
    waiting = desk.answer_with_the_video()
    desk.x.state.media.clear()
    for _ in range(2):
        desk.clock.forward(seconds=600)
        desk.work()
    assert desk.part(waiting.id).state is DeliveryState.SENT
    assert len(desk.x.posts_by("northwind")) == 1
