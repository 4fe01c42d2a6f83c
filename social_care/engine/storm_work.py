"""What is done for storms every minute. Each step is a transaction of its own, and may be done twice."""

from __future__ import annotations

import logging
from dataclasses import replace

from social_care.core.ports import Clock, Desk
from social_care.engine.intake import open_by_person
from social_care.engine.office import Office
from social_care.engine.storming import LoadConnector, tend

log = logging.getLogger(__name__)

RELEASED_AT_ONCE = 100


def tend_all(*, desk: Desk, load_connector: LoadConnector, clock: Clock) -> None:
    """Look after every storm of which something is to be done; trouble with one does not stop the others."""
    for storm_id in desk.storms.astir():
        try:
            tend(storm_id, desk=desk, load_connector=load_connector, clock=clock)
            release_left(storm_id, desk=desk, load_connector=load_connector, clock=clock)
        except Exception:
            log.exception("the storm %s could not be looked after; it is tried again", storm_id)


def release_left(storm_id: str, *, desk: Desk, load_connector: LoadConnector, clock: Clock) -> int:
    """Make tickets of some messages that are left in a storm, where that was decided; return of how many."""
    with desk.transaction():
        storm = desk.storms.lock(storm_id)
        if storm is None or not storm.releasing:
            return 0
        account = desk.accounts.get(storm.account)
        left = desk.storms.left(storm_id, RELEASED_AT_ONCE)
        if not left:
            desk.storms.save(replace(storm, releasing=False), clock())
            return 0
    office = Office(desk, load_connector(account.platform), account, clock)
    opened = 0
    for message in left:
        try:
            opened += open_by_person(message, office) is not None
        except Exception:
            log.exception("the message %s of a storm could not become a ticket; it is tried again", message)
    return opened
