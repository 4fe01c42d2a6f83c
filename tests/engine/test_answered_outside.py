"""Somebody answered on the platform itself: what may be recorded, by whom, and what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.approvals import ApprovalPolicy, Asks
from social_care.core.errors import NotPermitted, Refused
from social_care.core.events import MessageDeleted
from social_care.core.outside import OutsideAnswer
from social_care.core.team import Member
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.answered_outside import record_answer
from social_care.engine.intake import handle_event
from tests.fakes import ACCOUNT, US, StillClock, message

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


# --- the message itself comes later ------------------------------------------------------------------------------------
def echo(text: str = "We have called you.", number: str = "9", **more):
    return replace(message(number, text, author=US, parent_id="1"), **more)


def shown(desk: SqliteDesk) -> list[tuple[str, str]]:
    return [tuple(row) for row in desk.rows("select message_id, text from message where direction = 'out' order by id")]


@pytest.mark.parametrize(
    ("recorded", "came"),
    [
        ({"link": "", "note": "We have called you, Ada."}, {}),
        ({"link": "", "note": "we have CALLED you!"}, {}),
        ({"link": "https://www.blog.example/9/", "note": "Called."}, {"permalink": "http://blog.example/9"}),
        ({"link": LINK, "note": "the bag was found at the gate"}, {"text": "Hi! The bag was found at the gate. ^JK"}),
    ],
)
def test_a_record_and_its_echo_are_one_entry(office, desk: SqliteDesk, clock: StillClock, target, recorded, came):
    record_answer(answer(target, **recorded), desk=desk, clock=clock)
    outcome = handle_event(echo(**came), office)
    assert outcome.ticket == target.ticket
    assert [one for one, _ in shown(desk)] == ["9"]
    notes = desk.row("select notes from message where message_id = '9'")["notes"]
    assert recorded["note"] in notes, "what was recorded is lost"
    assert handle_event(echo(**came), office).reason == "handled already"
    assert len(shown(desk)) == 1


@pytest.mark.parametrize(
    "came",
    [
        {"text": "Something else entirely, about another matter."},
        {"thread": replace(message("9").thread, id="t2")},
        {"parent_id": "2"},
        {"automatic": True},
    ],
)
def test_another_message_of_ours_is_an_entry_of_its_own(office, desk: SqliteDesk, clock: StillClock, target, came):
    handle_event(message("2", author="c2"), office)
    record_answer(answer(target, link="", note="We have called you."), desk=desk, clock=clock)
    handle_event(echo(**came), office)
    assert len(shown(desk)) == 2


def test_one_record_joins_one_message(office, desk: SqliteDesk, clock: StillClock, target):
    record_answer(answer(target, link="", note="We have called you."), desk=desk, clock=clock)
    handle_event(echo(), office)
    handle_event(echo(number="10"), office)
    assert [one for one, _ in shown(desk)] == ["9", "10"]


def test_the_same_words_long_after_are_another_answer(office, desk: SqliteDesk, clock: StillClock, target):
    record_answer(answer(target, link="", note="We have called you."), desk=desk, clock=clock)
    clock.forward(days=30)
    handle_event(echo(sent_at=clock()), office)
    assert [one for one, _ in shown(desk)] == ["outside:a", "9"], "what was said a month ago is lost"


def test_what_was_said_before_it_was_recorded_joins_however_late_it_comes(
    office, desk: SqliteDesk, clock: StillClock, target
):
    said_at = clock()
    clock.forward(days=2)
    record_answer(answer(target, link="", note="We have called you."), desk=desk, clock=clock)
    clock.forward(days=30)
    handle_event(echo(sent_at=said_at), office)
    assert [one for one, _ in shown(desk)] == ["9"]


def test_an_answer_whose_deletion_came_first_is_kept_beside_the_record(office, desk: SqliteDesk, clock: StillClock, target):
    record_answer(answer(target, link="", note="We have called you."), desk=desk, clock=clock)
    handle_event(MessageDeleted(message_id="9"), office)
    handle_event(echo(), office)
    rows = desk.rows("select message_id, text, deleted_at from message where direction = 'out' order by id")
    assert [(row["message_id"], row["text"]) for row in rows] == [("outside:a", "We have called you."), ("9", echo().text)]
    assert rows[1]["deleted_at"] is not None
