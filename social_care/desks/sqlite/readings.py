"""What was told of a message, in one column."""

from __future__ import annotations

import json
from dataclasses import asdict

from social_care.core.insight import Reading, Reason, Sentiment, Spam


def reading_values(reading: Reading | None) -> dict[str, object]:
    """Return what a message's row says of its reading; nothing where nobody read it."""
    return {"reading": json.dumps(asdict(reading)), "text_key": reading.text_key or None} if reading else {}


def read_reading(stored: str | None) -> Reading | None:
    """Return a stored reading."""
    if not stored:
        return None
    values = json.loads(stored)
    reasons = tuple(Reason(**why) for why in values["reasons"])
    return Reading(
        **{**values, "sentiment": Sentiment(values["sentiment"]), "spam": Spam(values["spam"]), "reasons": reasons}
    )
