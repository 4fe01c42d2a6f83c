"""What the team does to a customer's message or its author, other than answering: hide, delete, like, block, mute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from social_care.core.replies import StoredMessage


class ModerationAction(str, Enum):
    """One thing that can be done; `mute` is ours, all others happen on the platform."""

    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    LIKE = "like"
    UNLIKE = "unlike"
    BLOCK = "block"
    UNBLOCK = "unblock"
    MUTE = "mute"
    UNMUTE = "unmute"

    @property
    def opposite(self) -> ModerationAction | None:
        """Return what undoes this, or what this undoes; None for `delete`."""
        return OPPOSITES.get(self)


OPPOSITES: dict[ModerationAction, ModerationAction] = {
    ModerationAction.HIDE: ModerationAction.UNHIDE,
    ModerationAction.UNHIDE: ModerationAction.HIDE,
    ModerationAction.LIKE: ModerationAction.UNLIKE,
    ModerationAction.UNLIKE: ModerationAction.LIKE,
    ModerationAction.BLOCK: ModerationAction.UNBLOCK,
    ModerationAction.UNBLOCK: ModerationAction.BLOCK,
    ModerationAction.MUTE: ModerationAction.UNMUTE,
    ModerationAction.UNMUTE: ModerationAction.MUTE,
}
BEGINNINGS = (
    ModerationAction.HIDE,
    ModerationAction.DELETE,
    ModerationAction.LIKE,
    ModerationAction.BLOCK,
    ModerationAction.MUTE,
)
"""What can be begun; the rest undoes it."""
NEEDS_REASON = frozenset({ModerationAction.HIDE, ModerationAction.DELETE, ModerationAction.BLOCK})
FOR_SUPERVISORS = frozenset({ModerationAction.DELETE, ModerationAction.BLOCK, ModerationAction.UNBLOCK})
OF_AUTHOR = frozenset({ModerationAction.BLOCK, ModerationAction.UNBLOCK, ModerationAction.MUTE, ModerationAction.UNMUTE})
"""These concern whoever wrote the message; the others the message itself."""
OURS = frozenset({ModerationAction.MUTE, ModerationAction.UNMUTE})
"""These happen here, whatever the platform can do."""


class ModerationState(str, Enum):
    """The one fate of a wish. `doing`: a worker is at it. `unknown`: it may or may not have happened."""

    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that can be done to a message, or why not.

    refusal: a plain sentence, "" when it can be done. note: what one should know before, "" for nothing.
    """

    action: ModerationAction
    refusal: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants done to a message, before any rule was asked. user: who. reason: why, "" where none is needed."""

    action: ModerationAction
    target: StoredMessage
    user: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """A recorded wish and its fate. error: a plain sentence where it failed or nobody knows."""

    id: str
    action: ModerationAction
    message: str
    state: ModerationState
    user: str
    reason: str = ""
    error: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a message and its author stand with us now.

    done: what holds (`hide` while hidden, …). doing, unknown: actions whose last attempt is under way, or has no known end.
    """

    done: frozenset[ModerationAction] = frozenset()
    doing: frozenset[ModerationAction] = frozenset()
    unknown: frozenset[ModerationAction] = frozenset()


def read_standing(history: list[tuple[ModerationAction, ModerationState]], *, hidden: bool, muted: bool) -> Standing:
    """Return the standing that follows from what was recorded, oldest first.

    hidden, muted: as the message and its author are kept; platforms report hiding, so the record alone does not tell.
    """
    latest: dict[ModerationAction, ModerationState] = {}
    holds: set[ModerationAction] = set()
    for action, state in history:
        opposite = action.opposite
        if opposite is not None:
            latest.pop(opposite, None)
        latest[action] = state
        if state is ModerationState.DONE:
            holds.add(action)
            if opposite is not None:
                holds.discard(opposite)
    kept = {ModerationAction.HIDE: hidden, ModerationAction.MUTE: muted}
    done = {action for action in holds.intersection(BEGINNINGS) if action not in kept}
    done |= {action for action, stands in kept.items() if stands}
    return Standing(
        done=frozenset(done),
        doing=frozenset(action for action, state in latest.items() if state is ModerationState.DOING),
        unknown=frozenset(action for action, state in latest.items() if state is ModerationState.UNKNOWN),
    )
