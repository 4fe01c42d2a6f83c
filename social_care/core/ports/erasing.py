"""What the engine needs from a desk to erase what people wrote; a facet of `core.ports.Desk`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from social_care.core.erasing import Erasure, UnderWay


class Erasing(Protocol):
    """Erasures. What erases may be repeated at any time, and commits by itself; the rest is the caller's transaction.

    The fact of a message stays (ids, key, times, ticket, state), so that it is recognised when it is shown again.
    """

    def under_way(self, profile: str) -> UnderWay:
        """Return what keeps a person from being erased now."""

    def of_profile(self, profile: str) -> str | None:
        """Return the erasure of a person, running or done; locks the profile until the transaction ends."""

    def begin(self, profile: str, user: str, now: datetime) -> str:
        """Begin to erase a person: their messages are marked, and what comes from them now is somebody new's."""

    def begin_old(self, account: str, before: datetime, now: datetime, limit: int) -> str | None:
        """Begin to erase what customers wrote before a moment on tickets resolved before it; None where nothing is left.

        `limit` is the most messages that are marked.
        """

    def get(self, erasure_id: str) -> Erasure | None:
        """Return an erasure that runs, None for one that is done."""

    def unfinished(self) -> list[str]:
        """Return the erasures that run, oldest first."""

    def erase_messages(self, erasure: Erasure) -> None:
        """Take words, versions, files, notes and readings from the marked messages, wherever they are shown."""

    def erase_replies(self, erasure: Erasure) -> None:
        """Take the person's name from the replies to the marked messages; failed ones are given up."""

    def erase_tickets(self, erasure: Erasure) -> None:
        """Take words and name from the tickets that the person opened, or whose first words were marked."""

    def erase_belongings(self, erasure: Erasure) -> None:
        """Erase what else is known of the person: wishes, requests, contact, reactions."""

    def erase_payloads(self, erasure: Erasure) -> None:
        """Empty the handled raw bodies that name the person or a marked message; they are still recognised."""

    def finish(self, erasure: Erasure, now: datetime) -> None:
        """Forget who it was, and keep that it is done. Commits."""

    def empty_payload(self, payload_id: str) -> None:
        """Empty the body of a handled payload. Commits."""
