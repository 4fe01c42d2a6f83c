"""Conversations that go on under another id, and private messages that say nothing by themselves."""

from __future__ import annotations

from dataclasses import replace

from social_care.core.events import Audience, Thread, ThreadMoved
from social_care.engine.intake import handle_event
from social_care.engine.outcomes import Action
from tests.fakes import ACCOUNT, message

MOVED = ThreadMoved(
    message_id="m",
    thread=Thread(id="old", audience=Audience.PUBLIC),
    to=Thread(id="new", audience=Audience.PUBLIC),
    reason="the group became a supergroup",
)


def said(number: str, author: str, thread: str, **more: object):
    return message(number, author=author, thread=thread, **more)  # type: ignore[arg-type]


def test_every_case_goes_on_under_the_new_id_and_late_words_under_the_old_one_too(office):
    tickets = [handle_event(said(str(n), f"c{n}", "old"), office).ticket for n in range(12)]
    assert handle_event(MOVED, office).action is Action.MOVE
    assert [handle_event(said(f"n{n}", f"c{n}", "new"), office).ticket for n in range(12)] == tickets
    assert [handle_event(said(f"o{n}", f"c{n}", "old"), office).ticket for n in range(12)] == tickets


def test_the_same_news_again_takes_no_newer_case_back(office, clock):
    first = handle_event(said("1", "ann", "old"), office).ticket
    handle_event(MOVED, office)
    office.desk.close_ticket(first)
    clock.forward(days=ACCOUNT.reopen_days + 1)
    later = handle_event(said("2", "ann", "new"), office).ticket
    assert later != first
    office.desk.close_ticket(later)
    handle_event(MOVED, office)
    assert handle_event(said("3", "ann", "new"), office).ticket == later


def test_what_began_in_the_new_conversation_before_the_news_stays_there(office):
    before = handle_event(said("1", "ann", "old"), office).ticket
    early = handle_event(said("2", "ann", "new"), office).ticket
    handle_event(MOVED, office)
    assert handle_event(said("3", "ann", "new"), office).ticket == early != before


def test_another_accounts_conversation_of_that_id_is_left_alone(office):
    ours = handle_event(said("1", "ann", "old"), office).ticket
    other = replace(office, account=replace(ACCOUNT, name="Another", external_id="another"))
    office.desk.add_account(other.account)
    handle_event(MOVED, other)
    assert handle_event(said("2", "ann", "new"), office).ticket != ours


def test_a_private_message_that_says_nothing_opens_nothing_and_is_shown_with_the_first_words(office, clock):
    silent = said("1", "ann", "p", private=True, text="/start KX7", addresses_us=False, sent_at=clock())
    outcome = handle_event(silent, office)
    assert (outcome.action, outcome.ticket) == (Action.IGNORE, None)
    clock.forward(seconds=5)
    ticket = handle_event(said("2", "ann", "p", private=True, sent_at=clock()), office).ticket
    row = office.desk.row("select ticket, context from message where message_id = '1'")
    assert (str(row["ticket"]), row["context"]) == (ticket, 1)


def test_on_a_case_under_way_it_is_shown_and_reopens_nothing(office, clock):
    ticket = handle_event(said("1", "ann", "p", private=True), office).ticket
    office.desk.close_ticket(ticket)
    again = said("2", "ann", "p", private=True, text="/start", addresses_us=False)
    assert handle_event(again, office).ticket == ticket, "whoever goes on with the case sees it there"
    assert not office.desk.tickets.ticket_state(ticket).open
    clock.forward(days=ACCOUNT.reopen_days + 1)
    late = replace(again, message_id="3")
    assert handle_event(late, office).ticket is None, "of a case that is over it is no part"
