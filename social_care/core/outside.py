"""Answers that people of the team gave on the platform itself, and recorded here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from social_care.core.accounts import Account
from social_care.core.events import Author, MessageReceived, Thread
from social_care.core.ids import make_event_key
from social_care.core.replies import StoredMessage


class Afterwards(str, Enum):
    """How the ticket stands after the answer."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"


NOTES = {
    Afterwards.WAITING: "After it the ticket waited for the customer.",
    Afterwards.RESOLVED: "The ticket was resolved with it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAnswer:
    """What somebody says was answered elsewhere. attempt: names this record, so that it is made once.

    link: where the answer can be read, note: what it said; one of them may be "".
    """

    target: StoredMessage
    user: str
    attempt: str
    link: str = ""
    note: str = ""
    afterwards: Afterwards = Afterwards.OPEN

    def key(self, account: Account) -> str:
        """Return the key under which it is recorded once."""
        us = account.external_id or account.name
        return make_event_key(account.platform, us, self.target.audience.value, f"outside:{self.attempt}", "message")

    def as_message(self, account: Account, name: str, now: datetime) -> MessageReceived:
        """Return it as our own message that came back. name: of who recorded it."""
        note = NOTES.get(self.afterwards, "")
        return MessageReceived(
            message_id=f"outside:{self.attempt}",
            thread=Thread(id=self.target.thread_id, audience=self.target.audience),
            author=Author(id=account.external_id, name=name),
            text=self.note or self.link,
            kind="answer",
            sent_at=now,
            parent_id=self.target.message_id or None,
            permalink=self.link or None,
            notes=(note,) if note else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A record of which the message itself has not come from the platform. id: of its row. text: what its author noted, else
    the link. parent_id: the message that was answered, "" where that has no id. at: when it was recorded, None
    unknown."""

    id: str
    text: str
    link: str
    parent_id: str
    ticket: str
    at: datetime | None

    def remembered(self) -> str:
        """Return the sentence that keeps what was recorded beside the message itself."""
        said = " ".join(dict.fromkeys(filter(None, (self.text, self.link))))
        return f"It was recorded before it came: “{said}”."


class OutsideAnswers(Protocol):
    """What was answered elsewhere. Nothing here commits: the engine does."""

    def record(self, account: Account, answer: OutsideAnswer, name: str, now: datetime) -> bool:
        """Show it on its ticket as the team's answer, which stops the clock; False when it is recorded already.

        name: of who recorded it.
        """

    def waiting(self, account: str, thread_id: str) -> tuple[Recorded, ...]:
        """Return the records of a conversation whose message has not come, oldest first, locked."""

    def join(self, record: Recorded, event: MessageReceived) -> str:
        """Let a record and the message that came be one entry, which has the message's id; return the ticket.

        It shows the words of the message, and who recorded what (`Recorded.remembered`) beside them.
        """
