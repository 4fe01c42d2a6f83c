"""What a server lets one status hold: read from the server once, kept with the account, asked before anything is sent.

Source: https://docs.joinmastodon.org/entities/Instance/ and .../entities/V1_Instance/ (read 2026-11); Pleroma and Akkoma:
https://docs-develop.pleroma.social/backend/development/API/differences_in_mastoapi_responses/#instance (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_care.connectors.kit.reading import identifier, items, mapping, number, text
from social_care.connectors.mastodon.text import graphemes, shortened
from social_care.core.accounts import Account
from social_care.core.capabilities import MediaRule, TextRule
from social_care.core.replies import StoredMessage

UNIT = "characters"
MAX_CHARACTERS = 500
MAX_MEDIA = 4
IMAGE_BYTES = 16_777_216
VIDEO_BYTES = 103_809_024
DESCRIPTION = 1500
"""Mastodon's own limits; each server may have others."""
MIME_TYPES = "image/jpeg image/png image/gif image/webp video/mp4 video/webm audio/mpeg audio/ogg"
KEEPS_KEYS = frozenset({"mastodon", "pleroma", "akkoma"})
"""Servers that honour `Idempotency-Key`. Source: https://docs.joinmastodon.org/methods/statuses/#headers (read 2026-11);
Pleroma, and Akkoma which grew from it: lib/pleroma/web/plugs/idempotency_plug.ex (from memory: unsure)."""


def read_limits(instance: Mapping[str, Any]) -> dict[str, str]:
    """Return what the account is to keep of a server's description (v2 or v1), as options of the account."""
    configuration = mapping(instance.get("configuration"))
    statuses, media = mapping(configuration.get("statuses")), mapping(configuration.get("media_attachments"))
    numbers = {
        "mastodon_max_characters": number(statuses.get("max_characters")) or number(instance.get("max_toot_chars")),
        "mastodon_max_media": number(statuses.get("max_media_attachments")),
        "mastodon_image_bytes": number(media.get("image_size_limit")) or number(instance.get("upload_limit")),
        "mastodon_video_bytes": number(media.get("video_size_limit")) or number(instance.get("upload_limit")),
        "mastodon_description": number(media.get("description_limit")) or number(instance.get("description_limit")),
    }
    found = {name: str(value) for name, value in numbers.items() if value and value > 0}
    types = [one for one in map(text, items(media.get("supported_mime_types"))) if one and len(one) < 80 and " " not in one]
    if types:
        found["mastodon_mime_types"] = " ".join(types[:100])
    if software := software_of(instance):
        found["mastodon_software"] = software
    return found


def software_of(instance: Mapping[str, Any]) -> str:
    """Return the name of a server's software in lower case: others say so in their version, "2.7.2 (compatible; Akkoma …)".

    GoToSocial shows a version like any other, but gives its source away.
    """
    version, source = text(instance.get("version")) or "", text(instance.get("source_url")) or ""
    if "compatible;" in version:
        return identifier(version.partition("compatible;")[2].split(")")[0].strip().split(" ")[0].lower(), longest=40)
    if "gotosocial" in source.lower():
        return "gotosocial"
    return "mastodon" if version else ""


def software(account: Account) -> str:
    """Return the software of an account's server, "" while nobody asked."""
    return account.options.get("mastodon_software", "")


def _option(account: Account | None, name: str, usual: int) -> int:
    return (number(account.options.get(f"mastodon_{name}")) if account else None) or usual


def text_rule(account: Account | None, target: StoredMessage | None = None) -> TextRule:
    """Return how long the agent's words may be: the server counts the mention and the content warning too.

    Mastodon does not count the host of a mention; for other servers it is counted, to be safe.
    """
    limit = _option(account, "max_characters", MAX_CHARACTERS)
    if target is not None:
        acct = target.route.get("acct") or target.author_handle or ""
        counted = acct.split("@")[0] if account is None or software(account) in ("", "mastodon") else acct
        warning = shortened(target.route.get("spoiler_text", ""))
        limit -= (len(f"@{counted} ") if acct else 0) + graphemes(warning)
    return TextRule(limit=max(limit, 1), unit=UNIT)


def media_rule(account: Account | None) -> MediaRule:
    """Return which files the account's server takes.

    A video or a sound goes alone: Mastodon, app/services/post_status_service.rb (from memory; of other servers unsure).
    """
    types = (account.options.get("mastodon_mime_types") if account else None) or MIME_TYPES
    sizes = {
        "image": _option(account, "image_bytes", IMAGE_BYTES),
        "video": _option(account, "video_bytes", VIDEO_BYTES),
        "audio": _option(account, "video_bytes", VIDEO_BYTES),
    }
    kinds = [one for one in types.split() if one.split("/")[0] in sizes]
    return MediaRule(
        count=_option(account, "max_media", MAX_MEDIA),
        max_bytes=tuple((one, sizes[one.split("/")[0]]) for one in kinds),
        alone=tuple(one for one in kinds if not one.startswith("image/")),
    )
