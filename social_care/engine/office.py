"""What one event is handled with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from social_care.core.accounts import Account, Search
from social_care.core.ports import Clock, Connector, Desk, Insight

ECHO_GRACE_S = 20
"""How long an own message that matches nothing waits for a part that is being sent at this very moment."""


@dataclass(frozen=True, slots=True)
class Office:
    """What one event is handled with. told_at: when the platform told it, None for now. search: the one that found it."""

    desk: Desk
    connector: Connector
    account: Account
    clock: Clock
    insight: Insight | None = None
    told_at: datetime | None = None
    search: Search | None = None
