"""Find work whose queue entry was lost: what the database says has to be done is done, whatever the queue forgot."""

from __future__ import annotations

from dataclasses import dataclass

from social_care.core.ports import Clock, Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What waits now, by name: payloads to handle, parts to deliver, parts to look for on the platform, moderations
    whose worker died."""

    payloads: tuple[str, ...]
    deliver: tuple[str, ...]
    reconcile: tuple[str, ...]
    lost: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.payloads or self.deliver or self.reconcile or self.lost)


def find_work(desk: Desk, clock: Clock, limit: int = 200) -> Work:
    """Return what is due, oldest first, at most `limit` of each kind."""
    now = clock()
    return Work(
        payloads=tuple(desk.ledger.due(now, limit)),
        deliver=tuple(desk.outbox.due(now, limit)),
        reconcile=tuple(dict.fromkeys([*desk.outbox.abandoned(now), *desk.outbox.to_check(now)])),
        lost=tuple(desk.moderations.abandoned(now)),
    )
