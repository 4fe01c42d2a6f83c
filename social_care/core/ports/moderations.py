"""What the engine needs from a desk for acts on messages and their authors; a facet of `core.ports.Desk`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from social_care.core.accounts import Account
from social_care.core.moderation import Moderation, ModerationAction, ModerationState, Standing, Wish
from social_care.core.replies import StoredMessage


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
