"""Bodies of Facebook become the events their fixtures expect, in any order, and nothing makes the parser fail otherwise."""

from __future__ import annotations

from typing import ClassVar

from tests.connectors.meta.promises import ParserPromises, Platform

PAGE = "600000000000001"


class TestFacebook(ParserPromises):
    """Every promise of Meta's parsers."""

    platform = Platform("facebook", PAGE)
    kinds: ClassVar[dict[str, list[str]]] = {
        "api_comments_page": ["MessageReceived", "MessageReceived", "MessageReceived", "MessageReceived"],
        "api_comments_with_from": ["MessageReceived"],
        "api_conversation_messages": ["Ignored", "Ignored", "Ignored"],
        "api_conversations_list": ["Ignored", "Ignored"],
        "api_create_comment_ok": ["DeliveryReported"],
        "api_feed_page": ["Ignored", "Ignored"],
        "api_message_instagram_platform": ["MessageReceived"],
        "api_message_with_image": ["MessageReceived"],
        "api_send_message_ok": ["DeliveryReported"],
        "error_100_invalid_parameter": ["Refused"],
        "error_100_upload_failure": ["Refused"],
        "error_10_2018278_localized": ["WindowClosed"],
        "error_10_2018278_outside_window": ["WindowClosed"],
        "error_17_user_limit": ["RateLimited"],
        "error_190_458_deauthorized": ["AccountNeedsLogin"],
        "error_190_460_password_changed": ["AccountNeedsLogin"],
        "error_190_463_expired": ["AccountNeedsLogin"],
        "error_190_generic": ["AccountNeedsLogin"],
        "error_200_1545041_text_says_551": ["WindowClosed"],
        "error_200_permissions": ["NotAllowed"],
        "error_2_transient": ["Retryable"],
        "error_32_page_limit": ["RateLimited"],
        "error_4_app_limit": ["RateLimited"],
        "error_551_unavailable": ["NotAllowed"],
        "error_613_custom_limit": ["RateLimited"],
        "messenger_app_roles": ["Ignored"],
        "messenger_attachment_fallback": ["MessageReceived"],
        "messenger_attachment_image": ["MessageReceived"],
        "messenger_attachment_sticker": ["MessageReceived"],
        "messenger_delivery": ["DeliveryReported"],
        "messenger_echo_fallback_null_payload": ["MessageReceived"],
        "messenger_echo_own_app": ["MessageReceived"],
        "messenger_echo_page_inbox": ["MessageReceived"],
        "messenger_message_edit": ["MessageEdited"],
        "messenger_policy_enforcement": ["AccountRevoked"],
        "messenger_postback": ["MessageReceived"],
        "messenger_postback_dashboard_form": ["MessageReceived"],
        "messenger_quick_reply": ["MessageReceived"],
        "messenger_reaction": ["ReactionChanged"],
        "messenger_read": ["Ignored"],
        "messenger_reply_to": ["MessageReceived"],
        "messenger_standby_echo": ["MessageReceived"],
        "messenger_text": ["MessageReceived"],
        "messenger_text_recorded": ["MessageReceived"],
        "webhook_feed_comment_add": ["MessageReceived"],
        "webhook_feed_comment_edited": ["MessageEdited"],
        "webhook_feed_comment_hide": ["Ignored"],
        "webhook_feed_comment_remove": ["MessageDeleted"],
        "webhook_feed_comment_reply_add": ["MessageReceived"],
        "webhook_feed_dashboard_test": ["Ignored"],
        "webhook_feed_own_status_add": ["MessageReceived"],
        "webhook_feed_post_add": ["MessageReceived"],
        "webhook_feed_post_remove": ["MessageDeleted"],
        "webhook_mention_dashboard_test": ["Ignored"],
    }
