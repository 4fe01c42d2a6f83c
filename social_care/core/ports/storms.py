"""What the engine needs from a desk for storms; a facet of `core.ports.Desk`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from social_care.core.accounts import Account
from social_care.core.events import MessageReceived
from social_care.core.storms import Ended, Person, PersonState, Storm, StormCount, StormRules, StormState, Wave


class Storms(Protocol):
    """Storms and their people. Nothing here commits: the engine does."""

    def rules(self) -> StormRules:
        """Return when a storm begins and ends."""

    def wave(self, account: str, campaign: str, since: datetime, limit: int) -> Wave:
        """Return what customers wrote in public since a moment that stands on tickets as theirs, at most `limit` of it."""

    def last_ended(self, account: str, campaign: str) -> Ended | None:
        """Return the storm of a campaign that ended last."""

    def lock_open(self, account: str, campaign: str) -> Storm | None:
        """Return the storm of a campaign that has not ended, locked until the transaction ends."""

    def begin(self, account: Account, event: MessageReceived, state: StormState, since: datetime, now: datetime) -> Storm:
        """Open a storm, with a parent ticket unless it is in quarantine, and with what came since a moment.

        Of two workers who begin one at the same time, the second gets that of the first. Tells the supervisors.
        """

    def add(self, storm: Storm, account: str, message_id: str, person: str, now: datetime) -> None:
        """Count a stored message, and the person who wrote it, to a storm; any number of times is once."""

    def lock(self, storm_id: str) -> Storm | None:
        """Return a storm, locked until the transaction ends."""

    def save(self, storm: Storm, now: datetime) -> None:
        """Keep what the engine decided about a storm (state, holding reply, pace, note, who ended it)."""

    def tell(self, storm: Storm, sentence: str) -> None:
        """Tell the supervisors of a storm."""

    def count(self, storm_id: str) -> StormCount:
        """Return a storm in figures."""

    def astir(self) -> tuple[str, ...]:
        """Return the storms that have not ended, or of which something is still to be done."""

    def waiting(self, storm_id: str, limit: int) -> tuple[Person, ...]:
        """Return people who have not been answered, who came first at the front, locked."""

    def queued(self, storm_id: str) -> tuple[tuple[Person, str], ...]:
        """Return people whose holding reply waits in the outbox, each with the name of its (first) part."""

    def settle(self, person: Person, state: PersonState, *, reply: str = "", note: str = "", rounds: int = 0) -> None:
        """Keep how far a person is, and why somebody is left out."""

    def ask_again(self, storm_id: str) -> None:
        """Let people wait again who were left out."""

    def left(self, storm_id: str, limit: int) -> Sequence[str]:
        """Return messages of a storm without a ticket, by their rows' names, oldest first."""
