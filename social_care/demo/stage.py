"""What all scenes share: one desk, one clock, an agent, an address for webhooks, and somebody who tells the story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

import click

from social_care.core.accounts import Account
from social_care.core.errors import Refused
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Reply
from social_care.core.templates import FilledTemplate
from social_care.demo.doorstep import Doorstep
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.sandbox.clock import SandboxClock
from social_care.story import Tally
from social_care.wiring import LocalOffice, load_connector

AGENT = "Jo"


class Stage:
    """One team's help desk on the embedded desk."""

    def __init__(self, clock: SandboxClock, *, quiet: bool) -> None:
        self.clock, self.quiet = clock, quiet
        self.tally = Tally()
        self.told: list[str] = []
        self.desk = SqliteDesk(clock=clock)
        self.office = LocalOffice(self.desk, clock)
        self.doorstep = Doorstep(self.office)
        self.replies = 0

    def __enter__(self) -> Stage:
        self.doorstep.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.doorstep.close()
        self.desk.close()

    def add_account(self, account: Account, credentials: Mapping[str, str]) -> None:
        """Connect an account of the team."""
        self.desk.add_account(account)
        self.office.credentials[account.name] = dict(credentials)

    def say(self, line: str) -> None:
        """Tell one step of the story."""
        self.told.append(f"{self.clock():%H:%M} {line}")
        if not self.quiet:
            click.echo(f"  {self.clock():%H:%M}  {line}")

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.clock.advance(minutes * 60)

    def work(self, push: Callable[[], object] = lambda: None) -> None:
        """Work until nothing is due, letting time pass where something waits. push: lets platforms push what they have."""
        for _ in range(40):
            push()
            while self.office.work(self.tally.add):
                push()
            waiting = self.desk.row("select min(next_attempt) from message where state in ('queued', 'unknown')")
            if waiting is None or waiting[0] is None:
                return
            self.clock.advance(max(0.0, waiting[0] - self.clock().timestamp()) + 1)

    def answer(
        self,
        account: str,
        author_id: str,
        called: str,
        text: str = "",
        audience: Audience | None = None,
        template: FilledTemplate | None = None,
    ) -> tuple[str, ...]:
        """Let the agent answer the newest message of a customer; return the parts, () where it was refused."""
        row = self.desk.row(
            "select message_id from message where account = ? and author_id = ? and direction = 'in'"
            " order by id desc limit 1",
            account,
            author_id,
        )
        target = self.desk.tickets.find_message(account, row["message_id"]) if row else None
        if target is None or target.ticket is None:
            self.say(f"There is nothing of {called} to answer.")
            return ()
        self.replies += 1
        reply = Reply(ticket=target.ticket, target=target, text=text, author=AGENT, audience=audience, template=template)
        known = self.desk.accounts.get(account)
        try:
            with self.desk.transaction():
                plan, parts = queue_reply(
                    reply,
                    known,
                    reply_name=f"reply-{self.replies}",
                    desk=self.desk,
                    connector=load_connector(known.platform),
                    clock=self.clock,
                )
        except Refused as refusal:
            self.say(f"{AGENT} wants to answer {called} and is told before anything is stored: {refusal}")
            return ()
        words = plan.drafts[0].text if template else text
        price = f", ${plan.cost:.3f}" if plan.cost else ""
        self.say(f"{AGENT} answers {called} ({plan.audience.value}{price}): {words[:70]}{'…' if len(words) > 70 else ''}")
        for warning in plan.warnings:
            self.say(f"{AGENT} was warned: {warning}")
        return parts

    def tell_fate(self, parts: Iterable[str]) -> None:
        """Say what became of a reply, unless all of it was sent."""
        states = Counter(part.state for one in parts if (part := self.desk.outbox.get(one)) is not None)
        if states and set(states) != {DeliveryState.SENT}:
            self.say("The reply's fate: " + ", ".join(f"{number} {state.value}" for state, number in states.items()))

    # --- the promises
    def compare(self, account: str, ours: Mapping[str, str]) -> list[str]:
        """Compare what is shown as sent with what a platform holds of us (id → text); return what is wrong."""
        rows = self.desk.rows("select message_id from message where account = ? and state = 'sent'", account)
        claimed, real = {row["message_id"] for row in rows}, set(ours)
        wrong = [f"sent but not shown as sent: {one}" for one in real - claimed]
        wrong += [f"shown as sent but not there: {one}" for one in claimed - real]
        texts = Counter(ours.values())
        return wrong + [f"sent twice: {text}" for text, number in texts.items() if number > 1]

    def missing(self, account: str, theirs: Mapping[str, str]) -> list[str]:
        """Return what customers wrote (id → who) that stands on no ticket."""
        rows = self.desk.rows("select message_id from message where account = ? and ticket is not null", account)
        known = {row["message_id"] for row in rows}
        return [f"lost: a message of {who}" for one, who in theirs.items() if one not in known]
