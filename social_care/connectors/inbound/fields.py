"""Reading what the team's own system sent: strict, and precise about what is wrong where."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_care.connectors.kit.reading import LARGEST, LONGEST_ID, moment, moment_from_epoch

LONGEST_TEXT = 100_000
LONGEST_LINE = 500
LONGEST_ADDRESS = 2000
TIME = "has to be a time, as in 2026-11-22T10:00:00Z or seconds since 1970"


class Wrong(ValueError):
    """A field that cannot be read; its text names the field by its path, and says what it has to be."""


@dataclass(frozen=True, slots=True)
class Fields:
    """An object with the path that leads to it."""

    found: Mapping[str, Any]
    path: str

    def place(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, what: str) -> Wrong:
        """Return the error for a field."""
        return Wrong(f"{self.place(name)}: {what}")

    def inner(self, name: str) -> Fields | None:
        """Return an object inside, None where there is none."""
        value = self.found.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "has to be an object")
        return Fields(value, self.place(name))

    def listed(self, name: str) -> list[Fields]:
        """Return the objects of a list."""
        value = self.found.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "has to be a list")
        for number, one in enumerate(value):
            if not isinstance(one, dict):
                raise self.wrong(f"{name}[{number}]", "has to be an object")
        return [Fields(one, f"{self.place(name)}[{number}]") for number, one in enumerate(value)]

    def identity(self, name: str, *, needed: bool = False) -> str:
        """Return an id: text, or a whole number."""
        value = _whole(self.found.get(name))
        if value is None and not needed:
            return ""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**40:
            return str(value)
        written = _clean(value).strip() if isinstance(value, str) else ""
        if not 0 < len(written) <= LONGEST_ID:
            raise self.wrong(name, f"has to be a text of 1 to {LONGEST_ID} characters, or a whole number")
        return written

    def line(self, name: str, most: int = LONGEST_LINE) -> str | None:
        """Return a text as one line, None where there is none."""
        value = self.text(name, most)
        return None if value is None else " ".join(value.split())

    def text(self, name: str, most: int = LONGEST_TEXT) -> str | None:
        """Return a text, None where there is none."""
        value = self.found.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > most:
            raise self.wrong(name, f"has to be a text of at most {most} characters")
        return _clean(value)

    def address(self, name: str, *, needed: bool = False) -> str | None:
        """Return a web address, None where there is none."""
        value = self.found.get(name)
        if value is None and not needed:
            return None
        written = value if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else ""
        if not written.startswith(("https://", "http://")) or any(c.isspace() or not c.isprintable() for c in written):
            raise self.wrong(name, "has to be a web address that begins with https:// or http://")
        return written

    def choice(self, name: str, among: tuple[str, ...], otherwise: str | None = None) -> str:
        """Return one of several words; `otherwise` where there is none, None: there has to be one."""
        value = self.found.get(name)
        if value is None and otherwise is not None:
            return otherwise
        if value not in among or not isinstance(value, str):
            raise self.wrong(name, "has to be one of " + ", ".join(among))
        return value

    def flag(self, name: str, otherwise: bool) -> bool:
        """Return true or false."""
        value = self.found.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "has to be true or false")
        return otherwise if value is None else value

    def count(self, name: str) -> int | None:
        """Return a whole number from 0 on, None where there is none."""
        value = _whole(self.found.get(name))
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST):
            raise self.wrong(name, "has to be a whole number")
        return value

    def time(self, name: str, *, needed: bool = False) -> datetime | None:
        """Return a time, None where there is none."""
        value = _whole(self.found.get(name))
        if value is None and not needed:
            return None
        known = moment(value) if isinstance(value, str) and value[:4].isdecimal() and "-" in value else None
        if isinstance(value, int) and not isinstance(value, bool):
            known = moment_from_epoch(value)
        if known is None:
            raise self.wrong(name, TIME)
        return known


def _whole(value: Any) -> Any:
    """Return a number without fraction as a whole one: to JSON 1.0 and 1 are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _clean(text: str) -> str:
    """Return text without what cannot be stored or seen; line ends stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
