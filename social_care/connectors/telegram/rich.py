"""A formatted message, made of blocks within blocks → words, files, and who is called in it.

Every field that may hold words or files is read in any block, so that a new kind of block loses nothing.
Source: https://core.telegram.org/bots/api#richmessage (Bot API 10.1, read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import items, mapping, text
from social_care.connectors.telegram.files import Found, files_in, together
from social_care.connectors.telegram.text import place_in

DEEPEST = 60
"""So many blocks and styles within each other are read."""
CUT = "…"


def words_in(message: object) -> str:
    """Return a formatted message as plain text, a line a block."""
    return "\n".join(line for block in items(mapping(message).get("blocks")) for line in _lines(block, 0))


def rich_files(message: object) -> Found:
    """Return the files of all blocks."""
    return together(files_in(block) for block in _every(message, 0))


def spoken_to(message: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the words and the object of each piece of text, such as a mention."""
    for piece in _every(message, 0):
        if "type" in piece:
            name = text(piece.get("username"))
            yield f"@{name.lstrip('@')}" if name else _words(piece.get("text"), 0), piece


def _every(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else items(value)
    for one in inner:
        if isinstance(one, dict | list):
            yield from _every(one, depth + 1)


def _lines(value: object, depth: int) -> Iterator[str]:
    block = mapping(value)
    if depth > DEEPEST:
        yield CUT
        return
    yield from filter(None, (_words(block.get(name), depth) for name in ("summary", "text", "expression")))
    for item in map(mapping, items(block.get("items"))):
        inner = "\n".join(line for one in items(item.get("blocks")) for line in _lines(one, depth + 1))
        yield f"{text(item.get('label')) or '-'} {inner}"
    for row in items(block.get("cells")):
        yield " | ".join(_words(mapping(cell).get("text"), depth) for cell in items(row))
    for one in items(block.get("blocks")):
        yield from _lines(one, depth + 1)
    if "location" in block:
        yield place_in(mapping(block["location"]))
    caption = block.get("caption")
    parts = (caption, mapping(caption).get("credit"), block.get("credit"))
    yield from filter(None, (_words(one, depth) for one in parts))


def _words(value: object, depth: int) -> str:
    """Return a text of any style; the address of a link stands behind its words."""
    if depth > DEEPEST:
        return CUT
    if isinstance(value, list):
        return "".join(_words(one, depth + 1) for one in value)
    if not isinstance(value, dict):
        return text(value) or ""
    plain = text(value.get("alternative_text")) or text(value.get("expression")) or ""
    words = _words(value.get("text"), depth + 1) or plain
    url = text(value.get("url")) or ""
    return f"{words} ({url})" if url and url.rstrip("/") != words.rstrip("/") else words
