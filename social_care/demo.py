"""A delayed flight, played on this machine: customers in the sandbox, the real connector, engine and embedded desk."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import click

from social_care.core.accounts import Account, Search
from social_care.core.errors import Refused
from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Reply
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.replying import queue_reply
from social_care.engine.vanishing import check_vanished
from social_care.sandbox.clock import SandboxClock
from social_care.sandbox.x import XSandbox
from social_care.story import Tally, as_html, as_text
from social_care.wiring import LocalOffice, load_connector

ACCOUNT = "Northwind on X"
BURST = 24


def play(*, html_file: str | None = None, quiet: bool = False) -> int:
    """Play the whole story; return 0, or 1 when anything was lost, sent twice or claimed without being sent."""
    began = time.monotonic()
    clock = SandboxClock()
    with XSandbox(clock) as sandbox:
        story = Demo(sandbox, clock, quiet=quiet)
        story.run()
        faults = story.check()
        if not quiet:
            click.echo("\n" + as_text(story.desk) + "\n")
            for reason, number in story.tally.reasons.most_common():
                click.echo(f"ignored {number} × {reason}")
        click.echo("  ".join(f"{name}: {number}" for name, number in story.tally.totals(story.desk).items()))
        for fault in faults:
            click.secho(f"WRONG: {fault}", fg="red")
        if not faults:
            click.echo(
                f"Nothing lost, nothing sent twice, nothing claimed that was not sent ({time.monotonic() - began:.1f} s)."
            )
        if html_file:
            Path(html_file).write_text(as_html(story.desk, story.tally, story.told), encoding="utf-8")
            click.echo(f"The story as a page: {html_file}")
        story.desk.close()
    return 1 if faults else 0


class Demo:
    """The scenes, in order."""

    def __init__(self, sandbox: XSandbox, clock: SandboxClock, *, quiet: bool) -> None:
        self.sandbox, self.clock, self.quiet = sandbox, clock, quiet
        self.tally = Tally()
        self.told: list[str] = []
        self.replies = 0
        self.team = sandbox.add_user("northwind", "Northwind Air", followers=48_200, verified=True)
        self.people = {
            handle: sandbox.add_user(handle, name, followers=followers)
            for handle, name, followers in (
                ("ada_travels", "Ada Osei", 230),
                ("benw", "Ben Ward", 12_400),
                ("cleo", "Cleo Marin", 90),
                ("dan_k", "Dan Kowal", 15),
            )
        }
        self.desk = SqliteDesk(clock=clock)
        keys = sandbox.credentials(self.team)
        self.account = Account(
            name=ACCOUNT,
            platform="x",
            external_id=self.team.id,
            handle="northwind",
            receive=frozenset({"mentions", "direct_messages", "searches"}),
            searches=(Search(name="our name", query='"Northwind Air" -from:northwind'),),
            signature="^JO",
            options={"api_base_url": sandbox.base_url},
        )
        self.desk.add_account(self.account)
        credentials = {
            "client_id": keys.consumer_key,
            "client_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
            "api_base_url": sandbox.base_url,
        }
        self.office = LocalOffice(self.desk, clock, {ACCOUNT: credentials})
        self.connector = load_connector("x")

    # --- telling and doing
    def say(self, line: str) -> None:
        """Tell one step of the story."""
        self.told.append(f"{self.clock():%H:%M} {line}")
        if not self.quiet:
            click.echo(f"  {self.clock():%H:%M}  {line}")

    def hear(self) -> None:
        """Poll, and do all the work there is."""
        for report in self.office.poll(ACCOUNT):
            if report.error:
                self.say(f"X did not give everything: {report.error} We come again in {report.next_in_s:.0f} s.")
        self.work()

    def work(self) -> None:
        """Work until nothing is due, letting time pass where something waits."""
        for _ in range(40):
            while self.office.work(self.tally.add):
                pass
            waiting = self.desk.row("select min(next_attempt) from message where state in ('queued', 'unknown')")
            if waiting is None or waiting[0] is None:
                return
            self.clock.advance(max(0.0, waiting[0] - self.clock().timestamp()) + 1)

    def wait(self, minutes: float) -> None:
        """Let time pass."""
        self.clock.advance(minutes * 60)

    def answer(self, handle: str, text: str, audience: Audience | None = None) -> None:
        """An agent answers the newest message of a customer."""
        row = self.desk.row(
            "select message_id from message where author_id = ? and direction = 'in' order by id desc limit 1",
            self.people[handle].id,
        )
        target = self.desk.tickets.find_message(ACCOUNT, row["message_id"]) if row else None
        if target is None or target.ticket is None:
            self.say(f"There is nothing of @{handle} to answer.")
            return
        self.replies += 1
        reply = Reply(ticket=target.ticket, target=target, text=text, author="Jo", audience=audience)
        account = self.desk.accounts.get(ACCOUNT)
        try:
            with self.desk.transaction():
                plan, parts = queue_reply(
                    reply,
                    account,
                    reply_name=f"reply-{self.replies}",
                    desk=self.desk,
                    connector=self.connector,
                    clock=self.clock,
                )
        except Refused as refusal:
            self.say(f"Jo wants to answer @{handle} and is told before anything is stored: {refusal}")
            return
        self.say(
            f"Jo answers @{handle} ({plan.audience.value}, ${plan.cost:.3f}): {text[:70]}{'…' if len(text) > 70 else ''}"
        )
        for warning in plan.warnings:
            self.say(f"Jo was warned: {warning}")
        self.work()
        states = Counter(part.state for one in parts if (part := self.desk.outbox.get(one)) is not None)
        if set(states) != {DeliveryState.SENT}:
            self.say("The reply's fate: " + ", ".join(f"{number} {state.value}" for state, number in states.items()))

    # --- the story
    def run(self) -> None:
        """Play every scene."""
        for scene in (self.complaint, self.private_code, self.keyword_hit, self.edited, self.deleted, self.repeated):
            scene()
        self.burst()
        self.lost_line()

    def complaint(self) -> None:
        """A public complaint, an answer, a follow-up."""
        ada = self.people["ada_travels"]
        self.say("@ada_travels complains in public about flight NW204.")
        self.post = self.sandbox.post(
            ada, "@northwind NW204 to Oslo is two hours late & nobody tells us why. What is going on?"
        )
        self.hear()
        self.wait(6)
        self.answer("ada_travels", "We are sorry, Ada. The crew is delayed by fog in Bergen; NW204 leaves at 15:10.")
        self.wait(3)
        ours = self.sandbox.posts_by(self.team)[-1]
        self.say("@ada_travels follows up under our answer.")
        self.sandbox.post(ada, "@northwind Thank you. I will miss my connection then, can you rebook me?", reply_to=ours)
        self.hear()

    def private_code(self) -> None:
        """The case moves to a private conversation and stays one case."""
        self.answer("ada_travels", "Of course. Please send us your booking code here.", Audience.PRIVATE)
        self.wait(2)
        self.say("@ada_travels sends her booking code privately.")
        self.sandbox.dm(self.people["ada_travels"], self.team, "It is KX7F2Q, two seats.")
        self.hear()
        self.answer("ada_travels", "Done: NW318 at 18:40, seats 12A and 12B. Your old boarding passes are void.")

    def keyword_hit(self) -> None:
        """Somebody talks about us, not to us."""
        self.say("@benw names Northwind Air without addressing it; a saved search finds it.")
        self.sandbox.post(
            self.people["benw"], "Day two of being stuck in Gdańsk. Northwind Air will not even answer the phone."
        )
        self.hear()
        self.answer("benw", "We are sorry, Ben. How can we help?")

    def edited(self) -> None:
        """A message changes after it was read."""
        cleo = self.people["cleo"]
        post = self.sandbox.post(cleo, "@northwind my bag did not come out in Oslo")
        self.hear()
        self.wait(4)
        self.say("@cleo edits her post to add the number of her bag tag.")
        self.sandbox.edit(post, "@northwind my bag did not come out in Oslo, tag NW 604118")
        self.hear()
        self.answer(
            "cleo",
            "Thank you, Cleo. Tag NW 604118 was left behind in Gdańsk and is booked on tomorrow's first flight. It "
            "reaches Oslo at 9:05. Our courier brings it to the address on your tag before noon, and sends you a text "
            "an hour before. If you need essentials until then, keep the receipts: we pay them back.",
        )

    def deleted(self) -> None:
        """A customer takes their words back."""
        post = self.sandbox.post(self.people["dan_k"], "@northwind your app just charged me twice!!!")
        self.hear()
        self.say("@dan_k deletes his post; we look whether it is still there.")
        self.sandbox.delete(post)
        connection = self.office.connect(self.account)
        for outcome in check_vanished(
            self.account, [post.id], desk=self.desk, connector=self.connector, connection=connection, clock=self.clock
        ):
            self.tally.add(outcome)
        connection.close()
        self.answer("dan_k", "We are sorry, Dan. Please tell us your booking code.")

    def repeated(self) -> None:
        """The platform delivers a page once more."""
        self.say("X delivers the same page once more.")
        self.desk.ledger.write_cursor(ACCOUNT, "mentions", "")
        self.hear()

    def burst(self) -> None:
        """Many at once, while X asks us to slow down."""
        self.say(f"{BURST} passengers of NW204 write within a minute, and X asks us to slow down.")
        for number in range(BURST):
            person = self.sandbox.add_user(f"pax{number + 1}", f"Passenger {number + 1}", followers=number)
            self.sandbox.post(person, f"@northwind gate {number % 9 + 1}: any news of NW204?")
        self.sandbox.faults.add("status", "GET /2/users/*/mentions", status=429)
        self.hear()
        self.wait(16)
        self.hear()

    def lost_line(self) -> None:
        """The line breaks after X took the reply."""
        self.say("The line breaks just after X took a reply: its fate is unknown until it is found there.")
        person = next(iter(self.sandbox.posts_by("pax1")))
        self.people["pax1"] = self.sandbox.state.user(person.author_id)
        self.sandbox.faults.add("reset_after", "POST /2/tweets")
        self.answer("pax1", "NW204 boards at gate 4 from 14:40. Thank you for your patience.")

    # --- the promises
    def check(self) -> list[str]:
        """Compare the desk with what the sandbox really holds; return what is wrong."""
        wrong = []
        known = {row["message_id"]: row for row in self.desk.rows("select * from message where message_id is not null")}
        for user in list(self.sandbox.state.users.values()):
            if user.id != self.team.id:
                for post in self.sandbox.posts_by(user):
                    first = post.history[0]
                    if first not in known or known[first]["ticket"] is None:
                        wrong.append(f"lost: a post of @{user.handle}")
        ours = [post.id for post in self.sandbox.posts_by(self.team)]
        ours += [dm.id for dm in self.sandbox.state.messages.values() if dm.sender_id == self.team.id]
        claimed = [row["message_id"] for row in self.desk.rows("select message_id from message where state = 'sent'")]
        wrong += [f"sent but not shown as sent: {one}" for one in set(ours) - set(claimed)]
        wrong += [f"shown as sent but not there: {one}" for one in set(claimed) - set(ours)]
        texts = Counter(post.text for post in self.sandbox.posts_by(self.team))
        wrong += [f"sent twice: {text}" for text, number in texts.items() if number > 1]
        return wrong
