"""Storms: many messages on one subject in a short time, kept together under one ticket and answered with one text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from social_care.core.insight import Reading
from social_care.core.replies import StoredMessage

MOST_COUNTED = 2000
"""Messages of a wave that are looked at: more of them change nothing."""


class StormState(str, Enum):
    """Where a storm stands. QUARANTINE: most of it looks like spam; it has no ticket, and nobody is answered."""

    ACTIVE = "active"
    QUARANTINE = "quarantine"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRules:
    """When a storm begins: so many messages of so many people within a time. messages 0: never.

    quiet: it ends when nothing came for so long. per_minute: holding replies, unless a supervisor chooses otherwise.
    urgent_apart: what speaks of danger, the law or the press has a ticket of its own all the same. rest: for so long after a
    supervisor ended it a storm does not begin again, unless it is greater than it was.
    """

    messages: int = 0
    people: int = 10
    within: timedelta = timedelta(minutes=15)
    quiet: timedelta = timedelta(hours=2)
    per_minute: int = 20
    urgent_apart: bool = True
    rest: timedelta = timedelta(days=1)


APART = frozenset({"safety", "legal", "press"})
"""What makes a message urgent (`core.insight.Reason.why`) so that it is a matter of its own in a storm, too."""


def stands_apart(reading: Reading | None, rules: StormRules) -> bool:
    """Tell whether a message of a storm keeps a ticket of its own."""
    reasons = reading.reasons if reading is not None and reading.urgent and rules.urgent_apart else ()
    return any(one.about == "urgency" and one.why in APART for one in reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The last storm of a campaign that is over. by_person: a supervisor ended it. messages: so many were in it."""

    at: datetime
    by_person: bool
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What came lately of one campaign: who wrote each message, and how many of the messages are likely spam."""

    authors: tuple[str, ...] = ()
    spam: int = 0

    def makes_storm(self, rules: StormRules) -> bool:
        """Tell whether a storm begins."""
        return 0 < rules.messages <= len(self.authors) and len(set(self.authors)) >= rules.people

    def rests(self, ended: Ended | None, rules: StormRules, now: datetime) -> bool:
        """Tell whether a supervisor ended such a storm lately, and this one has no more messages than that one had."""
        lately = ended is not None and ended.by_person and now < ended.at + rules.rest
        return lately and ended is not None and len(self.authors) <= min(ended.messages, MOST_COUNTED - 1)

    def is_spam(self) -> bool:
        """Tell whether most of it is likely spam."""
        return self.spam * 2 > len(self.authors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One storm. ticket: its parent ticket, None in quarantine.

    text: the holding reply, "" while nobody approved one. stopped: no holding reply is queued any more. next_at: from when
    on the next one may be sent. releasing: what is left becomes tickets, some at a time. ended_by: the supervisor who ended
    it, "" where none did.
    """

    id: str
    account: str
    campaign: str
    state: StormState
    subject: str
    began_at: datetime
    last_seen_at: datetime
    ticket: str | None = None
    text: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    per_minute: int = 20
    stopped: bool = False
    next_at: datetime | None = None
    releasing: bool = False
    note: str = ""
    ended_by: str = ""

    @property
    def sends(self) -> bool:
        """Tell whether holding replies go out."""
        return bool(self.text) and not self.stopped and self.ticket is not None

    def reason(self) -> str:
        """Return the sentence that stands beside each message without a ticket of its own."""
        if self.state is StormState.QUARANTINE:
            return f"Held in quarantine as a wave of spam: “{self.subject}”."
        return f"Part of the storm “{self.subject}” (ticket {self.ticket})."


class PersonState(str, Enum):
    """How far one person is with the holding reply. QUEUED: it is in the outbox, which knows its fate."""

    WAITING = "waiting"
    QUEUED = "queued"
    LEFT_OUT = "left out"
    TRIED = "tried"
    """Stopped after a try that may have reached the platform: never asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person of a storm. message: the newest of theirs in it.

    answered: an answer stands on that message's own ticket. rounds: how often a holding reply was taken back.
    """

    id: str
    message: StoredMessage
    answered: bool = False
    rounds: int = 0
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StormCount:
    """A storm in figures. sent: holding replies that arrived; queued: those that are on their way; waiting: people still to
    be answered; failed: holding replies that were not sent, or of which nobody knows; left: messages without a ticket of
    their own."""

    messages: int = 0
    people: int = 0
    waiting: int = 0
    queued: int = 0
    sent: int = 0
    left_out: int = 0
    failed: int = 0
    left: int = 0
