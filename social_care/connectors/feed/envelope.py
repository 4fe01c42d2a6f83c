"""One fetched feed as it is stored: what the server sent, and what has to be known to read it later just the same."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from social_care.connectors.kit.reading import items, load_json, mapping, moment, text
from social_care.core.errors import UnreadablePayload

KIND = "social_care feed 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A feed as it came.

    url, content_type: of the answer, "" where they are not known. at: when it came. since: entries of before are not taken,
    None for no limit. only: marks of the entries that are new or changed; empty: all. ours: names under which the team
    itself writes, in lower case.
    """

    raw: bytes
    at: datetime
    url: str = ""
    content_type: str = ""
    since: datetime | None = None
    only: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()

    def dump(self) -> bytes:
        """Return it as a body to store. A feed in UTF-8 stays readable."""
        try:
            raw = {"body": self.raw.decode()}
        except UnicodeDecodeError:
            raw = {"body_base64": base64.b64encode(self.raw).decode()}
        told = {
            "kind": KIND,
            "url": self.url,
            "content_type": self.content_type,
            "at": self.at.isoformat(),
            "since": self.since.isoformat() if self.since else None,
            "only": sorted(self.only),
            "ours": sorted(self.ours),
        }
        return json.dumps(told | raw, ensure_ascii=False).encode()

    @classmethod
    def read(cls, stored: bytes, at: datetime) -> Envelope:
        """Return what was stored; a body that is no envelope of ours is a feed as it came at that moment."""
        found = {}
        if stored[:1] == b"{" and KIND.encode() in stored[:100]:
            try:
                found = mapping(load_json(stored))
            except UnreadablePayload:
                found = {}
        raw = _raw(found) if found.get("kind") == KIND else None
        if raw is None:
            return cls(raw=stored, at=at)
        return cls(
            raw=raw,
            at=moment(found.get("at")) or at,
            url=text(found.get("url")) or "",
            content_type=text(found.get("content_type")) or "",
            since=moment(found.get("since")),
            only=frozenset(filter(None, map(text, items(found.get("only"))))),
            ours=frozenset(filter(None, map(text, items(found.get("ours"))))),
        )


def _raw(found: dict[str, object]) -> bytes | None:
    body, packed = text(found.get("body")), text(found.get("body_base64"))
    if packed is None:
        return None if body is None else body.encode()
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None
