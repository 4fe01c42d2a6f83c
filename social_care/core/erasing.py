"""Erasing what a person wrote and what names them: what is left in its place, and how names are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ERASED = "(erased on request)"
"""What stands in the place of a message's words; also when they went by their age."""
MASK = "[erased]"
"""What stands in the place of a name within somebody else's words."""
SHORTEST_ID = 5
SHORTEST_NAME = 3
SHORTEST_MESSAGE_ID = 6
"""In characters. What is shorter is not looked for: it may be any number or word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to be erased, as they were known: kept only until it is done. "" is unknown. contacts: now and before."""

    platform: str
    external_id: str
    handle: str = ""
    name: str = ""
    address: str = ""
    contacts: Sequence[str] = ()

    def words(self) -> tuple[str, ...]:
        """Return what names this person within a text, the longest first; also first or last name alone."""
        number = self.external_id if len(self.external_id) >= SHORTEST_ID else ""
        names = [one for one in self.name.split() if len(one) >= SHORTEST_NAME]
        words = {self.address, self.name, *names, self.handle.lstrip("@"), number}
        return tuple(sorted(words - {""}, key=len, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure that has begun. person None: it is by the age of messages, and whoever wrote them stays known."""

    id: str
    profile: str
    account: str
    person: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What has to end first: replies to a person not settled yet, and payloads that name them, waiting or parked."""

    replies: int
    waiting: int
    parked: int


def mask(text: str, words: Iterable[str]) -> str:
    """Return a text without these names, whole words only, whatever their capital letters; a handle loses its @, too."""
    for word in words:
        text = re.sub(rf"(?<!\w)@?{re.escape(word)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text


def names_person(body: bytes, person: Person) -> bool:
    """Tell whether a raw body holds a person's id or handle."""
    return any(
        re.search(rb"(?<![A-Za-z0-9_])" + re.escape(one.encode()) + rb"(?![A-Za-z0-9_])", body, re.IGNORECASE)
        for one in (person.external_id, person.handle.lstrip("@"))
        if one
    )


def findable(message_ids: Iterable[str | None]) -> set[str]:
    """Return the ids of messages that can be told from any number; a body with a person's message names the person."""
    return {one for one in message_ids if one and len(one) >= SHORTEST_MESSAGE_ID}


def ids_in(body: bytes) -> set[str]:
    """Return everything in a raw body (JSON, XML) that may be an id."""
    plain = body.decode("utf-8", "replace").replace("\\/", "/")
    return {token.strip(":") for token in re.split(r'["\s,\[\]{}<>]+', plain)}
