"""Somebody answered on the platform itself: what may be recorded, by whom, and what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.approvals import ApprovalPolicy, Asks
from social_care.core.errors import NotPermitted, Refused
from social_care.core.outside import OutsideAnswer
from social_care.core.team import Member
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.answered_outside import record_answer
from social_care.engine.intake import handle_event
from tests.fakes import ACCOUNT, StillClock, message

LINK = "https://blog.example/1#comment-9"


@pytest.fixture
def target(desk: SqliteDesk, office):
    handle_event(message("1"), office)
    return desk.tickets.find_message(ACCOUNT.name, "1")


def answer(target, **more) -> OutsideAnswer:
    return OutsideAnswer(**({"target": target, "user": "agent@example.com", "attempt": "a", "link": LINK} | more))


def clock_of(desk: SqliteDesk):
    return desk.row("select first_response_at from ticket")["first_response_at"]


def test_a_record_stops_the_clock_and_sends_nothing(desk: SqliteDesk, clock: StillClock, target):
    assert record_answer(answer(target), desk=desk, clock=clock)
    assert clock_of(desk) == clock().timestamp()
    row = desk.row("select * from message where message_id = 'outside:a'")
    assert (row["author_user"], row["permalink"], row["direction"], row["state"]) == ("agent@example.com", LINK, "out", None)
    assert desk.outbox.due(clock()) == []


def test_the_same_record_is_made_once(desk: SqliteDesk, clock: StillClock, target):
    assert [record_answer(answer(target), desk=desk, clock=clock) for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    "given",
    [
        {"link": "", "note": "  "},
        {"link": "javascript:alert(1)"},
        {"link": "ftp://blog.example/"},
        {"link": "https://blog.example/ <script>"},
        {"link": "https://blog.example/" + "a" * 2000},
        {"attempt": ""},
    ],
)
def test_what_is_no_answer_is_refused_in_a_sentence(desk: SqliteDesk, clock: StillClock, target, given: dict[str, str]):
    with pytest.raises(Refused, match=r"\.$"):
        record_answer(answer(target, **given), desk=desk, clock=clock)
    assert clock_of(desk) is None


@pytest.mark.parametrize("asks", list(Asks))
def test_trainees_ask_a_colleague_whatever_the_policy(desk: SqliteDesk, clock: StillClock, target, asks: Asks):
    desk.team.add(Member(id="agent@example.com", trainee=True))
    desk.add_account(replace(ACCOUNT, approval=ApprovalPolicy(asks=asks)))
    with pytest.raises(NotPermitted):
        record_answer(answer(target), desk=desk, clock=clock)
    assert clock_of(desk) is None
