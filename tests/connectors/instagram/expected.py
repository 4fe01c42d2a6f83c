"""What the recorded payloads of Instagram become, and our own id in the fixtures beside this file."""

from __future__ import annotations

from tests.connectors.meta.reading import Platform

KINDS = {
    "api_conversations": ["Ignored", "Ignored"],
    "api_media_comments": ["MessageReceived", "MessageReceived"],
    "api_message": ["MessageReceived"],
    "comments_business_login": ["MessageReceived"],
    "comments_facebook_login": ["MessageReceived"],
    "comments_field_reference_form": ["MessageReceived"],
    "mentions_comment": ["MessageReceived"],
    "mentions_media": ["MessageReceived"],
    "message_echo": ["MessageReceived"],
    "message_edit": ["MessageEdited"],
    "message_image": ["MessageReceived"],
    "message_inline_reply": ["MessageReceived"],
    "message_is_self": ["MessageReceived"],
    "message_reaction": ["ReactionChanged"],
    "message_story_mention": ["MessageReceived"],
    "message_story_reply": ["MessageReceived"],
    "message_text": ["MessageReceived"],
    "message_unreact": ["ReactionChanged"],
    "message_unsend": ["MessageDeleted"],
    "message_unsupported": ["MessageReceived"],
    "messaging_postback": ["MessageReceived"],
    "messaging_seen": ["DeliveryReported"],
}

INSTAGRAM = Platform("instagram", "17841400000000900", KINDS)
