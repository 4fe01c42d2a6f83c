"""The team's own identity on a platform, as the engine and the connectors see it. Credentials are never part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from social_care.core.approvals import ApprovalPolicy
from social_care.core.listening import Opens, SearchParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A saved listening query.

    query: by hand, in the platform's own syntax; "" where it is made from the parts. opens: what a hit becomes.
    """

    name: str
    query: str = ""
    parts: SearchParts = field(default_factory=SearchParts)
    opens: Opens = Opens.TICKET
    enabled: bool = True


class Standing(str, Enum):
    """How an account stands with its platform, in the words of the form."""

    UNKNOWN = "Unknown"
    VALID = "Valid"
    ENDS_SOON = "Ends soon"
    NEEDS_LOGIN = "Needs login"
    OUT_OF_CREDIT = "Out of credit"
    NEEDS_ATTENTION = "Needs attention"
    GONE = "Gone"


STOP_WORDS = ("stop", "stop all", "stopall", "stop promotions", "unsubscribe", "opt out", "optout")
"""What a customer writes who wants no more marketing messages, as customary in SMS and WhatsApp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account and its policy.

    name: the desk's name of it. external_id: our own id on the platform, "" while never connected.
    reopen_days: a closed ticket is reopened by a follow-up within so many days; after them a new, linked ticket is opened.
    monthly_budget: in US dollars, None for no limit. spent: in US dollars in `spent_month` ("2026-11", UTC).
    token_expires_at: None for a token that does not end, or of which we do not know; else UTC-aware.
    signature: closes every reply; `{initials}` stands for those of the author. automatic_signature: the same for
    messages that no person wrote. approval: whose replies wait for a supervisor. acknowledgements: what is said
    automatically outside the support hours, by language ("" for all others); empty: nothing.
    stop_words: a message of nothing but one of these asks for no more marketing messages; in lower case.
    public_note: what is said publicly, once, after a private reply to a comment arrived; "" for nothing.
    permissions: as the platform named them at the last check; empty: it does not tell, so everything is tried.
    options: what only this platform's connector understands (e.g. X's "summoned" rule), as text.
    """

    name: str
    platform: str
    external_id: str
    handle: str = ""
    enabled: bool = True
    receive: frozenset[str] = frozenset({"mentions", "direct_messages"})
    searches: tuple[Search, ...] = ()
    poll_interval_s: int = 120
    signature: str = ""
    automatic_signature: str = ""
    approval: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    acknowledgements: Mapping[str, str] = field(default_factory=dict)
    number_parts: bool = True
    reopen_days: int = 7
    monthly_budget: Decimal | None = None
    spent: Decimal = Decimal(0)
    spent_month: str = ""
    sending_paused: str = ""
    standing: Standing = Standing.UNKNOWN
    token_expires_at: datetime | None = None
    stop_words: tuple[str, ...] = STOP_WORDS
    public_note: str = ""
    permissions: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)
