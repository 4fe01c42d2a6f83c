"""Whatever order, however often, wherever a worker dies: the same final tickets, no message lost, no reply sent twice."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from social_care.core.errors import Refused, Retryable
from social_care.core.events import Audience, Event, MessageDeleted, MessageEdited, Thread, ThreadMoved
from social_care.core.outside import OutsideAnswer
from social_care.core.replies import Mail, Reply
from social_care.core.team import Member
from social_care.desks.sqlite import SqliteDesk
from social_care.engine.answered_outside import record_answer
from social_care.engine.approving import approve, hold_mail, reject, withdraw
from social_care.engine.delivery import deliver, reconcile
from social_care.engine.handling import handle_payload
from social_care.engine.replying import queue_reply, resend_by_person, settle_by_person
from social_care.engine.sweeping import find_work
from tests.fakes import ACCOUNT, US, FakeConnector, FakePlatform, StillClock, message, payload_of

OWN = ("p", "outside:")
"""How the ids of our own messages begin."""


class Killed(BaseException):
    """A worker dies: nothing catches it."""


class MortalDesk(SqliteDesk):
    """A desk whose worker can be killed before or after any commit."""

    def __init__(self, **how) -> None:
        self.kill_in = -1
        super().__init__(**how)
        for facet, names in (
            (self.ledger, ("claim", "settle", "keep")),
            (self.outbox, ("claim", "record_sent", "record_retry", "record_failed", "record_unknown", "claim_again")),
        ):
            for name in names:
                setattr(facet, name, self._mortal(getattr(facet, name)))
        self.transaction_alive, self.transaction = self.transaction, self._transaction

    def _die(self) -> None:
        if self.kill_in == 0:
            self.kill_in = -1
            raise Killed
        if self.kill_in > 0:
            self.kill_in -= 1

    def _mortal(self, method):
        def mortal(*given, **named):
            self._die()
            result = method(*given, **named)
            self._die()
            return result

        return mortal

    def _transaction(self):
        if not self.db.in_transaction:
            self._die()
        return self.transaction_alive()


class Office:
    """A desk with its workers."""

    def __init__(self, platform: FakePlatform | None = None) -> None:
        self.clock, self.platform, self.connector = StillClock(), platform or FakePlatform(), FakeConnector()
        self.desk = MortalDesk(clock=self.clock)
        self.desk.add_account(ACCOUNT)
        self.desk.team.add(Member(id="trainee", trainee=True))
        self.desk.team.add(Member(id="boss", supervisor=True))

    def work(self, kill_in: int = -1) -> None:
        self.desk.kill_in = kill_in
        try:
            work = find_work(self.desk, self.clock)
            for payload_id in work.payloads:
                handle_payload(payload_id, desk=self.desk, connector=self.connector, clock=self.clock)
            for part_id in work.reconcile:
                reconcile(part_id, desk=self.desk, connect=self.platform.connect, clock=self.clock)
            for part_id in work.deliver:
                deliver(part_id, desk=self.desk, connect=self.platform.connect, clock=self.clock)
        except (Killed, SystemExit):
            if self.desk.db.in_transaction:
                self.desk.db.execute("rollback")
        self.desk.kill_in = -1

    def work_until_quiet(self) -> None:
        for _ in range(60):
            self.work()
            self.clock.forward(minutes=20)
            if not find_work(self.desk, self.clock):
                return
        raise AssertionError(f"work never ends: {find_work(self.desk, self.clock)}")

    def tickets(self) -> tuple:
        """The final state, told without the names that depend on order."""
        rows = self.desk.rows("select * from message where state is null and tombstone = 0 order by message_id")
        own = [row for row in rows if not row["context"] and row["direction"] == "in" and row["ticket"]]
        cases: dict = {}
        for row in own:
            cases.setdefault(row["ticket"], []).append((row["message_id"], row["text"], row["deleted_at"] is not None))
        shown = {
            (row["thread_id"], row["message_id"], row["text"], row["deleted_at"] is not None, row["ticket"] is not None)
            for row in rows
        }
        return sorted(sorted(case) for case in cases.values()), shown

    def versions(self) -> dict:
        rows = self.desk.rows("select message_id, text, versions from message where state is null and tombstone = 0")
        return {row["message_id"]: {row["text"], *(one["text"] for one in json.loads(row["versions"]))} for row in rows}


class NothingLostNothingTwice(RuleBasedStateMachine):
    """A world of customers, and an office that hears of it late, often and in pieces."""

    def platform(self) -> FakePlatform:
        return FakePlatform()

    @initialize()
    def start(self) -> None:
        self.office = Office(self.platform())
        self.world: list[Event] = []
        self.unheard: list[Event] = []
        self.replies: list[str] = []
        self.said_outside: dict[str, str] = {}
        self.noted: list[str] = []
        self.answers = 0
        self.now_at: dict[str, str] = {}
        self.bodies = 0
        self.say("ann", "t1", private=False)
        self.hear([self.unheard.pop()])
        self.office.work()

    def happen(self, event: Event) -> None:
        self.world.append(event)
        self.unheard.append(event)

    # --- the world
    @rule(who=st.sampled_from(["ann", "ben"]), where=st.sampled_from(["t1", "t2"]), private=st.booleans())
    def say(self, who: str, where: str, private: bool) -> None:
        number = str(len(self.world) + 1)
        thread = f"dm:{who}" if private else self.now_at.get(where, where)
        self.happen(message(number, f"word {number}", author=who, thread=thread, private=private))

    @rule(where=st.sampled_from(["t1", "t2"]))
    def overhear(self, where: str) -> None:
        number = str(len(self.world) + 1)
        self.happen(
            message(number, f"word {number}", author="zoe", thread=self.now_at.get(where, where), addresses_us=False)
        )

    @precondition(lambda self: not self.now_at)
    @rule()
    def move(self) -> None:
        """A conversation goes on under another id, of which we hear after all that was said under the old one."""
        self.hear(self.unheard)
        self.unheard = []
        self.office.work_until_quiet()
        self.now_at = {"t2": "t3"}
        before, after = (Thread(id=one, audience=Audience.PUBLIC) for one in ("t2", "t3"))
        self.world.append(ThreadMoved(message_id=f"move {len(self.world) + 1}", thread=before, to=after, reason="It moved."))
        self.hear(self.world[-1:])
        self.office.work_until_quiet()

    @rule(data=st.data())
    def edit(self, data) -> None:
        one = data.draw(st.sampled_from([one for one in self.world if type(one).__name__ == "MessageReceived"]))
        number = str(len(self.world) + 1)
        self.happen(
            message(
                one.message_id,
                f"{one.text}, edit {number}",
                author=one.author.id,
                thread=one.thread.id,
                private=one.thread.audience.value == "private",
                addresses_us=one.addresses_us,
                cls=MessageEdited,
                revision=number,
            )
        )

    @rule(data=st.data())
    def delete(self, data) -> None:
        originals = [one.message_id for one in self.world if type(one).__name__ == "MessageReceived"]
        self.happen(MessageDeleted(message_id=data.draw(st.sampled_from(originals))))

    # --- what reaches us
    def hear(self, events: list[Event]) -> None:
        self.bodies += 1
        self.office.desk.ledger.keep(payload_of(*events, salt=str(self.bodies)))

    @rule(data=st.data())
    def hear_some(self, data) -> None:
        if self.unheard:
            batch = data.draw(st.lists(st.sampled_from(self.unheard), min_size=1, max_size=5, unique_by=id))
            self.unheard = [one for one in self.unheard if not any(one is heard for heard in batch)]
            self.hear(batch)

    @rule(data=st.data())
    def hear_again(self, data) -> None:
        if self.world:
            self.hear(data.draw(st.lists(st.sampled_from(self.world), min_size=1, max_size=4)))

    # --- the office
    @rule()
    def work(self) -> None:
        self.office.work()

    @rule(kill_in=st.integers(0, 12))
    def work_and_die(self, kill_in: int) -> None:
        self.office.work(kill_in)

    @rule(minutes=st.integers(1, 30))
    def wait(self, minutes: int) -> None:
        self.office.clock.forward(minutes=minutes)

    @rule(data=st.data(), author=st.sampled_from(["agent", "trainee"]))
    def answer(self, data, author: str) -> None:
        desk, target = self.office.desk, self._answerable(data)
        if target is None:
            return
        name = f"reply {len(self.replies) + 1}."
        more = [f"Sentence {n} of reply {len(self.replies) + 1}." for n in range(data.draw(st.integers(0, 5)))]
        reply = Reply(ticket=target.ticket, target=target, text=" ".join([name, *more]), author=author)
        with desk.transaction():
            queue_reply(reply, ACCOUNT, reply_name=name, desk=desk, connector=self.office.connector, clock=self.office.clock)
        self.replies.append(name)
        troubles = {"refused": Refused("No."), "busy": Retryable("Not now."), "fine": None}
        step = data.draw(st.sampled_from(["lost", "crash", "fine", "refused", "busy"]))
        self.office.platform.script.append(troubles.get(step, step))

    @rule(data=st.data(), step=st.sampled_from(["approve", "edit", "reject", "withdraw", "own"]), kill_in=st.integers(-1, 2))
    def decide(self, data, step: str, kill_in: int) -> None:
        """A supervisor, or the author, decides about any reply that ever waited; the process may die meanwhile."""
        desk, clock = self.office.desk, self.office.clock
        records = [str(row[0]) for row in desk.rows("select id from approval")]
        if not records:
            return
        record = data.draw(st.sampled_from(records))
        how = {"desk": desk, "clock": clock, "load_connector": lambda platform: self.office.connector}
        steps = {
            "approve": lambda: approve(record, "boss", **how),
            "edit": lambda: approve(record, "boss", text=f"Better {record}. " + f"And more of {record}. " * 5, **how),
            "reject": lambda: reject(record, "boss", "Kinder, please.", desk=desk, clock=clock),
            "withdraw": lambda: withdraw(record, "trainee", desk=desk, clock=clock),
            "own": lambda: approve(record, "trainee", **how),
        }
        desk.kill_in = kill_in
        try:
            steps[step]()
            assert step != "own", "a trainee approved a reply"
        except Refused:
            pass
        except Killed:
            if desk.db.in_transaction:
                desk.db.execute("rollback")
        desk.kill_in = -1

    @rule(data=st.data())
    def write_mail(self, data) -> None:
        """A trainee answers by e-mail, which waits for a supervisor."""
        target = self._answerable(data)
        if target is not None:
            self.replies.append(text := f"Mail {len(self.replies) + 1}.")
            mail = Mail(to="ann@example.com", html=f"<p>{text}</p>")
            reply = Reply(ticket=target.ticket, target=target, text=text, author="trainee", mail=mail)
            with self.office.desk.transaction():
                hold_mail(reply, reply_name=text, desk=self.office.desk, clock=self.office.clock)

    @rule(data=st.data(), kill_in=st.integers(-1, 2))
    def record_outside(self, data, kill_in: int) -> None:
        """Somebody answers on the platform itself and records it, or one of the two; the process may die meanwhile."""
        desk, target = self.office.desk, self._answerable(data)
        if target is None:
            return
        self.answers += 1
        words = f"We have looked into it for you and found nothing wrong, case {self.answers}."
        if data.draw(st.booleans()):
            answer = OutsideAnswer(target=target, user="agent", attempt=str(self.answers), note=words)
            desk.kill_in = kill_in
            try:
                record_answer(answer, desk=desk, clock=self.office.clock)
                self.noted.append(words)
            except Killed:
                if desk.db.in_transaction:
                    desk.db.execute("rollback")
            desk.kill_in = -1
        if data.draw(st.booleans()):
            number, private = f"p outside {self.answers}", target.audience is Audience.PRIVATE
            about = data.draw(st.sampled_from([target.message_id, None]))
            own = message(number, words, author=US, thread=target.thread_id, private=private, parent_id=about)
            self.said_outside[number] = words
            for _ in range(data.draw(st.integers(1, 2))):
                self.hear([own])

    def _answerable(self, data):
        known = self.office.desk.rows(
            "select message_id from message where ticket is not null and direction = 'in' and deleted_at is null"
        )
        chosen = data.draw(st.sampled_from([row[0] for row in known])) if known else None
        return self.office.desk.tickets.find_message(ACCOUNT.name, chosen) if chosen else None

    @rule(data=st.data())
    def push(self, data) -> None:
        """Somebody tries to send what failed, waits or was rejected, then looks on the platform and says what is so."""
        parts = self.office.desk.rows("select id from message where state is not null")
        if parts:
            part = str(data.draw(st.sampled_from([row[0] for row in parts])))
            with suppress(Refused):
                resend_by_person(part, "trainee", desk=self.office.desk, connector=self.office.connector)
            [text] = self.office.desk.row("select text from message where id = ?", part)
            there = any(text == posted for _, posted in self.office.platform.posts)
            settle_by_person(part, "agent@example.com", sent=there, desk=self.office.desk, clock=self.office.clock)

    @rule(data=st.data())
    def echo(self, data) -> None:
        if self.office.platform.posts:
            post_id, text = data.draw(st.sampled_from(self.office.platform.posts))
            self.hear([message(post_id, text, author=US, thread="t1")])

    # --- promises
    @invariant()
    def no_trainee_publishes_alone(self) -> None:
        if hasattr(self, "office"):
            posted = {text for _, text in self.office.platform.posts}
            rows = self.office.desk.rows("select text from message where author_user = 'trainee' and approved_by != 'boss'")
            assert not posted & {row[0] for row in rows}, "a trainee's reply went out without approval"

    @invariant()
    def a_mail_leaves_once_and_only_when_approved(self) -> None:
        if hasattr(self, "office"):
            left = "select decision from mail join approval on approval.id = mail.approval"
            assert {row[0] for row in self.office.desk.rows(left)} <= {"approved", "edited"}
            kept = "select count(*) from approval where mail is not null and decision in ('approved', 'edited')"
            count = self.office.desk.row("select count(*) from mail")[0]
            assert count == self.office.desk.row(kept)[0], "an approved e-mail did not leave, or left twice"

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        if hasattr(self, "office"):
            texts = [text for _, text in self.office.platform.posts]
            assert len(texts) == len(set(texts)), f"sent twice: {texts}"

    @invariant()
    def nothing_claims_to_be_sent_that_is_not(self) -> None:
        if hasattr(self, "office"):
            posted = {text for _, text in self.office.platform.posts}
            claimed = {row[0] for row in self.office.desk.rows("select text from message where state = 'sent'")}
            assert claimed <= posted, f"claimed but never posted: {claimed - posted}"

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        self.hear(list(reversed(self.unheard)))
        self.office.work_until_quiet()
        clean = Office()
        for number, event in enumerate(self.world):
            clean.desk.ledger.keep(payload_of(event, salt=str(number)))
            clean.work()
        ours, theirs = self.office.tickets(), clean.tickets()
        heard = {row[1] for row in ours[1]}
        said = {one.message_id for one in self.world if not isinstance(one, ThreadMoved)}
        assert said <= heard | {""}, f"lost: {said - heard}"
        without_own = {row for row in ours[1] if not row[1].startswith(OWN)}
        assert (ours[0], without_own) == theirs, "another order made other tickets"
        mine = {key: value for key, value in self.office.versions().items() if not key.startswith(OWN)}
        assert mine == clean.versions(), "a version of an edited message was lost"
        unsettled = self.office.desk.rows("select text, state from message where state in ('queued', 'sending')")
        waiting = [row[0] for row in unsettled if not self._held_back(row[0])]
        assert waiting == [], f"never settled: {waiting}"
        self.nothing_is_sent_twice()
        self.nothing_claims_to_be_sent_that_is_not()
        self._everything_posted_is_claimed()
        self._no_answer_of_the_team_is_lost()
        self.office.desk.close()
        clean.desk.close()

    def _held_back(self, text: str) -> bool:
        """A part waits for ever only behind a part that failed or whose outcome nobody knows."""
        return bool(
            self.office.desk.rows(
                "select 1 from message one join message two on one.reply = two.reply and two.part < one.part"
                " and two.state in ('failed', 'unknown', 'cancelled') where one.text = ?",
                text,
            )
        )

    def _no_answer_of_the_team_is_lost(self) -> None:
        rows = self.office.desk.rows("select message_id, text, notes from message where direction = 'out'")
        shown = [(row["message_id"], row["text"]) for row in rows]
        for one in self.said_outside.items():
            assert shown.count(one) == 1, f"not shown once: {one}"
        kept = " ".join(f"{row['text']} {row['notes']}" for row in rows)
        assert [words for words in self.noted if words not in kept] == [], "what somebody recorded is lost"

    def _everything_posted_is_claimed(self) -> None:
        rows = self.office.desk.rows("select text, state from message where state is not null")
        states = {row[0]: row[1] for row in rows}
        unclaimed = {text: states.get(text) for _, text in self.office.platform.posts if states.get(text) != "sent"}
        assert not unclaimed, f"posted, but shown otherwise: {unclaimed}"


class NothingTwiceUnderAKey(NothingLostNothingTwice):
    """The same with a platform where nothing can be looked for, but a part may be sent again under its key."""

    def platform(self) -> FakePlatform:
        return FakePlatform(keys={})


for machine in (NothingLostNothingTwice, NothingTwiceUnderAKey):
    machine.TestCase.settings = settings(
        max_examples=120, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
TestStateMachine = NothingLostNothingTwice.TestCase
TestStateMachineUnderAKey = NothingTwiceUnderAKey.TestCase
