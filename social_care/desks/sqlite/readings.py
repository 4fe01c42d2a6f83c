"""What was told of messages, and how tickets follow it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from social_care.core.insight import COMPARED, SAME_TEXTS, Reading, Reason, Sentiment, Spam

if TYPE_CHECKING:
    from social_care.desks.sqlite.desk import SqliteDesk


def values_of(reading: Reading | None) -> dict[str, object]:
    """Return what a message's row says of its reading; nothing where nobody read it."""
    if reading is None:
        return {}
    keys = {"text_key": reading.text_key or None, "campaign": reading.campaign or None}
    return {"reading": json.dumps(asdict(reading)), **keys}


def read(stored: str | None) -> Reading | None:
    """Return a stored reading."""
    if not stored:
        return None
    values = json.loads(stored)
    reasons = tuple(Reason(**why) for why in values["reasons"])
    return Reading(
        **{**values, "sentiment": Sentiment(values["sentiment"]), "spam": Spam(values["spam"]), "reasons": reasons}
    )


def follow(desk: SqliteDesk, ticket: str, reading: Reading | None) -> None:
    """Let a ticket have what its customer's newest message tells; an urgent one stays urgent."""
    if reading is not None:
        desk.run(
            "update ticket set sentiment = coalesce(nullif(?, ''), sentiment), urgent = max(urgent, ?) where id = ?",
            reading.sentiment.value,
            int(reading.urgent),
            ticket,
        )


def texts_in_campaign(desk: SqliteDesk, campaign: str, since: datetime) -> tuple[str, ...]:
    """See `core.ports.Tickets`."""
    found = desk.rows(
        "select text from message where campaign = ? and seen_at >= ? limit ?", campaign, since.timestamp(), COMPARED
    )
    return tuple(row["text"] for row in found)


def writers_of(desk: SqliteDesk, text_key: str, besides: str, since: datetime) -> int:
    """See `core.ports.Tickets`."""
    row = desk.row(
        "select count(distinct author_id) from (select author_id from message where text_key = ? and author_id != ?"
        " and seen_at >= ? limit ?)",
        text_key,
        besides,
        since.timestamp(),
        SAME_TEXTS,
    )
    return int(row[0]) if row else 0
