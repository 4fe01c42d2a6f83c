"""Ask the platform for what it left out of a message, once the message is safe; a look-up that fails costs nothing."""

from __future__ import annotations

from social_care.core.errors import Refused, SocialCareError
from social_care.core.ports import Clock, Connector, Desk, Insight, LooksUp
from social_care.core.replies import StoredMessage
from social_care.engine.delivery import Connect
from social_care.engine.handling import handle_events
from social_care.engine.office import Office
from social_care.engine.outcomes import Outcome


def enrich(
    message: StoredMessage,
    *,
    desk: Desk,
    connector: Connector,
    connect: Connect,
    clock: Clock,
    insight: Insight | None = None,
) -> list[Outcome]:
    """Look up what is missing of a message and keep it. Raises nothing of ours: what failed is tried again some times."""
    account = desk.accounts.get(message.account)
    try:
        connection = connect(account)
    except SocialCareError:
        return []  # tried again as long as it is young
    try:
        if not isinstance(connection, LooksUp):
            return []
        found = connection.look_up(message)
    except SocialCareError as error:
        with desk.transaction():
            desk.tickets.record_look_up(message, None, () if isinstance(error, Refused) else message.missing)
        return []
    finally:
        connection.close()
    outcomes, trouble = handle_events(found.events, Office(desk, connector, account, clock, insight))
    with desk.transaction():
        desk.tickets.record_look_up(message, found.author, message.missing if trouble else ())
    return outcomes
