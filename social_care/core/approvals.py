"""Replies that wait for a supervisor: who has to ask, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from social_care.core.replies import Plan, Reply


class Asks(str, Enum):
    """Whose replies wait beside those of trainees, which always do."""

    NOBODY = "nobody"
    TRAINEES = "trainees"
    PUBLIC = "everything public"
    CONDITION = "by condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """What an account wants approved. words, sentiments, followers are asked with CONDITION only; any one is enough.

    words: beginnings of words in the customer's message or the reply. sentiments: of the ticket, in lower case. urgent:
    any urgent ticket. followers: as many or more; 0 for no such condition. alarm_s: how long before the deadline
    supervisors are alarmed.
    """

    asks: Asks = Asks.TRAINEES
    words: tuple[str, ...] = ()
    sentiments: frozenset[str] = frozenset()
    urgent: bool = False
    followers: int = 0
    alarm_s: int = 1800


class Decision(str, Enum):
    """What became of a reply that asked."""

    WAITING = "waiting"
    APPROVED = "approved"
    EDITED = "edited"
    """Approved with another text."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """By its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One reply that asked, as its author wrote it.

    reply_name: what holds its parts together. reasons: plain sentences. deadline: when the response time or the window to
    reply ends, whichever is first; None when neither does. alarmed: supervisors were told that the deadline is near.
    """

    id: str
    reply: Reply
    reply_name: str
    reasons: tuple[str, ...]
    decision: Decision
    asked_at: datetime
    deadline: datetime | None = None
    alarmed: bool = False
    decided_by: str = ""
    decided_at: datetime | None = None
    final_text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who the customer is, and how the ticket feels. followers None: unknown. sentiment: lower case, "" for unknown."""

    followers: int | None = None
    sentiment: str = ""
    urgent: bool = False
    muted: bool = False


class Approvals(Protocol):
    """Replies that ask a supervisor; what was decided stays for good. Everything is in the caller's transaction."""

    def ask(self, reply: Reply, plan: Plan, *, reply_name: str, reasons: Sequence[str], now: datetime) -> str:
        """Record that a reply waits, and why; return the name of the record."""

    def lock(self, approval_id: str) -> Approval | None:
        """Return a record, locked until the transaction ends: of two who decide, the second sees what the first did."""

    def waiting(self) -> tuple[Approval, ...]:
        """Return what waits, nearest deadline first."""

    def record(
        self, approval_id: str, decision: Decision, *, by: str, now: datetime, final_text: str = "", note: str = ""
    ) -> None:
        """Record a decision and tell the author, unless it is the author's own."""

    def send_mail(self, approval: Approval, text: str | None) -> None:
        """Have a waiting e-mail leave as its author's, once, with another text where one is given (plain; None: as written).

        It leaves when the caller's transaction is committed, not before. Raises: Refused in a sentence.
        """

    def alarm(self, approval_id: str, sentence: str) -> None:
        """Tell the supervisors that a reply waits and its deadline is near; remember that they were told."""
