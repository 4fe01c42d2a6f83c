"""What became of one event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from social_care.core.events import Event


class Action(str, Enum):
    """What the engine did with an event."""

    OPEN = "open"
    APPEND = "append"
    EDIT = "edit"
    DELETE = "delete"
    VISIBILITY = "visibility"
    REACTION = "reaction"
    DELIVERY = "delivery"
    PREFERENCE = "preference"
    MOVE = "move"
    ERROR = "error"
    IGNORE = "ignore"
    PARK = "park"


ERASED_BEFORE = "handled already, and erased since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One event and its end. ticket None: it stands on no ticket. reason "": the action says it all."""

    action: Action
    event: Event
    ticket: str | None = None
    reason: str = ""

    def line(self) -> str:
        """Return one line for the ledger's note."""
        what = f"{self.action.value} {self.event.message_id}".rstrip()
        where = f" → ticket {self.ticket}" if self.ticket else ""
        return f"{what}{where}" + (f": {self.reason}" if self.reason else "")
