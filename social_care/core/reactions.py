"""The reactions to one message, as they are kept: who, which sign, and the revision that tells what was last."""

from __future__ import annotations

from collections.abc import Mapping

from social_care.core.events import ReactionChanged
from social_care.core.ids import is_later

Reactions = Mapping[str, Mapping[str, str]]


def changed(kept: Reactions, event: ReactionChanged) -> Reactions | None:
    """Return the reactions after an event, None when it changes nothing: a repeated one, or one that came late."""
    who = event.author.id if event.author else ""
    before, now = kept.get(who, {"sign": "", "revision": ""}), {"sign": event.reaction, "revision": event.revision}
    if before == now or is_later(before["revision"], event.revision):
        return None
    return {**kept, who: now}


def signs(kept: Reactions) -> tuple[str, ...]:
    """Return the signs that stand at the message now."""
    return tuple(one["sign"] for one in kept.values() if one["sign"])
