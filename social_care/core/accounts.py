"""The team's own identity on a platform, as the engine and the connectors see it. Credentials are never part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A saved listening query in the platform's own syntax."""

    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account and its policy.

    name: the desk's name of it. external_id: our own id on the platform, "" while never connected.
    reopen_days: a closed ticket is reopened by a follow-up within so many days; after them a new, linked ticket is opened.
    monthly_budget: in US dollars, None for no limit. spent: in US dollars in `spent_month` ("2026-11", UTC).
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
    number_parts: bool = True
    reopen_days: int = 7
    monthly_budget: Decimal | None = None
    spent: Decimal = Decimal(0)
    spent_month: str = ""
    sending_paused: str = ""
    public_note: str = ""
    permissions: frozenset[str] = frozenset()
    options: Mapping[str, str] = field(default_factory=dict)
