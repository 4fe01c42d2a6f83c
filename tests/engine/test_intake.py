"""Whose case is it, and what becomes of everything that is not a first message."""

from dataclasses import replace
from datetime import timedelta

import pytest

from social_care.core.errors import RateLimited, WindowClosed
from social_care.core.events import (
    AccountRevoked,
    Author,
    CallFailed,
    DeliveryReported,
    Event,
    Fate,
    Ignored,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
    Unknown,
)
from social_care.core.payloads import PayloadState
from social_care.core.replies import Reply
from social_care.core.routing import RoutingRule, Verdict
from social_care.engine.composing import plan
from social_care.engine.handling import handle_payload
from social_care.engine.intake import handle_event, open_by_person
from social_care.engine.outcomes import Action
from tests.fakes import ACCOUNT, US, message, payload_of


def actions(office, *events):
    return [handle_event(event, office).action for event in events]


def test_each_customer_of_a_public_thread_has_a_ticket_of_their_own(office):
    first = handle_event(message("1", author="ann"), office)
    other = handle_event(message("2", author="ben"), office)
    again = handle_event(message("3", author="ann"), office)
    assert [one.action for one in (first, other, again)] == [Action.OPEN, Action.OPEN, Action.APPEND]
    assert first.ticket == again.ticket != other.ticket
    related = office.desk.row("select related from ticket where id = ?", other.ticket)["related"]
    assert first.ticket in related, "tickets of one conversation should be linked"


def test_everybody_in_a_private_thread_shares_a_ticket(office):
    outcomes = [handle_event(message(i, author=who, private=True), office) for i, who in (("1", "ann"), ("2", "ben"))]
    assert [one.action for one in outcomes] == [Action.OPEN, Action.APPEND]


def test_a_follow_up_reopens_within_the_period_and_opens_a_linked_ticket_after_it(office, clock):
    ticket = handle_event(message("1"), office).ticket
    office.desk.close_ticket(ticket)
    clock.forward(days=ACCOUNT.reopen_days - 1)
    assert handle_event(message("2"), office).ticket == ticket
    assert office.desk.tickets.ticket_state(ticket).open
    office.desk.close_ticket(ticket)
    clock.forward(days=ACCOUNT.reopen_days + 1)
    late = handle_event(message("3"), office)
    assert late.action is Action.OPEN
    assert late.ticket != ticket
    assert ticket in office.desk.row("select related from ticket where id = ?", late.ticket)["related"]
    assert ticket in late.reason


def test_a_bystander_opens_nothing_but_is_shown(office):
    loose = handle_event(message("0", author="zoe", addresses_us=False), office)
    assert (loose.action, loose.ticket) == (Action.IGNORE, None)
    assert loose.reason
    ticket = handle_event(message("1", author="ann"), office).ticket
    assert office.desk.tickets.find_message(ACCOUNT.name, "0").ticket == ticket, "the earlier word was not adopted"
    word = handle_event(message("2", author="ben", addresses_us=False, parent_id="1"), office)
    assert (word.action, word.ticket) == (Action.APPEND, ticket)
    assert "context" in word.reason


def test_a_bystander_stands_on_the_case_they_answer(office):
    handle_event(message("1", author="ann"), office)
    ben = handle_event(message("2", author="ben"), office).ticket
    word = handle_event(message("3", author="zoe", addresses_us=False, parent_id="2"), office)
    assert word.ticket == ben


def test_a_bystander_under_our_own_post_opens_a_case_only_where_none_can_show_it(office):
    alone = handle_event(message("1", author="zoe", addresses_us=False, on_our_ground=True), office)
    assert alone.action is Action.OPEN
    word = handle_event(message("2", author="ben", addresses_us=False, on_our_ground=True, parent_id="1"), office)
    assert (word.action, word.ticket) == (Action.APPEND, alone.ticket)
    assert "context" in word.reason


def test_the_newest_word_decides_how_long_a_private_conversation_can_be_answered(office):
    office.connector.window = timedelta(hours=24)
    start = office.clock()
    for number, hours in (("1", 0), ("3", 5), ("2", 2)):
        handle_event(message(number, private=True, sent_at=start + timedelta(hours=hours)), office)
    windows = {office.desk.tickets.find_message(ACCOUNT.name, number).reply_until for number in "123"}
    assert windows == {start + timedelta(hours=29)}


def test_a_customer_with_a_case_need_not_address_us_again(office):
    ticket = handle_event(message("1", author="ann"), office).ticket
    office.desk.close_ticket(ticket)
    more = handle_event(message("2", author="ann", addresses_us=False), office)
    assert (more.action, more.ticket) == (Action.APPEND, ticket)
    assert office.desk.tickets.ticket_state(ticket).open


def test_a_bystander_who_turns_to_us_gets_a_ticket(office):
    handle_event(message("1", addresses_us=False), office)
    turned = handle_event(message("1", addresses_us=True), office)
    assert turned.action is Action.OPEN
    assert office.desk.tickets.find_message(ACCOUNT.name, "1").ticket == turned.ticket


def test_messages_of_one_handle_share_a_case_and_make_no_profile(office):
    """The platform told no id: within one conversation the handle is the person, and nobody is known again by it."""
    events = [
        replace(message(i), author=Author(id="", handle=who)) for i, who in (("1", "noor"), ("2", "noor"), ("3", None))
    ]
    outcomes = [handle_event(event, office) for event in events]
    assert [one.action for one in outcomes] == [Action.OPEN, Action.APPEND, Action.OPEN]
    assert office.desk.rows("select * from profile") == []


def test_messages_without_an_author_never_share_a_case(office):
    outcomes = [handle_event(message(i, author=None), office) for i in ("1", "2")]
    assert [one.action for one in outcomes] == [Action.OPEN, Action.OPEN]
    assert outcomes[0].ticket != outcomes[1].ticket


@pytest.mark.parametrize("broken", [message(""), message("1", thread="")])
def test_a_message_without_identity_is_parked(office, broken):
    outcome = handle_event(broken, office)
    assert outcome.action is Action.PARK
    assert outcome.reason


def test_the_window_counts_from_the_customers_message(office, clock):
    office.connector.window = timedelta(hours=24)
    handle_event(message("1", sent_at=clock.now), office)
    stored = office.desk.tickets.find_message(ACCOUNT.name, "1")
    assert stored.reply_until == clock.now + timedelta(hours=24)
    reply = Reply(ticket=stored.ticket, target=stored, text="Hello", author="agent")
    assert plan(reply, ACCOUNT, office.connector, clock.now + timedelta(hours=23)).drafts
    with pytest.raises(WindowClosed):
        plan(reply, ACCOUNT, office.connector, clock.now + timedelta(hours=25))


def test_duplicates_are_ignored_with_the_reason(office):
    first = handle_event(message("1"), office)
    second = handle_event(message("1"), office)
    assert (second.action, second.reason, second.ticket) == (Action.IGNORE, "handled already", first.ticket)


def test_edits_keep_every_version_in_any_order(office):
    edit = message("1", "now with number", cls=MessageEdited, revision="12")
    assert actions(office, edit, message("1", "first"), edit) == [Action.OPEN, Action.EDIT, Action.IGNORE]
    stored = office.desk.tickets.find_message(ACCOUNT.name, "1")
    assert stored.text == "now with number", "an older version that came later replaced the newer one"
    assert "first" in office.desk.row("select versions from message where message_id = '1'")["versions"]


def test_deleting(office):
    handle_event(message("1"), office)
    gone = MessageDeleted(message_id="1")
    assert actions(office, gone, gone) == [Action.DELETE, Action.IGNORE]
    early = handle_event(MessageDeleted(message_id="2"), office)
    assert early.action is Action.DELETE
    assert early.reason
    assert actions(office, message("2", author="ben")) == [Action.OPEN]
    assert office.desk.tickets.find_message(ACCOUNT.name, "2").deleted


def test_reactions_open_nothing(office):
    like = ReactionChanged(message_id="1", author=Author(id="c2"), reaction="❤")
    assert actions(office, like, message("1"), like, like) == [
        Action.IGNORE,
        Action.OPEN,
        Action.REACTION,
        Action.IGNORE,
    ]


def test_our_own_post_without_a_case_is_ignored_and_shown_later(office):
    own = handle_event(message("p1", "We fly to Gdańsk now", author=US, addresses_us=False), office)
    assert (own.action, own.ticket) == (Action.IGNORE, None)
    ticket = handle_event(message("2", parent_id="p1"), office).ticket
    assert office.desk.tickets.find_message(ACCOUNT.name, "p1").ticket == ticket


def test_an_answer_made_elsewhere_is_an_agents_reply(office):
    ticket = handle_event(message("1"), office).ticket
    office.desk.close_ticket(ticket)
    native = handle_event(message("p1", "Sorry!", author=US, parent_id="1"), office)
    assert (native.action, native.ticket) == (Action.APPEND, ticket)
    assert not office.desk.tickets.ticket_state(ticket).open, "our own answer reopened the ticket"
    assert office.desk.row("select first_response_at from ticket")[0] is not None


@pytest.mark.parametrize(
    ("event", "action"),
    [
        (Ignored(reason="a like"), Action.IGNORE),
        (Unknown(reason="a new kind"), Action.PARK),
        (CallFailed(error=RateLimited("Too many calls.")), Action.ERROR),
        (AccountRevoked(reason="Please log in again."), Action.ERROR),
        (DeliveryReported(message_id="p9", fate=Fate.SENT), Action.DELIVERY),
    ],
)
def test_everything_else_has_a_recorded_end(office, event: Event, action: Action):
    outcome = handle_event(event, office)
    assert outcome.action is action
    assert outcome.reason


def test_a_revoked_account_stops_sending_only(office):
    handle_event(AccountRevoked(reason="Please log in again."), office)
    assert office.desk.accounts.get(ACCOUNT.name).sending_paused == "Please log in again."
    assert actions(office, message("1")) == [Action.OPEN]


# --- payloads
def settle(desk, connector, clock, payload):
    payload_id = desk.ledger.keep(payload)
    outcomes = handle_payload(payload_id, desk=desk, connector=connector, clock=clock)
    return payload_id, outcomes, desk.row("select state, note, next_attempt from payload where id = ?", payload_id)


def test_a_batch_is_handled_to_its_end(desk, connector, clock):
    payload = payload_of(message("1"), Ignored(reason="x"), message("2", author="ben"))
    _, outcomes, row = settle(desk, connector, clock, payload)
    assert [one.action for one in outcomes] == [Action.OPEN, Action.PARK, Action.OPEN]
    assert row["state"] == PayloadState.PARKED.value, "something unknown must stay visible"
    assert "unknown kind" in row["note"]


def test_what_cannot_be_read_is_parked_and_can_be_handled_again(desk, connector, clock):
    payload_id, outcomes, row = settle(desk, connector, clock, replace(payload_of(), body=b"{not json"))
    assert [one.action for one in outcomes] == [Action.PARK]
    assert row["state"] == "parked"
    assert desk.ledger.again(payload_id)
    assert payload_id in desk.ledger.due(clock())


def test_trouble_at_the_desk_never_loses_a_payload(desk, connector, clock, monkeypatch):
    calls = []
    real = desk.tickets.open_ticket

    def failing(account, case, event, **more):
        calls.append(event.message_id)
        if event.message_id == "1" and calls.count("1") == 1:
            raise RuntimeError("mandatory field missing")
        return real(account, case, event, **more)

    monkeypatch.setattr(desk.tickets, "open_ticket", failing)
    payload_id, outcomes, row = settle(desk, connector, clock, payload_of(message("1"), message("2", author="ben")))
    assert [one.event.message_id for one in outcomes] == ["2"], "one failing event stopped the others"
    assert row["state"] == "retry"
    assert "mandatory field missing" in row["note"]
    clock.forward(minutes=1)
    assert desk.ledger.due(clock()) == [payload_id]
    handle_payload(payload_id, desk=desk, connector=connector, clock=clock)
    assert desk.tickets.find_message(ACCOUNT.name, "1").ticket is not None


def test_endless_trouble_ends_parked(desk, connector, clock, monkeypatch):
    def failing(*_args, **_more):
        raise RuntimeError("broken for good")

    monkeypatch.setattr(desk.tickets, "open_ticket", failing)
    payload_id = desk.ledger.keep(payload_of(message("1")))
    for _ in range(20):
        handle_payload(payload_id, desk=desk, connector=connector, clock=clock)
        clock.forward(hours=2)
    row = desk.row("select state, note from payload")
    assert row["state"] == "parked"
    assert "broken for good" in row["note"]


def test_a_body_that_breaks_the_parser_is_parked(office, monkeypatch):
    def broken(payload):
        raise KeyError("author")

    monkeypatch.setattr(office.connector, "parse", broken)
    payload_id = office.desk.ledger.keep(payload_of(message("1")))
    (outcome,) = handle_payload(payload_id, desk=office.desk, connector=office.connector, clock=office.clock)
    assert outcome.action is Action.PARK
    assert "KeyError" in outcome.reason
    assert office.desk.row("select state from payload")["state"] == PayloadState.PARKED.value


def test_an_answer_named_after_its_parent_stands_in_the_parents_thread(office):
    """Where a platform names no conversation, the thread of an answer is the message it answers."""
    opened = handle_event(message("2", thread="root"), office)
    own = handle_event(message("3", "Sorry!", author=US, thread="2", parent_id="2"), office)
    again = handle_event(message("4", thread="3", parent_id="3"), office)
    assert (own.action, own.ticket) == (Action.APPEND, opened.ticket), "the team's answer is not shown"
    assert (again.action, again.ticket) == (Action.APPEND, opened.ticket), "one conversation, two tickets"
    assert again.event.thread.id == "root"


def test_a_bystander_follows_a_merged_ticket(office):
    handle_event(message("1", author="ann"), office)
    bens = handle_event(message("2", author="ben"), office).ticket
    handle_event(message("3", "Sorry, Ben", author=US, parent_id="2"), office)
    elsewhere = handle_event(message("9", author="ben", thread="t9"), office).ticket
    office.desk.merge_tickets(bens, elsewhere)
    word = handle_event(message("4", author="cleo", parent_id="3", addresses_us=False), office)
    assert word.ticket == elsewhere


@pytest.mark.parametrize("revisions", [("", "5"), ("7", "5")])
def test_a_version_that_first_turns_to_us_keeps_the_loose_one(office, revisions):
    before, after = revisions
    handle_event(message("1", "said aside", author="zoe", addresses_us=False, revision=before), office)
    opened = handle_event(message("1", "@northwind help", author="zoe", cls=MessageEdited, revision=after), office)
    assert opened.action is Action.OPEN
    stored = office.desk.tickets.find_message(ACCOUNT.name, "1")
    newest = "@northwind help" if before == "" else "said aside"
    assert (stored.ticket, stored.text, stored.revision) == (opened.ticket, newest, max(revisions))
    versions = office.desk.row("select versions from message where message_id = '1'")["versions"]
    assert all(words in versions + stored.text for words in ("said aside", "@northwind help")), "a version was lost"


def test_a_deletion_may_name_a_later_version_before_or_after_it_comes(office):
    first = message("1", "hello", cls=MessageEdited, revision="20")
    actions(office, first, MessageDeleted(message_id="20"))
    actions(office, MessageDeleted(message_id="40"), message("2", "hi", cls=MessageEdited, revision="40"))
    for message_id in ("1", "2"):
        assert office.desk.tickets.find_message(ACCOUNT.name, message_id).deleted


def test_a_rule_keeps_a_message_from_becoming_a_ticket_but_never_a_follow_up(office):
    office.desk.rules = (RoutingRule(name="Spam", words=("crypto",), verdict=Verdict.IGNORE, reason="spam"),)
    kept = handle_event(message("1", "Buy CRYPTO", author="ann"), office)
    assert (kept.action, kept.ticket, kept.reason) == (Action.IGNORE, None, "Ignored by the rule “Spam”: spam")
    assert handle_event(message("1", "Buy CRYPTO", author="ann"), office).ticket is None, "the same again"
    opened = handle_event(message("2", "Where is my bag?", author="ann"), office)
    follow_up = handle_event(message("3", "I paid in crypto", author="ann"), office)
    assert (opened.action, follow_up.action) == (Action.OPEN, Action.APPEND)
    assert follow_up.ticket == opened.ticket


def test_a_person_makes_a_ticket_of_a_message_that_a_rule_kept(office):
    office.desk.rules = (RoutingRule(name="All", verdict=Verdict.COLLECT),)
    handle_event(message("1", "What a night at the airport", author="ann", permalink="https://x.example/1"), office)
    loose = office.desk.tickets.find_message(ACCOUNT.name, "1")
    opened = open_by_person(loose.id, office)
    assert opened.action is Action.OPEN
    stored = office.desk.row("select * from message where message_id = '1'")
    assert (str(stored["ticket"]), stored["permalink"]) == (opened.ticket, "https://x.example/1")
    assert (stored["author_handle"], stored["reason"]) == ("@ann", "")
    assert open_by_person(loose.id, office) is None, "a second click opened a second ticket"
    assert handle_event(message("2", author="ann"), office).ticket == opened.ticket, "what follows belongs to the case"


def test_a_rule_decides_where_a_ticket_goes(office):
    office.desk.lists[("fake", "ann")] = frozenset({"vip"})
    office.desk.rules = (
        RoutingRule(name="Others", lists=frozenset({"press"}), team="Press"),
        RoutingRule(name="VIPs", lists=frozenset({"vip"}), team="Lounge", priority="Urgent"),
    )
    ticket = handle_event(message("1", author="ann"), office).ticket
    row = office.desk.row("select team, priority from ticket where id = ?", ticket)
    assert tuple(row) == ("Lounge", "Urgent")
    notes = office.desk.row("select notes from message where ticket = ?", ticket)["notes"]
    assert "Routed by the rule" in notes, "the ticket must show which rule decided"
    ticket = handle_event(message("2", author="ben"), office).ticket
    assert office.desk.row("select team from ticket where id = ?", ticket)["team"] == ""


def test_what_the_platform_sends_in_our_name_is_no_answer(office):
    ticket = handle_event(message("1", private=True), office).ticket
    away = handle_event(message("2", "We are away", author=US, private=True, automatic=True), office)
    assert (away.ticket, away.reason) == (ticket, "sent by the platform itself in our name")
    assert office.desk.row("select first_response_at from ticket where id = ?", ticket)["first_response_at"] is None
    answer = handle_event(message("3", "I look", author=US, private=True), office)
    assert answer.reason == "answered by the team outside the help desk"
    assert office.desk.row("select first_response_at from ticket where id = ?", ticket)["first_response_at"]


# --- rooms ----------------------------------------------------------------------------------------------------------
def said(number, who, *, us=False, parent=None, thread="t1"):
    return message(number, author=who, addresses_us=us, parent_id=parent, thread=thread, in_room=True)


def test_talk_in_a_room_belongs_to_no_case(office):
    before = handle_event(said("1", "ben"), office)
    case = handle_event(said("2", "ann", us=True), office)
    after = handle_event(said("3", "ben"), office)
    assert [one.action for one in (before, case, after)] == [Action.IGNORE, Action.OPEN, Action.IGNORE]
    shown = office.desk.rows("select message_id from message where ticket = ?", case.ticket)
    assert [row["message_id"] for row in shown] == ["2"]


def test_in_a_room_an_open_case_takes_its_authors_words_and_answers(office):
    case = handle_event(said("1", "ann", us=True), office)
    assert handle_event(said("2", "ann"), office).ticket == case.ticket
    answer = handle_event(said("3", "ben", parent="2"), office)
    assert (answer.ticket, answer.reason) == (case.ticket, "not addressed to us; shown as context")
    other = handle_event(said("4", "ben", us=True), office)
    assert other.action is Action.OPEN
    related = office.desk.row("select related from ticket where id = ?", other.ticket)["related"]
    assert case.ticket not in related, "cases of a room have nothing to do with each other"


def test_talk_in_a_room_opens_no_closed_case(office):
    case = handle_event(said("1", "ann", us=True), office)
    office.desk.close_ticket(case.ticket)
    assert handle_event(said("2", "ann"), office).action is Action.IGNORE
    assert handle_event(said("3", "ann", us=True), office).ticket == case.ticket


def test_an_answer_in_a_room_may_belong_to_a_conversation_of_its_own(office):
    comment = handle_event(message("1", author="ann", thread="t1/post"), office)
    assert handle_event(said("2", "ann", us=True, parent="1"), office).ticket == comment.ticket


def test_our_own_word_of_which_nothing_is_known_stands_on_no_case_of_a_room(office):
    handle_event(said("1", "ann", us=True), office)
    assert handle_event(said("2", US), office).ticket is None
