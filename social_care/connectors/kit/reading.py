"""Reading JSON that somebody else wrote: every function takes any value and none of them raises."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from social_care.core.errors import UnreadablePayload

LONGEST_ID = 140
LARGEST = 2**63 - 1
"""The largest count that a database keeps."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def load_json(raw: bytes | str) -> Any:
    """Return the value of a JSON document. Raises: UnreadablePayload, for whatever is wrong with it."""
    if not raw or raw.isspace():
        raise UnreadablePayload("It is empty.")
    try:
        return json.loads(raw)
    except RecursionError as error:
        raise UnreadablePayload("It is nested too deeply to be read.") from error
    except (ValueError, TypeError) as error:
        raise UnreadablePayload("It is not JSON.") from error


def decoded(body: object) -> Any:
    """Return a body as JSON; text that is none stays text."""
    if not isinstance(body, str | bytes):
        return body
    try:
        return load_json(body)
    except UnreadablePayload:
        return body if isinstance(body, str) else body.decode("utf-8", "replace")


def stored_mapping(stored: str) -> dict[str, Any]:
    """Return what a text holds that we stored ourselves, {} where it is none of ours."""
    try:
        return mapping(load_json(stored))
    except UnreadablePayload:
        return {}


def mapping(value: object) -> dict[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a string that can be stored (no lone surrogates), or None for anything else."""
    return _LONE_SURROGATE.sub("\ufffd", value) if isinstance(value, str) else None


def identifier(*values: object, longest: int = LONGEST_ID) -> str:
    """Return the first value that can be an id, as text of at most `longest` characters, or ""."""
    for value in values:
        if isinstance(value, bool):
            continue
        if isinstance(value, int) and 0 <= value < 10**40:
            return str(value)
        if isinstance(value, str) and 0 < len(value.strip()) <= longest:
            return _LONE_SURROGATE.sub("\ufffd", value.strip())
    return ""


def number(value: object) -> int | None:
    """Return a count that can be stored, also one written as text, or None."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST else None


def flag(value: object) -> bool | None:
    """Return a boolean, or None for anything else."""
    return value if isinstance(value, bool) else None


def rank(identity: str) -> int:
    """Return a decimal id as a number to compare with (later is greater), -1 for any other text."""
    return int(identity) if identity.isascii() and identity.isdecimal() and len(identity) <= LONGEST_ID else -1


def moment(value: object) -> datetime | None:
    """Return an ISO 8601 time, UTC-aware (UTC where it names no zone), or None."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    written = _ZONE_WITHOUT_COLON.sub(r"\1:\2", value.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    try:
        found = datetime.fromisoformat(written)
        return found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def moment_from_epoch(value: object) -> datetime | None:
    """Return a time given in seconds or (from 10¹¹ on) in milliseconds since 1970, UTC-aware, or None."""
    found = number(value)
    return None if found is None else moment_from_ms(found if found >= 10**11 else found * 1000)


def moment_from_ms(value: object) -> datetime | None:
    """Return a time given in milliseconds since 1970, UTC-aware, or None."""
    milliseconds = number(value)
    if milliseconds is None or not 0 < milliseconds < 10**14:
        return None
    return EPOCH + timedelta(milliseconds=milliseconds)
