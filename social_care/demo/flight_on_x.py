"""The flight on X: by polling, with an edit, a deletion, a burst, and a line that breaks."""

from __future__ import annotations

from social_care.core.accounts import Account, Search
from social_care.core.events import Audience
from social_care.demo.stage import Stage
from social_care.engine.vanishing import check_vanished
from social_care.sandbox.x import XSandbox
from social_care.wiring import load_connector

ACCOUNT = "Northwind on X"
BURST = 24


class FlightOnX:
    """The scenes, in order."""

    def __init__(self, stage: Stage, sandbox: XSandbox) -> None:
        self.stage, self.sandbox = stage, sandbox
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
        credentials = {
            "client_id": keys.consumer_key,
            "client_secret": keys.consumer_secret,
            "access_token": keys.access_token,
            "access_token_secret": keys.access_token_secret,
            "api_base_url": sandbox.base_url,
        }
        stage.add_account(self.account, credentials)

    def hear(self) -> None:
        """Poll, and do all the work there is."""
        for report in self.stage.office.poll(ACCOUNT):
            if report.error:
                self.stage.say(f"X did not give everything: {report.error} We come again in {report.next_in_s:.0f} s.")
        self.stage.work()

    def answer(self, handle: str, text: str, audience: Audience | None = None) -> None:
        """An agent answers the newest message of a customer."""
        parts = self.stage.answer(ACCOUNT, self.people[handle].id, f"@{handle}", text, audience)
        self.stage.work()
        self.stage.tell_fate(parts)

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
        self.stage.say("@ada_travels complains in public about flight NW204.")
        self.post = self.sandbox.post(
            ada, "@northwind NW204 to Oslo is two hours late & nobody tells us why. What is going on?"
        )
        self.hear()
        self.stage.wait(6)
        self.answer("ada_travels", "We are sorry, Ada. The crew is delayed by fog in Bergen; NW204 leaves at 15:10.")
        self.stage.wait(3)
        ours = self.sandbox.posts_by(self.team)[-1]
        self.stage.say("@ada_travels follows up under our answer.")
        self.sandbox.post(ada, "@northwind Thank you. I will miss my connection then, can you rebook me?", reply_to=ours)
        self.hear()

    def private_code(self) -> None:
        """The case moves to a private conversation and stays one case."""
        self.answer("ada_travels", "Of course. Please send us your booking code here.", Audience.PRIVATE)
        self.stage.wait(2)
        self.stage.say("@ada_travels sends her booking code privately.")
        self.sandbox.dm(self.people["ada_travels"], self.team, "It is KX7F2Q, two seats.")
        self.hear()
        self.answer("ada_travels", "Done: NW318 at 18:40, seats 12A and 12B. Your old boarding passes are void.")

    def keyword_hit(self) -> None:
        """Somebody talks about us, not to us."""
        self.stage.say("@benw names Northwind Air without addressing it; a saved search finds it.")
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
        self.stage.wait(4)
        self.stage.say("@cleo edits her post to add the number of her bag tag.")
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
        self.stage.say("@dan_k deletes his post; we look whether it is still there.")
        self.sandbox.delete(post)
        connection = self.stage.office.connect(self.account)
        for outcome in check_vanished(
            self.account,
            [post.id],
            desk=self.stage.desk,
            connector=load_connector("x"),
            connection=connection,
            clock=self.stage.clock,
        ):
            self.stage.tally.add(outcome)
        connection.close()
        self.answer("dan_k", "We are sorry, Dan. Please tell us your booking code.")

    def repeated(self) -> None:
        """The platform delivers a page once more."""
        self.stage.say("X delivers the same page once more.")
        self.stage.desk.ledger.write_cursor(ACCOUNT, "mentions", "")
        self.hear()

    def burst(self) -> None:
        """Many at once, while X asks us to slow down."""
        self.stage.say(f"{BURST} passengers of NW204 write within a minute, and X asks us to slow down.")
        for number in range(BURST):
            person = self.sandbox.add_user(f"pax{number + 1}", f"Passenger {number + 1}", followers=number)
            self.sandbox.post(person, f"@northwind gate {number % 9 + 1}: any news of NW204?")
        self.sandbox.faults.add("status", "GET /2/users/*/mentions", status=429)
        self.hear()
        self.stage.wait(16)
        self.hear()

    def lost_line(self) -> None:
        """The line breaks after X took the reply."""
        self.stage.say("The line breaks just after X took a reply: its fate is unknown until it is found there.")
        person = next(iter(self.sandbox.posts_by("pax1")))
        self.people["pax1"] = self.sandbox.state.user(person.author_id)
        self.sandbox.faults.add("reset_after", "POST /2/tweets")
        self.answer("pax1", "NW204 boards at gate 4 from 14:40. Thank you for your patience.")

    # --- the promises
    def check(self) -> list[str]:
        """Compare the desk with what the sandbox really holds; return what is wrong."""
        others = [user for user in list(self.sandbox.state.users.values()) if user.id != self.team.id]
        theirs = {post.history[0]: f"@{user.handle}" for user in others for post in self.sandbox.posts_by(user)}
        ours = {post.id: post.text for post in self.sandbox.posts_by(self.team)}
        ours |= {dm.id: dm.id for dm in self.sandbox.state.messages.values() if dm.sender_id == self.team.id}
        return self.stage.missing(ACCOUNT, theirs) + self.stage.compare(ACCOUNT, ours)
