"""What must not stand in a public text: somebody's address, number or code. It warns, and may err on both sides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from stdnum import iban, luhn


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something personal in a text. kind: in plain words ("a phone number"). text: as it stands there."""

    kind: str
    text: str


_LINK = re.compile(r"https?://\S+")
_EMAIL = re.compile(r"(?<![\w@.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")
_BOOKING = re.compile(r"\b(?![A-Z]{2}\d{1,4}\b)(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{6}\b")
"""Airlines' and hotels' booking codes: six capital letters and digits, both kinds; a flight number is none."""


def find_personal_data(text: str, region: str | None = None) -> tuple[Finding, ...]:
    """Return what looks personal in a text, by kind.

    region: the country (ISO 3166, "DE") whose numbers people write without the country's code; None: only full ones.
    """
    found = []
    looks: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
        ("an e-mail address", lambda rest: (one.span() for one in _EMAIL.finditer(rest))),
        ("a bank account number", _ibans),
        ("a card number", _cards),
        ("a phone number", lambda rest: _phones(rest, region)),
        ("a booking code", lambda rest: (one.span() for one in _BOOKING.finditer(rest))),
    )
    rest = _LINK.sub(lambda link: " " * len(link.group()), text)
    for kind, look in looks:
        for start, end in list(look(rest)):
            found.append(Finding(kind=kind, text=text[start:end]))
            rest = rest[:start] + " " * (end - start) + rest[end:]  # the digits of one are not another's
    return tuple(found)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for candidate in _IBAN.finditer(text):
        for end in range(candidate.end(), candidate.start() + 14, -1):  # the next word may look like its end
            if text[end - 1].isalnum() and iban.is_valid(text[candidate.start() : end]):
                yield candidate.start(), end
                break


def _cards(text: str) -> Iterator[tuple[int, int]]:
    return (one.span() for one in _CARD.finditer(text) if luhn.is_valid(re.sub(r"\D", "", one.group())))


def _phones(text: str, region: str | None) -> Iterator[tuple[int, int]]:
    return ((one.start, one.end) for one in phonenumbers.PhoneNumberMatcher(text, region))


def warn(text: str, region: str | None = None) -> tuple[str, ...]:
    """Return a sentence for each personal thing in a text that everybody will read."""
    return tuple(
        f"Everybody can read this reply, and it holds what looks like {one.kind}: {one.text}"
        for one in find_personal_data(text, region)
    )


def phone_number(text: str, region: str | None = None) -> str:
    """Return a phone number in E.164 ("+48500100200"), "" where the text is none; region as above."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number)
        else ""
    )
