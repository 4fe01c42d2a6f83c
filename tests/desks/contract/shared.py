"""What all promises of a desk are told with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_care.core.accounts import Account
from social_care.core.events import (
    Audience,
    Author,
    Direction,
    Media,
    Missing,
)
from social_care.core.ids import make_event_key
from social_care.core.moderation import ModerationAction
from social_care.core.ports import Conflict, Desk
from social_care.core.replies import Draft, Plan, Reply
from social_care.core.routing import RoutingRule
from social_care.core.templates import Template, Variable
from tests.fakes import ACCOUNT, StillClock, message

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


def plan_of(target, *texts: str) -> Plan:
    drafts = tuple(Draft(index=i, of=len(texts), text=text) for i, text in enumerate(texts, 1))
    return Plan(audience=target.audience, drafts=drafts)


class Promises:
    """What the promises share. Subclasses may override `account`, and what asks the desk behind its ports."""

    @pytest.fixture
    def account(self) -> Account:
        return ACCOUNT

    def close_ticket(self, desk: Desk, ticket: str) -> None:
        desk.close_ticket(ticket)

    def merge_tickets(self, desk: Desk, source: str, target: str) -> None:
        desk.merge_tickets(source, target)

    def profile_of(self, desk: Desk, account: Account, author_id: str) -> str:
        row = desk.row("select rowid id from profile where account = ? and external_id = ?", account.name, author_id)
        return str(row["id"])

    def body_of(self, desk: Desk, payload_id: str) -> bytes:
        return bytes(desk.row("select body from payload where id = ?", payload_id)["body"])

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

    def test_somebody_of_whom_only_the_name_is_told_stays_named(self, desk: Desk, account: Account):
        event = message("1", addresses_us=False)
        event = replace(event, author=Author(id="", handle="noor"))
        with desk.transaction():
            desk.tickets.keep_loose(account, event, key=key_of(event, account), direction=Direction.IN, reason="why not")
            assert desk.tickets.loose_event(desk.tickets.find_message(account.name, "1").id).author == event.author

    @pytest.mark.parametrize("edit_first", [True, False])
    def test_an_edit_without_files_leaves_those_that_are_there(self, desk: Desk, account: Account, edit_first: bool):
        """Edits of private messages bring words only; one that comes before its original must not cost the files."""
        picture = Media(kind="image", url="https://example.com/bag.jpg")
        original, edit = message("1", media=(picture,)), message("1", "new", revision="1")
        first, second = (edit, original) if edit_first else (original, edit)
        with desk.transaction():
            desk.tickets.keep_loose(account, first, key=key_of(first, account), direction=Direction.IN, reason="why not")
            stored = desk.tickets.find_message(account.name, "1")
            assert desk.tickets.add_version(stored, second, current=not edit_first)
            found = desk.tickets.loose_event(stored.id)
        assert (found.text, found.media) == ("new", (picture,))

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
