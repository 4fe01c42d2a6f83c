"""Reading within a platform's daily allowance: spread over what is left of its day, with a reserve kept for answers."""

from __future__ import annotations

from dataclasses import dataclass

from social_care.core.accounts import Account
from social_care.core.allowances import Allowance
from social_care.core.ports import Clock, Connection, CountsUnits, Desk

RESTS = "The app's units of today are used up, but for {reserve:,} that are kept for answers. Reading goes on at {when}."
SLOWED = (
    "The app has {spare:,} of {units:,} units left for reading until {when}, so it is asked every {minutes} minutes; "
    "{reserve:,} are kept for answers."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to come again (seconds), and why not as usual, "" where it is."""

    next_in_s: float
    note: str = ""


def allowance_of(connection: Connection) -> Allowance | None:
    """Return how the platform's day stands, None where calls are not counted."""
    return connection.allowance() if isinstance(connection, CountsUnits) else None


def rest(connection: Connection, desk: Desk, clock: Clock) -> Pace | None:
    """Return how long to wait where nothing is left for reading, None where something is."""
    today = allowance_of(connection)
    if today is None or today.spare:
        return None
    note = RESTS.format(reserve=today.reserve, when=desk.accounts.local_time(today.resets_at))
    return Pace(next_in_s=max((today.resets_at - clock()).total_seconds(), 1.0), note=note)


def pace(account: Account, connection: Connection, used_before: int, desk: Desk, clock: Clock) -> Pace:
    """Return when to come again after a visit, so that visits like it can go on until the day ends.

    Several accounts of one app each spread all that is left; as it shrinks, all of them slow down, and it never ends early.
    """
    if (nothing := rest(connection, desk, clock)) is not None:
        return nothing
    today = allowance_of(connection)
    if today is None:
        return Pace(next_in_s=account.poll_interval_s)
    visits = max(today.spare // max(today.used - used_before, 1), 1)
    next_in_s = max((today.resets_at - clock()).total_seconds() / visits, 1.0)
    if next_in_s <= account.poll_interval_s:
        return Pace(next_in_s=account.poll_interval_s)
    note = SLOWED.format(
        spare=today.spare,
        units=today.units,
        when=desk.accounts.local_time(today.resets_at),
        minutes=f"{max(next_in_s / 60, 1):,.0f}",
        reserve=today.reserve,
    )
    return Pace(next_in_s=next_in_s, note=note)
