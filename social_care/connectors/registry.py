"""The one list of platforms. A platform's code is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from social_care.core.errors import ConfigurationError
from social_care.core.ports import Connector

PLATFORMS: dict[str, str] = {
    "x": "social_care.connectors.x.connector:XConnector",
    "facebook": "social_care.connectors.facebook.connector:FacebookConnector",
    "instagram": "social_care.connectors.instagram.connector:InstagramConnector",
    "whatsapp": "social_care.connectors.whatsapp.connector:WhatsAppConnector",
    "telegram": "social_care.connectors.telegram.connector:TelegramConnector",
    "mastodon": "social_care.connectors.mastodon.connector:MastodonConnector",
    "bluesky": "social_care.connectors.bluesky.connector:BlueskyConnector",
    "youtube": "social_care.connectors.youtube.connector:YouTubeConnector",
    "feed": "social_care.connectors.feed.connector:FeedConnector",
    "inbound": "social_care.connectors.inbound.connector:InboundConnector",
}
"""The key of a platform (lower case) and where its connector is."""


def platforms() -> tuple[str, ...]:
    """Return the keys of all platforms, in the order of the list."""
    return tuple(PLATFORMS)


def load(platform: str) -> Connector:
    """Return the connector of a platform. Raises: ConfigurationError when there is none of that key."""
    place = PLATFORMS.get(platform)
    if place is None:
        raise ConfigurationError(f"There is no platform {platform[:40]!r}; there are: {', '.join(PLATFORMS)}.")
    module, name = place.split(":")
    connector: Connector = getattr(import_module(module), name)()
    return connector
