"""What every desk must do. A desk's test subclasses `DeskContract` and gives the fixtures `desk` and `clock`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from social_care.core.accounts import Account
from social_care.core.approvals import Decision
from social_care.core.events import Audience, Author, Direction, Fate, Missing, PreferenceChanged, ReactionChanged, Thread
from social_care.core.ids import make_event_key
from social_care.core.moderation import ModerationAction, ModerationState, Wish
from social_care.core.payloads import PayloadState
from social_care.core.ports import Conflict, Desk
from social_care.core.replies import DeliveryState, Draft, Plan, Reply, Sent
from social_care.core.routing import RoutingRule
from social_care.core.team import Member
from social_care.core.templates import FilledTemplate, Template, Variable
from tests.fakes import ACCOUNT, US, StillClock, message, payload_of

FOUND = Template(
    name="bag_found",
    language="en_US",
    category="utility",
    status="approved",
    approved=True,
    header="Your bag",
    body="Hello {{body.1}}",
    buttons=("Track: https://example.com/{{button.0}}",),
    variables=(Variable(key="body.1", example="Ada"), Variable(key="button.0")),
)
HIDE = ModerationAction.HIDE
MOMENT = StillClock().now


def key_of(event, account: Account) -> str:
    return make_event_key(account.platform, account.external_id, event.thread.audience.value, event.message_id, "message")


class DeskContract:
    """One promise a test. Subclasses may override `account`, `close_ticket` and `merge_tickets`."""

    @pytest.fixture
    def account(self) -> Account:
        return ACCOUNT

    def close_ticket(self, desk: Desk, ticket: str) -> None:
        desk.close_ticket(ticket)

    def merge_tickets(self, desk: Desk, source: str, target: str) -> None:
        desk.merge_tickets(source, target)

    def open(self, desk: Desk, account: Account, event, related=()) -> str:
        with desk.transaction():
            author = event.author.id if event.author and event.thread.audience is Audience.PUBLIC else None
            if event.author:
                desk.tickets.save_profile(account, event.author)
            case = desk.tickets.lock_case(account.name, event.thread, author)
            return desk.tickets.open_ticket(account, case, event, key=key_of(event, account), related=related)

    def append(self, desk: Desk, account: Account, ticket: str, event, **how) -> str:
        with desk.transaction():
            case = desk.tickets.lock_case(account.name, event.thread, event.author.id)
            given = {"direction": Direction.IN, "reopen": True} | how
            return desk.tickets.append(account, case, ticket, event, key=key_of(event, account), **given)

    def test_a_rule_is_shown_with_the_message_it_decided_about(self, desk: Desk, account: Account):
        assert desk.tickets.rules() == (), "no rules are the rule"
        assert desk.tickets.lists_of(account, "nobody") == frozenset()
        rule = RoutingRule(name="Bags", reason="lost and found")
        with desk.transaction():
            event = message("1")
            case = desk.tickets.lock_case(account.name, event.thread, "c1")
            key = key_of(event, account)
            assert desk.tickets.open_ticket(account, case, event, key=key, related=(), rule=rule)
        with pytest.raises(Conflict), desk.transaction():
            desk.tickets.open_ticket(account, case, event, key=key, related=(), rule=rule)

    def test_a_message_without_a_ticket_comes_back_as_it_came(self, desk: Desk, account: Account):
        event = message("1", permalink="https://example.com/1", route={"to": "x"}, notes=("quotes another",))
        event = replace(event, missing=(Missing.TEXT,))
        with desk.transaction():
            desk.tickets.keep_loose(account, event, key=key_of(event, account), direction=Direction.IN, reason="why not")
        loose = desk.tickets.find_message(account.name, "1")
        with desk.transaction():
            assert desk.tickets.loose_event(loose.id) == event
        self.open(desk, account, event)
        with desk.transaction():
            assert desk.tickets.loose_event(loose.id) is None, "it has a ticket"

    def queue(
        self, desk: Desk, account: Account, ticket: str, message_id: str, *texts: str, name: str = "r1", **wish
    ) -> tuple[str, ...]:
        target = desk.tickets.find_message(account.name, message_id)
        assert target is not None, f"message {message_id} should be stored"
        reply = Reply(ticket=ticket, target=target, text=" ".join(texts), author="agent@example.com", **wish)
        with desk.transaction():
            return desk.outbox.add(account, reply, plan_of(target, *texts), reply_name=name)

    # --- ledger
    def test_the_same_bytes_are_kept_once(self, desk: Desk, account: Account):
        payload = payload_of(message("1"), account=account)
        first = desk.ledger.keep(payload, cursor="a")
        assert first
        assert desk.ledger.keep(payload, cursor="b") is None, "the same body was stored twice"
        assert desk.ledger.read_cursor(account.name, payload.feed) == "a", "a refused row must not move the cursor"

    def test_the_body_comes_back_to_the_byte(self, desk: Desk, account: Account, clock: StillClock):
        for body in ("grüße 👋\r\n".encode(), b"\xff\xfe\x00 not text", b"x" * 200_000):
            payload_id = desk.ledger.keep(replace(payload_of(account=account), body=body))
            claimed = desk.ledger.claim(payload_id, clock())
            assert claimed.body == body

    def test_a_payload_is_claimed_by_one_worker(self, desk: Desk, account: Account, clock: StillClock):
        payload_id = desk.ledger.keep(payload_of(message("1"), account=account))
        assert payload_id in desk.ledger.due(clock())
        claimed = desk.ledger.claim(payload_id, clock())
        assert claimed is not None
        assert claimed.attempts == 1
        assert desk.ledger.claim(payload_id, clock()) is None, "two workers hold one payload"
        assert payload_id not in desk.ledger.due(clock())
        clock.forward(hours=1)
        assert payload_id in desk.ledger.due(clock()), "the payload of a dead worker is lost"
        assert desk.ledger.claim(payload_id, clock()).attempts == 2

    def test_settling(self, desk: Desk, account: Account, clock: StillClock):
        payload_id = desk.ledger.keep(payload_of(message("1"), account=account))
        desk.ledger.claim(payload_id, clock())
        desk.ledger.settle(payload_id, PayloadState.RETRY, "busy", clock() + timedelta(minutes=1))
        assert payload_id not in desk.ledger.due(clock())
        clock.forward(minutes=2)
        assert payload_id in desk.ledger.due(clock())
        desk.ledger.claim(payload_id, clock())
        desk.ledger.settle(payload_id, PayloadState.DONE, "open 1")
        clock.forward(days=1)
        assert payload_id not in desk.ledger.due(clock()), "a payload that is done came back"

    def test_cursors(self, desk: Desk, account: Account):
        assert desk.ledger.read_cursor(account.name, "mentions") == ""
        desk.ledger.write_cursor(account.name, "mentions", "5")
        desk.ledger.write_cursor(account.name, "mentions", "7")
        assert desk.ledger.read_cursor(account.name, "mentions") == "7"
        assert desk.ledger.read_cursor(account.name, "direct_messages") == ""

    # --- accounts
    def test_spend_starts_anew_each_month(self, desk: Desk, account: Account, clock: StillClock):
        desk.accounts.add_spend(account.name, Decimal("1.50"), clock())
        desk.accounts.add_spend(account.name, Decimal("0.25"), clock())
        assert desk.accounts.get(account.name).spent == Decimal("1.75")
        clock.forward(days=40)
        desk.accounts.add_spend(account.name, Decimal("0.10"), clock())
        assert desk.accounts.get(account.name).spent == Decimal("0.10")

    def test_pausing(self, desk: Desk, account: Account):
        desk.accounts.pause_sending(account.name, "Please log in again.")
        desk.accounts.pause_sending(account.name, "Another reason.")
        assert desk.accounts.get(account.name).sending_paused == "Please log in again."

    # --- tickets
    def test_a_ticket_is_opened_with_its_message(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1", "Where is my bag?"))
        stored = desk.tickets.find_message(account.name, "1")
        assert stored is not None
        assert (stored.ticket, stored.text, stored.author_id) == (ticket, "Where is my bag?", "c1")
        assert desk.tickets.ticket_state(ticket).open
        assert [case.ticket for case in desk.tickets.cases_in(account.name, "t1", 9)] == [ticket]

    def test_the_window_is_kept(self, desk: Desk, account: Account, clock: StillClock):
        until = clock() + timedelta(hours=24)
        self.open(desk, account, message("1", reply_until=until))
        assert desk.tickets.find_message(account.name, "1").reply_until == until

    def test_one_message_under_two_threads_is_one(self, desk: Desk, account: Account):
        """A webhook may name another thread than a poll does; the message's own id decides."""
        self.open(desk, account, message("1", thread="t1"))
        with pytest.raises(Conflict):
            self.open(desk, account, message("1", thread="t2"))
        assert desk.tickets.cases_in(account.name, "t2", 9) == ()

    def test_ids_that_differ_by_case_alone_are_two_messages(self, desk: Desk, account: Account):
        first = self.open(desk, account, message("wamid.aB", "one", thread="t1"))
        second = self.open(desk, account, message("wamid.Ab", "two", thread="t2"))
        assert first != second
        assert desk.tickets.find_message(account.name, "wamid.aB").text == "one"
        assert desk.tickets.find_message(account.name, "wamid.Ab").text == "two"

    def test_the_same_message_conflicts_and_leaves_nothing(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        again = message("1", thread="t1", author="c2")
        with pytest.raises(Conflict):
            self.open(desk, account, again)
        assert [case.ticket for case in desk.tickets.cases_in(account.name, "t1", 9)] == [ticket], (
            "a rolled back case stayed"
        )
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_transaction_is_all_or_nothing(self, desk: Desk, account: Account):
        def half_way():
            event = message("1")
            case = desk.tickets.lock_case(account.name, event.thread, "c1")
            desk.tickets.open_ticket(account, case, event, key=key_of(event, account), related=())
            raise RuntimeError

        with pytest.raises(RuntimeError), desk.transaction():
            half_way()
        assert desk.tickets.find_message(account.name, "1") is None
        assert desk.tickets.cases_in(account.name, "t1", 9) == ()

    def test_appending_reopens_a_closed_ticket(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        self.close_ticket(desk, ticket)
        assert not desk.tickets.ticket_state(ticket).open
        assert desk.tickets.ticket_state(ticket).closed_at is not None
        assert self.append(desk, account, ticket, message("2")) == ticket
        assert desk.tickets.ticket_state(ticket).open

    def test_context_does_not_reopen(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        self.close_ticket(desk, ticket)
        self.append(desk, account, ticket, message("2", author="c9"), reopen=False, context=True)
        assert not desk.tickets.ticket_state(ticket).open
        assert desk.tickets.find_message(account.name, "2").ticket == ticket

    def test_a_merged_ticket_leads_to_its_target(self, desk: Desk, account: Account):
        first = self.open(desk, account, message("1"))
        second = self.open(desk, account, message("2", author="c2", thread="t2"))
        self.merge_tickets(desk, first, second)
        assert desk.tickets.ticket_state(first).id == second
        assert self.append(desk, account, first, message("3")) == second
        assert desk.tickets.find_message(account.name, "1").ticket == second, "the reply route did not follow the merge"

    def test_loose_messages_are_adopted(self, desk: Desk, account: Account):
        with desk.transaction():
            event = message("1", author="c9", addresses_us=False)
            desk.tickets.keep_loose(
                account, event, key=key_of(event, account), direction=Direction.IN, reason="not addressed to us"
            )
        assert desk.tickets.find_message(account.name, "1").ticket is None
        ticket = self.open(desk, account, message("2"))
        with desk.transaction():
            case = desk.tickets.lock_case(account.name, Thread(id="t1", audience=Audience.PUBLIC), "c1")
            assert desk.tickets.adopt_loose(account, case, ticket) == 1
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_loose_message_can_be_taken_over(self, desk: Desk, account: Account):
        with desk.transaction():
            event = message("1", addresses_us=False)
            desk.tickets.keep_loose(account, event, key=key_of(event, account), direction=Direction.IN, reason="bystander")
        ticket = self.open(desk, account, message("1"))
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_versions(self, desk: Desk, account: Account):
        self.open(desk, account, message("1", "now", revision="20"))
        stored = desk.tickets.find_message(account.name, "1")
        with desk.transaction():
            assert desk.tickets.add_version(stored, message("1", "newest", revision="30"), current=True)
            assert not desk.tickets.add_version(stored, message("1", "newest", revision="30"), current=True)
            assert desk.tickets.add_version(stored, message("1", "oldest"), current=False)
            assert not desk.tickets.add_version(stored, message("1", "now", revision="20"), current=False)
        found = desk.tickets.find_message(account.name, "1")
        assert (found.text, found.revision) == ("newest", "30")

    def test_of_a_viral_thread_only_some_cases_are_read(self, desk: Desk, account: Account):
        tickets = {who: self.open(desk, account, message(f"m-{who}", author=who)) for who in ("c1", "c2", "c3")}
        find = desk.tickets.find_case
        assert [case.author_id for case in desk.tickets.cases_in(account.name, "t1", 2)] == ["c1", "c2"]
        assert find(account.name, "t1").ticket == tickets["c1"], "the oldest case is the first"
        assert find(account.name, "t1", author_id="c3").ticket == tickets["c3"]
        assert find(account.name, "t1", ticket=tickets["c2"]).author_id == "c2"
        assert find(account.name, "t1", author_id="nobody") is None
        assert find(account.name, "t2") is None

    def test_deleting_by_the_id_of_the_present_version(self, desk: Desk, account: Account):
        self.open(desk, account, message("1", "now", revision="20"))
        with desk.transaction():
            assert desk.tickets.mark_deleted(account.name, "20", None) is not None
        assert desk.tickets.find_message(account.name, "1").deleted
        assert desk.tickets.find_message(account.name, "20") is None, "no second row for one message"

    def test_deleting(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        with desk.transaction():
            before = desk.tickets.mark_deleted(account.name, "1", None)
        assert before is not None
        assert not before.deleted, "mark_deleted returns the message as it was"
        assert desk.tickets.find_message(account.name, "1").deleted
        assert desk.tickets.find_message(account.name, "1").ticket == ticket

    def test_a_deletion_that_came_first(self, desk: Desk, account: Account):
        with desk.transaction():
            assert desk.tickets.mark_deleted(account.name, "1", None) is None
        assert desk.tickets.find_message(account.name, "1").tombstone
        ticket = self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert (stored.ticket, stored.deleted, stored.tombstone) == (ticket, True, False)

    def test_reactions(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        like = ReactionChanged(message_id="1", author=Author(id="c2"), reaction="❤")
        with desk.transaction():
            assert desk.tickets.add_reaction(stored, like)
            assert not desk.tickets.add_reaction(stored, like)
            assert desk.tickets.add_reaction(stored, replace(like, reaction=""))

    def test_a_late_or_repeated_reaction_changes_nothing(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        taken_back = ReactionChanged(message_id="1", author=Author(id="c2"), reaction="", revision="20")
        with desk.transaction():
            assert desk.tickets.add_reaction(stored, taken_back)
            assert not desk.tickets.add_reaction(stored, replace(taken_back, reaction="❤", revision="10"))
            assert not desk.tickets.add_reaction(stored, taken_back)

    def test_a_row_waits_for_a_message_of_which_a_sign_came(self, desk: Desk, account: Account):
        with desk.transaction():
            waiting = desk.tickets.expect_message(account.name, "1", Thread(id="dm", audience=Audience.PRIVATE))
            assert (waiting.tombstone, waiting.deleted) == (True, False)
            assert desk.tickets.add_reaction(waiting, ReactionChanged(message_id="1", author=None, reaction="❤"))
        ticket = self.open(desk, account, message("1", thread="dm", private=True))
        stored = desk.tickets.find_message(account.name, "1")
        assert (stored.ticket, stored.deleted, stored.tombstone) == (ticket, False, False)
        with desk.transaction():
            again = desk.tickets.add_reaction(stored, ReactionChanged(message_id="1", author=None, reaction="❤"))
        assert not again, "the message lost the reaction that came before it"

    def test_what_came_too_early_is_put_right(self, desk: Desk, account: Account, clock: StillClock):
        now = clock()
        first = self.open(desk, account, message("1", sent_at=now))
        word = message("3", "me too", author="c2", sent_at=now + timedelta(minutes=2), addresses_us=False)
        answer = message("4", "sorry", author=US, sent_at=now + timedelta(minutes=3), parent_id="2")
        self.append(desk, account, first, word, reopen=False, context=True)
        self.append(desk, account, first, answer, direction=Direction.OUT, reopen=False, context=True)
        late = message("2", "mine is late", author="c2", sent_at=now + timedelta(minutes=1))
        second = self.open(desk, account, late)
        with desk.transaction():
            assert desk.tickets.gather_followers(account, late, second, whose="c2") == 2
            assert desk.tickets.gather_followers(account, late, second, whose="c2") == 0
        assert [desk.tickets.find_message(account.name, one).ticket for one in "1234"] == [first, second, second, second]

    def test_the_one_private_reply_is_taken_once(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert not stored.private_reply_used
        with desk.transaction():
            assert desk.tickets.take_private_reply(stored)
            assert not desk.tickets.take_private_reply(stored), "it was taken twice"
        assert desk.tickets.find_message(account.name, "1").private_reply_used
        with desk.transaction():
            desk.tickets.free_private_reply(stored)
        assert not desk.tickets.find_message(account.name, "1").private_reply_used

    def test_what_is_missing_is_asked_for_a_few_times(self, desk: Desk, account: Account):
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="known", name="Ann"))
        nameless = replace(message("1"), author=Author(id="c1"), missing=(Missing.AUTHOR, Missing.TEXT))
        self.open(desk, account, nameless)
        named = replace(message("2", thread="t2"), author=Author(id="known"), missing=(Missing.AUTHOR,))
        self.open(desk, account, named)
        [waiting] = desk.tickets.incomplete(9)
        assert (waiting.message_id, waiting.missing) == ("1", (Missing.AUTHOR, Missing.TEXT))
        with desk.transaction():
            desk.tickets.record_look_up(waiting, Author(id="c1", name="Cara", handle="cara"), (Missing.TEXT,))
        [waiting] = desk.tickets.incomplete(9)
        assert (waiting.missing, waiting.author_handle) == ((Missing.TEXT,), "cara")
        assert self.profile_fields(desk, account, "c1")[:2] == ("cara", "Cara")
        for _ in range(9):
            with desk.transaction():
                desk.tickets.record_look_up(waiting, None, waiting.missing)
        assert desk.tickets.incomplete(9) == (), "it is asked for for ever"

    def test_a_private_thread_can_continue_a_public_ticket(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        thread = Thread(id="dm", audience=Audience.PRIVATE)
        with desk.transaction():
            desk.tickets.bind_case(account, thread, None, ticket)
        with desk.transaction():
            assert desk.tickets.lock_case(account.name, thread, None).ticket == ticket

    def test_a_profile_keeps_what_is_known(self, desk: Desk, account: Account):
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="c1", handle="ann", name="Ann", followers=10))
            desk.tickets.save_profile(account, Author(id="c1", handle="ann2"))
        assert self.profile_fields(desk, account, "c1") == ("ann2", "Ann", 10)

    def profile_fields(self, desk: Desk, account: Account, external_id: str) -> tuple:
        row = desk.row(
            "select handle, name, followers from profile where account = ? and external_id = ?", account.name, external_id
        )
        return tuple(row)

    # --- moderation
    def wish(self, desk: Desk, account: Account, action: ModerationAction = HIDE, message_id: str = "1") -> str:
        target = desk.tickets.find_message(account.name, message_id)
        with desk.transaction():
            wanted = Wish(action=action, target=target, user="agent@example.com", reason="spam")
            return desk.moderations.begin(wanted, MOMENT)

    def settle(self, desk: Desk, moderation: str, state: ModerationState, error: str = "") -> bool:
        with desk.transaction():
            return desk.moderations.settle(moderation, state, MOMENT, error)

    def test_a_wish_and_its_fate(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        moderation = self.wish(desk, account)
        stored = desk.tickets.find_message(account.name, "1")
        [doing] = desk.moderations.history(stored)
        assert (doing.id, doing.action, doing.state, doing.user, doing.reason) == (
            moderation,
            HIDE,
            ModerationState.DOING,
            "agent@example.com",
            "spam",
        )
        assert doing.started_at == MOMENT
        assert desk.moderations.standing(stored).doing == {HIDE}
        with pytest.raises(Conflict):
            self.wish(desk, account, ModerationAction.LIKE)
        assert self.settle(desk, moderation, ModerationState.UNKNOWN, "Nobody knows.")
        assert desk.moderations.standing(stored).unknown == {HIDE}
        assert desk.moderations.unsettled(stored, HIDE) == (moderation,)
        assert self.settle(desk, moderation, ModerationState.DONE)
        assert not self.settle(desk, moderation, ModerationState.FAILED, "No."), "a fate was changed"
        [done] = desk.moderations.history(stored)
        assert (done.state, done.error) == (ModerationState.DONE, "")
        assert desk.moderations.unsettled(stored, HIDE) == ()

    def test_a_dead_moderator_is_found(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        moderation = self.wish(desk, account)
        assert desk.moderations.abandoned(clock()) == []
        clock.forward(hours=1)
        assert desk.moderations.abandoned(clock()) == [moderation]

    def test_what_concerns_the_author_holds_on_all_of_their_messages(self, desk: Desk, account: Account):
        for name, author in (("1", "c1"), ("2", "c1"), ("3", "c2")):
            self.open(desk, account, message(name, author=author, thread=f"t{name}"))
        self.settle(desk, self.wish(desk, account, ModerationAction.BLOCK), ModerationState.DONE)
        self.settle(desk, self.wish(desk, account, ModerationAction.LIKE), ModerationState.DONE)
        done = [desk.moderations.standing(desk.tickets.find_message(account.name, name)).done for name in ("1", "2", "3")]
        assert done == [{ModerationAction.BLOCK, ModerationAction.LIKE}, {ModerationAction.BLOCK}, set()]
        self.settle(desk, self.wish(desk, account, ModerationAction.UNBLOCK, "2"), ModerationState.DONE)
        assert desk.moderations.standing(desk.tickets.find_message(account.name, "1")).done == {ModerationAction.LIKE}

    def test_hiding_follows_the_newest_report(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        with desk.transaction():
            assert desk.moderations.set_hidden(stored, True, clock())
            assert not desk.moderations.set_hidden(stored, True, clock()), "it was hidden already"
            assert not desk.moderations.set_hidden(stored, False, clock() - timedelta(minutes=1)), "an older report won"
        assert desk.tickets.find_message(account.name, "1").hidden
        assert desk.moderations.standing(stored).done == {HIDE}
        with desk.transaction():
            assert desk.moderations.set_hidden(stored, False, clock() + timedelta(minutes=1))
        assert not desk.tickets.find_message(account.name, "1").hidden

    def test_muting(self, desk: Desk, account: Account):
        self.open(desk, account, message("1"))
        stored = desk.tickets.find_message(account.name, "1")
        assert not desk.moderations.is_muted(account, "c1")
        with desk.transaction():
            desk.moderations.set_muted(account, "c1", True)
        assert desk.moderations.is_muted(account, "c1")
        assert not desk.moderations.is_muted(account, "c2")
        assert desk.moderations.standing(stored).done == {ModerationAction.MUTE}
        with desk.transaction():
            desk.tickets.save_profile(account, Author(id="c1", handle="ann"))
        assert desk.moderations.is_muted(account, "c1"), "news of a profile unmuted it"
        with desk.transaction():
            desk.moderations.set_muted(account, "c1", False)
        assert not desk.moderations.is_muted(account, "c1")

    # --- outbox
    def test_parts_go_one_after_the_other(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        assert desk.outbox.due(clock()) == [first], "the second part must wait for the first"
        assert desk.outbox.claim(second, clock()) is None
        part = desk.outbox.claim(first, clock())
        assert part is not None
        assert (part.state, part.attempts, part.index, part.of) == (DeliveryState.SENDING, 1, 1, 2)
        assert desk.outbox.claim(first, clock()) is None, "two workers send one part"
        assert desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert not desk.outbox.record_sent(first, Sent(external_id="p1"), clock()), "confirmed twice"
        assert desk.outbox.due(clock()) == [second]
        assert desk.outbox.claim(second, clock()).previous_id == "p1"

    def test_an_automatic_reply_is_queued_once(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=ticket, target=target, text="a note", author="", automatic=True)
        plan = Plan(audience=Audience.PUBLIC, drafts=(Draft(index=1, of=1, text="a note"),))
        with desk.transaction():
            (part,) = desk.outbox.add(account, reply, plan, reply_name="note-1")
        assert desk.outbox.get(part).automatic
        with pytest.raises(Conflict), desk.transaction():
            desk.outbox.add(account, reply, plan, reply_name="note-1")

    def test_a_failed_part_holds_the_rest_and_resumes(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        desk.outbox.claim(first, clock())
        desk.outbox.record_failed(first, "No.")
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.requeue(first)
        assert desk.outbox.due(clock()) == [first]
        desk.outbox.claim(first, clock())
        desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert not desk.outbox.requeue(first), "a sent part was queued again"
        assert not desk.outbox.cancel(first)
        assert desk.outbox.cancel(second)
        assert desk.outbox.due(clock()) == []
        assert not desk.outbox.requeue(second), "what was given up stays given up: its neighbours are gone"

    def test_retry_waits(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_retry(part, "Busy.", clock() + timedelta(minutes=5))
        assert desk.outbox.due(clock()) == []
        clock.forward(minutes=6)
        assert desk.outbox.due(clock()) == [part]
        assert desk.outbox.claim(part, clock()).attempts == 2

    def test_a_held_reply_waits(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two", hold_s=10)
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.claim(first, clock()) is None, "a reply was sent while its author could still take it back"
        clock.forward(seconds=11)
        assert desk.outbox.due(clock()) == [first]
        desk.outbox.claim(first, clock())
        desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        assert desk.outbox.due(clock()) == [second]

    def test_a_reply_can_be_taken_back_until_a_worker_has_it(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        parts = self.queue(desk, account, ticket, "1", "one", "two", hold_s=10)
        assert desk.outbox.take_back("r1")
        assert {desk.outbox.get(part).state for part in parts} == {DeliveryState.CANCELLED}
        clock.forward(minutes=1)
        assert desk.outbox.due(clock()) == []
        assert desk.outbox.claim(parts[0], clock()) is None, "what was taken back was sent"
        assert not desk.outbox.take_back("r1"), "taken back twice"
        assert not desk.outbox.take_back("nothing of that name")

    @pytest.mark.parametrize("fate", ["claimed", "to be retried", "sent", "failed"])
    def test_what_a_worker_has_begun_is_not_taken_back(self, desk: Desk, account: Account, clock: StillClock, fate: str):
        ticket = self.open(desk, account, message("1"))
        first, second = self.queue(desk, account, ticket, "1", "one", "two")
        desk.outbox.claim(first, clock())
        if fate == "to be retried":
            desk.outbox.record_retry(first, "Busy.", clock() + timedelta(minutes=5))
        elif fate == "sent":
            desk.outbox.record_sent(first, Sent(external_id="p1"), clock())
        elif fate == "failed":
            desk.outbox.record_failed(first, "No.")
        assert not desk.outbox.take_back("r1"), "a reply of which a worker has begun a part was taken back"
        assert desk.outbox.get(second).state is DeliveryState.QUEUED

    def test_the_last_confirmation_resolves_the_ticket(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        parts = self.queue(desk, account, ticket, "1", "one", "two", resolve=True)
        for number, part in enumerate(parts):
            assert desk.tickets.ticket_state(ticket).open, "a ticket was resolved before its answer was out"
            desk.outbox.claim(part, clock())
            desk.outbox.record_sent(part, Sent(external_id=f"p{number}"), clock())
        assert not desk.tickets.ticket_state(ticket).open

    def test_a_customer_who_wrote_meanwhile_keeps_the_ticket_open(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one", resolve=True)
        clock.forward(seconds=5)
        self.append(desk, account, ticket, message("2", "And my bag?"))
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.tickets.ticket_state(ticket).open

    def test_a_dead_sender_is_found(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        assert desk.outbox.abandoned(clock()) == []
        assert [one.id for one in desk.outbox.unsettled(account.name)] == [part]
        clock.forward(hours=1)
        assert desk.outbox.abandoned(clock()) == [part]
        assert desk.outbox.due(clock()) == [], "a part that may have been sent was queued again"
        desk.outbox.record_unknown(part, "Unknown.", clock() + timedelta(minutes=1))
        assert desk.outbox.to_check(clock()) == []
        clock.forward(minutes=2)
        assert desk.outbox.to_check(clock()) == [part]
        assert desk.outbox.get(part).checks == 1
        desk.outbox.record_unknown(part, "Ask a person.", None)
        clock.forward(days=1)
        assert desk.outbox.to_check(clock()) == []
        assert desk.outbox.get(part).state is DeliveryState.UNKNOWN

    def test_a_sent_part_is_known_by_its_id(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1", permalink="https://example.com/p1"), clock())
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part
        stored = desk.tickets.find_message(account.name, "p1")
        assert (stored.direction, stored.author_id, stored.ticket) == ("out", US, ticket)

    def test_a_sent_part_stands_where_the_platform_says(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_sent(part, Sent(external_id="p1", thread_id="dm-7"), clock())
        assert desk.tickets.find_message(account.name, "p1").thread_id == "dm-7"

    def test_an_echo_that_came_first_is_not_shown_twice(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        self.append(desk, account, ticket, message("p1", "one", author=US), direction=Direction.OUT, reopen=False)
        assert desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part

    # --- approval
    def ask(self, desk: Desk, account: Account, clock: StillClock, *texts: str, name: str = "r1") -> str:
        """Store a reply that waits for a supervisor; return the name of its record."""
        target = desk.tickets.find_message(account.name, "1")
        planned = plan_of(target, *texts)
        reply = Reply(ticket=target.ticket, target=target, text=" ".join(texts), author="agent@example.com")
        with desk.transaction():
            desk.outbox.add(account, reply, planned, reply_name=name, awaiting=True)
            return desk.approvals.ask(reply, planned, reply_name=name, reasons=["In training."], now=clock())

    def test_what_waits_for_approval_is_never_due(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one", "two")
        [waiting] = desk.approvals.waiting()
        assert (waiting.id, waiting.reply.text, waiting.reasons) == (record, "one two", ("In training.",))
        assert (waiting.reply.author, waiting.reply.audience) == ("agent@example.com", Audience.PUBLIC)
        clock.forward(days=1)
        assert desk.outbox.due(clock()) == []

    def test_a_waiting_part_cannot_be_pushed(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        (part,) = self.waiting_parts(desk, account, clock, "one")
        assert desk.outbox.claim(part, clock()) is None
        assert not desk.outbox.requeue(part)
        assert not desk.outbox.cancel(part)
        desk.outbox.record_retry(part, "Busy.", clock())
        desk.outbox.record_failed(part, "No.")
        desk.outbox.record_unknown(part, "Unknown.", clock())
        assert desk.outbox.get(part).state is DeliveryState.AWAITING

    def waiting_parts(self, desk: Desk, account: Account, clock: StillClock, *texts: str) -> tuple[str, ...]:
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=target.ticket, target=target, text=" ".join(texts), author="agent@example.com")
        with desk.transaction():
            return desk.outbox.add(account, reply, plan_of(target, *texts), reply_name="r1", awaiting=True)

    @pytest.mark.parametrize("texts", [("one", "two"), ("other",), ("a", "b", "c")])
    def test_releasing_queues_what_is_planned_now(self, desk: Desk, account: Account, clock: StillClock, texts):
        ticket = self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one", "two")
        with desk.transaction():
            waiting = desk.approvals.lock(record)
            planned = plan_of(waiting.reply.target, *texts)
            desk.outbox.release(account, waiting.reply, planned, reply_name="r1", approved_by="boss@example.com")
            desk.approvals.record(record, Decision.EDITED, by="boss@example.com", now=clock(), final_text=" ".join(texts))
        sent = []
        while due := desk.outbox.due(clock()):
            part = desk.outbox.claim(due[0], clock())
            assert (part.approved_by, part.author, part.of) == ("boss@example.com", "agent@example.com", len(texts))
            assert part.ticket == ticket
            sent.append(part.text)
            desk.outbox.record_sent(part.id, Sent(external_id=f"p{len(sent)}"), clock())
        assert sent == list(texts)

    def test_a_decision_stays_on_the_record(self, desk: Desk, account: Account, clock: StillClock):
        self.open(desk, account, message("1"))
        record = self.ask(desk, account, clock, "one")
        clock.forward(minutes=3)
        with desk.transaction():
            desk.outbox.drop("r1", DeliveryState.REJECTED, "Be kinder.")
            desk.approvals.record(record, Decision.REJECTED, by="boss@example.com", now=clock(), note="Be kinder.")
        with desk.transaction():
            kept = desk.approvals.lock(record)
        assert (kept.decision, kept.decided_by, kept.note) == (Decision.REJECTED, "boss@example.com", "Be kinder.")
        assert (kept.reply.text, kept.decided_at) == ("one", clock()), "the text is kept for rewriting"
        assert desk.approvals.waiting() == ()
        assert desk.outbox.due(clock()) == []

    def test_the_deadline_is_the_window(self, desk: Desk, account: Account, clock: StillClock):
        until = clock() + timedelta(minutes=1)
        self.open(desk, account, message("1", reply_until=until))
        self.ask(desk, account, clock, "one")
        [waiting] = desk.approvals.waiting()
        assert (waiting.deadline, waiting.alarmed) == (until, False)
        with desk.transaction():
            desk.approvals.alarm(waiting.id, "Hurry.")
        assert desk.approvals.waiting()[0].alarmed

    def test_an_acknowledgement_is_queued_once(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        reply = Reply(ticket=ticket, target=target, text="We are back at nine.", author="", automatic=True)
        for wanted in (True, False):
            with desk.transaction():
                assert desk.outbox.add_once(account, reply, plan_of(target, reply.text), key=f"ack:{ticket}") is wanted
        [part] = desk.outbox.due(clock())
        assert desk.outbox.claim(part, clock()).automatic

    def test_nothing_is_known_of_strangers(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        standing = desk.tickets.standing(desk.tickets.find_message(account.name, "1"))
        assert (standing.followers, standing.sentiment, standing.muted) == (None, "", False)
        assert desk.team.member("nobody@example.com") == Member(id="nobody@example.com", name="nobody@example.com")
        assert isinstance(desk.tickets.support_is_open(ticket, clock()), bool)


def plan_of(target, *texts: str) -> Plan:
    drafts = tuple(Draft(index=i, of=len(texts), text=text) for i, text in enumerate(texts, 1))
    return Plan(audience=target.audience, drafts=drafts)

    def test_a_message_that_failed_after_it_was_taken_stays_failed(self, desk: Desk, account: Account, clock: StillClock):
        """The report of the failure may be faster than the answer to the call, and so may a late word of "sent"."""
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_failed(part, "The window is closed.", external_id="p1")
        assert not desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.get(part).state is DeliveryState.FAILED, "a failed message claims to be sent"
        assert desk.outbox.find_by_external_id(account.name, "p1").id == part
        assert desk.outbox.requeue(part)
        assert not desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        desk.outbox.claim(part, clock())
        assert desk.outbox.record_sent(part, Sent(external_id="p2"), clock()), "the second attempt is a message of its own"
        assert desk.outbox.get(part).external_id == "p2"

    def test_receipts(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        assert not desk.outbox.record_receipt(part, Fate.READ), "its id is not known yet"
        desk.outbox.record_sent(part, Sent(external_id="p1"), clock())
        assert desk.outbox.get(part).receipt == ""
        assert desk.outbox.record_receipt(part, Fate.READ)
        assert not desk.outbox.record_receipt(part, Fate.DELIVERED), "what was read was delivered"
        assert desk.outbox.get(part).receipt == "read"

    def test_what_was_delivered_did_not_fail(self, desk: Desk, account: Account, clock: StillClock):
        ticket = self.open(desk, account, message("1"))
        (part,) = self.queue(desk, account, ticket, "1", "one")
        desk.outbox.claim(part, clock())
        desk.outbox.record_failed(part, "Not delivered.", external_id="p1")
        desk.outbox.requeue(part)
        assert desk.outbox.record_receipt(part, Fate.DELIVERED)
        assert desk.outbox.due(clock()) == [], "a message that was delivered would be sent again"
        assert (desk.outbox.get(part).state, desk.outbox.get(part).receipt) == (DeliveryState.SENT, "delivered")

    # --- templates and preferences
    def test_a_part_keeps_its_template(self, desk: Desk, account: Account):
        ticket = self.open(desk, account, message("1"))
        target = desk.tickets.find_message(account.name, "1")
        chosen = FilledTemplate(
            name="bag_found", language="en_US", category="utility", values={"body.1": "Ada", "button.0": "7"}
        )
        plan = Plan(audience=target.audience, drafts=(Draft(index=1, of=1, text="Hello Ada", template=chosen),))
        with desk.transaction():
            reply = Reply(ticket=ticket, target=target, text="", author="agent@example.com", template=chosen)
            (part,) = desk.outbox.add(account, reply, plan, reply_name="r1")
        stored = desk.outbox.get(part)
        assert (stored.template, stored.text) == (chosen, "Hello Ada")
        assert list(stored.template.values) == ["body.1", "button.0"], "the order of the values is that of the template"

    def test_templates_are_kept_and_replaced(self, desk: Desk, account: Account, clock: StillClock):
        german = replace(FOUND, language="de", status="rejected", approved=False)
        assert desk.templates.fetched_at(account.name) is None
        desk.templates.keep(account.name, [FOUND, german, FOUND], clock())
        assert desk.templates.listed(account.name) == (german, FOUND)
        assert desk.templates.find(account.name, "bag_found", "en_US") == FOUND
        assert desk.templates.find(account.name, "bag_found", "fr") is None
        assert desk.templates.fetched_at(account.name) == clock()
        desk.templates.expire(account.name)
        assert desk.templates.fetched_at(account.name) is None
        assert desk.templates.listed(account.name) == (german, FOUND), "what is out of date can be used until it is fetched"
        desk.templates.keep(account.name, [german], clock())
        assert desk.templates.listed(account.name) == (german,)

    def test_preferences_go_by_time_and_not_by_arrival(self, desk: Desk, account: Account, clock: StillClock):
        def wish(wanted: bool, minutes: int) -> bool:
            event = PreferenceChanged(
                author_id="c1", category="marketing", wanted=wanted, at=clock() + timedelta(minutes=minutes)
            )
            with desk.transaction():
                return desk.tickets.save_preference(account, event, clock())

        assert desk.tickets.unwanted(account.name, "c1") == frozenset()
        assert not wish(True, 0), "nothing changed: nobody had said no"
        assert wish(False, 10)
        assert not wish(False, 20)
        assert not wish(True, 5), "an older wish came later and won"
        assert not wish(True, 20), "of two wishes at one moment the careful one holds"
        assert desk.tickets.unwanted(account.name, "c1") == {"marketing"}
        assert desk.tickets.unwanted(account.name, "c2") == frozenset()
        assert wish(True, 30)
        assert desk.tickets.unwanted(account.name, "c1") == frozenset()
