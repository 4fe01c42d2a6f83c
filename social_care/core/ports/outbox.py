"""What the engine needs from a desk for outgoing messages; a facet of `core.ports.Desk`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from social_care.core.accounts import Account
from social_care.core.events import Fate
from social_care.core.replies import DeliveryState, Part, Plan, Reply, Sent

MISTAKEN = "The message that was taken for this reply is another one of ours: please look yourself whether it was sent."
"""What the author is told of a part that is unknown again."""
ECHO_REACH = timedelta(days=2)
"""For how long after its first try a part that was held for not sent is still known again."""


class Outbox(Protocol):
    """Outgoing parts. Every method commits by itself, but those that say otherwise."""

    def add(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, awaiting: bool = False) -> tuple[str, ...]:
        """Queue the parts of a reply in the caller's transaction; return their names in order.

        awaiting: they wait for a supervisor instead, and nothing sends them until `release`.
        An automatic reply is also shown on its ticket. None is due before `reply.hold_s` seconds are over. With
        `reply.resolve` the confirmation of the last part resolves the ticket, unless the customer has written since.
        Raises: Conflict when there is a reply of that name.
        """

    def release(self, account: Account, reply: Reply, plan: Plan, *, reply_name: str, approved_by: str) -> None:
        """Queue the parts that wait for a supervisor, as they are planned now, in the caller's transaction."""

    def drop(self, reply_name: str, state: DeliveryState, why: str) -> None:
        """Give up the parts that wait for a supervisor (rejected or cancelled), in the caller's transaction."""

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Return queued parts whose time has come and whose predecessors are sent, oldest first."""

    def claim(self, part_id: str, now: datetime) -> Part | None:
        """Move a due part from queued to sending, one attempt more; None when it is not due or another worker has it."""

    def record_sent(self, part_id: str, sent: Sent, now: datetime) -> bool:
        """The platform confirmed. Starts what depends on it (clock, next part). False when it was known already.

        Another part that had been taken for this message (found, or told by an echo) is unknown again.
        """

    def claim_again(self, part_id: str, now: datetime) -> Part | None:
        """Move an unknown part whose time to look has come to sending, one attempt more; None as above.

        Only for a part that may be repeated: see `SendsIdempotently`.
        """

    def record_retry(self, part_id: str, error: str, retry_at: datetime, progress: Mapping[str, str] | None = None) -> None:
        """Certainly not sent: queue it again for later. progress None leaves that of the part alone."""

    def postpone(self, part_id: str, why: str, until: datetime) -> bool:
        """Let a queued part wait, though nobody tried it. False when a worker has it already: it is left alone."""

    def record_failed(self, part_id: str, error: str, *, external_id: str = "") -> bool:
        """Certainly not sent, and trying again is useless: tell the author. False when it was sent, or given up, meanwhile.

        external_id: the message's id, where the platform took it before it failed; being sent under that id is no news
        then. Only with it a part that was sent fails.
        """

    def record_receipt(self, part_id: str, fate: Fate) -> bool:
        """The platform reports that a part was delivered or read, so it was sent, too. False when that was known.

        `read` says more than `delivered`, in whichever order they come.
        """

    def record_unknown(self, part_id: str, error: str, check_at: datetime | None) -> None:
        """May have been sent: look again at `check_at`, or ask a person (None)."""

    def requeue(self, part_id: str) -> bool:
        """A person wants a failed or unknown part sent (again). False when its state has changed meanwhile."""

    def cancel(self, part_id: str, *, only: DeliveryState | None = None) -> bool:
        """A person gives up a part that was not sent; the parts after it are given up too. False as above.

        only: the one state out of which it may be given up; None for failed, unknown and queued.
        """

    def take_back(self, reply_name: str) -> bool:
        """Its author changes his mind: give up all parts of a reply. False when a worker has begun with any of them."""

    def get(self, part_id: str) -> Part | None:
        """Return a part."""

    def find_by_external_id(self, account: str, external_id: str) -> Part | None:
        """Return the part that became this message."""

    def sent_until(self, account: str, thread_id: str, until: datetime) -> list[str]:
        """Return the parts sent into a private conversation until a moment that are not known to be read."""

    def unsettled(self, account: str) -> tuple[Part, ...]:
        """Return the parts that were tried and are not known to be sent, for which an echo may be the answer.

        Beside those in `sending` or `unknown`: those queued again or failed after a try of the last `ECHO_REACH`. We held
        them for certainly not sent; an echo proves otherwise.
        """

    def abandoned(self, now: datetime) -> list[str]:
        """Return parts in `sending` whose worker is surely dead."""

    def to_check(self, now: datetime) -> list[str]:
        """Return parts in `unknown` whose time to look again has come."""
