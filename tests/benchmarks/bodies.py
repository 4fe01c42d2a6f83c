"""Bodies as X pushes them, each with ids of its own."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

US = "900"
WORDS = "my flight of this morning was cancelled and nobody at the desk can tell me when the next one leaves. What now?"

numbers = itertools.count(int(time.time() * 1000) << 12)
"""No id twice, in no run."""


def mention(identity: str, author: str, conversation: str = "") -> dict[str, Any]:
    """Return X's event of a post that mentions us."""
    mentioned = {"start": 0, "end": 10, "username": "northwind", "id": US}
    post = {
        "id": identity,
        "author_id": author,
        "conversation_id": conversation or identity,
        "created_at": "2026-07-24T21:23:23.000Z",
        "edit_history_tweet_ids": [identity],
        "lang": "en",
        "text": f"@northwind {identity} {WORDS}",
        "entities": {"mentions": [mentioned]},
    }
    if conversation:
        post |= {"in_reply_to_user_id": US, "referenced_tweets": [{"type": "replied_to", "id": conversation}]}
    user = {"id": author, "username": f"c{author}", "name": f"Customer {author}", "public_metrics": {"followers_count": 9}}
    kind = "post.reply.create" if conversation else "post.mention.create"
    return {
        "event_uuid": identity,
        "filter": {"user_id": US},
        "event_type": kind,
        "payload": post,
        "includes": {"users": [user], "tweets": [post]},
    }


def body_of(*events: dict[str, Any]) -> bytes:
    return json.dumps({"data": events[0] if len(events) == 1 else events}).encode()
