"""A file of Telegram → what is fetched later, or a note why it cannot be.

Source: https://core.telegram.org/bots/api#available-types (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, number, text
from social_care.connectors.telegram.limits import LARGEST_DOWNLOAD
from social_care.core.events import Media

LONGEST_FILE_ID = 400
TOO_LARGE = "Telegram does not hand bots files of more than 20 MB: ask the customer for a smaller one, or another way."
NO_FILE = "Telegram named a file without giving it."
KINDS: dict[str, str] = {
    "photo": "image",
    "live_photo": "video",
    "animation": "animation",
    "audio": "audio",
    "document": "document",
    "video": "video",
    "video_note": "video",
    "voice": "voice",
    "voice_note": "voice",
}
"""The fields of a message, or of a part of one, that hold a file, and its kind.

A live photo is a still picture, which also comes as `photo`, and a video.
"""

Found = tuple[tuple[Media, ...], tuple[str, ...]]
"""Files, and notes about those that are missing."""


def files_in(holder: Mapping[str, Any]) -> Found:
    """Return every file that a message, or a part of one, holds. An animation comes as a document, too."""
    names = [name for name in KINDS if name in holder and not (name == "document" and "animation" in holder)]
    return together(read_file(KINDS[name], holder[name]) for name in names)


def together(found: Iterator[Found]) -> Found:
    """Return all files, and each note once."""
    several = list(found)
    notes = dict.fromkeys(note for _, some in several for note in some)
    return tuple(one for media, _ in several for one in media), tuple(notes)


def read_file(kind: str, value: object) -> Found:
    """Return a file to be fetched, or a note why it cannot be. A list is one picture in several sizes."""
    file = _largest(value) if isinstance(value, list) else mapping(value)
    identity = identifier(file.get("file_id"), longest=LONGEST_FILE_ID)
    if not identity:
        return (), (NO_FILE,)
    if (number(file.get("file_size")) or 0) > LARGEST_DOWNLOAD:
        return (), (TOO_LARGE,)
    return (Media(kind=kind, id=identity, alt=text(file.get("file_name"))),), ()


def _largest(sizes: object) -> Mapping[str, Any]:
    """Return the largest size of a picture; Telegram lists them from small to large."""
    found = [mapping(size) for size in items(sizes)]
    return max(found, key=lambda size: (number(size.get("width")) or 0) * (number(size.get("height")) or 0), default={})
