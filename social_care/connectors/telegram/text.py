"""Telegram's texts: counting in UTF-16 units, hidden links, who is mentioned.

Source: https://core.telegram.org/bots/api#messageentity (offsets are in UTF-16 code units and not sorted; read 2026-11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import items, mapping, number, text
from social_care.connectors.telegram.places import number_of


def length(words: str) -> int:
    """Return the length in UTF-16 units: whether Telegram counts an emoji once or twice is unsure, so twice."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def fingerprint(words: str) -> str:
    """Return what stays of a text on its way: Telegram cuts blanks at both ends."""
    return " ".join(unicodedata.normalize("NFC", words).split())


def entities_of(words: str, entities: object) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Yield where each entity ends (in bytes of UTF-16), the words it covers, and itself."""
    raw = words.encode("utf-16-le", "surrogatepass")
    for entity in map(mapping, items(entities)):
        offset, size = number(entity.get("offset")), number(entity.get("length"))
        if offset is not None and size is not None and offset >= 0 and size > 0 and (offset + size) * 2 <= len(raw):
            end = (offset + size) * 2
            yield end, raw[offset * 2 : end].decode("utf-16-le", "replace"), entity


def with_links(words: str, entities: object) -> str:
    """Return a text with the address of each hidden link behind its words: an agent has to see where a link leads."""
    raw = words.encode("utf-16-le", "surrogatepass")
    links = [
        (end, url)
        for end, shown, entity in entities_of(words, entities)
        if entity.get("type") == "text_link" and (url := text(entity.get("url"))) and url.rstrip("/") != shown.rstrip("/")
    ]
    for end, url in sorted(links, reverse=True):
        raw = raw[:end] + f" ({url})".encode("utf-16-le", "surrogatepass") + raw[end:]
    return raw.decode("utf-16-le", "replace")


def place_in(location: Mapping[str, Any]) -> str:
    """Return a place on earth in words."""
    return f"Place: {_degrees(location.get('latitude'))}, {_degrees(location.get('longitude'))}"


def _degrees(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) <= 180 else "?"


def mentions_us(spoken: Iterable[tuple[str, Mapping[str, Any]]], us: str, handle: str) -> bool:
    """Tell whether one of these pieces of a text calls our bot: `@name`, a command for `@name`, or a mention by id.

    handle "": not known yet (the account was never connected); then the name of any bot counts, lest a customer is lost.
    Names of bots end in "bot": https://core.telegram.org/bots/features#creating-a-new-bot (read 2026-11).
    """
    wanted = handle.lstrip("@").lower()
    for covered, entity in spoken:
        kind = entity.get("type")
        if kind == "text_mention" and us and number_of(mapping(entity.get("user")).get("id")) == us:
            return True
        if kind in ("mention", "bot_command"):
            name = covered.rpartition("@")[2].lower() if "@" in covered else ""
            if name and (name == wanted if wanted else name.endswith("bot")):
                return True
    return False
