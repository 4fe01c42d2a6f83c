"""Find out which messages customers have taken back, where the platform does not tell."""

from __future__ import annotations

from collections.abc import Sequence

from social_care.core.accounts import Account
from social_care.core.events import MessageDeleted
from social_care.core.ports import Clock, Connection, Connector, Desk
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.engine.outcomes import Outcome

BATCH = 100
"""How many messages are asked for at once; each look may cost money."""


def check_vanished(
    account: Account,
    message_ids: Sequence[str],
    *,
    desk: Desk,
    connector: Connector,
    connection: Connection,
    clock: Clock,
) -> list[Outcome]:
    """Ask the platform for messages, count what that costs, and mark the vanished ones.

    Raises: SocialCareError when the platform does not answer.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(message_ids), BATCH):
        batch = message_ids[start : start + BATCH]
        gone = connection.gone(batch)
        if price := connector.capabilities.look_up_price * len(batch):
            desk.accounts.add_spend(account.name, price, clock())
        events = tuple(MessageDeleted(message_id=message_id, vanished=True) for message_id in sorted(gone))
        outcomes += handle_events(events, Office(desk, connector, account, clock))[0]
    return outcomes
