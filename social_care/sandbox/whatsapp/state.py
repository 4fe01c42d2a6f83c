"""The sandbox's WhatsApp itself: who and what there is. It knows no HTTP and no lock."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from social_care.sandbox.whatsapp.model import Customer, Media, Message, Template

WINDOW = timedelta(hours=24)


class State:
    """One business account with one phone number."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.waba_id, self.number_id = "300100200300400", "200100200300400"
        self.display_number, self.verified_name, self.quality = "15550783881", "Northwind Air", "GREEN"
        self._ids = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything; ids go on rising."""
        self.customers: dict[str, Customer] = {}
        self.messages: dict[str, Message] = {}
        self.templates: dict[str, Template] = {}
        self.media: dict[str, Media] = {}
        self.links: dict[str, tuple[str, datetime]] = {}

    def next_id(self) -> str:
        """Return an id of 16 digits, above every earlier one."""
        self._ids += 1
        return str(1_000_000_000_000_000 + self._ids)

    def message_id(self) -> str:
        """Return an id as WhatsApp makes them: of either case, and told apart by it."""
        self._ids += 1
        return "wamid." + base64.b64encode(b"\x1d\x02" + self._ids.to_bytes(4, "big") + secrets.token_bytes(20)).decode()

    def customer(self, who: Customer | str) -> Customer:
        """Return a customer by record, phone number or user id. Raises: KeyError."""
        found = who if isinstance(who, Customer) else self.find_customer(who)
        if found is None:
            raise KeyError(f"there is no customer {who}")
        return found

    def find_customer(self, identity: str) -> Customer | None:
        """Return a customer by phone number (with or without "+") or user id, None where nobody is."""
        wanted = identity.lstrip("+")
        return next((one for one in self.customers.values() if wanted in (one.phone, one.user_id)), None)

    def message(self, what: Message | str) -> Message:
        """Return a message by record or id. Raises: KeyError."""
        found = what if isinstance(what, Message) else self.messages.get(what)
        if found is None:
            raise KeyError(f"there is no message {what}")
        return found

    def window_open(self, customer: Customer) -> bool:
        """Tell whether the business may write freely to a customer."""
        return customer.last_wrote_at is not None and self.clock() < customer.last_wrote_at + WINDOW

    def template(self, name: str, language: str) -> Template | None:
        """Return a template by its name and language."""
        return next((one for one in self.templates.values() if (one.name, one.language) == (name, language)), None)

    def add_media(self, mime: str, content: bytes, name: str = "") -> Media:
        """Store a file."""
        media = Media(id=self.next_id(), mime=mime, content=content, name=name)
        self.media[media.id] = media
        return media

    def add_message(self, customer: Customer, *, ours: bool, kind: str, content: Any, **more: Any) -> Message:
        """Store a message."""
        message = Message(
            id=self.message_id(), customer=customer.user_id, ours=ours, at=self.clock(), kind=kind, content=content, **more
        )
        self.messages[message.id] = message
        return message

    def spoken_with(self, who: Customer | str) -> list[Message]:
        """Return the messages of one conversation, oldest first. Raises: KeyError."""
        customer = self.customer(who)
        return [one for one in self.messages.values() if one.customer == customer.user_id]
