"""The app's units: counted, spread over the day, and kept for answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from social_care.connectors.youtube.days import day_of, next_reset
from social_care.connectors.youtube.quota import Quota
from social_care.core.errors import RateLimited
from social_care.core.replies import DeliveryState
from tests.connectors.youtube.world import ANSWERS, LIST, NAME, World, new_world


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


def leave(world: World, units: int) -> None:
    """Let other work of the app use all but so many units."""
    allowance = world.connection().allowance()
    [(pool, day)] = world.rows("select pool, day from allowance")
    world.desk.accounts.add_units(pool, day, allowance.left - units)
    world.sandbox.api.used = world.sandbox.api.units - units


@pytest.mark.parametrize(
    ("when", "day", "reset"),
    [
        ("2026-11-20T07:59:59+00:00", "2026-11-19", "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00+00:00", "2026-11-20", "2026-11-21T08:00:00+00:00"),
        ("2026-07-01T06:59:59+00:00", "2026-06-30", "2026-07-01T07:00:00+00:00"),
        ("2026-11-01T12:00:00+00:00", "2026-11-01", "2026-11-02T08:00:00+00:00"),
        ("2026-03-08T12:00:00+00:00", "2026-03-08", "2026-03-09T07:00:00+00:00"),
    ],
)
def test_a_day_ends_at_midnight_in_california(when: str, day: str, reset: str) -> None:
    moment = datetime.fromisoformat(when)
    assert day_of(moment) == day
    assert next_reset(moment) == datetime.fromisoformat(reset)


def test_every_call_is_counted_as_youtube_counts_it(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.answer(comment, "In Oslo.")
    world.sandbox.fault("status", LIST, status=503)
    world.office.poll(NAME)
    [(used,)] = world.rows("select used from allowance")
    assert used == world.sandbox.used + 1, "the call that failed counts, too; the sandbox's fault came before its own count"


def test_a_quiet_channel_is_asked_as_often_as_wanted(world: World) -> None:
    report = world.poll()
    assert (report.next_in_s, report.note) == (world.account.poll_interval_s, "")


def test_the_rest_of_the_day_is_spread_over_what_is_left(world: World) -> None:
    leave(world, 2_000 + 100)
    report = world.poll()
    left_s = (next_reset(world.clock()) - world.clock()).total_seconds()
    spare = world.connection().allowance().spare
    assert report.next_in_s == pytest.approx(left_s / (spare // (100 - spare)))
    assert f"{spare} of 10,000 units" in report.note
    assert "2026-11-2" in report.note, "until when?"
    assert "2,000 are kept for answers" in report.note


def test_visits_at_that_pace_last_until_the_day_ends(world: World) -> None:
    leave(world, 2_000 + 60)
    end = next_reset(world.clock())
    visits = 0
    while world.clock() < end:
        report = world.poll()
        visits += 1
        assert world.connection().allowance().left >= 2_000 or world.clock() >= end
        world.clock.forward(seconds=report.next_in_s)
    assert visits > 20
    assert world.poll().error == ""
    assert world.connection().allowance().left > 9_000, "a new day"


def test_reading_stops_at_the_reserve_and_says_until_when(world: World) -> None:
    leave(world, 2_000)
    before = world.sandbox.used
    world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    report = world.poll()
    assert world.sandbox.used == before, "reading took what is kept for answers"
    assert report.error == ""
    assert report.next_in_s == (next_reset(world.clock()) - world.clock()).total_seconds()
    assert "2,000 that are kept for answers" in report.note
    assert world.desk.accounts.local_time(next_reset(world.clock())) in report.note
    world.clock.forward(seconds=report.next_in_s)
    world.poll()
    assert len(world.rows("select id from ticket")) == 1, "what came meanwhile was lost"


def test_units_that_end_in_the_middle_of_a_visit_lose_nothing(world: World) -> None:
    for number in range(250):
        world.sandbox.comment(world.ben, world.video, f"Nice {number}")
    leave(world, 2_002)
    report = world.poll()
    assert (report.error, report.messages) == ("", 100)
    world.clock.forward(seconds=report.next_in_s)
    world.poll()
    assert world.rows("select count(*) from message") == [(250,)]


def test_answers_may_use_what_is_kept_for_them(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    leave(world, 50)
    assert world.answer(comment, "In Oslo.").state is DeliveryState.SENT
    assert world.sandbox.used == 10_000


def test_an_answer_without_units_waits_for_the_next_day(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    leave(world, 49)
    calls = len(world.sandbox.requests)
    part = world.answer(comment, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    assert world.desk.accounts.local_time(next_reset(world.clock())) in part.error
    assert len(world.sandbox.requests) == calls, "YouTube was asked although we knew"
    assert not world.account.sending_paused
    world.clock.forward(hours=12)
    world.work()
    assert world.ours() == []
    world.clock.now = next_reset(world.clock()) + timedelta(seconds=1)
    world.work()
    assert world.part(part).state is DeliveryState.SENT
    assert world.ours() == ["In Oslo."]


def test_a_lost_answer_is_looked_for_when_there_are_units_again(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.fault("reset_after", ANSWERS)
    part = world.answer(comment, "In Oslo.")
    leave(world, 0)
    for _ in range(10):
        world.clock.forward(minutes=20)
        world.work()
    assert world.part(part).state is DeliveryState.UNKNOWN
    assert "is being looked for" in world.part(part).error, "a person was asked although nobody had looked"
    world.clock.now = next_reset(world.clock()) + timedelta(seconds=1)
    world.work()
    assert world.part(part).state is DeliveryState.SENT
    assert world.ours() == ["In Oslo."]


def test_youtube_knows_better_what_is_left(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.api.units = 0  # another app of the same project used them
    part = world.answer(comment, "In Oslo.")
    assert part.state is DeliveryState.QUEUED
    assert world.connection().allowance().left == 0
    assert "kept for answers" in world.poll().note
    world.sandbox.api.units = 10_000
    world.clock.now = next_reset(world.clock()) + timedelta(seconds=1)
    world.work()
    assert world.ours() == ["In Oslo."]


def test_too_many_calls_at_once_are_no_used_up_day(world: World) -> None:
    comment = world.sandbox.comment(world.ada, world.video, "Where is my bag?")
    world.poll()
    world.sandbox.fault("status", ANSWERS, status=429, headers={"retry-after": "30"})
    assert world.answer(comment, "In Oslo.").state is DeliveryState.QUEUED
    assert world.connection().allowance().left > 9_000
    world.clock.forward(seconds=31)
    world.work()
    assert world.ours() == ["In Oslo."]


def test_a_larger_allowance_is_an_option(world: World) -> None:
    world.options(youtube_daily_units="50000", youtube_reserve_units="1000")
    today = world.connection().allowance()
    assert (today.units, today.reserve) == (50_000, 1_000)


def test_accounts_of_one_project_share_their_units(world: World) -> None:
    other = replace(world.account, name="Southwind")
    now = lambda: datetime(2026, 11, 20, 15, tzinfo=timezone.utc)  # noqa: E731
    one, same, another = (
        Quota(other, client, now)
        for client in ("123-a.apps.googleusercontent.com", "123-b.apps.googleusercontent.com", "124-a")
    )
    for quota in (one, same, another):
        quota.meter = world.desk.accounts
    one.take(8_000, for_answers=False)
    with pytest.raises(RateLimited):
        same.take(1, for_answers=False)
    same.take(50, for_answers=True)
    another.take(1, for_answers=False)
    assert one.allowance().used == 8_050


def test_what_is_refused_is_not_counted() -> None:
    from social_care.core.accounts import Account

    quota = Quota(
        Account(name="A", platform="youtube", external_id="1"), "1", lambda: datetime(2026, 11, 20, tzinfo=timezone.utc)
    )
    quota.take(9_990, for_answers=True)
    for _ in range(3):
        with pytest.raises(RateLimited):
            quota.take(50, for_answers=True)
    assert quota.allowance().left == 10
