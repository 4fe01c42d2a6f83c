"""What every desk must do: templates and preferences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from social_care.core.accounts import Account
from social_care.core.events import (
    PreferenceChanged,
)
from social_care.core.ports import Desk
from social_care.core.replies import Draft, Plan, Reply
from social_care.core.templates import FilledTemplate
from tests.desks.contract.shared import FOUND, Promises
from tests.fakes import StillClock, message


class TemplatesPromises(Promises):
    """One promise a test."""

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
