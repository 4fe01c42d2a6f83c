"""What the tests of calls to Meta's platforms share: a comment, a part of an answer to it, what was sent."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from social_care.core.events import Audience
from social_care.core.replies import DeliveryState, Part, StoredMessage

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=timezone.utc)


def make_comment(message_id: str, thread_id: str, author_id: str, **route: str) -> StoredMessage:
    """Return a customer's comment of an hour ago."""
    return StoredMessage(
        id="m",
        account="Northwind",
        message_id=message_id,
        thread_id=thread_id,
        audience=Audience.PUBLIC,
        direction="in",
        kind="comment",
        text="hi",
        author_id=author_id,
        sent_at=NOW - timedelta(hours=1),
        route=route,
    )


def make_part(target: StoredMessage, text: str) -> Part:
    """Return an answer that is being sent."""
    return Part(
        id="17",
        account="Northwind",
        ticket="1",
        reply="r",
        audience=target.audience,
        index=1,
        of=1,
        text=text,
        state=DeliveryState.SENDING,
        target=target,
        first_attempt_at=NOW,
    )


def sent(call: Any) -> Any:
    """Return the JSON body of a recorded call."""
    return json.loads(call.request.body)
