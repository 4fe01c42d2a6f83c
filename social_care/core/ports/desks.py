"""A desk's side: a `Desk` with twelve facets, most of which stand in files of their own.

Only methods that say so commit by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from social_care.core.accounts import Account, Standing
from social_care.core.approvals import Approvals, Circumstances
from social_care.core.events import (
    Audience,
    Author,
    Direction,
    MessageReceived,
    Missing,
    PreferenceChanged,
    ReactionChanged,
    Thread,
)
from social_care.core.outside import OutsideAnswers
from social_care.core.payloads import Payload, PayloadState
from social_care.core.ports.allowances import Meter
from social_care.core.ports.erasing import Erasing
from social_care.core.ports.files import Files
from social_care.core.ports.moderations import Moderations
from social_care.core.ports.outbox import Outbox
from social_care.core.ports.storms import Storms
from social_care.core.replies import StoredMessage
from social_care.core.routing import RoutingRule
from social_care.core.team import Team
from social_care.core.templates import Template

Clock = Callable[[], datetime]
"""Returns the present moment, UTC-aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One customer's matter in one thread. author_id None: everybody in the (private) thread. ticket None: just made."""

    id: str
    account: str
    thread_id: str
    audience: Audience
    author_id: str | None
    ticket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """A ticket as the engine needs to know it. `id` is the ticket really in use (merged tickets lead there)."""

    id: str
    open: bool
    closed_at: datetime | None = None


class Conflict(Exception):
    """A unique key was taken: another worker has handled this already."""


class Accounts(Meter, Protocol):
    """The team's accounts. Every method commits by itself."""

    def get(self, name: str) -> Account:
        """Return an account. Raises: ConfigurationError when there is none of that name."""

    def siblings(self, name: str, external_ids: Collection[str], signed_with: Sequence[str]) -> tuple[Account, ...]:
        """Return the other enabled accounts of these ids of which one of the secrets in these fields is the same."""

    def add_spend(self, name: str, amount: Decimal, now: datetime) -> None:
        """Add US dollars to the spend of the month of `now` (UTC); a new month starts at zero."""

    def pause_sending(self, name: str, reason: str, standing: Standing) -> None:
        """Stop sending from this account, tell its owner once, keep receiving."""

    def resume_sending(self, name: str) -> None:
        """Send again; the account counts as not tested."""

    def record_health(self, name: str, *, ok: bool, error: str = "") -> None:
        """Keep the last success or the last error, in plain words. A success of an account not tested yet is a good test."""

    def keep_credentials(self, name: str, fresh: Mapping[str, str]) -> None:
        """Store new credentials for good before anybody uses them; "" empties one."""

    def record_webhook(self, name: str, *, pushed: bool, note: str = "") -> None:
        """Keep whether the platform pushes, and what a person should know; tell the owner once of each new note."""

    def warn(self, name: str, reason: str) -> None:
        """Tell the owner once that the token ends soon, until it stands otherwise with the account."""


class Ledger(Protocol):
    """The table of payloads. Every method commits by itself."""

    def keep(self, payload: Payload, cursor: str | None = None) -> str | None:
        """Store a body, and the feed's cursor with it, in one commit; None when these very bytes are there already."""

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Return payloads to be handled: received, to be retried now, or left behind by a dead worker; oldest first."""

    def claim(self, payload_id: str, now: datetime) -> Payload | None:
        """Take a payload for this worker, or None when it is not due (another has it, or it is done)."""

    def settle(self, payload_id: str, state: PayloadState, note: str, retry_at: datetime | None = None) -> None:
        """Record how the handling ended. `note` is plain text, a line an event."""

    def read_cursor(self, account: str, feed: str) -> str:
        """Return the cursor of a feed, "" at the first time."""

    def write_cursor(self, account: str, feed: str, cursor: str) -> None:
        """Move a cursor when there was nothing to store with it."""


class Tickets(Protocol):
    """Tickets, messages and profiles. Nothing here commits: the engine does, an event at a time."""

    def find_message(self, account: str, message_id: str) -> StoredMessage | None:
        """Return a message by its id on the platform, locked until the transaction ends."""

    def lock_case(self, account: str, thread: Thread, author_id: str | None) -> Case:
        """Return the case, made if need be, locked: two workers on one case go one after the other."""

    def cases_in(self, account: str, thread_id: str, limit: int) -> tuple[Case, ...]:
        """Return the oldest cases of one thread that have a ticket, oldest first; a viral thread has thousands."""

    def find_case(
        self, account: str, thread_id: str, *, author_id: str | None = None, ticket: str | None = None
    ) -> Case | None:
        """Return the oldest case of a thread that has a ticket: of one author, or on one ticket, where that is given."""

    def ticket_state(self, ticket: str) -> TicketState | None:
        """Return the ticket really in use, or None when it was deleted."""

    def rules(self) -> tuple[RoutingRule, ...]:
        """Return the team's rules for messages that would open a ticket, the one that counts first at the front."""

    def lists_of(self, account: Account, author_id: str) -> frozenset[str]:
        """Return the lists (lower case) on which the team put a customer."""

    def texts_in_campaign(self, campaign: str, since: datetime) -> tuple[str, ...]:
        """Return some texts of a campaign (`core.campaigns`) that came since a moment; () when there is no such campaign."""

    def writers_of(self, text_key: str, besides: str, since: datetime) -> int:
        """Return how many people but one (their id) wrote a text (`core.insight.make_text_key`) since a moment.

        Looks at no more than `core.insight.SAME_TEXTS` messages.
        """

    def open_ticket(
        self,
        account: Account,
        case: Case,
        event: MessageReceived,
        *,
        key: str,
        related: Sequence[str],
        rule: RoutingRule | None = None,
    ) -> str:
        """Open a ticket with its first message, linked to `related` ones; bind the case. Raises: Conflict.

        rule: decides team, type, priority and tags, before the account does.
        Here and in `append`: a row of this message without a ticket (a tombstone, a loose one) is taken over.
        """

    def append(
        self,
        account: Account,
        case: Case,
        ticket: str,
        event: MessageReceived,
        *,
        key: str,
        direction: Direction,
        reopen: bool,
        context: bool = False,
    ) -> str:
        """Add a message to a ticket, return the ticket really used. Raises: Conflict.

        reopen: a customer's word that makes a closed ticket open again. context: shown, but nobody's turn changes.
        """

    def keep_loose(self, account: Account, event: MessageReceived, *, key: str, direction: Direction, reason: str) -> None:
        """Remember a message that has no ticket, with the reason. Raises: Conflict."""

    def adopt_loose(self, account: Account, case: Case, ticket: str) -> int:
        """Show on a ticket the ticketless messages of its thread, as context; return how many.

        Of those of a storm only what the case's own author wrote: a thread may hold the whole storm.
        """

    def loose_event(self, message: str) -> MessageReceived | None:
        """Return a customer's message that has no ticket, by its row's name, locked; None when it has one meanwhile."""

    def add_version(self, message: StoredMessage, event: MessageReceived, *, current: bool) -> bool:
        """Keep another version of a message; `current` shows it. False when that revision is already there.

        A version that brings no files, as edits of private messages do, leaves those that are there.
        """

    def mark_deleted(
        self, account: str, message_id: str, thread: Thread | None, *, vanished: bool = False
    ) -> StoredMessage | None:
        """Mark a message gone on the platform; remember it for later when it is not known, and return None.

        The id may be that of the message's present version, where a platform gives each version an id of its own.
        vanished: the platform did not say that it was deleted, it only no longer shows it to us.
        """

    def gather_followers(self, account: Account, event: MessageReceived, ticket: str, *, whose: str | None) -> int:
        """Put right what came before a message although it was sent after it; return how many messages that were.

        Own messages that answer it (in public they name it) become the team's answers on this ticket, what others answered
        to it is shown here, and so are, as theirs, later words of the customer whose case this is (None: it is context).
        """

    def add_reaction(self, message: StoredMessage, event: ReactionChanged) -> bool:
        """Keep a reaction; False when nothing changed."""

    def expect_message(self, account: str, message_id: str, thread: Thread) -> StoredMessage:
        """Make a row for a message that has not come yet, to keep what comes earlier; the message takes it over."""

    def take_private_reply(self, message: StoredMessage) -> bool:
        """Use up the one private reply to a public message; False when it is used already, also by another worker."""

    def free_private_reply(self, message: StoredMessage) -> None:
        """Give it back: it was certainly not sent."""

    def incomplete(self, limit: int) -> tuple[StoredMessage, ...]:
        """Return messages of which something can still be looked up, oldest first, without those tried often enough."""

    def record_look_up(self, message: StoredMessage, author: Author | None, missing: Sequence[Missing]) -> None:
        """Keep what is known of the author now, wherever the message is shown, and what is still missing: one try more."""

    def save_profile(self, account: Account, author: Author) -> None:
        """Keep what is known of a customer; unknown fields leave the known ones alone."""

    def save_preference(self, account: Account, event: PreferenceChanged, now: datetime) -> bool:
        """Keep what a customer wants to get; False when nothing changed, or a later wish is known."""

    def unwanted(self, account: str, author_id: str) -> frozenset[str]:
        """Return the categories of messages that a customer does not want."""

    def bind_case(self, account: Account, thread: Thread, author_id: str | None, ticket: str) -> None:
        """Make a thread continue on an existing ticket (a private conversation we opened from a public one)."""

    def circumstances(self, message: StoredMessage) -> Circumstances:
        """Return what is known of a message's author and ticket."""

    def support_is_open(self, ticket: str, now: datetime) -> bool:
        """Tell whether the team works on a ticket at that moment; True where it has no working hours."""


class Templates(Protocol):
    """The approved templates of the accounts, as they were when the platform was asked. Every method commits by itself."""

    def keep(self, account: str, templates: Sequence[Template], now: datetime) -> None:
        """Keep an account's templates in the place of those before."""

    def expire(self, account: str) -> None:
        """Remember that an account's templates are out of date; they can be used meanwhile."""

    def fetched_at(self, account: str) -> datetime | None:
        """Return when the platform was asked; None: never, or what is known is out of date."""

    def listed(self, account: str) -> tuple[Template, ...]:
        """Return an account's templates, by name and language."""

    def find(self, account: str, name: str, language: str) -> Template | None:
        """Return one template."""


class Desk(Protocol):
    """Where tickets live."""

    @property
    def accounts(self) -> Accounts:
        """The team's accounts."""

    @property
    def ledger(self) -> Ledger:
        """The table of payloads."""

    @property
    def tickets(self) -> Tickets:
        """Tickets, messages and profiles."""

    @property
    def outbox(self) -> Outbox:
        """Outgoing parts."""

    @property
    def approvals(self) -> Approvals:
        """Replies that ask a supervisor."""

    @property
    def team(self) -> Team:
        """The people who write replies."""

    @property
    def templates(self) -> Templates:
        """Approved templates."""

    @property
    def moderations(self) -> Moderations:
        """What was done to messages and their authors."""

    @property
    def outside_answers(self) -> OutsideAnswers:
        """What was answered elsewhere."""

    @property
    def files(self) -> Files:
        """Files that a platform fetches by itself."""

    @property
    def storms(self) -> Storms:
        """Many messages on one subject."""

    @property
    def erasing(self) -> Erasing:
        """What people wrote, erased."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing: commits at the end, rolls back when an exception passes (and lets it pass)."""
