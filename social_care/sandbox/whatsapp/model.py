"""Who and what there is: customers, messages, templates, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True, kw_only=True)
class Customer:
    """A person. hidden: the phone number is told to nobody, only the user id. last_wrote_at None: never wrote.

    on_whatsapp False: the number has no WhatsApp. blocked: the person blocked us. stopped: wants no marketing messages.
    """

    phone: str
    user_id: str
    name: str
    username: str = ""
    hidden: bool = False
    on_whatsapp: bool = True
    blocked: bool = False
    stopped: bool = False
    last_wrote_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """One message, in or out. content: what stands under its type. text: as a person reads it.

    statuses: what was told of one of ours, in the order in which it happened. reference: `biz_opaque_callback_data`.
    """

    id: str
    customer: str
    ours: bool
    at: datetime
    kind: str
    content: Any
    text: str = ""
    context_id: str = ""
    reference: str = ""
    category: str = ""
    statuses: list[str] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Template:
    """A message form. category: MARKETING, UTILITY or AUTHENTICATION. components: as WhatsApp writes them."""

    id: str
    name: str
    language: str
    category: str
    status: str
    components: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file, ours or a customer's."""

    id: str
    mime: str
    content: bytes
    name: str = ""
