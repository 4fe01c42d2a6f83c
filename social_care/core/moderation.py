"""What the team does to a customer's message or its author, other than answering: hide, delete, like, block, mute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol, runtime_checkable

from social_care.core.accounts import Account
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


# --- ports -----------------------------------------------------------------------------------------------------------
@runtime_checkable
class Moderates(Protocol):
    """A connector of a platform that lets the team act on a message or its author; its connections are `CarriesOut`."""

    def offer(self, action: ModerationAction, target: StoredMessage, account: Account, now: datetime) -> Offer:
        """Return whether the platform lets this account do that (one of the capabilities' `moderates`, or its opposite)."""


@runtime_checkable
class CarriesOut(Protocol):
    """A connection that can do what its connector offers."""

    def moderate(self, action: ModerationAction, target: StoredMessage) -> Decimal:
        """Do it once; return what it cost in US dollars.

        Raises: Refused, Retryable, AccountNeedsLogin, ConfigurationError (certainly not done) or OutcomeUnknown.
        """


class Moderations(Protocol):
    """The record of what was done to messages and their authors. Nothing here commits: the engine does."""

    def standing(self, message: StoredMessage) -> Standing:
        """Return how a message and its author stand with its account; the message is locked until the transaction ends."""

    def begin(self, wish: Wish, now: datetime) -> str:
        """Record a wish before it is carried out; return its id. Raises: Conflict while another is at this message."""

    def settle(self, moderation_id: str, state: ModerationState, now: datetime, error: str = "") -> bool:
        """Record a fate of what is under way or unknown; False when its fate was known already."""

    def unsettled(self, message: StoredMessage, action: ModerationAction) -> tuple[str, ...]:
        """Return the wishes for this message that are under way or unknown."""

    def abandoned(self, now: datetime) -> list[str]:
        """Return wishes under way whose worker is surely dead."""

    def history(self, message: StoredMessage) -> tuple[Moderation, ...]:
        """Return what was recorded at this message, oldest first."""

    def set_hidden(self, message: StoredMessage, hidden: bool, at: datetime) -> bool:
        """Keep whether the platform hides a message since `at`; False when nothing changed, or something later is known."""

    def set_muted(self, account: Account, author_id: str, muted: bool) -> None:
        """Keep whether a customer's messages open tickets."""

    def is_muted(self, account: Account, author_id: str) -> bool:
        """Tell whether the team muted this customer."""
