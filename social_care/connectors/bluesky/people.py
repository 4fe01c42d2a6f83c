"""People, as views of posts, notifications and conversations show them.

Source: lexicons app.bsky.actor.defs and chat.bsky.actor.defs (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, number, text
from social_care.core.events import Author

INVALID_HANDLE = "handle.invalid"
"""What servers show where a handle does not lead back to its account."""
VERIFIED = {"valid": True, "invalid": False, "none": False}


def read_author(profile: object) -> Author | None:
    """Return a person, None when nothing says who it is."""
    one = mapping(profile)
    did = identifier(one.get("did"))
    if not did:
        return None
    state = mapping(one.get("verification"))
    marks = [VERIFIED.get(text(state.get(name)) or "") for name in ("verifiedStatus", "trustedVerifierStatus")]
    return Author(
        id=did,
        handle=handle_of(one) or None,
        name=text(one.get("displayName")) or None,
        avatar_url=text(one.get("avatar")),
        followers=number(one.get("followersCount")),
        verified=True if True in marks else False if False in marks else None,
        accepts_private=_accepts_private(one),
    )


def handle_of(profile: Mapping[str, Any]) -> str:
    """Return a handle that leads back to its account, else ""."""
    handle = (text(profile.get("handle")) or "")[:253]
    return "" if handle == INVALID_HANDLE else handle


def _accepts_private(profile: Mapping[str, Any]) -> bool | None:
    """Tell whether somebody takes messages from us; None where the view does not say.

    Source: lexicon chat.bsky.actor.declaration (read 2026-11).
    """
    allowed = text(mapping(mapping(profile.get("associated")).get("chat")).get("allowIncoming"))
    if allowed == "following":
        return bool(text(mapping(profile.get("viewer")).get("followedBy")))
    return {"all": True, "none": False}.get(allowed or "")


def labels_of(view: object) -> list[str]:
    """Return the labels that hold on a post or person: those that were not taken back."""
    labels = [mapping(one) for one in items(mapping(view).get("labels"))]
    taken_back = {(text(one.get("src")), text(one.get("val"))) for one in labels if one.get("neg") is True}
    held = [one for one in labels if (text(one.get("src")), text(one.get("val"))) not in taken_back]
    return [value[:128] for one in held if (value := text(one.get("val")))]
