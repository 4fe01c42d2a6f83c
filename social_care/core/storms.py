"""Storms: many messages on one subject in a short time, kept together under one ticket and answered with one text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from social_care.core.replies import StoredMessage


class StormState(str, Enum):
    """Where a storm stands. QUARANTINE: most of it looks like spam; it has no ticket, and nobody is answered."""

    ACTIVE = "active"
    QUARANTINE = "quarantine"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StormRules:
    """When a storm begins: so many messages of so many people within a time. messages 0: never.

    quiet: it ends when nothing came for so long. per_minute: holding replies, unless a supervisor chooses otherwise.
    """

    messages: int = 0
    people: int = 10
    within: timedelta = timedelta(minutes=15)
    quiet: timedelta = timedelta(hours=2)
    per_minute: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What came lately of one campaign: who wrote each message, and how many of the messages are likely spam."""

    authors: tuple[str, ...] = ()
    spam: int = 0

    def makes_storm(self, rules: StormRules) -> bool:
        """Tell whether a storm begins."""
        return 0 < rules.messages <= len(self.authors) and len(set(self.authors)) >= rules.people

    def is_spam(self) -> bool:
        """Tell whether most of it is likely spam."""
        return self.spam * 2 > len(self.authors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One storm. ticket: its parent ticket, None in quarantine.

    text: the holding reply, "" while nobody approved one. stopped: no holding reply is queued any more. next_at: from when
    on the next one may be sent. releasing: what is left becomes tickets, some at a time.
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
    """A storm in figures. sent: holding replies that arrived; waiting: people still to be answered; left: messages
    without a ticket of their own."""

    messages: int = 0
    people: int = 0
    waiting: int = 0
    queued: int = 0
    sent: int = 0
    left_out: int = 0
    left: int = 0
