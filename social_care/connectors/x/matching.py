"""Where an outgoing part goes, and how it is known again when it comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, text
from social_care.connectors.x.direct_messages import conversation_of
from social_care.connectors.x.text import fingerprint, unescape
from social_care.core.errors import Refused
from social_care.core.events import Audience, MessageReceived
from social_care.core.replies import Part

SAFE_ID = re.compile(r"[A-Za-z0-9_:-]{1,64}")
CLOCK_SKEW = timedelta(minutes=1)
"""How much X's clock may differ from ours."""


def answered(part: Part) -> str:
    """Return the id of the post that a part answers: our part before, or the newest version of the target."""
    return part.previous_id or part.target.route.get("reply_to") or part.target.message_id


def private_target(part: Part) -> dict[str, str]:
    """Return where a private part goes, in tweepy's words. Raises: Refused when that is unknown."""
    target = part.target
    conversation = target.route.get("dm_conversation_id", "") if target.audience is Audience.PRIVATE else ""
    if SAFE_ID.fullmatch(conversation):
        return {"dm_conversation_id": conversation}
    person = target.author_id or target.route.get("author_id", "")
    if not SAFE_ID.fullmatch(person):
        raise Refused("X did not say who wrote this message, so there is nobody to answer privately.")
    return {"participant_id": person}


def is_post_of(post: Mapping[str, Any], part: Part) -> bool:
    """Tell whether a post of ours is this part: the same words in answer to the same post."""
    references = map(mapping, items(post.get("referenced_tweets")) + items(post.get("referenced_posts")))
    parents = {identifier(one.get("id")) for one in references if text(one.get("type")) == "replied_to"}
    note = mapping(post.get("note_tweet")) or mapping(post.get("note_post"))
    words = unescape(text(note.get("text")) or text(post.get("text")) or "")
    return answered(part) in parents and fingerprint(words) == fingerprint(part.text)


def is_echo_of(part: Part, event: MessageReceived) -> bool:
    """Tell whether our own message coming back is this part."""
    if part.audience is not event.thread.audience or fingerprint(event.text) != fingerprint(part.text):
        return False
    if part.first_attempt_at is None or (event.sent_at is not None and event.sent_at < part.first_attempt_at - CLOCK_SKEW):
        return False
    if part.audience is Audience.PUBLIC:
        return event.parent_id == answered(part)
    if part.target.audience is Audience.PRIVATE:
        return event.thread.id == part.target.thread_id
    us = event.author.id if event.author else ""
    return bool(us and part.target.author_id) and event.thread.id == conversation_of(part.target.author_id or "", us)
