"""What we send: a reply, the parts it is cut into, and the fate of each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from social_care.core.events import Audience, Missing
from social_care.core.templates import FilledTemplate


class DeliveryState(str, Enum):
    """The one fate of an outgoing part. AWAITING: a supervisor decides whether it is queued or rejected."""

    AWAITING = "awaiting approval"
    REJECTED = "rejected"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


SETTLED = frozenset({DeliveryState.SENT, DeliveryState.CANCELLED, DeliveryState.REJECTED})
REPORTED = frozenset({DeliveryState.FAILED, DeliveryState.QUEUED, DeliveryState.CANCELLED})
"""States in which a part has an id only because the platform took it and then reported that it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to attach. Its content is read only when the part is sent, and has to have this digest still ("": unknown)."""

    name: str
    mime: str
    size: int
    reference: str
    alt: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as the desk remembers it.

    author_id None: unknown. ticket None: shown nowhere (a bystander's, or one we ignored). deleted: gone on the platform.
    reply_until None: the platform sets no time limit to an answer. A tombstone: only signs of the message came.
    private_reply_used: the one private reply to it is on its way or out. missing: what may still be looked up.
    hidden: by the team or its platform's page; still there, and shown to few.
    vanished: deleted, or no longer visible to us; the platform did not say which. storm: "" for none.
    erased: its words are gone here, and maybe its author.
    """

    id: str
    account: str
    message_id: str
    thread_id: str
    audience: Audience
    direction: str
    kind: str
    text: str
    author_id: str | None
    author_handle: str | None = None
    ticket: str | None = None
    revision: str = ""
    deleted: bool = False
    hidden: bool = False
    vanished: bool = False
    route: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None
    reply_until: datetime | None = None
    tombstone: bool = False
    private_reply_used: bool = False
    missing: tuple[Missing, ...] = ()
    storm: str = ""
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Where an e-mail goes, and how it was written. Addresses as their author gave them.

    html: the words with their form; the text of the reply is the same in plain words. sender, account: the address and the
    e-mail account that the author chose, "" for the desk's own. resolve: the ticket is resolved with it.
    """

    to: str
    html: str
    cc: str = ""
    bcc: str = ""
    sender: str = ""
    account: str = ""
    resolve: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an agent (or an automatism) wants to say, before any rule was asked.

    target: the message being answered. audience None: that of the target.
    automatic: no person wrote it; platforms and clocks treat it differently. initials: of the author, for the signature.
    template: an approved form is to be sent in the place of `text`.
    shown: an automatic one is shown on its ticket.
    hold_s: seconds that it waits in the outbox, so that its author can take it back.
    resolve: the ticket is resolved once the platform has confirmed the last part, unless the customer wrote meanwhile.
    mail: it goes by e-mail and not to the platform; None for all others.
    """

    ticket: str
    target: StoredMessage
    text: str
    author: str
    audience: Audience | None = None
    media: tuple[Upload, ...] = ()
    automatic: bool = False
    shown: bool = True
    initials: str = ""
    template: FilledTemplate | None = None
    hold_s: float = 0
    resolve: bool = False
    mail: Mail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One part of a planned reply, ready to be stored. template: `text` is how it reads when it is filled."""

    index: int
    of: int
    text: str
    media: tuple[Upload, ...] = ()
    template: FilledTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be sent, what it would cost (US dollars), and what the author should know before sending."""

    audience: Audience
    drafts: tuple[Draft, ...]
    warnings: tuple[str, ...] = ()
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One outgoing message in the outbox.

    reply: what holds the parts together (the desk's name of the reply). previous_id: our message that the part before
    became, None for the first. idempotency_key: the same for every attempt of this part. attempts counts sends begun.
    first_attempt_at None: never tried. progress: what an attempt that stopped before sending left for the next one, opaque
    to everybody but the connector. approved_by: the supervisor who released it, "" when nobody had to.
    receipt: `delivered` or `read` where the platform told so, else "".
    """

    id: str
    account: str
    ticket: str
    reply: str
    audience: Audience
    index: int
    of: int
    text: str
    state: DeliveryState
    target: StoredMessage
    author: str = ""
    automatic: bool = False
    media: tuple[Upload, ...] = ()
    previous_id: str | None = None
    idempotency_key: str = ""
    attempts: int = 0
    checks: int = 0
    first_attempt_at: datetime | None = None
    external_id: str | None = None
    error: str = ""
    progress: Mapping[str, str] = field(default_factory=dict)
    approved_by: str = ""
    template: FilledTemplate | None = None
    receipt: str = ""

    @property
    def opening(self) -> bool:
        """It is a private answer to a public message."""
        return self.audience is Audience.PRIVATE and self.target.audience is Audience.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The platform confirmed a part. thread_id: where it stands now, None where the target's thread goes on."""

    external_id: str
    thread_id: str | None = None
    permalink: str | None = None
    cost: Decimal = Decimal(0)
