"""What the engine needs from a desk for outgoing messages; a facet of `core.ports.Desk`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from social_care.core.accounts import Account
from social_care.core.replies import Part, Plan, Reply, Sent


class Outbox(Protocol):
    """Outgoing parts. Every method commits by itself, but `add`."""

    def add(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str) -> tuple[str, ...]:
        """Queue the parts of a reply in the caller's transaction; return their names in order.

        An automatic reply is also shown on its ticket. Raises: Conflict when there is a reply of that name.
        """

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Return queued parts whose time has come and whose predecessors are sent, oldest first."""

    def claim(self, part_id: str, now: datetime) -> Part | None:
        """Move a due part from queued to sending, one attempt more; None when it is not due or another worker has it."""

    def record_sent(self, part_id: str, sent: Sent, now: datetime) -> bool:
        """The platform confirmed. Starts what depends on it (clock, next part). False when it was known already."""

    def record_retry(self, part_id: str, error: str, retry_at: datetime) -> None:
        """Certainly not sent: queue it again for later."""

    def record_failed(self, part_id: str, error: str) -> None:
        """Certainly not sent, and trying again is useless: tell the author."""

    def record_unknown(self, part_id: str, error: str, check_at: datetime | None) -> None:
        """May have been sent: look again at `check_at`, or ask a person (None)."""

    def requeue(self, part_id: str) -> bool:
        """A person wants a failed or unknown part sent (again). False when its state has changed meanwhile."""

    def cancel(self, part_id: str) -> bool:
        """A person gives up a part that was not sent; the parts after it are given up too. False as above."""

    def get(self, part_id: str) -> Part | None:
        """Return a part."""

    def find_by_external_id(self, account: str, external_id: str) -> Part | None:
        """Return the part that became this message."""

    def unsettled(self, account: str) -> tuple[Part, ...]:
        """Return the parts in `sending` or `unknown`, for which an echo may be the answer."""

    def abandoned(self, now: datetime) -> list[str]:
        """Return parts in `sending` whose worker is surely dead."""

    def to_check(self, now: datetime) -> list[str]:
        """Return parts in `unknown` whose time to look again has come."""
