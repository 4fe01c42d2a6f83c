"""From a body to events, whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable

from social_care.core.errors import UnreadablePayload
from social_care.core.events import Event, Unknown

log = logging.getLogger(__name__)


def read_events(parse: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
    """Return the events of a body; one that cannot be read, by whose fault ever, is one unknown event, to be parked."""
    try:
        return parse()
    except UnreadablePayload as error:
        return (Unknown(reason=str(error)),)
    except Exception as error:
        log.exception("a body could not be read")
        return (Unknown(reason=f"It could not be read, by a fault of this app: {type(error).__name__}."),)
